// Ed25519 and SHA-256 from the platform: the relay verifies logins (SPEC §4.2) and account records (SPEC §5.1), and never
// imports the crypto package. Called by directory.ts, login.ts and admission.ts.
import { createHash, createPublicKey, verify } from 'node:crypto';

/** SubjectPublicKeyInfo of an Ed25519 key without the key itself (RFC 8410 §4). */
const ED25519_SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** `publicKey` has 32 bytes, `signature` 64. False for anything that is not a signature of `input` by that key. */
export function verifyEd25519(publicKey: Uint8Array, input: Uint8Array, signature: Uint8Array): boolean {
  try {
    const der = Buffer.concat([ED25519_SPKI_PREFIX, publicKey]);
    return verify(null, input, createPublicKey({ key: der, format: 'der', type: 'spki' }), signature);
  } catch {
    // Not a point of the curve.
    return false;
  }
}

/** 32 bytes. */
export function sha256(input: Uint8Array): Uint8Array {
  return createHash('sha256').update(input).digest();
}
