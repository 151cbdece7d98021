// Runs `sirdas …` as a script does: no terminal, status, standard output and error. For tests of what a command says and
// how it ends.
import { describeError, type Language } from '@sirdas/client';
import { expect } from 'vitest';
import { startProcess } from './child-process.testkit.ts';
import { SIRDAS } from './relay-process.testkit.ts';

const TIMEOUT_MS = 60_000;

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
}

/**
 * The command ends with this status and says the sentence of this error. Half of the errors are asked for in Turkish; that both
 * languages have all sentences is shown in packages/client.
 */
export async function expectRefusal(
  args: readonly string[],
  { code, status }: Refusal,
  options: CommandOptions = {},
): Promise<void> {
  const language: Language = code.length % 2 === 0 ? 'en' : 'tr';
  const outcome = await runSirdas([...args, '--lang', language], options);
  const { what, advice } = describeError(code, language);
  const expected = { status, stderr: `sirdas: ${what} ${advice}` };
  expect({ status: outcome.status, stderr: outcome.stderr }, args[0]).toEqual(expected);
}
