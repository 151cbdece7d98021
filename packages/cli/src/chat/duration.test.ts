import { expect, test } from 'vitest';
import { wordsIn } from '../words/catalogue.ts';
import { formatDuration, formatRemaining, parseDuration } from './duration.ts';

const en = wordsIn('en');
const tr = wordsIn('tr');
const HOUR_MS = 3_600_000;

test.each([
  ['off', 0],
  ['30m', 1_800_000],
  ['8 h', 8 * HOUR_MS],
  ['1D', 24 * HOUR_MS],
  ['2w', 14 * 24 * HOUR_MS],
  ['5 dk', 300_000],
  ['1hf', 7 * 24 * HOUR_MS],
  ['0m', null],
  ['1x', null],
  ['h', null],
  ['1constructor', null],
  ['', null],
  ['-1h', null],
])('%s is %s ms', (typed, ms) => {
  expect(parseDuration(typed)).toBe(ms);
});

test('a span is written in the largest unit that it is a whole number of', () => {
  expect(formatDuration(HOUR_MS, en)).toBe('1 hour');
  expect(formatDuration(90 * 60_000, en)).toBe('90 minutes');
  expect(formatDuration(14 * 24 * HOUR_MS, en)).toBe('2 weeks');
  expect(formatDuration(1, en)).toBe('1 second');
  expect(formatDuration(24 * HOUR_MS, tr)).toBe('1 gün');
});

test('what is left is short and never nothing', () => {
  expect(formatRemaining(HOUR_MS, en)).toBe('1h');
  expect(formatRemaining(HOUR_MS - 1, en)).toBe('59m');
  expect(formatRemaining(500, en)).toBe('1s');
  expect(formatRemaining(-5, en)).toBe('1s');
  expect(formatRemaining(120_000, tr)).toBe('2dk');
});
