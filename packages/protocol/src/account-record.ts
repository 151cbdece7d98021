// Account records: syntax and the rules of SPEC §5.1 that need neither a key nor the record before. Relay and clients
// decode with this and then verify the signature and the chain, each with its own primitives.
import type { MessageShape } from '@bufbuild/protobuf';
import { toHex } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import { AccountRecordSchema, SignedRecordSchema } from './gen/sirdas_pb.ts';
import type { Nickname } from './ids.ts';
import { LABELS, labelledInput } from './labelled-input.ts';
import { LIMITS } from './limits.ts';
import { parseNickname } from './nickname.ts';
import { decodeCanonical, decodePlain, encodePlain, type Plain } from './plain-message.ts';
import { isPrintable } from './printable-text.ts';

/** Fields as in sirdas.proto, `AccountRecord`. */
export type AccountRecord = Omit<Plain<MessageShape<typeof AccountRecordSchema>>, 'nickname'> & {
  readonly nickname: Nickname;
};

/** Fields as in sirdas.proto, `SignedRecord`. */
export type SignedRecord = Plain<MessageShape<typeof SignedRecordSchema>>;

/** Envelope suites (SPEC §6.1). */
export const CLASSIC_SUITE = 'classic-1';
/** X25519 and ML-KEM-768 together (X-Wing). */
export const XWING_SUITE = 'mls-xwing-1';
export const X25519_SUITE = 'mls-x25519-1';
export const MLS_SUITES = [XWING_SUITE, X25519_SUITE] as const;
export type MlsSuite = (typeof MLS_SUITES)[number];

const HASH_BYTES = 32;
const MAX_COLOUR = 0xffffff;

export function encodeAccountRecord(record: AccountRecord): Uint8Array<ArrayBuffer> {
  return encodePlain(AccountRecordSchema, record);
}

/** Throws MALFORMED, NOT_CANONICAL, BAD_NICKNAME or BAD_RECORD. The signature is not looked at. */
export function decodeAccountRecord(bytes: Uint8Array): AccountRecord {
  const record = decodeCanonical(AccountRecordSchema, bytes);
  // PRO-010
  checkChainFields(record);
  checkDevices(record.devices);
  checkSuites(record.suites, record.rsaPublicKey);
  checkProfile(record.profile);
  return { ...record, nickname: parseNickname(record.nickname) };
}

/** As relays and clients keep it. */
export function encodeSignedRecord(signed: SignedRecord): Uint8Array<ArrayBuffer> {
  return encodePlain(SignedRecordSchema, signed);
}

/** Throws MALFORMED. */
export function decodeSignedRecord(bytes: Uint8Array): SignedRecord {
  return decodePlain(SignedRecordSchema, bytes);
}

/** What the identity key signs (SPEC §5.1). */
export function accountRecordInput(recordBytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return labelledInput(LABELS.accountRecord, [recordBytes]);
}

/** What is hashed for `previous_hash` (SPEC §5.2). */
export function recordHashInput(recordBytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return labelledInput(LABELS.recordHash, [recordBytes]);
}

/** True for a name that may be shown: at most MAX_NAME_BYTES of UTF-8 without control characters (SPEC §5.1). */
export function isPrintableName(name: string): boolean {
  return isPrintable(name, LIMITS.MAX_NAME_BYTES);
}

function checkChainFields(record: Pick<AccountRecord, 'index' | 'previousHash'>): void {
  const expected = record.index === 0 ? 0 : HASH_BYTES;
  require(record.previousHash.length === expected, 'previous_hash does not fit the index');
}

function checkDevices(devices: AccountRecord['devices']): void {
  require(devices.length >= 1 && devices.length <= LIMITS.MAX_DEVICES, 'number of devices');
  const ids = new Set(devices.map((device) => toHex(device.id)));
  const keys = new Set(devices.map((device) => toHex(device.signatureKey)));
  require(ids.size === devices.length && keys.size === devices.length, 'a device id or key stands twice');
  for (const device of devices) require(isPrintableName(device.name), 'device name');
}

function checkSuites(suites: readonly string[], rsaPublicKey: Uint8Array): void {
  require(suites.length >= 1 && suites.length <= LIMITS.MAX_SUITES, 'number of suites');
  require(new Set(suites).size === suites.length, 'a suite stands twice');
  for (const suite of suites) require(/^[a-z0-9-]{1,32}$/.test(suite), 'suite name');
  require(suites.includes(CLASSIC_SUITE) ===
    rsaPublicKey.length > 0, 'rsa_public_key does not fit the suites');
}

function checkProfile(profile: AccountRecord['profile']): void {
  if (!profile) return;
  require((profile.colour ?? 0) <= MAX_COLOUR, 'colour');
  require(isPrintableName(profile.displayName), 'display name');
}

function require(holds: boolean, what: string): void {
  if (!holds) throw new ProtocolError('BAD_RECORD', `account record: ${what}`);
}
