import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareUtf8, decodeUtf8, equalBytes, fromBase64Url, fromHex, toBase64Url, toHex } from './bytes.ts';

const malformed = expect.objectContaining({ code: 'MALFORMED' });

describe('bytes', () => {
  test('hexadecimal and base64url give back every byte string', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(fromHex(toHex(bytes))).toEqual(bytes);
        expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
      }),
    );
  });

  test('base64url is RFC 4648 §10 without padding, with the url alphabet', () => {
    const text = (value: string) => new TextEncoder().encode(value);
    expect(['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar'].map((v) => toBase64Url(text(v)))).toEqual([
      '',
      'Zg',
      'Zm8',
      'Zm9v',
      'Zm9vYg',
      'Zm9vYmE',
      'Zm9vYmFy',
    ]);
    expect(toBase64Url(Uint8Array.of(0xfb, 0xff))).toBe('-_8');
  });

  test('only one text decodes to given bytes', () => {
    for (const text of ['Zh', 'Zg==', 'Z', 'Zm9=', 'Zm+v', ' Zg', 'Zm9vY']) {
      expect(() => fromBase64Url(text), text).toThrow(malformed);
    }
    for (const text of ['0', '0G', 'AB', '0x00', ' 00']) expect(() => fromHex(text), text).toThrow(malformed);
  });

  test('UTF-8 is strict: overlong forms, surrogates and truncation are refused', () => {
    for (const bytes of [[0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xff]]) {
      expect(() => decodeUtf8(Uint8Array.from(bytes))).toThrow(malformed);
    }
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
  });

  test('equalBytes compares length and content', () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(false);
  });

  test('texts are ordered by their UTF-8 bytes, which is the order of their code points', () => {
    const codePoints = (text: string) => [...text].map((character) => character.codePointAt(0) ?? 0);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (one, other) => {
        const [a, b] = [codePoints(one), codePoints(other)];
        const at = a.findIndex((codePoint, i) => codePoint !== b[i]);
        const expected = at < 0 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? -1);
        expect(Math.sign(compareUtf8(one, other))).toBe(Math.sign(expected));
      }),
    );
    expect(compareUtf8('\ufffd', '\u{10000}')).toBeLessThan(0);
    expect(compareUtf8('ali', 'ali')).toBe(0);
  });
});
