import { expect, test } from 'vitest';
import { guessBackground, parseBackground } from './background.ts';

test.each([
  ['four digits', '\u001b]11;rgb:1e1e/1e1e/2e2e\u001b\\', 0x1e1e2e],
  ['two digits, ended by BEL', '\u001b]11;rgb:ff/80/00\u0007', 0xff8000],
  [
    'with alpha and the attributes behind',
    '\u001b]11;rgba:0000/0000/0000/ffff\u001b\\\u001b[?62;c',
    0x000000,
  ],
])('a terminal says its background with %s', (_what, answer, colour) => {
  expect(parseBackground(answer)).toBe(colour);
});

test('an answer without a colour is no colour', () => {
  expect(parseBackground('\u001b[?1;2c')).toBeNull();
  expect(parseBackground('')).toBeNull();
});

test.each([
  [undefined, 0x000000],
  ['15;0', 0x000000],
  ['0;15', 0xffffff],
  ['0;default;15', 0xffffff],
  ['0;7', 0xffffff],
  ['12;8', 0x000000],
])('COLORFGBG %s', (value, colour) => {
  expect(guessBackground(value)).toBe(colour);
});
