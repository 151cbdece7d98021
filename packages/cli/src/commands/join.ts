// `sirdas join LINK --name NAME`: makes the keys, claims the nickname, and says how to go on. Asks for what is missing
// where there is somebody to ask. Also used by `sirdas chat` on a computer without an account.
import { type Account, type InviteLink, parseInviteLink, type Sirdas, SirdasError } from '@sirdas/client';
import { readVaultProtection } from '@sirdas/client/node';
import { protectEmptyVault, readHome, standardDeviceName, withVault } from '../account.ts';
import { isOwnComputer } from '../classic/relay-fingerprint.ts';
import { type Console, print } from '../console.ts';
import { CommandError } from '../errors.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { nameCommand } from '../home.ts';
import { askLine } from '../prompt.ts';
import { type Options, readSwitch, readText, takeArguments } from './command.ts';

export async function runJoin(console: Console, options: Options): Promise<number> {
  const link = cleanLink(await chooseLink(console, options));
  checkInvite(link, options);
  const nickname = await chooseNickname(console, options);
  await protectEmptyVault(console, options);
  await withVault(console, options, (sirdas) => join(sirdas, console, { link, nickname, options }));
  const home = readText(options, 'home');
  const command = nameCommand(console.environment);
  print(console, console.words.join.next(home === null ? command : `${command} --home ${home}`));
  return EXIT_STATUS.done;
}

export interface Joining {
  readonly link: string;
  readonly nickname: string;
  readonly options: Options;
  readonly classicOnly?: boolean;
}

/** Joins and welcomes. */
export async function join(
  sirdas: Sirdas,
  console: Console,
  { link, nickname, options, classicOnly = false }: Joining,
): Promise<Account> {
  checkInvite(link, options);
  const account = await sirdas.join(link, {
    nickname,
    displayName: readText(options, 'display-name') ?? '',
    deviceName: readText(options, 'device-name') ?? standardDeviceName(),
    classicOnly,
  });
  const { words } = console;
  print(console, words.join.welcome(account.nickname, account.relay.host));
  const isUnprotected = (await readVaultProtection(readHome(console, options))) === 'unprotected';
  if (isUnprotected) print(console, words.join.unprotected);
  return account;
}

/** A link that was copied from several rows of a terminal has line breaks in it. */
export function cleanLink(link: string): string {
  return link.replaceAll(/\s/g, '');
}

/** Before anything is made. An invite without TLS to another computer has to be allowed here and now. */
export function checkInvite(link: string, options: Options): void {
  const { plaintext, host } = readInvite(link);
  if (!plaintext || isOwnComputer(host) || readSwitch(options, 'plaintext')) return;
  throw new SirdasError('PLAINTEXT_REFUSED', 'plain TCP to another machine was not allowed');
}

/** Throws BAD_INVITE. */
export function readInvite(link: string): InviteLink {
  try {
    return parseInviteLink(link);
  } catch (cause) {
    throw new SirdasError('BAD_INVITE', 'not an invite link', { cause });
  }
}

async function chooseLink(console: Console, options: Options): Promise<string> {
  const isGiven = options.positionals.length > 0 || !console.isInteractive;
  const [link] = isGiven ? takeArguments(options, [console.words.arguments.LINK]) : [];
  return link ?? (await askLine(console, console.words.prompts.invite));
}

async function chooseNickname(console: Console, options: Options): Promise<string> {
  const given = readText(options, 'name');
  if (given !== null) return given;
  if (!console.isInteractive) throw new CommandError('MISSING_ARGUMENT', '--name');
  return await askLine(console, console.words.prompts.nickname);
}
