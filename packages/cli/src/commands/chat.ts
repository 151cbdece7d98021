// `sirdas chat`: the full-screen program, or with --classic the program of lines. Without an account it asks for an invite
// and a nickname first. The screen and what it needs are loaded only here.
import { ReadStream, WriteStream } from 'node:tty';
import type { Sirdas } from '@sirdas/client';
import { readHome, withVault } from '../account.ts';
import type { Console } from '../console.ts';
import { CommandError } from '../errors.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { askLine } from '../prompt.ts';
import { type Options, readSwitch, readText } from './command.ts';
import { join } from './join.ts';

export async function runChat(console: Console, options: Options): Promise<number> {
  if (readSwitch(options, 'classic')) {
    const { runClassicChat } = await import('../classic/classic-chat.ts');
    return await runClassicChat(console, options);
  }
  const { input, output, environment } = console;
  const isTerminal = input instanceof ReadStream && output instanceof WriteStream;
  if (!isTerminal || environment['TERM'] === 'dumb') throw new CommandError('NEEDS_TERMINAL');
  const { runChatScreen } = await import('../chat/run-chat.tsx');
  return await withVault(console, options, async (sirdas) => {
    if (sirdas.account === null && !sirdas.hasUnfinishedJoin) await joinFirst(sirdas, console, options);
    // The screen shows how the link stands, and what cannot be mended.
    const connected = sirdas.connect();
    connected.catch(() => {});
    if (sirdas.account === null) await connected;
    const screen = { home: readHome(console, options), isSilent: readSwitch(options, 'no-sound') };
    await runChatScreen(console, { input, output }, sirdas, screen);
    return EXIT_STATUS.done;
  });
}

async function joinFirst(sirdas: Sirdas, console: Console, options: Options): Promise<void> {
  const { prompts } = console.words;
  const link = options.positionals[0] ?? (await askLine(console, prompts.invite));
  const nickname = readText(options, 'name') ?? (await askLine(console, prompts.nickname));
  await join(sirdas, console, { link, nickname, options });
}
