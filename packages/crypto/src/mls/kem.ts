// The KEMs of our two suites as HPKE uses them (RFC 9180 §4, §7.1): DHKEM(X25519, HKDF-SHA256) and X-Wing. Used by hpke.ts.

import { sha256 } from '@noble/hashes/sha2.js';
import { shake256 } from '@noble/hashes/sha3.js';
import { concatBytes, encodeUtf8 } from '@sirdas/protocol';
import { platform } from '#platform';
import type { RandomSource } from '../random.ts';
import {
  decapsulateXWing,
  deriveXWingPublicKey,
  type Encapsulated,
  encapsulateXWing,
  XWING_SEED_BYTES,
} from '../x-wing.ts';
import { encodeUint16, LabelledKdf } from './labelled-kdf.ts';

export interface KeyPair {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

export interface Kem {
  /** RFC 9180 §7.1. */
  readonly id: number;
  /** Of the secret that a key pair is derived from when a new one is drawn. */
  readonly seedBytes: number;
  deriveKeyPair(secret: Uint8Array): Promise<KeyPair>;
  derivePublicKey(privateKey: Uint8Array): Promise<Uint8Array>;
  encapsulate(publicKey: Uint8Array, random: RandomSource): Promise<Encapsulated>;
  decapsulate(privateKey: Uint8Array, ciphertext: Uint8Array): Promise<Uint8Array>;
}

const X25519_ID = 0x0020;
const X25519_BYTES = 32;
const X25519_BASE = Uint8Array.of(9, ...new Uint8Array(X25519_BYTES - 1));
const dhkem = new LabelledKdf(sha256, concatBytes([encodeUtf8('KEM'), encodeUint16(X25519_ID)]));

export const x25519Kem: Kem = {
  id: X25519_ID,
  seedBytes: X25519_BYTES,

  async deriveKeyPair(secret) {
    const prk = dhkem.extract(new Uint8Array(), 'dkp_prk', secret);
    const privateKey = dhkem.expand(prk, 'sk', new Uint8Array(), X25519_BYTES);
    return { privateKey, publicKey: await x25519Kem.derivePublicKey(privateKey) };
  },

  derivePublicKey: (privateKey) => platform.multiplyX25519(privateKey, X25519_BASE),

  async encapsulate(publicKey, random) {
    const ephemeral = await x25519Kem.deriveKeyPair(random(X25519_BYTES));
    const shared = await platform.multiplyX25519(ephemeral.privateKey, publicKey);
    const ciphertext = ephemeral.publicKey;
    return { sharedSecret: bindX25519(shared, ciphertext, publicKey), ciphertext };
  },

  async decapsulate(privateKey, ciphertext) {
    const shared = await platform.multiplyX25519(privateKey, ciphertext);
    return bindX25519(shared, ciphertext, await x25519Kem.derivePublicKey(privateKey));
  },
};

export const xWingKem: Kem = {
  id: 0x647a,
  seedBytes: XWING_SEED_BYTES,

  async deriveKeyPair(secret) {
    const privateKey = shake256(secret, { dkLen: XWING_SEED_BYTES });
    return { privateKey, publicKey: await deriveXWingPublicKey(privateKey) };
  },

  derivePublicKey: deriveXWingPublicKey,
  encapsulate: encapsulateXWing,
  decapsulate: decapsulateXWing,
};

/** RFC 9180 §4.1: the secret depends on both keys that made it. */
function bindX25519(shared: Uint8Array, ciphertext: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const prk = dhkem.extract(new Uint8Array(), 'eae_prk', shared);
  return dhkem.expand(prk, 'shared_secret', concatBytes([ciphertext, publicKey]), X25519_BYTES);
}
