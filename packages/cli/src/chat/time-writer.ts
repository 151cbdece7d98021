// Times and days as a person reads them, in the local time zone and the chosen language.
import type { Language } from '@sirdas/client';
import type { Words } from '../words/words.ts';
import { formatRemaining } from './duration.ts';

export interface TimeWriter {
  /** `09:41` */
  readonly time: (ms: number) => string;
  /** `Today`, `Yesterday`, `Monday, 2 November`, with the year when it is not this one. */
  readonly day: (ms: number) => string;
  /** `2 November 2026, 09:41` */
  readonly moment: (ms: number) => string;
  /** How long until then, in a few columns: `58m`. */
  readonly remaining: (ms: number) => string;
}

const DAY_MS = 86_400_000;
/** Days before months, as in most of the world. */
const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', tr: 'tr' };

export function createTimeWriter(language: Language, words: Words, now: () => number): TimeWriter {
  const locale = LOCALES[language];
  const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const long = { weekday: 'long', day: 'numeric', month: 'long' } as const;
  const day = new Intl.DateTimeFormat(locale, long);
  const dayAndYear = new Intl.DateTimeFormat(locale, { ...long, year: 'numeric' });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'long' });
  return {
    time: (ms) => clock.format(ms),
    day: (ms) => {
      const today = now();
      if (isSameDay(ms, today)) return words.chat.today;
      if (isSameDay(ms, today - DAY_MS)) return words.chat.yesterday;
      const isThisYear = new Date(ms).getFullYear() === new Date(today).getFullYear();
      return (isThisYear ? day : dayAndYear).format(ms);
    },
    moment: (ms) => `${date.format(ms)}, ${clock.format(ms)}`,
    remaining: (ms) => formatRemaining(ms - now(), words),
  };
}

/** In the local time zone. */
export function isSameDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}
