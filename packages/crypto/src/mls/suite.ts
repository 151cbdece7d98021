// The two suites of SPEC §6.1: what they are made of, and what the library calls them. Everything else in this folder names
// suites in our words; the library's names and numbers stay here.

import { expand, extract } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { type MlsSuite, X25519_SUITE, XWING_SUITE } from '@sirdas/protocol';
import type { CiphersuiteImpl, CiphersuiteName } from 'ts-mls/crypto/ciphersuite.js';
import { platform } from '#platform';
import { toBufferSource } from '../buffer-source.ts';
import type { RandomSource } from '../random.ts';
import { type SignatureKey, sign } from '../signature-key.ts';
import { type HpkeParameters, makeHpke } from './hpke.ts';
import { x25519Kem, xWingKem } from './kem.ts';

interface SuiteParameters extends HpkeParameters {
  readonly name: CiphersuiteName;
}

/** RFC 9420 §17.1 has number 1 for the first; the other one's number, 83, is the library's own (SPEC §11.1). */
const SUITES: Readonly<Record<MlsSuite, SuiteParameters>> = {
  [X25519_SUITE]: {
    name: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
    kem: x25519Kem,
    hash: sha256,
    kdfId: 0x0001,
    aeadId: 0x0001,
    keyBytes: 16,
  },
  [XWING_SUITE]: {
    name: 'MLS_256_XWING_AES256GCM_SHA512_Ed25519',
    kem: xWingKem,
    hash: sha512,
    kdfId: 0x0003,
    aeadId: 0x0002,
    keyBytes: 32,
  },
};

/** What a group needs of its device besides its own state. */
export interface DeviceKeys {
  /** The device key. */
  readonly signatureKey: SignatureKey;
  readonly random: RandomSource;
}

export function libraryNameOf(suite: MlsSuite): CiphersuiteName {
  return SUITES[suite].name;
}

/** Null for every other suite that the library knows. */
export function suiteOf(name: CiphersuiteName): MlsSuite | null {
  if (name === SUITES[XWING_SUITE].name) return XWING_SUITE;
  return name === SUITES[X25519_SUITE].name ? X25519_SUITE : null;
}

/** The public key in the group's tree for a private one (RFC 9180 §7.1). */
export function derivePublicKey(suite: MlsSuite, privateKey: Uint8Array): Promise<Uint8Array> {
  return SUITES[suite].kem.derivePublicKey(privateKey);
}

/**
 * The algorithms of a suite in the form that the library wants. Signing is bound to the device key, so that the key itself
 * never enters the library's state: where the library passes a private signature key around, it passes nothing.
 */
export function loadSuite(suite: MlsSuite, { signatureKey, random }: DeviceKeys): CiphersuiteImpl {
  return makeSuite(suite, random, (message) => sign(signatureKey, toBufferSource(message)));
}

/** For checking only: it neither signs nor draws. */
export function loadVerifyingSuite(suite: MlsSuite): CiphersuiteImpl {
  const refuse = () => {
    throw new Error('only for checking');
  };
  return makeSuite(suite, refuse, refuse);
}

function makeSuite(
  suite: MlsSuite,
  random: RandomSource,
  signMessage: (message: Uint8Array) => Promise<Uint8Array>,
): CiphersuiteImpl {
  const { name, hash, ...parameters } = SUITES[suite];
  return {
    name,
    hpke: makeHpke({ ...parameters, hash }, random),
    rng: { randomBytes: random },
    hash: {
      digest: async (data) => hash(data),
      mac: async (key, data) => hmac(hash, key, data),
      verifyMac: async (key, mac, data) => isEqualMac(mac, hmac(hash, key, data)),
    },
    kdf: {
      size: hash.outputLen,
      extract: async (salt, secret) => extract(hash, secret, salt),
      expand: async (key, info, lengthBytes) => expand(hash, key, info, lengthBytes),
    },
    signature: {
      sign: (_privateKey, message) => signMessage(message),
      verify: platform.verifyEd25519,
      keygen: () => {
        throw new Error('signature keys are device keys');
      },
    },
  };
}

/** In time that does not depend on where they differ. */
function isEqualMac(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length;
  for (const [i, byte] of other.entries()) difference |= byte ^ (one[i] ?? 0);
  return difference === 0;
}
