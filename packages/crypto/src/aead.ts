// AES-256-GCM over WebCrypto, for signals and linking channels. Keys here are used once or a few times, so they are imported
// for each use.
import { toBufferSource } from './buffer-source.ts';

const ALGORITHM = 'AES-GCM';

/** 32 bytes of key, 12 of nonce; the ciphertext is 16 bytes longer than the plaintext. */
export interface AeadUse {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
}

export async function sealAead({ key, nonce }: AeadUse, plain: Uint8Array): Promise<Uint8Array> {
  const imported = await importKey(key, 'encrypt');
  const algorithm = { name: ALGORITHM, iv: toBufferSource(nonce) };
  return new Uint8Array(await crypto.subtle.encrypt(algorithm, imported, toBufferSource(plain)));
}

/** Null when it does not open. */
export async function openAead({ key, nonce }: AeadUse, sealed: Uint8Array): Promise<Uint8Array | null> {
  const imported = await importKey(key, 'decrypt');
  const algorithm = { name: ALGORITHM, iv: toBufferSource(nonce) };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, imported, toBufferSource(sealed)));
  } catch {
    return null;
  }
}

function importKey(key: Uint8Array, usage: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', toBufferSource(key), ALGORITHM, false, [usage]);
}
