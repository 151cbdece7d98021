// Spans of time as a person types and reads them: `30m`, `1 hour`, `58m` left. Used by /timer, `sirdas group` and what the
// screen says of messages that disappear. Pure.
import type { Words } from '../words/words.ts';

type Unit = keyof Words['chat']['units'];

const UNIT_MS: Readonly<Record<Unit, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
/** What a person may also type, whatever the language of the program is. */
const TYPED_UNITS: Readonly<Record<string, Unit>> = {
  s: 's',
  sn: 's',
  m: 'm',
  min: 'm',
  dk: 'm',
  h: 'h',
  sa: 'h',
  d: 'd',
  g: 'd',
  w: 'w',
  hf: 'w',
};
const LARGEST_FIRST: readonly Unit[] = ['w', 'd', 'h', 'm', 's'];

/** `30m`, `8 h`, `1d`; 0 for `off`; null when it is none of these. */
export function parseDuration(typed: string): number | null {
  if (typed === 'off') return 0;
  const [, count = '', letters = ''] = /^(\d{1,6}) ?([a-z]{1,3})$/.exec(typed.toLowerCase()) ?? [];
  const unit = Object.hasOwn(TYPED_UNITS, letters) ? TYPED_UNITS[letters] : undefined;
  return unit === undefined || Number(count) === 0 ? null : Number(count) * UNIT_MS[unit];
}

/** `1 hour`, `90 minutes`: in the largest unit that it is a whole number of. */
export function formatDuration(ms: number, { chat: { durations } }: Words): string {
  const wholeSecondsMs = Math.max(1000, Math.round(ms / 1000) * 1000);
  const unit = LARGEST_FIRST.find((candidate) => wholeSecondsMs % UNIT_MS[candidate] === 0) ?? 's';
  const count = wholeSecondsMs / UNIT_MS[unit];
  const format = {
    w: durations.weeks,
    d: durations.days,
    h: durations.hours,
    m: durations.minutes,
    s: durations.seconds,
  };
  return format[unit](count);
}

/** What is left, in a few columns: `58m`, `2d`; rounded down, but never 0. */
export function formatRemaining(ms: number, { chat: { units } }: Words): string {
  const unit = LARGEST_FIRST.find((candidate) => ms >= UNIT_MS[candidate]) ?? 's';
  return `${Math.max(1, Math.floor(ms / UNIT_MS[unit]))}${units[unit]}`;
}
