// What makes an account record acceptable to the relay (SPEC §5.1): its own rules, its signature, and its place in the
// account's chain. Decoded → verified → next: one type for each stage. Called by directory.ts.
import {
  type AccountRecord,
  accountRecordInput,
  decodeAccountRecord,
  decodeSignedRecord,
  equalBytes,
  isUsableEd25519Point,
  ProtocolError,
  recordHashInput,
  type SignedRecord,
  type WireErrorName,
} from '@sirdas/protocol';
import { sha256, verifyEd25519 } from './signatures.ts';
import type { StoredAccount } from './store/store.ts';

/** A record that keeps the rules and that its identity key has signed. */
export interface VerifiedRecord {
  readonly signed: SignedRecord;
  readonly record: AccountRecord;
  readonly hash: Uint8Array;
}

export interface RecordRules {
  readonly relayFingerprint: Uint8Array;
  readonly maxDevices: number;
}

type Refusal = { readonly refused: WireErrorName };

export function verifyRecord(signed: SignedRecord, rules: RecordRules): VerifiedRecord | Refusal {
  const record = decode(signed.record);
  if ('refused' in record) return record;
  // RLY-020
  if (!equalBytes(record.relayFingerprint, rules.relayFingerprint)) return { refused: 'RECORD_INVALID' };
  if (record.devices.length > rules.maxDevices) return { refused: 'RECORD_INVALID' };
  // RLY-028
  const keys = [record.identityKey, ...record.devices.map((device) => device.signatureKey)];
  if (!keys.every(isUsableEd25519Point)) return { refused: 'RECORD_INVALID' };
  // RLY-021
  const isSigned = verifyEd25519(record.identityKey, accountRecordInput(signed.record), signed.signature);
  if (!isSigned) return { refused: 'RECORD_INVALID' };
  return { signed, record, hash: sha256(recordHashInput(signed.record)) };
}

/** Null when the record continues the chain that ends with `head`. */
export function checkContinues(next: AccountRecord, head: StoredAccount): WireErrorName | null {
  // RLY-022
  if (next.index !== head.headIndex + 1 || !equalBytes(next.previousHash, head.headHash))
    return 'RECORD_STALE';
  // RLY-023
  const { identityKey } = readStoredRecord(head.headRecord);
  return equalBytes(next.identityKey, identityKey) ? null : 'RECORD_INVALID';
}

/** A record that the relay itself has stored. */
export function readStoredRecord(signedRecord: Uint8Array): AccountRecord {
  return decodeAccountRecord(decodeSignedRecord(signedRecord).record);
}

function decode(bytes: Uint8Array): AccountRecord | Refusal {
  try {
    return decodeAccountRecord(bytes);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { refused: error.code === 'BAD_NICKNAME' ? 'NICKNAME_FORBIDDEN' : 'RECORD_INVALID' };
  }
}
