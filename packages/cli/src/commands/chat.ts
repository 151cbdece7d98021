// `sirdas chat`: the full-screen program, or with --classic the program of lines. Without an account it asks for an invite
// and a nickname first. The screen and what it needs are loaded only here.
import { ReadStream, WriteStream } from 'node:tty';
import { type Account, SirdasError, toHex } from '@sirdas/client';
import { hasVault, protectEmptyVault, readHome, withVault } from '../account.ts';
import type { Console } from '../console.ts';
import { CommandError } from '../errors.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { askLine } from '../prompt.ts';
import { type Options, readSwitch, readText } from './command.ts';
import { checkInvite, cleanLink, type Joining, join, readInvite } from './join.ts';

export async function runChat(console: Console, options: Options): Promise<number> {
  if (readSwitch(options, 'classic')) {
    const { runClassicChat } = await import('../classic/classic-chat.ts');
    return await runClassicChat(console, options);
  }
  const { input, output, environment } = console;
  const isTerminal = input instanceof ReadStream && output instanceof WriteStream;
  if (!isTerminal || environment['TERM'] === 'dumb') throw new CommandError('NEEDS_TERMINAL');
  const { runChatScreen } = await import('../chat/run-chat.tsx');
  const home = readHome(console, options);
  const joining = (await hasVault(home)) ? null : await askJoining(console, options);
  await protectEmptyVault(console, options);
  return await withVault(console, options, async (sirdas) => {
    if (sirdas.account !== null) checkSameRelay(sirdas.account, options);
    else if (!sirdas.hasUnfinishedJoin) {
      await join(sirdas, console, joining ?? (await askJoining(console, options)));
    }
    // The screen shows how the link stands, and what cannot be mended.
    const connected = sirdas.connect();
    connected.catch(() => {});
    if (sirdas.account === null) await connected;
    const screen = { home, isSilent: readSwitch(options, 'no-sound') };
    await runChatScreen(console, { input, output }, sirdas, screen);
    return EXIT_STATUS.done;
  });
}

/** The link that one joined with may be given again; one of another relay needs a folder of its own. */
function checkSameRelay({ relay }: Account, options: Options): void {
  const [link] = options.positionals;
  if (link === undefined) return;
  if (toHex(readInvite(cleanLink(link)).relayFingerprint) === toHex(relay.fingerprint)) return;
  throw new SirdasError('ACCOUNT_EXISTS', 'this folder holds an account at another relay');
}

/** On a computer without an account. */
async function askJoining(console: Console, options: Options): Promise<Joining> {
  const { prompts } = console.words;
  const link = cleanLink(options.positionals[0] ?? (await askLine(console, prompts.invite)));
  checkInvite(link, options);
  const nickname = readText(options, 'name') ?? (await askLine(console, prompts.nickname));
  return { link, nickname, options };
}
