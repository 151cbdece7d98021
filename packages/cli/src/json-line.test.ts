import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatJsonLine } from './json-line.ts';

test('CLI-105 a line is printable, and the same value when it is read', () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      fc.constantFrom('\u009b', '\u202e', '\u{e0041}', '\ud800', '\u2028'),
    ),
  });
  fc.assert(
    fc.property(text, (value) => {
      const line = formatJsonLine({ value });
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      expect(JSON.parse(line)).toEqual({ value });
    }),
    { numRuns: 1000 },
  );
});
