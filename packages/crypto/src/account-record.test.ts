import {
  type AccountRecord,
  decodeAccountRecord,
  encodeAccountRecord,
  fromHex,
  parseNickname,
  toHex,
} from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import {
  continueAccountChain,
  restoreAccount,
  type SignedRecord,
  signAccountRecord,
  verifyAccountChain,
} from './account-record.ts';
import { ayse, bora, RELAY_FINGERPRINT, toSignedRecord } from './people.testkit.ts';
import { loadOwnVectors, outcomeOf, type Vector } from './vectors.testkit.ts';

interface ChainInput {
  readonly relayFingerprint: string;
  readonly nickname: string;
  readonly records: { record: string; signature: string }[];
}

interface ContinueInput extends ChainInput {
  readonly pinned: ChainInput['records'];
  readonly headIndex: number;
}

interface RecordVectors {
  readonly verify: readonly Vector<
    ChainInput,
    { index: number; hash: string | null; publishedOtherSuite: boolean }
  >[];
  readonly continue: readonly Vector<ContinueInput, { index?: number; identityKey?: string }>[];
}

const vectors = await loadOwnVectors<RecordVectors>('account-record.json');
const AYSE = { relayFingerprint: RELAY_FINGERPRINT, nickname: ayse.account.record.nickname };

describe('verifying a chain from its first record (CRY-012, CRY-013, CRY-014, CRY-015)', () => {
  for (const { name, spec, input, expect: expected, output } of vectors.verify) {
    test(`${name} (${spec})`, async () => {
      if (expected !== 'ok') {
        expect(await outcomeOf(() => verify(input))).toBe(expected);
        return;
      }
      const { record, hash, pin } = await verify(input);
      expect(record.index).toBe(output?.index);
      expect(pin.publishedOtherSuite).toBe(output?.publishedOtherSuite);
      if (output?.hash) expect(toHex(hash)).toBe(output.hash);
    });
  }
});

describe('continuing a pinned chain (CRY-014, CRY-015, CRY-016)', () => {
  for (const { name, spec, input, expect: expected, output } of vectors.continue) {
    test(`${name} (${spec})`, async () => {
      const pinned = await verify({ ...input, records: input.pinned });
      const page = { records: input.records.map(toSignedRecord), headIndex: input.headIndex };
      if (expected === 'BAD_RECORD') {
        expect(await outcomeOf(() => continueAccountChain(pinned, page))).toBe(expected);
        return;
      }
      const check = await continueAccountChain(pinned, page);
      expect(check.outcome).toBe(expected);
      if (check.outcome === 'verified') expect(check.account.record.index).toBe(output?.index);
      if (check.outcome === 'key-changed') expect(toHex(check.identityKey)).toBe(output?.identityKey);
    });
  }
});

describe('own records', () => {
  test('a signed record continues the own chain, and so does the next one', async () => {
    const second = await signNext(ayse.account.record, ayse.account.hash);
    const check = await continueAccountChain(ayse.account, { records: [second], headIndex: 1 });
    if (check.outcome !== 'verified') throw new Error('not verified');
    const third = await signNext(check.account.record, check.account.hash);
    const whole = await verifyAccountChain([await firstRecord(), second, third], AYSE);
    expect(whole.record.index).toBe(2);
  });

  test('a record that others would refuse is not signed', async () => {
    const { record } = ayse.account;
    const bad: Partial<AccountRecord>[] = [
      { devices: [] },
      { suites: [] },
      { rsaPublicKey: new Uint8Array(422) },
      { profile: { displayName: 'a\u202eb' } },
      { index: 1 },
    ];
    const outcomes = bad.map((change) =>
      outcomeOf(() => signAccountRecord({ ...record, ...change }, ayse.identityKey)),
    );
    expect(await Promise.all(outcomes)).toEqual(bad.map(() => 'BAD_RECORD'));
  });

  test('a record of another identity key is a mistake of the program', async () => {
    await expect(signAccountRecord(ayse.account.record, bora.identityKey)).rejects.toThrow(
      'another identity key',
    );
  });
});

test('a pin gives the account back, with the mark of another suite', () => {
  const restored = restoreAccount({ ...ayse.account.pin, publishedOtherSuite: true });
  expect(restored.record).toEqual(ayse.account.record);
  expect(restored.hash).toEqual(ayse.account.hash);
  expect(restored.pin.publishedOtherSuite).toBe(true);
});

test('every device is remembered with the records between which it was there, also one that came back', async () => {
  const { record } = ayse.account;
  const [first] = record.devices;
  if (!first) throw new Error('no device in the vectors');
  const other = { ...first, id: new Uint8Array(16).fill(5), signatureKey: bora.identityKey.publicKey };
  let account = ayse.account;
  for (const devices of [[first, other], [other], [first, other]]) {
    const next = await signNext({ ...account.record, devices }, account.hash);
    const page = { records: [next], headIndex: account.record.index + 1 };
    const check = await continueAccountChain(account, page);
    if (check.outcome !== 'verified') throw new Error('not verified');
    account = check.account;
  }
  const periodOf = (device: typeof first, addedIndex: number, removedIndex: number | null) => ({
    id: toHex(device.id),
    signatureKey: device.signatureKey,
    addedIndex,
    removedIndex,
  });
  const { index } = record;
  const history = [
    periodOf(first, 0, index + 2),
    periodOf(other, index + 1, null),
    periodOf(first, index + 3, null),
  ];
  expect(account.deviceHistory).toEqual(history);
  expect(restoreAccount(account.pin).deviceHistory).toEqual(history);
});

test('of a pin of an earlier version only the newest record is known', () => {
  const { record, publishedOtherSuite } = ayse.account.pin;
  const { deviceHistory } = restoreAccount({ record, publishedOtherSuite });
  expect(deviceHistory).toMatchObject(
    ayse.account.record.devices.map(({ id }) => ({ id: toHex(id), addedIndex: 0, removedIndex: null })),
  );
});

test('CRY-013 any changed byte of a record or its signature is refused', async () => {
  const { record, signature } = await firstRecord();
  const changes: SignedRecord[] = [];
  for (let i = 0; i < record.length; i += 7) changes.push({ record: flip(record, i), signature });
  for (let i = 0; i < signature.length; i += 5) changes.push({ record, signature: flip(signature, i) });
  const outcomes = await Promise.all(
    changes.map((changed) => outcomeOf(() => verifyAccountChain([changed], AYSE))),
  );
  expect(new Set(outcomes)).toEqual(new Set(['BAD_RECORD']));
});

test('what is verified is a copy: later changes of the received bytes do not reach it', async () => {
  const signed = await firstRecord();
  const received = { record: Uint8Array.from(signed.record), signature: Uint8Array.from(signed.signature) };
  const verifying = verifyAccountChain([received], AYSE);
  received.record.fill(0);
  const { hash, pin } = await verifying;
  expect(hash).toEqual(ayse.account.hash);
  expect(pin.record).toEqual(signed.record);
});

function verify(input: ChainInput) {
  const expected = {
    relayFingerprint: fromHex(input.relayFingerprint),
    nickname: parseNickname(input.nickname),
  };
  return verifyAccountChain(input.records.map(toSignedRecord), expected);
}

async function firstRecord(): Promise<SignedRecord> {
  return signAccountRecord(decodeAccountRecord(encodeAccountRecord(ayse.account.record)), ayse.identityKey);
}

function signNext(record: AccountRecord, previousHash: Uint8Array): Promise<SignedRecord> {
  return signAccountRecord({ ...record, index: record.index + 1, previousHash }, ayse.identityKey);
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, i) => (i === at ? byte ^ 0x10 : byte));
}
