// RSA-OAEP with SHA-256 and MGF1-SHA-256 and an empty label (RFC 8017 §7.1): how the key of a classic letter reaches its
// reader (SPEC §7.1). The only RSA operations of the project; there is no other padding and no other hash to choose.
import { toBufferSource } from './buffer-source.ts';
import { CryptoError } from './errors.ts';
import { FERNET_KEY_BYTES } from './fernet.ts';
import { checkRsaPublicKey, derivePublicKey } from './rsa-public-key.ts';
import { SecretBytes } from './secret-bytes.ts';

const OAEP = { name: 'RSA-OAEP', hash: 'SHA-256' } as const;
/** 128-bit strength (NIST SP 800-57); larger keys of others are accepted (SPEC §5.1). */
const GENERATED_BITS = 3072;
const EXPONENT = Uint8Array.of(1, 0, 1);

/** An RSA key pair in use. */
export interface UnwrapKey {
  /** DER SubjectPublicKeyInfo, for the account record. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** Not extractable. */
  readonly privateKey: CryptoKey;
}

/** A new RSA-3072 key as PKCS #8: to keep in the vault and to import with `importUnwrapKey`. WebCrypto brings the randomness. */
export async function generateUnwrapKey(): Promise<SecretBytes> {
  const parameters = { ...OAEP, modulusLength: GENERATED_BITS, publicExponent: EXPONENT };
  const { privateKey } = await crypto.subtle.generateKey(parameters, true, ['encrypt', 'decrypt']);
  return new SecretBytes(new Uint8Array(await crypto.subtle.exportKey('pkcs8', privateKey)));
}

/** Throws BAD_KEY. */
export async function importUnwrapKey(pkcs8: SecretBytes): Promise<UnwrapKey> {
  const publicKey = derivePublicKey(pkcs8.reveal());
  try {
    const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8.reveal(), OAEP, false, ['decrypt']);
    return { publicKey, privateKey };
  } catch (cause) {
    throw new CryptoError('BAD_KEY', 'not an RSA private key in PKCS #8', { cause });
  }
}

/** Wraps 32 bytes for the holder of an `rsa_public_key`; throws BAD_KEY. */
export async function wrapKey(publicKey: Uint8Array, key: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  checkRsaPublicKey(publicKey);
  try {
    const rsa = await crypto.subtle.importKey('spki', toBufferSource(publicKey), OAEP, false, ['encrypt']);
    return new Uint8Array(await crypto.subtle.encrypt(OAEP, rsa, toBufferSource(key)));
  } catch (cause) {
    throw new CryptoError('BAD_KEY', 'not a usable RSA public key', { cause });
  }
}

/** The 32 bytes, or null: nobody learns why (Manger's attack, SPEC §7.3 step 6). */
export async function unwrapKey(key: UnwrapKey, wrap: Uint8Array): Promise<Uint8Array<ArrayBuffer> | null> {
  const opened = await decryptOaep(key.privateKey, wrap);
  // CRY-010
  return opened?.length === FERNET_KEY_BYTES ? opened : null;
}

/** For `unwrapKey` and for the published vectors, whose messages have other lengths. */
export async function decryptOaep(
  privateKey: CryptoKey,
  ciphertext: Uint8Array,
): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt(OAEP, privateKey, toBufferSource(ciphertext)));
  } catch {
    // CRY-011
    return null;
  }
}
