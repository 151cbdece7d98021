import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AccountRecord,
  decodeAccountRecord,
  decodeSignedRecord,
  encodeAccountRecord,
  encodeSignedRecord,
} from './account-record.ts';
import { concatBytes } from './bytes.ts';
import { prepareNickname } from './nickname.ts';

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);
const device = (value: number) => ({
  id: bytes(16, value),
  signatureKey: bytes(32, value),
  name: 'laptop',
  addedMs: 1_790_000_000_000,
});
const record: AccountRecord = {
  relayFingerprint: bytes(32, 1),
  nickname: prepareNickname('ayşe'),
  identityKey: bytes(32, 2),
  index: 0,
  previousHash: new Uint8Array(0),
  devices: [device(3)],
  rsaPublicKey: bytes(422, 4),
  suites: ['classic-1'],
  profile: { colour: 0xff8800, displayName: 'Ayşe Gül' },
  timeMs: 1_790_000_000_000,
};

const badRecord = expect.objectContaining({ code: 'BAD_RECORD' });

describe('account records', () => {
  test('survive encoding and decoding', () => {
    expect(decodeAccountRecord(encodeAccountRecord(record))).toEqual(record);
    const next = { ...record, index: 1, previousHash: bytes(32, 9), devices: [device(1), device(2)] };
    expect(decodeAccountRecord(encodeAccountRecord(next))).toEqual(next);
  });

  test('survive with their signature; a signature of another length is refused (PRO-003)', () => {
    const signed = { record: encodeAccountRecord(record), signature: bytes(64, 5) };
    expect(decodeSignedRecord(encodeSignedRecord(signed))).toEqual(signed);
    const short = encodeSignedRecord({ ...signed, signature: bytes(63, 5) });
    expect(() => decodeSignedRecord(short)).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
  });

  test.each<[string, Partial<AccountRecord>]>([
    ['no device', { devices: [] }],
    ['seven devices', { devices: [1, 2, 3, 4, 5, 6, 7].map(device) }],
    ['a device id twice', { devices: [device(1), { ...device(2), id: bytes(16, 1) }] }],
    ['a device key twice', { devices: [device(1), { ...device(2), signatureKey: bytes(32, 1) }] }],
    ['a long device name', { devices: [{ ...device(1), name: 'ü'.repeat(33) }] }],
    ['a control character in a device name', { devices: [{ ...device(1), name: 'a\u001b[31m' }] }],
    ['no suite', { suites: [], rsaPublicKey: new Uint8Array(0) }],
    ['a suite twice', { suites: ['classic-1', 'classic-1'] }],
    ['a strange suite name', { suites: ['classic-1', 'MLS!'] }],
    ['classic without an RSA key', { rsaPublicKey: new Uint8Array(0) }],
    ['an RSA key without classic', { suites: ['mls-later'] }],
    ['a colour beyond 24 bits', { profile: { colour: 0x1000000, displayName: '' } }],
    ['a bidi override in the display name', { profile: { displayName: 'a\u202eb' } }],
    ['a line separator in the display name', { profile: { displayName: 'a\u2028b' } }],
    ['a previous hash in the first record', { previousHash: bytes(32, 1) }],
    ['no previous hash in a later record', { index: 1 }],
  ])('PRO-010 refuses %s', (_, change) => {
    expect(() => decodeAccountRecord(encodeAccountRecord({ ...record, ...change }))).toThrow(badRecord);
  });

  test('names may hold joined emoji and characters that this version of Unicode does not know', () => {
    const profile = { displayName: '👩\u200d👧 \u{1faff}' };
    expect(decodeAccountRecord(encodeAccountRecord({ ...record, profile })).profile).toMatchObject(profile);
  });

  test('PRO-007 refuses a nickname that is not canonical', () => {
    const encoded = encodeAccountRecord({ ...record, nickname: 'Ayşe' as AccountRecord['nickname'] });
    expect(() => decodeAccountRecord(encoded)).toThrow(expect.objectContaining({ code: 'BAD_NICKNAME' }));
  });

  test('PRO-006 refuses every other encoding of the same record', () => {
    const encoded = encodeAccountRecord(record);
    const unknownField = Uint8Array.of(0xf8, 0x3f, 0x01);
    const defaultIndex = Uint8Array.of(0x20, 0x00);
    const indexTwice = Uint8Array.of(0x50, 0x01);
    for (const tail of [unknownField, defaultIndex, indexTwice]) {
      expect(() => decodeAccountRecord(concatBytes([encoded, tail]))).toThrow(
        expect.objectContaining({ code: 'NOT_CANONICAL' }),
      );
    }
  });

  test('PRO-006 whatever is accepted encodes to exactly the bytes it came from', () => {
    const encoded = encodeAccountRecord(record);
    const change = fc.record({ at: fc.nat(encoded.length - 1), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const mutated = encoded.slice();
        for (const { at, value } of changes) mutated[at] = value;
        let decoded: AccountRecord;
        try {
          decoded = decodeAccountRecord(mutated);
        } catch (error) {
          expect(error).toHaveProperty('name', 'ProtocolError');
          return;
        }
        expect(encodeAccountRecord(decoded)).toEqual(mutated);
      }),
      { numRuns: 2000 },
    );
  });
});
