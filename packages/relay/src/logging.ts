// The relay's log: JSON lines on standard error, or short readable lines on a terminal. Message texts are fixed and never
// hold an address, a nickname, a log id or anything a client sent (THREATS 56): what varies is counted in metrics.ts.
// Called from all over the relay through the `Log` interface.
import { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';
import type { RelayConfig } from './config/options.ts';

export type Log = Pick<Logger, 'error' | 'warn' | 'info' | 'debug'>;

export function makeLog(
  config: Pick<RelayConfig, 'logLevel' | 'logFormat'>,
  output: NodeJS.WriteStream,
): Log {
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
  const stack = error.stack?.split('\n').filter((line) => line.startsWith('    at '));
  const cause = error.cause === undefined ? undefined : describeError(error.cause);
  return { name: error.name, code, cause, stack: stack?.join('\n') };
}

/** `12:03:07 info  listening  {"port":6000}` */
function prettyPrinter(output: NodeJS.WriteStream): Writable {
  return new Writable({
    decodeStrings: false,
    write: (line: string, _encoding, done) => {
      const { level, time, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
      const details = Object.keys(rest).length === 0 ? '' : `  ${JSON.stringify(rest)}`;
      output.write(`${String(time).slice(11, 19)} ${String(level).padEnd(5)} ${String(msg)}${details}\n`);
      done();
    },
  });
}
