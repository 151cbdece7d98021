// Account records (SPEC §5): signing the own ones; verifying the chain of somebody's on first contact and continuing a
// pinned chain later. What a client believes about an account is a VerifiedAccount; there is no other way to get one.
import {
  type AccountRecord,
  accountRecordInput,
  CLASSIC_SUITE,
  type DeviceId,
  decodeAccountRecord,
  encodeAccountRecord,
  equalBytes,
  isUsableEd25519Point,
  type Nickname,
  recordHashInput,
  toDeviceId,
} from '@sirdas/protocol';
import { CryptoError } from './errors.ts';
import { hashBytes } from './hash.ts';
import { checkRsaPublicKey } from './rsa-public-key.ts';
import { type SignatureKey, sign, verifySignature } from './signature-key.ts';

declare const verified: unique symbol;

/** As in sirdas.proto. */
export interface SignedRecord {
  readonly record: Uint8Array;
  readonly signature: Uint8Array;
}

/** Whose records are expected, at which relay. */
export interface AccountName {
  /** 32 bytes. */
  readonly relayFingerprint: Uint8Array;
  readonly nickname: Nickname;
}

/** What a vault keeps of an account; `restoreAccount` gives the VerifiedAccount back. */
export interface AccountPin {
  /** The newest record that was verified, encoded. */
  readonly record: Uint8Array;
  /** The account has ever published a suite other than `classic-1` (SPEC §7.3 step 3). */
  readonly publishedOtherSuite: boolean;
  /** Absent: there is none, or the pin is of an earlier version and nobody knows. */
  readonly firstOtherSuite?: FirstOtherSuite;
  /** Every device that was ever in the account; absent in pins made before there were groups. */
  readonly deviceHistory?: readonly DevicePeriod[];
}

/** The first record with a suite other than `classic-1`: since then the account can do better than letters. */
export interface FirstOtherSuite {
  readonly index: number;
  /** As the record says. */
  readonly timeMs: number;
}

/** From when to when a device was in an account; one that came back has two. */
export interface DevicePeriod {
  readonly id: DeviceId;
  /** Ed25519, 32 bytes. */
  readonly signatureKey: Uint8Array;
  /** Index of the first record with it. */
  readonly addedIndex: number;
  /** Index of the first record without it; null: it is in the newest one. */
  readonly removedIndex: number | null;
}

/** An account whose whole chain up to `record` has been verified. */
export interface VerifiedAccount {
  readonly [verified]: true;
  readonly record: AccountRecord;
  /** Of `record` (SPEC §5.2), 32 bytes: the next record's `previous_hash`. */
  readonly hash: Uint8Array;
  readonly deviceHistory: readonly DevicePeriod[];
  /** Null: it never published any. */
  readonly firstOtherSuite: FirstOtherSuite | null;
  readonly pin: AccountPin;
}

/** The answer to a LookUp from the record after the pinned one. */
export interface AccountPage {
  readonly records: readonly SignedRecord[];
  readonly headIndex: number;
}

/** What became of a pinned account (SPEC §5.4); all but `verified` are alarms that the person must see. */
export type AccountCheck =
  | { readonly outcome: 'verified'; readonly account: VerifiedAccount }
  /** The relay shows another identity key, with a record that this key did sign. */
  | { readonly outcome: 'key-changed'; readonly identityKey: Uint8Array }
  /** The relay shows a chain that is shorter than the pinned one. */
  | { readonly outcome: 'rolled-back' }
  /** The same identity key has signed two different continuations. */
  | { readonly outcome: 'forked' };

/** Throws BAD_RECORD when the record breaks a rule of SPEC §5.1. */
export async function signAccountRecord(
  record: AccountRecord,
  identityKey: SignatureKey,
): Promise<SignedRecord> {
  if (!equalBytes(record.identityKey, identityKey.publicKey))
    throw new Error('a record of another identity key');
  const bytes = encodeAccountRecord(record);
  checkKeys(decode(bytes));
  return { record: bytes, signature: await sign(identityKey, accountRecordInput(bytes)) };
}

/** Verifies a chain from its first record on, for an account that is not pinned; throws BAD_RECORD. */
export async function verifyAccountChain(
  records: readonly SignedRecord[],
  expected: AccountName,
): Promise<VerifiedAccount> {
  const [first, ...others] = records;
  if (!first) throw badRecord('the chain is empty');
  const received = await receiveRecord(first, expected);
  // CRY-015
  if (received.record.index !== 0) throw badRecord('the chain does not start with the first record');
  let account = adopt(received, null);
  for (const signed of others) {
    const next = await receiveRecord(signed, expected);
    if (findBreak(account, next)) throw badRecord('the chain contradicts itself');
    account = adopt(next, account);
  }
  return account;
}

/** Continues a pinned chain with the records after it; throws BAD_RECORD when the page is not what was asked for. */
export async function continueAccountChain(
  pinned: VerifiedAccount,
  page: AccountPage,
): Promise<AccountCheck> {
  // CRY-016
  if (page.headIndex < pinned.record.index) return { outcome: 'rolled-back' };
  let account = pinned;
  for (const signed of page.records) {
    const next = await receiveRecord(signed, pinned.record);
    const alarm = findBreak(account, next);
    if (alarm === 'key-changed') return { outcome: alarm, identityKey: next.record.identityKey };
    if (alarm) return { outcome: alarm };
    account = adopt(next, account);
  }
  const isComplete = page.records.length > 0 || page.headIndex === pinned.record.index;
  if (!isComplete || account.record.index > page.headIndex) throw badRecord('records and head do not fit');
  return { outcome: 'verified', account };
}

/** From the own vault only: nothing is verified again. */
export function restoreAccount(pin: AccountPin): VerifiedAccount {
  return toVerifiedAccount(decode(pin.record), pin);
}

/** Decoded, every rule that needs no other record holds, and signed by the identity key that it names. */
interface ReceivedRecord {
  readonly bytes: Uint8Array;
  readonly record: AccountRecord;
}

async function receiveRecord(signed: SignedRecord, expected: AccountName): Promise<ReceivedRecord> {
  // A copy: what is verified must still be the same bytes when it is hashed.
  const bytes = Uint8Array.from(signed.record);
  const record = decode(bytes);
  // CRY-012
  if (!equalBytes(record.relayFingerprint, expected.relayFingerprint))
    throw badRecord('it belongs to another relay');
  if (record.nickname !== expected.nickname) throw badRecord('it belongs to another nickname');
  checkKeys(record);
  // CRY-013
  if (!(await verifySignature(record.identityKey, accountRecordInput(bytes), signed.signature))) {
    throw badRecord('its signature does not verify');
  }
  return { bytes, record };
}

/** What keeps `next` from being the record after `account`, null when it is; throws BAD_RECORD on another index. */
function findBreak(account: VerifiedAccount, next: ReceivedRecord): 'key-changed' | 'forked' | null {
  // CRY-014
  if (!equalBytes(next.record.identityKey, account.record.identityKey)) return 'key-changed';
  // CRY-015
  if (next.record.index !== account.record.index + 1)
    throw badRecord('it has another index than the next one');
  return equalBytes(next.record.previousHash, account.hash) ? null : 'forked';
}

function adopt({ bytes, record }: ReceivedRecord, before: VerifiedAccount | null): VerifiedAccount {
  const publishesOtherSuite = record.suites.some((suite) => suite !== CLASSIC_SUITE);
  const { index, timeMs } = record;
  const firstOtherSuite = before?.firstOtherSuite ?? (publishesOtherSuite ? { index, timeMs } : null);
  // A copy: the bytes may be a view of a network buffer.
  const pin = {
    record: Uint8Array.from(bytes),
    publishedOtherSuite: firstOtherSuite !== null,
    ...(firstOtherSuite && { firstOtherSuite }),
    deviceHistory: continueHistory(before?.deviceHistory ?? [], record),
  };
  return toVerifiedAccount(record, pin);
}

function continueHistory(before: readonly DevicePeriod[], { devices, index }: AccountRecord): DevicePeriod[] {
  const isOf = (period: DevicePeriod, { id, signatureKey }: AccountRecord['devices'][number]) =>
    period.id === toDeviceId(id) && equalBytes(period.signatureKey, signatureKey);
  const periods = before.map((period) => {
    const isOver = period.removedIndex === null && !devices.some((device) => isOf(period, device));
    return isOver ? { ...period, removedIndex: index } : period;
  });
  const added = devices.filter(
    (device) => !periods.some((period) => period.removedIndex === null && isOf(period, device)),
  );
  return [
    ...periods,
    ...added.map(({ id, signatureKey }) => ({
      id: toDeviceId(id),
      signatureKey,
      addedIndex: index,
      removedIndex: null,
    })),
  ];
}

function toVerifiedAccount(record: AccountRecord, pin: AccountPin): VerifiedAccount {
  // An earlier version kept the newest record only: nothing is known of before.
  const { deviceHistory = continueHistory([], { ...record, index: 0 }) } = pin;
  const firstOtherSuite = pin.publishedOtherSuite ? (pin.firstOtherSuite ?? { index: 0, timeMs: 0 }) : null;
  const hash = hashBytes(recordHashInput(pin.record));
  return { record, hash, deviceHistory, firstOtherSuite, pin } as VerifiedAccount;
}

function decode(bytes: Uint8Array): AccountRecord {
  try {
    return decodeAccountRecord(bytes);
  } catch (cause) {
    throw new CryptoError('BAD_RECORD', 'account record: its form is wrong', { cause });
  }
}

/** The keys in a record must be ones that a signature or a wrap can rely on (SPEC §5.1). */
function checkKeys(record: AccountRecord): void {
  // CRY-001
  for (const key of [record.identityKey, ...record.devices.map((device) => device.signatureKey)]) {
    if (!isUsableEd25519Point(key)) throw badRecord('a signature key is unusable');
  }
  if (record.rsaPublicKey.length === 0) return;
  try {
    // CRY-008, CRY-009
    checkRsaPublicKey(record.rsaPublicKey);
  } catch (cause) {
    throw new CryptoError('BAD_RECORD', 'account record: the RSA key is unusable', { cause });
  }
}

function badRecord(why: string): CryptoError {
  return new CryptoError('BAD_RECORD', `account record: ${why}`);
}
