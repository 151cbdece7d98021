// The vectors of the MLS working group (github.com/mlswg/mls-implementations) against the library with our algorithms. Suite 1
// is `mls-x25519-1` and runs in full. The other six have algorithms that we do not (P-256, P-384, P-521, X448, Ed448, ChaCha20): of
// them runs what needs a hash only.
import { expand, extract } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { X25519_SUITE } from '@sirdas/protocol';
import {
  type CiphersuiteImpl,
  getCiphersuiteFromName,
  getCiphersuiteNameFromId,
} from 'ts-mls/crypto/ciphersuite.js';
import { systemRandom } from '../random.ts';
import { SecretBytes } from '../secret-bytes.ts';
import { importSignatureKey, sign } from '../signature-key.ts';
import { loadPublishedVectors } from '../vectors.testkit.ts';
import { makeDevice } from './members.testkit.ts';
import { loadSuite } from './suite.ts';

const OURS = 1;
const SUITE_NUMBERS = [1, 2, 3, 4, 5, 6, 7] as const;
const HASHES = { 'SHA-256': sha256, 'SHA-384': sha384, 'SHA-512': sha512 };

export interface SuiteVector {
  readonly cipher_suite: number;
}

const { signatureKey } = await makeDevice('vectors');

/** Those of suite 1; null when the published vectors are not there. */
export async function loadOwnSuiteVectors<T extends SuiteVector>(name: string): Promise<readonly T[] | null> {
  const vectors = await loadPublishedVectors<readonly T[]>(`mls/${name}.json`);
  return vectors?.filter(({ cipher_suite }) => cipher_suite === OURS) ?? null;
}

/** Our algorithms; signs with the raw key that the library is given, as the vectors have it. */
export function loadVectorSuite(): CiphersuiteImpl {
  const impl = loadSuite(X25519_SUITE, { signatureKey, random: systemRandom });
  return {
    ...impl,
    signature: {
      ...impl.signature,
      sign: async (seed, message) => {
        const key = await importSignatureKey(new SecretBytes(Uint8Array.from(seed)));
        return sign(key, Uint8Array.from(message));
      },
    },
  };
}

/** Hash, MAC and key derivation of any suite; everything else is that of suite 1 and must not be asked for. */
export function loadHashSuite(number: number): CiphersuiteImpl {
  const id = SUITE_NUMBERS.find((known) => known === number);
  if (id === undefined) throw new Error('a suite that has no number');
  const name = getCiphersuiteNameFromId(id);
  const parameters = getCiphersuiteFromName(name);
  const hash = HASHES[parameters.hash];
  const { hpke } = loadVectorSuite();
  return {
    ...loadVectorSuite(),
    name,
    hpke: { ...hpke, keyLength: parameters.hpke.aead === 'AES128GCM' ? 16 : 32 },
    hash: {
      digest: async (data) => hash(data),
      mac: async (key, data) => hmac(hash, key, data),
      verifyMac: async (key, mac, data) => hmac(hash, key, data).every((byte, i) => byte === mac[i]),
    },
    kdf: {
      size: hash.outputLen,
      extract: async (salt, secret) => extract(hash, secret, salt),
      expand: async (key, info, lengthBytes) => expand(hash, key, info, lengthBytes),
    },
  };
}
