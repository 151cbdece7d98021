import { equalBytes, fromHex } from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import { decryptOaep, generateUnwrapKey, importUnwrapKey, unwrapKey, wrapKey } from './key-wrap.ts';
import { ayse, bora } from './people.testkit.ts';
import { checkRsaPublicKey } from './rsa-public-key.ts';
import { SecretBytes } from './secret-bytes.ts';
import { outcomeOf } from './vectors.testkit.ts';

const KEY = Uint8Array.from({ length: 32 }, (_, i) => i);
const MODULUS_OFFSET = 32;

test('a new key has 3072 bit, is accepted by others, and unwraps what was wrapped for it', async () => {
  const unwrap = await importUnwrapKey(await generateUnwrapKey());
  expect(() => checkRsaPublicKey(unwrap.publicKey)).not.toThrow();
  expect(unwrap.publicKey).toHaveLength(422);
  expect(unwrap.privateKey.extractable).toBe(false);
  expect(await unwrapKey(unwrap, await wrapKey(unwrap.publicKey, KEY))).toEqual(KEY);
});

test('the same key wraps differently every time', async () => {
  const { publicKey } = ayse.unwrapKey;
  const [one, other] = await Promise.all([wrapKey(publicKey, KEY), wrapKey(publicKey, KEY)]);
  expect(equalBytes(one, other)).toBe(false);
});

test('CRY-010 a wrap of anything but 32 bytes gives nothing', async () => {
  for (const length of [0, 16, 31, 33, 64]) {
    const wrap = await wrapKey(ayse.unwrapKey.publicKey, new Uint8Array(length));
    expect(await decryptOaep(ayse.unwrapKey.privateKey, wrap)).toHaveLength(length);
    expect(await unwrapKey(ayse.unwrapKey, wrap)).toBeNull();
  }
});

test('CRY-011 any changed byte, any other length and any other key give nothing', async () => {
  const wrap = await wrapKey(ayse.unwrapKey.publicKey, KEY);
  expect(await unwrapKey(bora.unwrapKey, wrap)).toBeNull();
  expect(await unwrapKey(ayse.unwrapKey, wrap.subarray(1))).toBeNull();
  expect(await unwrapKey(ayse.unwrapKey, new Uint8Array(0))).toBeNull();
  for (let i = 0; i < wrap.length; i += 24) {
    const changed = wrap.map((byte, at) => (at === i ? byte ^ 1 : byte));
    expect(await unwrapKey(ayse.unwrapKey, changed)).toBeNull();
  }
});

test('wrapping and unwrapping leave their arguments alone', async () => {
  const key = Uint8Array.from(KEY);
  const wrap = await wrapKey(ayse.unwrapKey.publicKey, key);
  const before = Uint8Array.from(wrap);
  await unwrapKey(ayse.unwrapKey, wrap);
  expect(key).toEqual(KEY);
  expect(wrap).toEqual(before);
});

describe('CRY-009 own keys are held to the same rules', () => {
  test('garbage, a cut key and a key with another exponent are refused', async () => {
    const pkcs8 = ayse.rsaPkcs8.reveal();
    const exponent3 = Uint8Array.from(pkcs8);
    // 02 03 01 00 01 behind the modulus of 385 bytes.
    exponent3.set([0x02, 0x03, 0x01, 0x00, 0x03], 37 + 385);
    const keys = [new Uint8Array(0), new Uint8Array(1800), pkcs8.subarray(0, 900), exponent3];
    const outcomes = keys.map((key) =>
      outcomeOf(() => importUnwrapKey(new SecretBytes(Uint8Array.from(key)))),
    );
    expect(await Promise.all(outcomes)).toEqual(keys.map(() => 'BAD_KEY'));
  });

  test('CRY-008 a key of 2048 bit is refused', async () => {
    const parameters = {
      name: 'RSA-OAEP',
      hash: 'SHA-256',
      modulusLength: 2048,
      publicExponent: fromHex('010001'),
    };
    const pair = await crypto.subtle.generateKey(parameters, true, ['encrypt', 'decrypt']);
    const pkcs8 = new SecretBytes(new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey)));
    expect(await outcomeOf(() => importUnwrapKey(pkcs8))).toBe('BAD_KEY');
    const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey));
    expect(await outcomeOf(() => wrapKey(spki, KEY))).toBe('BAD_KEY');
  });
});

test('CRY-009 no changed byte outside the modulus is accepted in a public key', () => {
  const { publicKey } = ayse.unwrapKey;
  const trailerOffset = publicKey.length - 5;
  for (let i = 0; i < publicKey.length; i++) {
    if (i >= MODULUS_OFFSET && i < trailerOffset) continue;
    const changed = publicKey.map((byte, at) => (at === i ? byte ^ 1 : byte));
    expect(() => checkRsaPublicKey(changed), `byte ${i}`).toThrow(
      expect.objectContaining({ code: 'BAD_KEY' }),
    );
  }
});
