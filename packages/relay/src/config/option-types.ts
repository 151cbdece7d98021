// The kinds of values that a relay's options have, and how each is read from text: used by options.ts. A parser returns the
// value, or throws a plain sentence fragment saying what is allowed ("a port from 1 to 65535, …").
import type { Rate } from '../token-bucket.ts';

/** What is wrong with a value: completes the sentence "OPTION: VALUE is not …". */
export class NotAllowed extends Error {}

export interface OptionType<Value> {
  /** Stands behind the flag in --help; empty for a switch. */
  readonly argument: string;
  /** The flag may stand alone and then means this text. */
  readonly bare?: string;
  /** Throws NotAllowed. */
  readonly parse: (text: string) => Value;
}

const DURATION_UNITS = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);
const SIZE_UNITS = new Map([
  ['', 1],
  ['B', 1],
  ['kB', 1000],
  ['KiB', 1024],
  ['MB', 1_000_000],
  ['MiB', 1_048_576],
  ['GB', 1_000_000_000],
  ['GiB', 1_073_741_824],
]);

const text: OptionType<string> = {
  argument: 'TEXT',
  parse: (value) => require(value, value !== '', 'something that is not empty'),
};

export const path: OptionType<string> = { ...text, argument: 'PATH' };

export const host: OptionType<string> = {
  argument: 'HOST',
  parse: (value) =>
    require(value, /^[A-Za-z0-9._:-]{1,255}$/.test(value), 'a host name or an IP address without brackets'),
};

/** An address to listen on; `*` is every address of this machine. */
export const listenHost: OptionType<string> = {
  argument: 'HOST',
  parse: (value) => (value === '*' ? value : host.parse(value)),
};

/** A port, 0 for any free one, null for no listener. */
export const port: OptionType<number | null> = {
  argument: 'PORT',
  parse: (value) => (value === 'off' ? null : integer(0, 65_535).parse(value)),
};

export const toggle: OptionType<boolean> = {
  argument: '',
  bare: 'true',
  parse: (value) => require(value, value === 'true' || value === 'false', 'true or false') === 'true',
};

export function integer(min: number, max: number): OptionType<number> {
  return {
    argument: 'NUMBER',
    parse: (value) => {
      const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
      return require(number, number >= min && number <= max, `a whole number from ${min} to ${max}`);
    },
  };
}

/** Milliseconds; written as `150s`, `10m`, `30d`. */
export function duration(minMs: number, maxMs: number): OptionType<number> {
  const allowed = `a time such as 500ms, 10s, 5m, 2h or 30d, from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`;
  return {
    argument: 'TIME',
    parse: (value) => {
      const ms = parseWithUnit(value, DURATION_UNITS);
      return require(ms, ms >= minMs && ms <= maxMs, allowed);
    },
  };
}

/** Bytes; written as `4096`, `64KiB`, `1MiB`. */
export function size(minBytes: number, maxBytes: number): OptionType<number> {
  return {
    argument: 'SIZE',
    parse: (value) => {
      const bytes = parseWithUnit(value, SIZE_UNITS);
      const allowed = `a size such as 4096, 64KiB or 1MiB, from ${minBytes} to ${maxBytes} bytes`;
      return require(bytes, bytes >= minBytes && bytes <= maxBytes, allowed);
    },
  };
}

/** `BURST,AMOUNT/TIME`: so many at once, refilled at so many per time. `off` is no limit. */
export const rate: OptionType<Rate> = {
  argument: 'RATE',
  parse: (value) => {
    if (value === 'off') return { burst: Number.POSITIVE_INFINITY, perSecond: Number.POSITIVE_INFINITY };
    const [, burst = '', amount = '', time = ''] = /^([^,]+),([^/]+)\/(\w+)$/.exec(value) ?? [];
    const perMs =
      parseWithUnit(amount, SIZE_UNITS) / parseWithUnit(/^\d/.test(time) ? time : `1${time}`, DURATION_UNITS);
    const parsed = { burst: parseWithUnit(burst, SIZE_UNITS), perSecond: perMs * 1000 };
    const isRate = parsed.burst >= 1 && parsed.perSecond > 0 && Number.isFinite(parsed.perSecond);
    return require(parsed, isRate, 'off, or a burst and a rate such as 60,2/s or 1MiB,10kB/s or 5,1/5m');
  },
};

export function oneOf<Choice extends string>(...choices: readonly Choice[]): OptionType<Choice> {
  return {
    argument: choices.join('|'),
    parse: (value) => {
      const choice = choices.find((candidate) => candidate === value);
      if (choice === undefined) throw new NotAllowed(`one of ${choices.join(', ')}`);
      return choice;
    },
  };
}

/** Web origins, separated by commas. */
export const origins: OptionType<readonly string[]> = {
  argument: 'ORIGIN,…',
  parse: (value) => value.split(',').filter(Boolean).map(parseOrigin),
};

/** The web address in front of `/i#` in invite links; empty: made from the host and the ports. */
export const webAddress: OptionType<string> = {
  argument: 'URL',
  parse: (value) => (value === '' ? '' : parseOrigin(value)),
};

/** `2h`, `90s`: for messages and --help. */
export function formatDuration(ms: number): string {
  const [unit, factor] = [...DURATION_UNITS].findLast(([, unitMs]) => ms % unitMs === 0) ?? ['ms', 1];
  return `${ms / factor}${unit}`;
}

function parseOrigin(value: string): string {
  const url = URL.parse(value);
  const isOrigin = url !== null && /^https?:$/.test(url.protocol) && url.origin === value;
  return require(value, isOrigin, 'an origin such as https://chat.example.org or http://localhost:6080, without a path');
}

/** NaN when the text is no number with one of the units. */
function parseWithUnit(value: string, units: ReadonlyMap<string, number>): number {
  const [, number = '', unit = ''] = /^(\d{1,12}(?:\.\d{1,3})?)([A-Za-z]*)$/.exec(value) ?? [];
  return number === '' ? Number.NaN : Number(number) * (units.get(unit) ?? Number.NaN);
}

function require<Value>(value: Value, holds: boolean, allowed: string): Value {
  if (!holds) throw new NotAllowed(allowed);
  return value;
}
