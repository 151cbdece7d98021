import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isolateDirection, toSafeLine, toSafeLines, toSafeName, toSafeReaction } from './safe-text.ts';

const ESC = '\u001b';

describe('toSafeLines', () => {
  test.each([
    ['plain text', 'Merhaba, nasılsın?'],
    ['Turkish letters', 'ÇĞİÖŞÜ çğıöşü'],
    ['combining marks', 'e\u0301 n\u0303 \u0e01\u0e33'],
    ['emoji with joiners and modifiers', '👨‍👩‍👧‍👦 👍🏽 ❤️ 🇹🇷 1️⃣'],
    ['a flag of tags', '\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}'],
    ['Persian with a non-joiner', 'می\u200cخواهم'],
    ['Hindi with a joiner', 'क्\u200dष'],
    ['Hebrew with points', 'שָׁלוֹם'],
    ['Chinese', '你好，世界'],
  ])('leaves %s alone', (_what, text) => {
    expect(toSafeLines(text)).toEqual([text]);
  });

  test.each([
    ['a colour', `${ESC}[31mred`, '␛[31mred'],
    ['a clipboard write', `${ESC}]52;c;cm0gLXJm\u0007`, '␛]52;c;cm0gLXJm␇'],
    ['a link', `${ESC}]8;;https://evil.example${ESC}\\click`, '␛]8;;https://evil.example␛\\click'],
    ['C1 controls', '\u009b31m\u009dtitle\u009c', '\ufffd31m\ufffdtitle\ufffd'],
    ['backspaces and DEL', 'rm\b\b\u007fls', 'rm␈␈␡ls'],
    ['NUL', 'a\u0000b', 'a␀b'],
    ['half a surrogate pair', 'a\ud800b', 'a\ufffdb'],
  ])('CLI-101 shows %s instead of doing it', (_what, text, shown) => {
    expect(toSafeLines(text)).toEqual([shown]);
  });

  test('CLI-101 splits at every kind of line break, so that none is left inside a line', () => {
    expect(toSafeLines('a\nb\r\nc\rd\u2028e\u2029f\u0085g\vh\fi')).toEqual([...'abcdefghi']);
    expect(toSafeLine('a\nb')).toBe('a b');
  });

  test('a flood of lines is cut before any work is done on it', () => {
    expect(toSafeLines('x\n'.repeat(1_000_000), 2)).toEqual(['x', 'x', '…']);
  });

  test('a tab becomes spaces', () => {
    expect(toSafeLine('a\tb')).toBe('a    b');
  });

  test.each([
    ['overrides', 'invoice\u202egpj.exe', 'invoicegpj.exe'],
    ['isolates', '\u2067abc\u2069', 'abc'],
    ['marks', 'a\u200e\u200f\u061cb', 'ab'],
    ['zero-width characters', 'pay\u200bpal\u2060\ufeff\u00ad', 'paypal'],
    ['Hangul fillers', '\u3164\u115fx', 'x'],
    ['tags', 'a\u{e0041}\u{e0042}', 'a'],
    ['a joiner between Latin letters', 'a\u200db', 'ab'],
  ])('CLI-102 drops %s', (_what, text, shown) => {
    expect(toSafeLine(text)).toBe(shown);
  });

  test('CLI-103 cuts a flood of marks', () => {
    expect(toSafeLine(`Z${'\u0310'.repeat(500)}!`)).toBe(`Z${'\u0310'.repeat(4)}!`);
    expect(toSafeLine(`Z${'\u0310\u200b'.repeat(50)}!`)).toBe(`Z${'\u0310'.repeat(4)}!`);
  });

  test('CLI-103 replaces a grapheme that never ends', () => {
    expect(toSafeLine('\u1100'.repeat(1000))).toBe('\ufffd');
  });

  test('CLI-104 a mark at the start of a line stands on a circle, not on our text', () => {
    expect(toSafeLines('\u0301a\n\u0301b')).toEqual(['\u25cc\u0301a', '\u25cc\u0301b']);
  });
});

describe('any text at all', () => {
  const hostile = fc.string({
    unit: fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      fc.constantFrom(
        ESC,
        '\u009b',
        '\u0007',
        '\r',
        '\u202e',
        '\u200d',
        '\u0301',
        '\ud83d',
        '[2J',
        ']52;c;',
        'a',
      ),
    ),
    maxLength: 200,
  });

  test('CLI-101 CLI-102 comes out without control, bidi or unpaired characters', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const line of toSafeLines(text)) {
          expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f]/u);
          expect(line.isWellFormed()).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('what is safe is left alone the second time', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const once = toSafeLine(text);
        expect(toSafeLine(once)).toBe(once);
      }),
      { numRuns: 1000 },
    );
  });
});

test('right-to-left text is isolated from what stands beside it, other text is left alone', () => {
  expect(isolateDirection('שלום')).toBe('\u2068שלום\u2069');
  expect(isolateDirection('selam')).toBe('selam');
});

test('CLI-106 a name is one line without spaces around it, or what stands in for one that cannot be seen', () => {
  expect(toSafeName('  Aile \n  grubu ', '?')).toBe('Aile grubu');
  expect(toSafeName(`${ESC}]0;x\u0007`, '?')).toBe('␛]0;x␇');
  expect(toSafeName('\u200b\u2060 \u3000', '?')).toBe('?');
  expect(toSafeName('', '?')).toBe('?');
});

test('CLI-107 a reaction is one character that can be seen', () => {
  for (const emoji of ['👍', '❤️', '👨‍👩‍👧‍👦', '🇹🇷', 'ğ']) expect(toSafeReaction(emoji)).toBe(emoji);
  for (const other of ['', ' ', '\u200b', '👍👍', `${ESC}[2J`, 'ok', '\u0007\n']) {
    expect(toSafeReaction(other)).toBe('\ufffd');
  }
  // One control character is shown as what it is.
  expect(toSafeReaction('\u001b')).toBe('␛');
});
