import { encodeUtf8, fromBase64Url, toHex } from '@sirdas/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FernetTimeRule, openFernetToken, sealFernetToken } from './fernet.ts';
import { scriptedRandom } from './people.testkit.ts';
import { systemRandom } from './random.ts';
import { loadPublishedVectors, outcomeOf, PUBLISHED_ARE_MISSING } from './vectors.testkit.ts';

interface FernetVector {
  readonly token: string;
  readonly now: string;
  readonly secret: string;
  readonly src?: string;
  readonly iv?: readonly number[];
  readonly ttl_sec?: number;
  readonly desc?: string;
}

const KEY = Uint8Array.from({ length: 32 }, (_, i) => i * 7);
const NOW_SECONDS = 1_790_000_000;
const EXACT = { exactSeconds: NOW_SECONDS };
/** What the reference implementation allows. */
const MAX_CLOCK_SKEW_SECONDS = 60;

describe('github.com/fernet/spec vectors', () => {
  test('generate.json: the same token for the same key, time and IV', async ({ skip }) => {
    const vectors = await loadPublishedVectors<FernetVector[]>('fernet/generate.json');
    if (!vectors) return skip(PUBLISHED_ARE_MISSING);
    for (const { token, now, secret, src = '', iv = [] } of vectors) {
      const stamp = { timeSeconds: Date.parse(now) / 1000, random: scriptedRandom(Uint8Array.from(iv)) };
      const sealed = await sealFernetToken(decodeKey(secret), encodeUtf8(src), stamp);
      expect(new TextDecoder().decode(sealed)).toBe(token);
    }
  });

  test('verify.json: opens', async ({ skip }) => {
    const vectors = await loadPublishedVectors<FernetVector[]>('fernet/verify.json');
    if (!vectors) return skip(PUBLISHED_ARE_MISSING);
    for (const vector of vectors) {
      expect(new TextDecoder().decode(await openVector(vector))).toBe(vector.src);
    }
  });

  test('CRY-003 to CRY-007 invalid.json: all eight are refused with one outcome', async ({ skip }) => {
    const vectors = await loadPublishedVectors<FernetVector[]>('fernet/invalid.json');
    if (!vectors) return skip(PUBLISHED_ARE_MISSING);
    const outcomes = await Promise.all(vectors.map((vector) => outcomeOf(() => openVector(vector))));
    expect(outcomes).toEqual(Array(8).fill('FERNET_REFUSED'));
  });
});

test('opens what it sealed, for any key and plaintext, and leaves its arguments alone', async () => {
  const key32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
  await fc.assert(
    fc.asyncProperty(key32, fc.uint8Array({ maxLength: 600 }), async (key, plaintext) => {
      const before = toHex(key) + toHex(plaintext);
      const token = await seal(plaintext, key);
      const tokenBefore = toHex(token);
      expect(toHex(await openFernetToken(key, token, EXACT))).toBe(toHex(plaintext));
      expect(toHex(key) + toHex(plaintext)).toBe(before);
      expect(toHex(token)).toBe(tokenBefore);
    }),
    { numRuns: 50 },
  );
});

test('CRY-003 CRY-004 CRY-005 any changed byte and any truncation is refused', async () => {
  const token = await seal(encodeUtf8('hello'));
  const outcomes = new Set<string>();
  for (let i = 0; i < token.length; i++) {
    const changed = Uint8Array.from(token);
    changed[i] = token[i] === 0x41 ? 0x42 : 0x41;
    outcomes.add(await outcomeOf(() => openFernetToken(KEY, changed, EXACT)));
    outcomes.add(await outcomeOf(() => openFernetToken(KEY, token.subarray(0, i), EXACT)));
  }
  expect(outcomes).toEqual(new Set(['FERNET_REFUSED']));
});

test('CRY-003 a second spelling of the same bytes is refused', async () => {
  const token = new TextDecoder().decode(await seal(encodeUtf8('sixteen bytes ok')));
  expect(token.endsWith('=')).toBe(true);
  const bare = token.replace(/=+$/, '');
  const spellings = [
    bare,
    `${bare}====`,
    `${token}\n`,
    ` ${token}`,
    `${token}====`,
    token.replace(/.=/, '_='),
  ];
  const outcomes = await Promise.all(
    spellings.map((spelling) => outcomeOf(() => openFernetToken(KEY, encodeUtf8(spelling), EXACT))),
  );
  expect(outcomes).toEqual(spellings.map(() => 'FERNET_REFUSED'));
});

test.each([
  ['exactly the expected second', { exactSeconds: NOW_SECONDS }, 'ok'],
  ['one second later than expected', { exactSeconds: NOW_SECONDS - 1 }, 'FERNET_REFUSED'],
  ['one second earlier than expected', { exactSeconds: NOW_SECONDS + 1 }, 'FERNET_REFUSED'],
  ['as old as it may be', { ...skew(NOW_SECONDS + 60), ttlSeconds: 60 }, 'ok'],
  ['a second older than it may be', { ...skew(NOW_SECONDS + 61), ttlSeconds: 60 }, 'FERNET_REFUSED'],
  ['old, without a ttl', skew(NOW_SECONDS + 1e9), 'ok'],
  ['as far ahead as it may be', skew(NOW_SECONDS - MAX_CLOCK_SKEW_SECONDS), 'ok'],
  ['a second further ahead', skew(NOW_SECONDS - MAX_CLOCK_SKEW_SECONDS - 1), 'FERNET_REFUSED'],
] satisfies [string, FernetTimeRule, string][])('CRY-006 a time that is %s', async (_, rule, expected) => {
  const token = await seal(encodeUtf8('hello'));
  expect(await outcomeOf(() => openFernetToken(KEY, token, rule))).toBe(expected);
});

test('a key of another length than 32 bytes is an error of its own', async () => {
  expect(await outcomeOf(() => seal(new Uint8Array(1), KEY.subarray(1)))).toBe('BAD_KEY');
});

function seal(plaintext: Uint8Array, key: Uint8Array = KEY) {
  return sealFernetToken(key, plaintext, { timeSeconds: NOW_SECONDS, random: systemRandom });
}

function skew(nowSeconds: number): FernetTimeRule & { nowSeconds: number } {
  return { nowSeconds, maxClockSkewSeconds: MAX_CLOCK_SKEW_SECONDS };
}

function openVector({ secret, token, now, ttl_sec = 0 }: FernetVector): Promise<Uint8Array> {
  const rule = { ...skew(Date.parse(now) / 1000), ttlSeconds: ttl_sec };
  return openFernetToken(decodeKey(secret), encodeUtf8(token), rule);
}

function decodeKey(secret: string): Uint8Array {
  return fromBase64Url(secret.replace(/=$/, ''));
}
