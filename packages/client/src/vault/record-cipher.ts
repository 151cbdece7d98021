// How vault records are encrypted: AES-256-GCM under a key derived from the vault's master key, bound to their table and
// id, so that no record passes for another one. Ids that would reveal people become HMACs. Used by every vault adapter.
//   sealed record = version (1 byte) || nonce (12 bytes) || ciphertext and tag
// Nonces are random: below 2^32 records written under one master key the chance of a repetition is under 2^-32
// (NIST SP 800-38D §8.3); at a hundred writes a second that is more than a year without pause.
import type { RandomSource } from '@sirdas/crypto';
import { concatBytes, encodeUint32, encodeUtf8 } from '@sirdas/protocol';
import { SirdasError } from '../errors.ts';

export const MASTER_KEY_BYTES = 32;
const RECORD_VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const INDEX_BYTES = 16;
/** Records grow in steps of this size, so that the length of a text shows only roughly. */
const PADDING_STEP_BYTES = 256;
const PADDING_MARK = 0x80;

/** A record's place: no record opens at another one. */
export interface RecordPlace {
  readonly table: string;
  /** As the table's primary key identifies it. */
  readonly id: Uint8Array;
}

export class RecordCipher {
  readonly #recordKey: CryptoKey;
  readonly #indexKey: CryptoKey;
  readonly #random: RandomSource;

  private constructor(recordKey: CryptoKey, indexKey: CryptoKey, random: RandomSource) {
    this.#recordKey = recordKey;
    this.#indexKey = indexKey;
    this.#random = random;
  }

  /** `masterKey` has 32 bytes. */
  static async create(masterKey: Uint8Array<ArrayBuffer>, random: RandomSource): Promise<RecordCipher> {
    const master = await crypto.subtle.importKey('raw', masterKey, 'HKDF', false, ['deriveKey']);
    const derive = (purpose: string, algorithm: AesKeyGenParams | HmacKeyGenParams, uses: KeyUsage[]) => {
      const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: encodeUtf8(purpose) };
      return crypto.subtle.deriveKey(hkdf, master, algorithm, false, uses);
    };
    const [recordKey, indexKey] = await Promise.all([
      derive('sirdas/vault/v1/records', { name: 'AES-GCM', length: 256 }, ['encrypt', 'decrypt']),
      derive('sirdas/vault/v1/index', { name: 'HMAC', hash: 'SHA-256', length: 256 }, ['sign']),
    ]);
    return new RecordCipher(recordKey, indexKey, random);
  }

  async seal(place: RecordPlace, plaintext: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const nonce = this.#random(NONCE_BYTES);
    const padded = pad(plaintext);
    const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: bindTo(place) };
    const ciphertext = await crypto.subtle.encrypt(algorithm, this.#recordKey, padded);
    padded.fill(0);
    return concatBytes([Uint8Array.of(RECORD_VERSION), nonce, new Uint8Array(ciphertext)]);
  }

  /** Throws VAULT_CORRUPT when the record was changed, moved or sealed under another master key. */
  async open(place: RecordPlace, sealed: Uint8Array): Promise<Uint8Array> {
    const [version] = sealed;
    const iv = Uint8Array.from(sealed.subarray(1, 1 + NONCE_BYTES));
    const ciphertext = Uint8Array.from(sealed.subarray(1 + NONCE_BYTES));
    if (version !== RECORD_VERSION || ciphertext.length < TAG_BYTES) throw corrupt();
    const algorithm = { name: 'AES-GCM', iv, additionalData: bindTo(place) };
    try {
      return unpad(new Uint8Array(await crypto.subtle.decrypt(algorithm, this.#recordKey, ciphertext)));
    } catch (cause) {
      throw corrupt(cause);
    }
  }

  /** What stands in the database instead of a name or id: 16 bytes, the same for the same table and parts. */
  async index(table: string, parts: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
    const hmac = await crypto.subtle.sign('HMAC', this.#indexKey, joinFields([table, ...parts]));
    return new Uint8Array(hmac, 0, INDEX_BYTES);
  }
}

function bindTo({ table, id }: RecordPlace): Uint8Array<ArrayBuffer> {
  return joinFields([table, id, Uint8Array.of(RECORD_VERSION)]);
}

function joinFields(fields: readonly (Uint8Array | string)[]): Uint8Array<ArrayBuffer> {
  const bytes = fields.map((field) => (typeof field === 'string' ? encodeUtf8(field) : field));
  return concatBytes(bytes.flatMap((field) => [encodeUint32(field.length), field]));
}

function pad(plaintext: Uint8Array): Uint8Array<ArrayBuffer> {
  const steps = Math.floor(plaintext.length / PADDING_STEP_BYTES) + 1;
  const padded = new Uint8Array(steps * PADDING_STEP_BYTES);
  padded.set(plaintext);
  padded[plaintext.length] = PADDING_MARK;
  return padded;
}

function unpad(padded: Uint8Array): Uint8Array {
  const end = padded.lastIndexOf(PADDING_MARK);
  if (end < 0) throw corrupt();
  return padded.subarray(0, end);
}

function corrupt(cause?: unknown): SirdasError {
  return new SirdasError('VAULT_CORRUPT', 'a vault record does not open', { cause });
}
