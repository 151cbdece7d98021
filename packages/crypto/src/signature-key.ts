// Ed25519 keys (RFC 8032) of accounts and devices. A key is born as 32 secret bytes that the vault keeps;
// what lives in memory afterwards cannot be exported. Used by account-record.ts, login.ts and the classic letter.

import { platform } from '#platform';
import { CryptoError } from './errors.ts';
import type { RandomSource } from './random.ts';
import { SecretBytes } from './secret-bytes.ts';

const ALGORITHM = 'Ed25519';
const SEED_BYTES = 32;
/** PrivateKeyInfo of id-Ed25519 up to the seed (RFC 8410 §7): WebCrypto imports private keys in this form only. */
const PKCS8_PREFIX = Uint8Array.of(
  ...[0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20],
);

/** A key pair in use. */
export interface SignatureKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** Not extractable. */
  readonly privateKey: CryptoKey;
}

/** A new key: 32 secret bytes to keep in the vault and to import with `importSignatureKey`. */
export function generateSignatureSeed(random: RandomSource): SecretBytes {
  return new SecretBytes(random(SEED_BYTES));
}

/** Throws BAD_KEY unless the seed has 32 bytes. */
export async function importSignatureKey(seed: SecretBytes): Promise<SignatureKey> {
  if (seed.reveal().length !== SEED_BYTES) throw new CryptoError('BAD_KEY', 'an Ed25519 seed has 32 bytes');
  const pkcs8 = new Uint8Array(PKCS8_PREFIX.length + SEED_BYTES);
  pkcs8.set(PKCS8_PREFIX);
  pkcs8.set(seed.reveal(), PKCS8_PREFIX.length);
  try {
    return { publicKey: await derivePublicKey(pkcs8), privateKey: await platform.importSigningKey(pkcs8) };
  } finally {
    pkcs8.fill(0);
  }
}

/** 64 bytes over a labelled input (SPEC §1.1). */
export async function sign(
  key: SignatureKey,
  input: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  return platform.signEd25519(key.privateKey, input);
}

/** False for every signature that does not verify, and for every public key under which one would prove nothing. */
export function verifySignature(
  publicKey: Uint8Array,
  input: Uint8Array<ArrayBuffer>,
  signature: Uint8Array,
): Promise<boolean> {
  return platform.verifyEd25519(publicKey, input, signature);
}

/** WebCrypto gives the public half of a private key as a JWK only. */
async function derivePublicKey(pkcs8: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const exportable = await crypto.subtle.importKey('pkcs8', pkcs8, ALGORITHM, true, ['sign']);
  const { x } = await crypto.subtle.exportKey('jwk', exportable);
  const publicOnly = { kty: 'OKP', crv: ALGORITHM, x: x ?? '', key_ops: ['verify'] };
  const key = await crypto.subtle.importKey('jwk', publicOnly, ALGORITHM, true, ['verify']);
  return new Uint8Array(await crypto.subtle.exportKey('raw', key));
}
