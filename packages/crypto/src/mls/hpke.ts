// HPKE in base mode, one message for each context (RFC 9180 §6.1), over the KEMs of kem.ts. The library gets it from suite.ts in
// the place of its own, which draws its randomness elsewhere and takes several times as long.

import { concatBytes, encodeUtf8 } from '@sirdas/protocol';
import type { Hpke, PrivateKey, PublicKey } from 'ts-mls/crypto/hpke.js';
import { platform } from '#platform';
import type { RandomSource } from '../random.ts';
import type { Kem } from './kem.ts';
import { encodeUint16, type HashFunction, LabelledKdf } from './labelled-kdf.ts';

/** What a suite is made of, with the numbers of RFC 9180 §7. */
export interface HpkeParameters {
  readonly kem: Kem;
  readonly hash: HashFunction;
  readonly kdfId: number;
  readonly aeadId: number;
  readonly keyBytes: number;
}

const MODE_BASE = Uint8Array.of(0);
const NOTHING = new Uint8Array();
const NONCE_BYTES = 12;

/** Everything of the library's interface that groups without commits from outside use. */
export function makeHpke(parameters: HpkeParameters, random: RandomSource): Hpke {
  const { kem, keyBytes } = parameters;
  return {
    keyLength: keyBytes,
    nonceLength: NONCE_BYTES,

    async seal(publicKey, plaintext, info, additionalData = NOTHING) {
      const { sharedSecret, ciphertext } = await kem.encapsulate(bytesOf(publicKey), random);
      const use = deriveUse(parameters, sharedSecret, info);
      return { enc: ciphertext, ct: await platform.sealAesGcm({ ...use, additionalData }, plaintext) };
    },

    // biome-ignore lint/complexity/useMaxParams: the library's interface has five.
    async open(privateKey, kemOutput, ciphertext, info, additionalData = NOTHING) {
      const sharedSecret = await kem.decapsulate(bytesOf(privateKey), kemOutput);
      const use = deriveUse(parameters, sharedSecret, info);
      return platform.openAesGcm({ ...use, additionalData }, ciphertext);
    },

    encryptAead: (key, nonce, aad, plaintext) =>
      platform.sealAesGcm({ key, nonce, additionalData: aad ?? NOTHING }, plaintext),
    decryptAead: (key, nonce, aad, ciphertext) =>
      platform.openAesGcm({ key, nonce, additionalData: aad ?? NOTHING }, ciphertext),

    importPrivateKey: async (bytes) => toPrivateKey(bytes),
    importPublicKey: async (bytes) => toPublicKey(bytes),
    exportPrivateKey: async (key) => bytesOf(key),
    exportPublicKey: async (key) => bytesOf(key),

    async deriveKeyPair(secret) {
      const pair = await kem.deriveKeyPair(secret);
      return { privateKey: toPrivateKey(pair.privateKey), publicKey: toPublicKey(pair.publicKey) };
    },

    async generateKeyPair() {
      const pair = await kem.deriveKeyPair(random(kem.seedBytes));
      return { privateKey: toPrivateKey(pair.privateKey), publicKey: toPublicKey(pair.publicKey) };
    },

    exportSecret: refuseOutsiders,
    importSecret: refuseOutsiders,
  };
}

function deriveUse(
  { kem, hash, kdfId, aeadId, keyBytes }: HpkeParameters,
  sharedSecret: Uint8Array,
  info: Uint8Array,
): { readonly key: Uint8Array; readonly nonce: Uint8Array } {
  const ids = [kem.id, kdfId, aeadId].map(encodeUint16);
  const kdf = new LabelledKdf(hash, concatBytes([encodeUtf8('HPKE'), ...ids]));
  const context = concatBytes([
    MODE_BASE,
    kdf.extract(NOTHING, 'psk_id_hash', NOTHING),
    kdf.extract(NOTHING, 'info_hash', info),
  ]);
  const secret = kdf.extract(sharedSecret, 'secret', NOTHING);
  return {
    key: kdf.expand(secret, 'key', context, keyBytes),
    nonce: kdf.expand(secret, 'base_nonce', context, NONCE_BYTES),
  };
}

/** Commits from outside are refused before anything is derived for them (open-commit.ts). */
async function refuseOutsiders(): Promise<never> {
  throw new Error('nobody joins these groups from outside');
}

/** The library hands keys around without looking into them; to us they are their bytes. */
function toPrivateKey(bytes: Uint8Array): PrivateKey {
  return bytes as unknown as PrivateKey;
}

function toPublicKey(bytes: Uint8Array): PublicKey {
  return bytes as unknown as PublicKey;
}

function bytesOf(key: PrivateKey | PublicKey): Uint8Array {
  return key as unknown as Uint8Array;
}
