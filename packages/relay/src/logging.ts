// The relay's log: JSON lines on standard error, or short readable lines on a terminal. Message texts are fixed and never
// hold an address, a nickname, a log id or anything a client sent (THREATS 56): what varies is counted in metrics.ts.
// Called from all over the relay through the `Log` interface.
import { type Logger, pino } from 'pino';
import type { RelayConfig } from './config/options.ts';

export type Log = Pick<Logger, 'error' | 'warn' | 'info' | 'debug'>;

/** Standard error, or what a test reads. */
export interface LogOutput {
  readonly isTTY?: boolean;
  write(line: string): unknown;
}

export function makeLog(config: Pick<RelayConfig, 'logLevel' | 'logFormat'>, output: LogOutput): Log {
  const isPretty = config.logFormat === 'pretty' || (config.logFormat === 'auto' && output.isTTY === true);
  return pino(
    {
      level: config.logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
    },
    isPretty ? prettyPrinter(output) : output,
  );
}

/** Names, codes and our own frames of the stack only: messages of other libraries may quote what a client sent. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = 'code' in error ? error.code : undefined;
  const cause = error.cause === undefined ? undefined : describeError(error.cause);
  return { name: error.name, code, cause, stack: placesOf(error) };
}

/** The stack without the message in front of it. */
function placesOf(error: Error): string {
  const stack = error.stack ?? '';
  const messageAt = stack.indexOf(error.message);
  const rest = messageAt < 0 ? stack : stack.slice(messageAt + error.message.length);
  return rest
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .join('\n');
}

/** `12:03:07 info  listening  {"port":6000}` */
function prettyPrinter(output: LogOutput): LogOutput {
  return {
    write: (line) => {
      const { level, time, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
      const details = Object.keys(rest).length === 0 ? '' : `  ${JSON.stringify(rest)}`;
      output.write(`${String(time).slice(11, 19)} ${String(level).padEnd(5)} ${String(msg)}${details}\n`);
    },
  };
}
