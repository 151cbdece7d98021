// `sirdas invite [create | list | revoke ID]`: invites for others. A new one is shown once, as a link and on a terminal
// as a QR code.
import { type Invite, type Sirdas, SirdasError } from '@sirdas/client';
import { connectOnce, withAccount } from '../account.ts';
import { type Console, print, warn } from '../console.ts';
import { CommandError } from '../errors.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { formatJsonLine } from '../json-line.ts';
import { BLACK } from '../terminal/background.ts';
import { drawQrCode } from '../terminal/qr-code.ts';
import { type Options, readNumber, readSwitch, takeArguments } from './command.ts';

const DAY_MS = 86_400_000;
const USES = { standard: 1, min: 1, max: 1000 };
const DAYS = { standard: 7, min: 1, max: 365 };

type Action = (sirdas: Sirdas, console: Console, options: Options) => Promise<void>;

export async function runInvite(console: Console, options: Options): Promise<number> {
  const action = chooseAction(console, options);
  return await withAccount(console, options, async (sirdas) => {
    await connectOnce(sirdas, options);
    await action(sirdas, console, options);
    return EXIT_STATUS.done;
  });
}

function chooseAction(console: Console, options: Options): Action {
  const [name = 'create'] = options.positionals;
  switch (name) {
    case 'create':
      takeArguments(options, options.positionals.slice(0, 1));
      return create;
    case 'list':
      takeArguments(options, ['list']);
      return list;
    case 'revoke':
      takeArguments(options, ['revoke', console.words.arguments.ID]);
      return revoke;
    default:
      throw new CommandError('BAD_VALUE', name);
  }
}

async function create(sirdas: Sirdas, console: Console, options: Options): Promise<void> {
  const invite = await sirdas.createInvite({
    uses: readNumber(options, 'uses', USES),
    ttlMs: readNumber(options, 'expires', DAYS) * DAY_MS,
    grantsInvites: readSwitch(options, 'grant-invites'),
  });
  if (readSwitch(options, 'json')) {
    print(console, formatJsonLine({ ...describeInvite(invite), link: invite.link }));
    return;
  }
  if (console.isInteractive)
    warn(console, console.words.invite.made(invite.usesLeft, formatDate(invite, console)));
  print(console, invite.link);
  if (!console.isInteractive || readSwitch(options, 'no-qr')) return;
  const surface = { depth: console.depth, isDark: console.background === BLACK };
  for (const row of drawQrCode(invite.link, surface)) warn(console, row);
}

async function list(sirdas: Sirdas, console: Console, options: Options): Promise<void> {
  const { invite: words } = console.words;
  const invites = await sirdas.listInvites();
  if (invites.length === 0 && console.isInteractive) warn(console, words.none);
  for (const invite of invites) {
    if (readSwitch(options, 'json')) {
      print(console, formatJsonLine(describeInvite(invite)));
      continue;
    }
    const parts = [invite.id, words.usesLeft(invite.usesLeft), words.until(formatDate(invite, console))];
    print(console, [...parts, ...(invite.grantsInvites ? [words.grantsInvites] : [])].join('  '));
  }
}

async function revoke(sirdas: Sirdas, console: Console, options: Options): Promise<void> {
  const [, id] = options.positionals;
  const invite = (await sirdas.listInvites()).find((candidate) => candidate.id === id);
  if (invite === undefined) throw new SirdasError('UNKNOWN_INVITE', 'no invite has this id');
  await sirdas.revokeInvite(invite.id);
  if (console.isInteractive) print(console, console.words.invite.revoked);
}

function describeInvite({ id, usesLeft, expiresMs, grantsInvites }: Invite): object {
  return { v: 1, type: 'invite', id, usesLeft, expiresMs, grantsInvites };
}

function formatDate({ expiresMs }: Invite, { language }: Console): string {
  return new Intl.DateTimeFormat(language === 'tr' ? 'tr' : 'en-GB', { dateStyle: 'long' }).format(expiresMs);
}
