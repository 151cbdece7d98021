// Fernet tokens (github.com/fernet/spec, version 0x80) over WebCrypto. Called by the classic letter (SPEC §7); exact, so
// that every Fernet library in any language can write and read them:
//
//   base64url with padding of: version 1 byte, time 8 bytes (seconds, big-endian), IV 16, AES-128-CBC ciphertext, HMAC 32
import { concatBytes, decodeUtf8, encodeUtf8, fromBase64Url, toBase64Url } from '@sirdas/protocol';
import { CryptoError } from './errors.ts';
import { computeMac, decryptCbc, encryptCbc, isMacValid } from './fernet-cipher.ts';
import type { RandomSource } from './random.ts';

/** The first half signs, the second half encrypts. */
export const FERNET_KEY_BYTES = 32;

const VERSION = 0x80;
const HALF_KEY_BYTES = 16;
const BLOCK_BYTES = 16;
const TIME_OFFSET = 1;
const IV_OFFSET = 9;
const CIPHERTEXT_OFFSET = 25;
const MAC_BYTES = 32;
const MIN_TOKEN_BYTES = CIPHERTEXT_OFFSET + BLOCK_BYTES + MAC_BYTES;

interface FernetStamp {
  readonly timeSeconds: number;
  readonly random: RandomSource;
}

/** Which times a token may carry: one exactly, or one that is neither too old nor too far ahead of the clock. */
export type FernetTimeRule =
  | { readonly exactSeconds: number }
  | { readonly nowSeconds: number; readonly maxClockSkewSeconds: number; readonly ttlSeconds?: number };

/** The token in ASCII. The key has 32 bytes. */
export async function sealFernetToken(
  key: Uint8Array,
  plaintext: Uint8Array,
  stamp: FernetStamp,
): Promise<Uint8Array<ArrayBuffer>> {
  const halves = splitKey(key);
  try {
    const iv = stamp.random(BLOCK_BYTES);
    const ciphertext = await encryptCbc(halves.encryption, iv, plaintext);
    const signed = concatBytes([Uint8Array.of(VERSION), encodeTime(stamp.timeSeconds), iv, ciphertext]);
    return encodeToken(concatBytes([signed, await computeMac(halves.signing, signed)]));
  } finally {
    wipeHalves(halves);
  }
}

/** The plaintext; throws FERNET_REFUSED, whatever the reason. */
export async function openFernetToken(
  key: Uint8Array,
  token: Uint8Array,
  rule: FernetTimeRule,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = decodeToken(token);
  // CRY-004
  if (!bytes || bytes[0] !== VERSION || bytes.length < MIN_TOKEN_BYTES) throw refused();
  const halves = splitKey(key);
  try {
    const macOffset = bytes.length - MAC_BYTES;
    const isAuthentic = await isMacValid(halves.signing, bytes.slice(0, macOffset), bytes.slice(macOffset));
    // CRY-005
    if (!isAuthentic) throw refused();
    // CRY-006
    if (!isTimeAccepted(decodeTime(bytes), rule)) throw refused();
    const iv = bytes.slice(IV_OFFSET, CIPHERTEXT_OFFSET);
    const plaintext = await decryptCbc(halves.encryption, iv, bytes.slice(CIPHERTEXT_OFFSET, macOffset));
    // CRY-007
    if (!plaintext) throw refused();
    return plaintext;
  } finally {
    wipeHalves(halves);
  }
}

function isTimeAccepted(timeSeconds: bigint, rule: FernetTimeRule): boolean {
  if ('exactSeconds' in rule) return timeSeconds === BigInt(rule.exactSeconds);
  const ageSeconds = BigInt(rule.nowSeconds) - timeSeconds;
  if (ageSeconds < -BigInt(rule.maxClockSkewSeconds)) return false;
  return rule.ttlSeconds === undefined || ageSeconds <= BigInt(rule.ttlSeconds);
}

function encodeTime(timeSeconds: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(IV_OFFSET - TIME_OFFSET);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(timeSeconds));
  return bytes;
}

function decodeTime(bytes: Uint8Array<ArrayBuffer>): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(TIME_OFFSET);
}

function encodeToken(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = toBase64Url(bytes);
  return encodeUtf8(text.padEnd(Math.ceil(text.length / 4) * 4, '='));
}

/** Null for everything but the one canonical base64url form, with its padding. */
function decodeToken(token: Uint8Array): Uint8Array<ArrayBuffer> | null {
  // CRY-003
  if (token.length % 4 !== 0) return null;
  try {
    return fromBase64Url(decodeUtf8(token).replace(/={1,2}$/, ''));
  } catch {
    return null;
  }
}

interface KeyHalves {
  readonly signing: Uint8Array<ArrayBuffer>;
  readonly encryption: Uint8Array<ArrayBuffer>;
}

function splitKey(key: Uint8Array): KeyHalves {
  if (key.length !== FERNET_KEY_BYTES) throw new CryptoError('BAD_KEY', 'a Fernet key has 32 bytes');
  return {
    signing: Uint8Array.from(key.subarray(0, HALF_KEY_BYTES)),
    encryption: Uint8Array.from(key.subarray(HALF_KEY_BYTES)),
  };
}

function wipeHalves(halves: KeyHalves): void {
  halves.signing.fill(0);
  halves.encryption.fill(0);
}

function refused(): CryptoError {
  return new CryptoError('FERNET_REFUSED', 'the token cannot be opened');
}
