// The two suites of SPEC §6.1 and what the library needs to know for them. Everything else in this folder names suites in our
// words; the library's names and numbers stay in this file.
import { type MlsSuite, X25519_SUITE, XWING_SUITE } from '@sirdas/protocol';
import {
  type CiphersuiteImpl,
  type CiphersuiteName,
  getCiphersuiteFromName,
} from 'ts-mls/crypto/ciphersuite.js';
import { defaultCryptoProvider } from 'ts-mls/crypto/implementation/default/provider.js';
import { toBufferSource } from '../buffer-source.ts';
import type { RandomSource } from '../random.ts';
import { type SignatureKey, sign, verifySignature } from '../signature-key.ts';

const LIBRARY_NAMES: Readonly<Record<MlsSuite, CiphersuiteName>> = {
  [XWING_SUITE]: 'MLS_256_XWING_AES256GCM_SHA512_Ed25519',
  [X25519_SUITE]: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
};

/** What a group needs of its device besides its own state. */
export interface DeviceKeys {
  /** The device key. */
  readonly signatureKey: SignatureKey;
  readonly random: RandomSource;
}

export function libraryNameOf(suite: MlsSuite): CiphersuiteName {
  return LIBRARY_NAMES[suite];
}

/** Null for every other suite that the library knows. */
export function suiteOf(name: CiphersuiteName): MlsSuite | null {
  if (name === LIBRARY_NAMES[XWING_SUITE]) return XWING_SUITE;
  return name === LIBRARY_NAMES[X25519_SUITE] ? X25519_SUITE : null;
}

/**
 * The algorithms of a suite as the library calls them. Signing is bound to the device key, so that the key itself never
 * enters the library's state: where the library passes a private signature key around, it passes nothing.
 */
export async function loadSuite(suite: MlsSuite, keys: DeviceKeys): Promise<CiphersuiteImpl> {
  const impl = await loadVerifyingSuite(suite);
  return {
    ...impl,
    rng: { randomBytes: (lengthBytes) => keys.random(lengthBytes) },
    signature: {
      ...impl.signature,
      sign: (_signKey, message) => sign(keys.signatureKey, toBufferSource(message)),
    },
  };
}

/** For checking only: it cannot sign. */
export async function loadVerifyingSuite(suite: MlsSuite): Promise<CiphersuiteImpl> {
  const impl = await defaultCryptoProvider.getCiphersuiteImpl(getCiphersuiteFromName(LIBRARY_NAMES[suite]));
  return {
    ...impl,
    signature: {
      ...impl.signature,
      verify: (publicKey, message, signature) =>
        verifySignature(publicKey, toBufferSource(message), signature),
    },
  };
}
