import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from './bytes.ts';
import { type Content, decodeContent, encodeContent, isSendableText } from './content.ts';
import { LIMITS } from './limits.ts';

const content = (text: string): Content => ({
  messageId: new Uint8Array(16).fill(1),
  timeMs: 1_790_000_000_000,
  conversation: new Uint8Array(16).fill(2),
  device: new Uint8Array(16).fill(3),
  counter: 7,
  body: { case: 'text', value: { text, expiresAfterMs: 0 } },
});
const badPadding = expect.objectContaining({ code: 'BAD_PADDING' });

describe('content', () => {
  test('survives padding; its length is one of nine buckets (THREATS 54)', () => {
    const buckets = [256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: LIMITS.MAX_TEXT_BYTES }), fc.nat(), (length, seed) => {
        const text = String.fromCharCode(97 + (seed % 26)).repeat(length);
        const padded = encodeContent(content(text));
        expect(buckets).toContain(padded.length);
        expect(decodeContent(padded)).toEqual(content(text));
      }),
    );
  });

  test('the longest text fits the largest bucket', () => {
    expect(encodeContent(content('x'.repeat(LIMITS.MAX_TEXT_BYTES)))).toHaveLength(LIMITS.MAX_CONTENT_BYTES);
  });

  test('PRO-008 refuses padding that is missing, longer than needed, or of another length', () => {
    const padded = encodeContent(content('merhaba'));
    const wrong = [
      new Uint8Array(0),
      new Uint8Array(256),
      padded.subarray(0, 255),
      concatBytes([padded, new Uint8Array(1)]),
      concatBytes([padded, new Uint8Array(256)]),
      padded.map((byte) => (byte === 0x80 ? 0x81 : byte)),
      new Uint8Array(131_072).fill(1).fill(0x80, 131_071),
    ];
    for (const bytes of wrong) expect(() => decodeContent(bytes)).toThrow(badPadding);
  });

  test('PRO-006 refuses a second encoding inside the same bucket', () => {
    const padded = encodeContent(content('merhaba'));
    const mark = padded.lastIndexOf(0x80);
    const extended = padded.slice();
    extended.set([0xf8, 0x3f, 0x01, 0x80], mark);
    expect(() => decodeContent(extended)).toThrow(expect.objectContaining({ code: 'NOT_CANONICAL' }));
  });

  test('PRO-011 refuses text that is empty, too long or not well-formed', () => {
    for (const text of [
      '',
      'x'.repeat(LIMITS.MAX_TEXT_BYTES + 1),
      'ğ'.repeat(LIMITS.MAX_TEXT_BYTES / 2 + 1),
    ]) {
      expect(isSendableText(text)).toBe(false);
      expect(() => encodeContent(content(text))).toThrow(expect.objectContaining({ code: 'BAD_TEXT' }));
    }
    expect(isSendableText('\ud800')).toBe(false);
    expect(isSendableText('👩‍👩‍👧 ğüşıöç\n')).toBe(true);
  });

  test('a content with the body of a later version is still decoded, so that it can be shown as such', () => {
    const padded = encodeContent({ ...content('x'), body: { case: undefined } });
    expect(decodeContent(padded).body.case).toBeUndefined();
    padded.set([0xf8, 0x3f, 0x01, 0x80], padded.lastIndexOf(0x80));
    expect(decodeContent(padded)).toMatchObject({ counter: 7, body: { case: undefined } });
  });

  test('PRO-008 every truncation is refused', () => {
    const padded = encodeContent(content('merhaba'));
    for (let length = 0; length < padded.length; length++) {
      expect(() => decodeContent(padded.subarray(0, length))).toThrow(badPadding);
    }
  });
});
