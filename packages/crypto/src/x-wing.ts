// X-Wing (draft-connolly-cfrg-xwing-kem): a KEM that holds as long as X25519 or ML-KEM-768 does. A private key is a seed of 32
// bytes. Used by hpke.ts for the suite `mls-xwing-1` and by linking-channel.ts.
import { sha3_256, shake256 } from '@noble/hashes/sha3.js';
import { ml_kem768 } from '@noble/post-quantum/ml-kem.js';
import { concatBytes } from '@sirdas/protocol';
import { platform } from '#platform';
import { CryptoError } from './errors.ts';
import type { RandomSource } from './random.ts';

export const XWING_SEED_BYTES = 32;
const XWING_PUBLIC_KEY_BYTES = 1216;
export const XWING_CIPHERTEXT_BYTES = 1120;

const ML_KEM_PUBLIC_KEY_BYTES = 1184;
const ML_KEM_CIPHERTEXT_BYTES = 1088;
const ML_KEM_SEED_BYTES = 64;
const X25519_BYTES = 32;
const X25519_BASE = Uint8Array.of(9, ...new Uint8Array(X25519_BYTES - 1));
/** `\./` and `/^\`. */
const LABEL = Uint8Array.of(0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c);

export interface Encapsulated {
  /** 32 bytes. */
  readonly sharedSecret: Uint8Array;
  /** 1120 bytes. */
  readonly ciphertext: Uint8Array;
}

/** 1216 bytes, of a seed of 32. */
export async function deriveXWingPublicKey(seed: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const { mlKem, x25519 } = expandSeed(seed);
  return concatBytes([mlKem.publicKey, await platform.multiplyX25519(x25519, X25519_BASE)]);
}

/** Throws BAD_KEY for what is no public key. */
export async function encapsulateXWing(publicKey: Uint8Array, random: RandomSource): Promise<Encapsulated> {
  if (publicKey.length !== XWING_PUBLIC_KEY_BYTES) throw badKey();
  const ephemeral = random(X25519_BYTES);
  const theirs = publicKey.subarray(ML_KEM_PUBLIC_KEY_BYTES);
  const inner = encapsulateMlKem(publicKey.subarray(0, ML_KEM_PUBLIC_KEY_BYTES), random);
  const ours = await platform.multiplyX25519(ephemeral, X25519_BASE);
  const shared = await platform.multiplyX25519(ephemeral, theirs).catch((cause: unknown) => {
    throw badKey(cause);
  });
  return {
    sharedSecret: combine([inner.sharedSecret, shared, ours, theirs]),
    ciphertext: concatBytes([inner.cipherText, ours]),
  };
}

/** Throws BAD_KEY for what is no ciphertext; one that was damaged gives another secret. */
export async function decapsulateXWing(seed: Uint8Array, ciphertext: Uint8Array): Promise<Uint8Array> {
  if (ciphertext.length !== XWING_CIPHERTEXT_BYTES) throw badKey();
  const { mlKem, x25519 } = expandSeed(seed);
  const theirs = ciphertext.subarray(ML_KEM_CIPHERTEXT_BYTES);
  const inner = ml_kem768.decapsulate(ciphertext.subarray(0, ML_KEM_CIPHERTEXT_BYTES), mlKem.secretKey);
  const shared = await platform.multiplyX25519(x25519, theirs).catch((cause: unknown) => {
    throw badKey(cause);
  });
  const ours = await platform.multiplyX25519(x25519, X25519_BASE);
  return combine([inner, shared, theirs, ours]);
}

function expandSeed(seed: Uint8Array) {
  if (seed.length !== XWING_SEED_BYTES) throw badKey();
  const expanded = shake256(seed, { dkLen: ML_KEM_SEED_BYTES + X25519_BYTES });
  return {
    mlKem: ml_kem768.keygen(expanded.subarray(0, ML_KEM_SEED_BYTES)),
    x25519: expanded.subarray(ML_KEM_SEED_BYTES),
  };
}

/** ML-KEM refuses public keys that are not in canonical form (FIPS 203 §7.2). */
function encapsulateMlKem(publicKey: Uint8Array, random: RandomSource) {
  try {
    return ml_kem768.encapsulate(publicKey, random(X25519_BYTES));
  } catch (cause) {
    throw badKey(cause);
  }
}

function combine(parts: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array]): Uint8Array {
  return sha3_256(concatBytes([...parts, LABEL]));
}

function badKey(cause?: unknown): CryptoError {
  return new CryptoError('BAD_KEY', 'not an X-Wing key or ciphertext', { cause });
}
