import { WIRE_ERRORS } from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import { describeError } from './describe-error.ts';
import { ENGLISH } from './english.ts';
import { TURKISH } from './turkish.ts';

describe.each([
  ['English', ENGLISH],
  ['Turkish', TURKISH],
])('sentences in %s', (_language, catalogue) => {
  const entries = Object.entries(catalogue);

  test('every error that a relay can answer has a sentence', () => {
    expect(entries.map(([code]) => code)).toEqual(expect.arrayContaining(Object.keys(WIRE_ERRORS)));
  });

  test.each(entries)('%s says what happened and what to do, in whole sentences', (code, { what, advice }) => {
    for (const sentence of [what, advice]) {
      expect(sentence).toMatch(/^\S.{7,}[^\s.]\.$/);
      expect(sentence).not.toContain(code);
    }
  });

  test('no two codes share what happened', () => {
    expect(new Set(entries.map(([, { what }]) => what)).size).toBe(entries.length);
  });
});

test('both languages have the same codes, and no sentence is left in the other language', () => {
  expect(Object.keys(TURKISH)).toEqual(Object.keys(ENGLISH));
  const english = Object.values(ENGLISH).flatMap(({ what, advice }) => [what, advice]);
  const turkish = Object.values(TURKISH).flatMap(({ what, advice }) => [what, advice]);
  expect(turkish.filter((sentence) => english.includes(sentence))).toEqual([]);
});

test('a code is described in the language that was asked for', () => {
  expect(describeError('NICKNAME_TAKEN', 'en').advice).toBe('Choose another one.');
  expect(describeError('NICKNAME_TAKEN', 'tr').advice).toBe('Başka bir ad seçin.');
});
