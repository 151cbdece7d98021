// SHA-256 of labelled inputs (SPEC §1.1). Hashing has no secret key, so it is done synchronously in plain code: WebCrypto's
// asynchronous digest costs more than a hash of our sizes (docs/decisions/0003-webcrypto-only.md).
import { sha256 } from '@noble/hashes/sha2.js';
import { type Label, labelledInput } from '@sirdas/protocol';

/** SHA-256 without a label: of tokens and relay keys, where SPEC.md says so. 32 bytes. */
export function hashBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(sha256(bytes));
}

/** 32 bytes. */
export function hashLabelled(
  label: Label,
  fields: readonly (Uint8Array | string)[],
): Uint8Array<ArrayBuffer> {
  return hashBytes(labelledInput(label, fields));
}
