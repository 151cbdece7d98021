// Login (SPEC §4.1, §4.2): the device proves itself to the relay and the relay to the client, over one transcript. Called
// by the client's link on every connection.
import { type LoginTranscript, loginInput, relayProofInput } from '@sirdas/protocol';
import { toBufferSource } from './buffer-source.ts';
import { CryptoError } from './errors.ts';
import { hashBytes } from './hash.ts';
import { type SignatureKey, sign } from './signature-key.ts';

const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const ECDSA_SHA256 = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** SHA-256 of the relay key's DER SubjectPublicKeyInfo, 32 bytes (SPEC §1). */
export function computeRelayFingerprint(relayKey: Uint8Array): Uint8Array<ArrayBuffer> {
  return hashBytes(relayKey);
}

/** `Login.signature`, 64 bytes. */
export async function signLogin(
  deviceKey: SignatureKey,
  transcript: LoginTranscript,
): Promise<Uint8Array<ArrayBuffer>> {
  return sign(deviceKey, loginInput(transcript));
}

/** Throws RELAY_NOT_PROVEN unless the key of the transcript made `LoggedIn.relay_signature` (r || s, 64 bytes). */
export async function verifyRelayProof(transcript: LoginTranscript, signature: Uint8Array): Promise<void> {
  // CRY-017
  if (!(await isRelayProofValid(transcript, signature))) {
    throw new CryptoError('RELAY_NOT_PROVEN', 'the relay did not prove that it holds its key');
  }
}

async function isRelayProofValid(transcript: LoginTranscript, signature: Uint8Array): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey('spki', toBufferSource(transcript.relayKey), P256, false, [
      'verify',
    ]);
    return await crypto.subtle.verify(
      ECDSA_SHA256,
      key,
      toBufferSource(signature),
      relayProofInput(transcript),
    );
  } catch {
    return false;
  }
}
