import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toSafeLine } from './safe-text.ts';
import { cautiousWidthOf, padToWidth, splitGraphemes, truncate, widthOf, wrapLine } from './text-layout.ts';

const family = '👨‍👩‍👧‍👦';

describe('wrapLine', () => {
  test.each([
    ['breaks at spaces', 'one two three', 7, ['one two', 'three']],
    ['breaks long words', 'abcdefghij', 4, ['abcd', 'efgh', 'ij']],
    ['keeps an empty line', '', 10, ['']],
    ['drops the spaces at a break', 'abc   def', 4, ['abc', 'def']],
    ['keeps spaces at the start', '  abc', 10, ['  abc']],
    ['counts wide characters twice', '漢字漢字', 4, ['漢字', '漢字']],
    ['counts a family as the widest terminal does', family, 4, [family]],
  ])('%s', (_what, line, columns, rows) => {
    expect(wrapLine(line, columns)).toEqual(rows);
  });

  test('a word of 60 KiB is cut in one pass', () => {
    const startedMs = performance.now();
    expect(wrapLine('e\u0301'.repeat(20_000), 70)).toHaveLength(286);
    // In quadratic time this takes minutes.
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });

  test('rows never run over the edge and lose nothing but spaces', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 200 }),
        fc.integer({ min: 2, max: 40 }),
        (text, columns) => {
          const line = toSafeLine(text);
          const rows = wrapLine(line, columns);
          for (const row of rows) {
            expect(splitGraphemes(row).length === 1 || widthOf(row) <= columns).toBe(true);
          }
          expect(rows.join('').replaceAll(' ', '')).toBe(line.replaceAll(' ', ''));
        },
      ),
    );
  });
});

test('a joined emoji is counted as the widest terminal shows it', () => {
  expect([widthOf(family), cautiousWidthOf(family)]).toEqual([2, 8]);
  expect(cautiousWidthOf('ş')).toBe(1);
});

test('truncate ends what it cut with an ellipsis and leaves the rest alone', () => {
  expect(truncate('ayşegül', 7)).toBe('ayşegül');
  expect(truncate('ayşegül', 4)).toBe('ayş…');
  expect(truncate('漢字', 3)).toBe('漢…');
  expect(truncate('abc', 0)).toBe('');
});

test('padToWidth gives exactly the width asked for', () => {
  expect(padToWidth('漢', 4)).toBe('漢  ');
  expect(padToWidth('abcdef', 4)).toBe('abc…');
});
