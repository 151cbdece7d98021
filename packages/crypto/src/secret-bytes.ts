// Secret bytes that do not show themselves: seeds and private keys on their way between the vault and WebCrypto.
// Printing, logging or serialising one gives `[redacted]`; only `reveal` gives the bytes.

const REDACTED = '[redacted]';

export class SecretBytes {
  readonly #bytes: Uint8Array<ArrayBuffer>;

  /** Takes the array over without copying it: the caller must not use it any more. */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  /** The bytes themselves, not a copy: for the vault, which encrypts them, and for importing. */
  reveal(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** Overwrites the bytes, as far as a garbage-collected language lets us. */
  wipe(): void {
    this.#bytes.fill(0);
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  /** What Node's console and loggers print. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}
