// The vault's master key under lock: wrapped with a key that a passphrase gives (Argon2id, RFC 9106) or that lies
// elsewhere (a keyring, a file). A new passphrase wraps the same master key again; no record is touched.
// Called by what opens a vault: open-vault.ts in node, later its browser counterpart.
import type { RandomSource } from '@sirdas/crypto';
import { concatBytes, encodeUtf8 } from '@sirdas/protocol';
import { argon2id } from 'hash-wasm';
import { SirdasError } from '../errors.ts';
import { MASTER_KEY_BYTES } from './record-cipher.ts';

export const WRAPPING_KEY_BYTES = 32;
export const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const PURPOSE = encodeUtf8('sirdas/vault/v1/master-key');

/** How expensive one guess of the passphrase is. Stored beside the wrapped key. */
export interface Argon2Parameters {
  readonly memoryKib: number;
  readonly iterations: number;
  readonly parallelism: number;
}

export const DEFAULT_ARGON2: Argon2Parameters = { memoryKib: 65_536, iterations: 3, parallelism: 1 };

/** A changed file must not be able to ask for all memory or hours of work. */
const ARGON2_BOUNDS: Readonly<Record<keyof Argon2Parameters, readonly [min: number, max: number]>> = {
  memoryKib: [8, 1_048_576],
  iterations: [1, 16],
  parallelism: [1, 4],
};

/**
 * 32 bytes. The passphrase is normalised to NFC first: keyboards and systems differ in how they write `ğ` or `é`.
 * Throws VAULT_CORRUPT for parameters out of bounds.
 */
export async function derivePassphraseKey(
  passphrase: string,
  salt: Uint8Array,
  parameters: Argon2Parameters,
): Promise<Uint8Array<ArrayBuffer>> {
  checkParameters(parameters);
  const key = await argon2id({
    password: encodeUtf8(passphrase.normalize('NFC')),
    salt,
    memorySize: parameters.memoryKib,
    iterations: parameters.iterations,
    parallelism: parameters.parallelism,
    hashLength: WRAPPING_KEY_BYTES,
    outputType: 'binary',
  });
  return Uint8Array.from(key);
}

export async function wrapMasterKey(
  masterKey: Uint8Array<ArrayBuffer>,
  wrappingKey: Uint8Array<ArrayBuffer>,
  random: RandomSource,
): Promise<Uint8Array<ArrayBuffer>> {
  const iv = random(NONCE_BYTES);
  const key = await crypto.subtle.importKey('raw', wrappingKey, 'AES-GCM', false, ['encrypt']);
  const algorithm = { name: 'AES-GCM', iv, additionalData: PURPOSE };
  return concatBytes([iv, new Uint8Array(await crypto.subtle.encrypt(algorithm, key, masterKey))]);
}

/** The 32 bytes, or null: another key wrapped them, that is, the passphrase is a wrong one. */
export async function unwrapMasterKey(
  wrapped: Uint8Array,
  wrappingKey: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const iv = Uint8Array.from(wrapped.subarray(0, NONCE_BYTES));
  const key = await crypto.subtle.importKey('raw', wrappingKey, 'AES-GCM', false, ['decrypt']);
  try {
    const algorithm = { name: 'AES-GCM', iv, additionalData: PURPOSE };
    const ciphertext = Uint8Array.from(wrapped.subarray(NONCE_BYTES));
    const masterKey = new Uint8Array(await crypto.subtle.decrypt(algorithm, key, ciphertext));
    return masterKey.length === MASTER_KEY_BYTES ? masterKey : null;
  } catch {
    return null;
  }
}

function checkParameters(parameters: Argon2Parameters): void {
  for (const [name, [min, max]] of Object.entries(ARGON2_BOUNDS)) {
    const value = parameters[name as keyof Argon2Parameters];
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new SirdasError('VAULT_CORRUPT', 'the cost of the passphrase is out of bounds');
    }
  }
}
