// Where keys, nonces and initialisation vectors get their bytes. Callers pass a source in, so that tests and published
// vectors are exact; programs pass `systemRandom`.

/** Returns that many fresh, unpredictable bytes. */
export type RandomSource = (lengthBytes: number) => Uint8Array<ArrayBuffer>;

/** The platform's cryptographic generator; at most 65536 bytes at once. */
export const systemRandom: RandomSource = (lengthBytes) =>
  globalThis.crypto.getRandomValues(new Uint8Array(lengthBytes));
