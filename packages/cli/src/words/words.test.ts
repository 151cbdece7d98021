import { describe, expect, test } from 'vitest';
import { ENGLISH } from './english.ts';
import { TURKISH } from './turkish.ts';

/** Path and text of every entry; functions are called with something for each value. */
function listTexts(entry: unknown, path = ''): [string, string][] {
  if (typeof entry === 'string') return [[path, entry]];
  if (typeof entry === 'function') return [[path, String(entry(...Array(entry.length).fill(7)))]];
  return Object.entries(entry as object).flatMap(([key, value]) => listTexts(value, `${path}/${key}`));
}

const english = listTexts(ENGLISH);
const turkish = new Map(listTexts(TURKISH));

/** What is the same in both languages: numbers, keys, commands, marks, and loan words. */
const SHARED = /^[^\p{L}]*$|^(?:Tab|Ctrl|#RRGGBB|on \| off|30m \|)/u;

describe('the catalogues', () => {
  test('have the same entries', () => {
    expect([...turkish.keys()]).toEqual(english.map(([path]) => path));
  });

  test.each(english.filter(([, text]) => text !== '' && !SHARED.test(text)))(
    '%s is translated',
    (path, text) => {
      expect(turkish.get(path)).not.toBe('');
      expect(turkish.get(path)).not.toBe(text);
    },
  );

  test('Turkish counts without a plural: "3 ileti", never "3 iletiler"', () => {
    for (const [path, text] of turkish) expect(text, path).not.toMatch(/\b7 \p{L}+l[ae]r\b/u);
  });

  test('Turkish uses its own quotes and apostrophes', () => {
    for (const [path, text] of turkish) expect(text, path).not.toMatch(/\p{L}'\p{L}/u);
  });
});
