// The full-screen program in a pty, for tests: an account is made with the SDK, then `sirdas chat` is started on its
// folder, as built. Ends with its test.
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { repositoryRoot } from './child-process.testkit.ts';
import { joinPerson } from './person.testkit.ts';
import { Terminal } from './terminal.testkit.ts';

const SIRDAS = join(repositoryRoot, 'packages/cli/bin/sirdas.js');

export interface ChatOptions {
  readonly args?: readonly string[];
  /** English where nothing is said. */
  readonly language?: 'en' | 'tr';
  readonly columns?: number;
  readonly rows?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** An account whose vault nobody has open afterwards; the folder of it. */
export async function makeAccount(inviteLink: string, nickname: string): Promise<string> {
  const { sirdas, folder } = await joinPerson(inviteLink, nickname);
  await sirdas.close();
  return folder;
}

/** `sirdas chat` on the account in `folder`, drawn and connected or about to be. */
export async function startChat(folder: string, options: ChatOptions = {}): Promise<Terminal> {
  const { args = [], language = 'en' } = options;
  const terminal = startSirdas(['--home', folder, '--lang', language, 'chat', ...args], options);
  await terminal.waitFor(/connect|offline|bağl|çevrimdışı/);
  return terminal;
}

/** The command in a pty. */
export function startSirdas(args: readonly string[], options: ChatOptions = {}): Terminal {
  const { columns = 100, rows = 30, environment = {} } = options;
  const terminal = Terminal.start({
    command: 'node',
    args: [SIRDAS, ...args],
    environment: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...environment },
    columns,
    rows,
  });
  onTestFinished(() => terminal.close());
  return terminal;
}
