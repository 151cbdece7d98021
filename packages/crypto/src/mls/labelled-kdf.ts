// HKDF with the labels of HPKE (RFC 9180 §4): every use names the version, the suite and its purpose. Plain code on all
// platforms: WebCrypto's detour costs more than a hash of our sizes.
import { expand, extract } from '@noble/hashes/hkdf.js';
import type { sha256, sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, encodeUtf8 } from '@sirdas/protocol';

export type HashFunction = typeof sha256 | typeof sha512;

const VERSION = encodeUtf8('HPKE-v1');

export class LabelledKdf {
  readonly #hash: HashFunction;
  readonly #suite: Uint8Array;

  constructor(hash: HashFunction, suite: Uint8Array) {
    this.#hash = hash;
    this.#suite = suite;
  }

  extract(salt: Uint8Array, label: string, secret: Uint8Array): Uint8Array {
    return extract(this.#hash, concatBytes([VERSION, this.#suite, encodeUtf8(label), secret]), salt);
  }

  expand(key: Uint8Array, label: string, info: Uint8Array, lengthBytes: number): Uint8Array {
    const labelled = [encodeUint16(lengthBytes), VERSION, this.#suite, encodeUtf8(label), info];
    return expand(this.#hash, key, concatBytes(labelled), lengthBytes);
  }
}

export function encodeUint16(value: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(value >> 8, value & 0xff);
}
