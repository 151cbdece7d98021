// How two devices agree on keys while one is linked to the account of the other (SPEC §12.2): X-Wing, a commitment, and seven
// digits that both persons compare; then a sealed channel. The client carries the messages. Whatever goes wrong ends it with
// one code, and nothing can be tried twice on one channel.

import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, encodeUtf8, equalBytes, LABELS, LIMITS, type LinkingOffer } from '@sirdas/protocol';
import { platform } from '#platform';
import { CryptoError } from './errors.ts';
import { hashBytes, hashLabelled } from './hash.ts';
import type { RandomSource } from './random.ts';
import { SecretBytes } from './secret-bytes.ts';
import {
  decapsulateXWing,
  deriveXWingPublicKey,
  encapsulateXWing,
  XWING_CIPHERTEXT_BYTES,
  XWING_SEED_BYTES,
} from './x-wing.ts';

const VERSION = Uint8Array.of(1);
const NONCE_BYTES = 32;
const KEY_BYTES = 32;
const DIGITS = 7;
const AEAD_TAG_BYTES = 16;
const AEAD_NONCE_BYTES = 12;

/** Carries one message to the other end and gives the next one from there. What it throws comes out as it is. */
export interface LinkingPort {
  send(message: Uint8Array): Promise<void>;
  receive(): Promise<Uint8Array>;
}

/** Of the new device, for one offer. */
export interface LinkingKey {
  readonly seed: SecretBytes;
  readonly publicKey: Uint8Array;
  /** For the offer; 32 bytes. */
  readonly keyHash: Uint8Array;
}

type Side = 'old' | 'new';

/** What both ends saw. */
interface Transcript {
  readonly publicKey: Uint8Array;
  readonly commitment: Uint8Array;
  readonly newNonce: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly oldNonce: Uint8Array;
}

export async function makeLinkingKey(random: RandomSource): Promise<LinkingKey> {
  const seed = new SecretBytes(random(XWING_SEED_BYTES));
  const publicKey = await deriveXWingPublicKey(seed.reveal());
  return { seed, publicKey, keyHash: hashBytes(publicKey) };
}

/** As the device that made the offer; the key is of no use afterwards. Throws LINKING_FAILED and what `port` throws. */
export async function agreeAsNewDevice(
  key: LinkingKey,
  offer: LinkingOffer,
  port: LinkingPort,
  random: RandomSource,
): Promise<LinkingChannel> {
  const { publicKey } = key;
  // CRY-064
  if (!equalBytes(await port.receive(), VERSION)) throw failed('another version');
  await port.send(publicKey);
  const commitment = expectLength(await port.receive(), KEY_BYTES);
  const newNonce = random(NONCE_BYTES);
  await port.send(newNonce);
  const opening = expectLength(await port.receive(), XWING_CIPHERTEXT_BYTES + NONCE_BYTES);
  const ciphertext = opening.subarray(0, XWING_CIPHERTEXT_BYTES);
  const oldNonce = opening.subarray(XWING_CIPHERTEXT_BYTES);
  // CRY-066
  if (!equalBytes(commit(ciphertext, oldNonce), commitment)) throw failed('not what was committed to');
  const secret = await decapsulateXWing(key.seed.reveal(), ciphertext).catch((cause: unknown) => {
    throw failed('no key', cause);
  });
  key.seed.wipe();
  return makeChannel('new', offer, { publicKey, commitment, newNonce, ciphertext, oldNonce }, secret);
}

/** As the device that was shown the offer. Throws LINKING_FAILED and what `port` throws. */
export async function agreeAsOldDevice(
  offer: LinkingOffer,
  port: LinkingPort,
  random: RandomSource,
): Promise<LinkingChannel> {
  await port.send(VERSION);
  const publicKey = await port.receive();
  // CRY-065
  if (!equalBytes(hashBytes(publicKey), offer.keyHash)) throw failed('not the key of the offer');
  const { ciphertext, sharedSecret } = await encapsulateXWing(publicKey, random).catch((cause: unknown) => {
    throw failed('no key', cause);
  });
  const oldNonce = random(NONCE_BYTES);
  const commitment = commit(ciphertext, oldNonce);
  await port.send(commitment);
  const newNonce = expectLength(await port.receive(), NONCE_BYTES);
  await port.send(concatBytes([ciphertext, oldNonce]));
  return makeChannel('old', offer, { publicKey, commitment, newNonce, ciphertext, oldNonce }, sharedSecret);
}

/** Messages between the two ends, in order, each once. Holds secrets: does not show them. */
export class LinkingChannel {
  /** Seven: the same on both devices, or somebody stands between them. */
  readonly digits: string;
  readonly #sending: Direction;
  readonly #receiving: Direction;

  constructor(digits: string, sending: Direction, receiving: Direction) {
    this.digits = digits;
    this.#sending = sending;
    this.#receiving = receiving;
  }

  /** At most MAX_LINKING_MESSAGE_BYTES less 16 bytes; throws LINKING_FAILED when there are more. */
  async seal(plain: Uint8Array): Promise<Uint8Array> {
    if (plain.length > LIMITS.MAX_LINKING_MESSAGE_BYTES - AEAD_TAG_BYTES) throw failed('too long');
    return platform.sealAesGcm(this.#sending.next(), plain);
  }

  /** Throws LINKING_FAILED for everything but the next message of the other end, and ever after. */
  async open(sealed: Uint8Array): Promise<Uint8Array> {
    const use = this.#receiving.next();
    // CRY-067
    return platform.openAesGcm(use, sealed).catch((cause: unknown) => {
      this.#receiving.close();
      throw failed('a message that does not open', cause);
    });
  }

  toJSON(): string {
    return '[redacted]';
  }
}

/** One key, used once with every counter from 0 on. */
class Direction {
  readonly #key: Uint8Array;
  #counter = 0;
  #isClosed = false;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  next() {
    if (this.#isClosed) throw failed('it is over');
    const nonce = new Uint8Array(AEAD_NONCE_BYTES);
    new DataView(nonce.buffer).setUint32(AEAD_NONCE_BYTES - 4, this.#counter);
    this.#counter += 1;
    return { key: this.#key, nonce, additionalData: new Uint8Array() };
  }

  close(): void {
    this.#isClosed = true;
    this.#key.fill(0);
  }
}

function makeChannel(
  side: Side,
  offer: LinkingOffer,
  transcript: Transcript,
  secret: Uint8Array,
): LinkingChannel {
  const { publicKey, commitment, newNonce, ciphertext, oldNonce } = transcript;
  const hash = hashLabelled(LABELS.linkingTranscript, [
    offer.relayFingerprint,
    offer.channel,
    ...[publicKey, commitment, newNonce, ciphertext, oldNonce],
  ]);
  const prk = extract(sha256, secret, hash);
  const toNew = new Direction(expand(sha256, prk, encodeUtf8('sirdas linking old to new'), KEY_BYTES));
  const toOld = new Direction(expand(sha256, prk, encodeUtf8('sirdas linking new to old'), KEY_BYTES));
  prk.fill(0);
  secret.fill(0);
  const digits = toDigits(hash);
  return side === 'old' ? new LinkingChannel(digits, toNew, toOld) : new LinkingChannel(digits, toOld, toNew);
}

function commit(ciphertext: Uint8Array, oldNonce: Uint8Array): Uint8Array {
  return hashLabelled(LABELS.linkingCommitment, [ciphertext, oldNonce]);
}

/** The first 8 bytes as a number, its last seven digits. */
function toDigits(hash: Uint8Array): string {
  const number = new DataView(hash.buffer, hash.byteOffset).getBigUint64(0);
  return (number % 10n ** BigInt(DIGITS)).toString().padStart(DIGITS, '0');
}

function expectLength(message: Uint8Array, lengthBytes: number): Uint8Array {
  // CRY-064
  if (message.length !== lengthBytes) throw failed('a message of another length');
  return message;
}

function failed(why: string, cause?: unknown): CryptoError {
  return new CryptoError('LINKING_FAILED', `linking: ${why}`, { cause });
}
