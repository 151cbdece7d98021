// Runs `sirdas …` as a script does: no terminal, status, standard output and error. For tests of what a command says and
// how it ends.
import { describeError, type Language } from '@sirdas/client';
import { expect } from 'vitest';
import { startProcess } from './child-process.testkit.ts';
import { SIRDAS } from './relay-process.testkit.ts';

const TIMEOUT_MS = 25_000;

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
}

export interface CommandOutcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that does not end by itself is ended, and its status is null. */
export async function runSirdas(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandOutcome> {
  const process = startProcess('node', [SIRDAS, ...args], options);
  const timer = setTimeout(() => void process.end('SIGKILL'), TIMEOUT_MS);
  const { status } = await process.exit;
  clearTimeout(timer);
  return { status, stdout: process.stdout.lines.join('\n'), stderr: process.stderr.lines.join('\n') };
}

/** The same for a command that must succeed. */
export async function demandSirdas(args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await runSirdas(args, options);
  expect({ status, stderr }, args.join(' ')).toMatchObject({ status: 0 });
  return stdout;
}

export interface Refusal {
  readonly code: Parameters<typeof describeError>[0];
  readonly status: number;
  /** Absent: both. Cases that take long are asked in one language each. */
  readonly languages?: readonly Language[];
}

/** The command ends with this status and says the sentence of this error, in the language that it is asked in. */
export async function expectRefusal(
  makeArgs: () => readonly string[] | Promise<readonly string[]>,
  { code, status, languages = ['en', 'tr'] }: Refusal,
  options: CommandOptions = {},
): Promise<void> {
  await Promise.all(
    languages.map(async (language) => {
      const args = [...(await makeArgs()), '--lang', language];
      const outcome = await runSirdas(args, options);
      const { what, advice } = describeError(code, language);
      const expected = { status, stderr: `sirdas: ${what} ${advice}` };
      expect({ status: outcome.status, stderr: outcome.stderr }, args[0]).toEqual(expected);
    }),
  );
}
