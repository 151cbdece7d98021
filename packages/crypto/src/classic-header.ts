// What a classic header holds fast (SPEC §7.2): hashes of the token and of the wraps, and a commitment to the Fernet key.
// Shared by sealing and opening, so that both compute the same.
import { type ClassicLetter, LABELS } from '@sirdas/protocol';
import { hashBytes, hashLabelled } from './hash.ts';

/** `token_hash`, 32 bytes. */
export function hashToken(token: Uint8Array): Uint8Array<ArrayBuffer> {
  return hashBytes(token);
}

/** `wraps_hash`, 32 bytes. */
export function hashWraps(
  wraps: Pick<ClassicLetter, 'recipientWrap' | 'senderWrap'>,
): Uint8Array<ArrayBuffer> {
  return hashLabelled(LABELS.classicWraps, [wraps.recipientWrap, wraps.senderWrap]);
}

/** `key_commitment`, 32 bytes: without it one token could open to two texts under two keys with the same signing half. */
export function commitToKey(key: Uint8Array): Uint8Array<ArrayBuffer> {
  return hashLabelled(LABELS.classicKey, [key]);
}
