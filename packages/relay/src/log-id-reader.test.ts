// Log ids of frames, remembered from one frame to the next.
import { describe, expect, it } from 'vitest';
import { LogIdReader } from './log-id-reader.ts';

describe('log id reader', () => {
  it('gives the id of the bytes it is given, not of those before', () => {
    const reader = new LogIdReader();
    const bytes = new Uint8Array(16);
    for (const [last, id] of [
      [1, '01'],
      [1, '01'],
      [2, '02'],
      [1, '01'],
    ] as const) {
      bytes[15] = last;
      expect(reader.read(bytes)).toBe(`${'00'.repeat(15)}${id}`);
    }
  });

  it('refuses another length', () => {
    const reader = new LogIdReader();
    reader.read(new Uint8Array(16));
    expect(() => reader.read(new Uint8Array(15))).toThrow('16 bytes');
  });
});
