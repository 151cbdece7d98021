// Vault records in clear and sealed: round trips, and that nothing opens anywhere else than where it was put.
import { SecretBytes, systemRandom } from '@sirdas/crypto';
import { encodeUtf8 } from '@sirdas/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordCipher } from './record-cipher.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';

const key = new Uint8Array(32).fill(1);
const place = { table: 'messages', id: new Uint8Array(16) };

const leaf = fc.oneof(
  fc.string(),
  fc.boolean(),
  fc.constant(null),
  fc.maxSafeInteger(),
  fc.uint8Array(),
  fc.uint8Array().map((bytes) => new SecretBytes(Uint8Array.from(bytes))),
);
const { record } = fc.letrec((tie) => ({
  record: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tie('value'), { noNullPrototype: true }),
  value: fc.oneof({ depthSize: 'small' }, leaf, tie('record'), fc.array(tie('value'))),
}));

describe('record codec', () => {
  it('gives back what it was given', () => {
    fc.assert(
      fc.property(record, (value) => {
        expect(decodeRecord(encodeRecord(value as object))).toEqual(value);
      }),
    );
  });

  it('keeps secrets out of what is printed, and in what is saved', () => {
    const secret = new SecretBytes(encodeUtf8('secret'));
    const decoded = decodeRecord(encodeRecord({ secret })) as { secret: SecretBytes };
    expect(JSON.stringify(decoded)).not.toContain('secret":"s');
    expect(decoded.secret.reveal()).toEqual(encodeUtf8('secret'));
  });

  it('says VAULT_CORRUPT for everything that is cut off', () => {
    const bytes = encodeRecord({ text: 'hello', bytes: new Uint8Array(20) });
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeRecord(bytes.subarray(0, length))).toThrow();
    }
  });
});

describe('record cipher', () => {
  it('opens what it sealed, of any length', async () => {
    const cipher = await RecordCipher.create(key, systemRandom);
    for (const length of [0, 1, 254, 255, 256, 257, 100_000]) {
      const plaintext = systemRandom(Math.min(length, 65_536));
      expect(await cipher.open(place, await cipher.seal(place, plaintext))).toEqual(plaintext);
    }
    expect(await cipher.open(place, await cipher.seal(place, new Uint8Array(300).fill(0x80)))).toHaveLength(
      300,
    );
  });

  it('shows lengths in steps of 256 bytes only', async () => {
    const cipher = await RecordCipher.create(key, systemRandom);
    const sizes = await Promise.all(
      [0, 100, 255, 256].map(async (length) => (await cipher.seal(place, new Uint8Array(length))).length),
    );
    expect(sizes).toEqual([285, 285, 285, 541]);
  });

  it('opens nothing that was changed, moved or sealed under another key', async () => {
    const cipher = await RecordCipher.create(key, systemRandom);
    const sealed = await cipher.seal(place, encodeUtf8('hello'));
    const other = await RecordCipher.create(new Uint8Array(32).fill(2), systemRandom);
    const refusal = { code: 'VAULT_CORRUPT' };
    await expect(other.open(place, sealed)).rejects.toMatchObject(refusal);
    await expect(cipher.open({ ...place, table: 'outbox' }, sealed)).rejects.toMatchObject(refusal);
    await expect(cipher.open({ ...place, id: new Uint8Array(15) }, sealed)).rejects.toMatchObject(refusal);
    for (let i = 0; i < sealed.length; i += 7) {
      const changed = sealed.with(i, (sealed[i] ?? 0) ^ 1);
      await expect(cipher.open(place, changed)).rejects.toMatchObject(refusal);
      await expect(cipher.open(place, sealed.subarray(0, i))).rejects.toMatchObject(refusal);
    }
  });

  it('gives a name another index in each table and under each key, and tells parts apart', async () => {
    const cipher = await RecordCipher.create(key, systemRandom);
    const other = await RecordCipher.create(new Uint8Array(32).fill(2), systemRandom);
    const indexes = await Promise.all([
      cipher.index('contacts', ['alice']),
      cipher.index('messages', ['alice']),
      other.index('contacts', ['alice']),
      cipher.index('contacts', ['ali', 'ce']),
      cipher.index('contacts', ['alice', '']),
    ]);
    expect(new Set(indexes.map(String)).size).toBe(indexes.length);
    expect(await cipher.index('contacts', ['alice'])).toEqual(indexes[0]);
  });
});
