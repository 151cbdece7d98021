import { fromHex, isUsableEd25519Point, LABELS, labelledInput, toHex } from '@sirdas/protocol';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { systemRandom } from './random.ts';
import { SecretBytes } from './secret-bytes.ts';
import { generateSignatureSeed, importSignatureKey, sign, verifySignature } from './signature-key.ts';
import { outcomeOf } from './vectors.testkit.ts';

const INPUT = labelledInput(LABELS.classicHeader, ['header']);
/** RFC 8032 §7.1, test 2. */
const RFC8032 = {
  seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
  publicKey: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
  message: '72',
  signature:
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
};
/** y of the points of small order, in every encoding that some library accepts. */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].flatMap((y) => [fromHex(y), withSignOfX(fromHex(y))]);

afterEach(() => vi.restoreAllMocks());

describe('RFC 8032 §7.1', () => {
  test('a seed gives its public key and signature', async () => {
    const key = await importSignatureKey(new SecretBytes(fromHex(RFC8032.seed)));
    expect(toHex(key.publicKey)).toBe(RFC8032.publicKey);
    expect(toHex(await sign(key, fromHex(RFC8032.message)))).toBe(RFC8032.signature);
  });

  test('the signature verifies', async () => {
    const { publicKey, message, signature } = RFC8032;
    expect(await verifySignature(fromHex(publicKey), fromHex(message), fromHex(signature))).toBe(true);
  });
});

test('a public key whose array gets the bytes of another one is another key', async () => {
  const [one, other] = [await importSignatureKey(seedOf(1)), await importSignatureKey(seedOf(2))];
  const array = Uint8Array.from(one.publicKey);
  const [byOne, byOther] = [await sign(one, INPUT), await sign(other, INPUT)];
  expect(await verifySignature(array, INPUT, byOne)).toBe(true);
  array.set(other.publicKey);
  expect(await verifySignature(array, INPUT, byOne)).toBe(false);
  expect(await verifySignature(array, INPUT, byOther)).toBe(true);
});

test('verifies what it signed, for any seed and message', async () => {
  const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
  await fc.assert(
    fc.asyncProperty(bytes32, fc.uint8Array({ maxLength: 200 }), async (seed, message) => {
      const key = await importSignatureKey(new SecretBytes(Uint8Array.from(seed)));
      const input = Uint8Array.from(message);
      expect(await verifySignature(key.publicKey, input, await sign(key, input))).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('a new key takes its 32 bytes from the given source', () => {
  const seed = generateSignatureSeed((lengthBytes) => new Uint8Array(lengthBytes).fill(5));
  expect(seed.reveal()).toEqual(new Uint8Array(32).fill(5));
});

test('a key in use cannot be exported and does not print its seed', async () => {
  const key = await importSignatureKey(new SecretBytes(fromHex(RFC8032.seed)));
  expect(key.privateKey.extractable).toBe(false);
  expect(JSON.stringify(key)).not.toContain('4ccd089b');
});

test('importing leaves the seed as it is and refuses one of another length', async () => {
  const seed = new SecretBytes(fromHex(RFC8032.seed));
  await importSignatureKey(seed);
  expect(toHex(seed.reveal())).toBe(RFC8032.seed);
  expect(await outcomeOf(() => importSignatureKey(new SecretBytes(new Uint8Array(31))))).toBe('BAD_KEY');
});

describe('CRY-001 public keys under which a signature proves nothing', () => {
  test.each(SMALL_ORDER.map((point) => [toHex(point), point] as const))('%s is refused', async (_, point) => {
    expect(isUsableEd25519Point(point)).toBe(false);
    // R and S that fit any message for at least one in eight of them, were the key accepted.
    for (const r of SMALL_ORDER) {
      const signature = new Uint8Array(64);
      signature.set(r);
      expect(await verifySignature(point, INPUT, signature)).toBe(false);
    }
  });

  test('the platform is not asked about such a key', async () => {
    const importing = vi.spyOn(crypto.subtle, 'importKey');
    for (const point of SMALL_ORDER) await verifySignature(point, INPUT, new Uint8Array(64));
    expect(importing).not.toHaveBeenCalled();
  });

  test.each([0, 31, 33, 64])('a key of %i bytes is refused', async (length) => {
    expect(await verifySignature(new Uint8Array(length).fill(9), INPUT, new Uint8Array(64))).toBe(false);
  });

  test('a y that is 2^255 - 19 or more is refused, one below is not', () => {
    const prime = fromHex('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');
    for (let low = 0xeb; low <= 0xff; low++) {
      const y = Uint8Array.from(prime);
      y[0] = low;
      expect(isUsableEd25519Point(y)).toBe(low === 0xeb);
    }
  });

  test('keys of real people are accepted', async () => {
    for (let i = 0; i < 20; i++) {
      const { publicKey } = await importSignatureKey(generateSignatureSeed(systemRandom));
      expect(isUsableEd25519Point(publicKey)).toBe(true);
    }
  });
});

describe('CRY-002 signatures that do not verify', () => {
  test('a signature for one purpose is worth nothing for any other', async () => {
    const key = await importSignatureKey(generateSignatureSeed(systemRandom));
    const labels = Object.values(LABELS);
    for (const label of labels) {
      const signature = await sign(key, labelledInput(label, ['the same field']));
      const verifying = labels.map((other) =>
        verifySignature(key.publicKey, labelledInput(other, ['the same field']), signature),
      );
      expect(await Promise.all(verifying)).toEqual(labels.map((other) => other === label));
    }
  });

  test('a changed bit, another length and a key off the curve', async () => {
    const key = await importSignatureKey(generateSignatureSeed(systemRandom));
    const signature = await sign(key, INPUT);
    for (let i = 0; i < signature.length; i++) {
      const changed = signature.map((byte, at) => (at === i ? byte ^ 1 : byte));
      expect(await verifySignature(key.publicKey, INPUT, changed)).toBe(false);
    }
    expect(await verifySignature(key.publicKey, INPUT, signature.subarray(1))).toBe(false);
    expect(await verifySignature(key.publicKey, INPUT, new Uint8Array(0))).toBe(false);
    // y = 2 has no x.
    expect(await verifySignature(new Uint8Array(32).fill(2, 0, 1), INPUT, signature)).toBe(false);
  });
});

function withSignOfX(y: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return y.map((byte, i) => (i === 31 ? byte | 0x80 : byte));
}

function seedOf(byte: number): SecretBytes {
  return new SecretBytes(new Uint8Array(32).fill(byte));
}
