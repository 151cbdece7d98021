// RSA public keys as DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7, RFC 8017 App. A.1): which ones a client accepts
// (SPEC §5.1). With the exponent fixed and a modulus of 3072 to 8192 bit, DER leaves exactly one encoding for each modulus:
// so nothing is parsed; the only possible bytes around the modulus are compared.
import { concatBytes, equalBytes, LIMITS } from '@sirdas/protocol';
import { CryptoError } from './errors.ts';

const MAX_RSA_BITS = 8192;
/** INTEGER 65537. */
const EXPONENT = Uint8Array.of(0x02, 0x03, 0x01, 0x00, 0x01);
/** AlgorithmIdentifier rsaEncryption with its NULL parameters (RFC 8017 App. A.1). */
const RSA_ENCRYPTION = Uint8Array.of(
  ...[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00],
);
const SEQUENCE = 0x30;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
/** A tag and a length of two bytes: all lengths here lie between 256 and 65535. */
const HEADER_BYTES = 4;
const UNUSED_BITS_BYTES = 1;
const MODULUS_OFFSET = 4 * HEADER_BYTES + RSA_ENCRYPTION.length + UNUSED_BITS_BYTES;
/** In a PrivateKeyInfo (RFC 5208 §5): two SEQUENCEs, two versions, the algorithm, the OCTET STRING, the INTEGER. */
const PKCS8_MODULUS_HEADER_OFFSET = 3 * HEADER_BYTES + RSA_ENCRYPTION.length + 2 * 3;

/** Throws BAD_KEY unless this is rsaEncryption in DER, 3072 to 8192 bit, odd modulus, exponent 65537. */
export function checkRsaPublicKey(spki: Uint8Array): void {
  const modulusBytes = spki.length - MODULUS_OFFSET - EXPONENT.length;
  // CRY-008
  if (modulusBytes < LIMITS.MIN_RSA_BITS / 8 || modulusBytes > MAX_RSA_BITS / 8 + 1) throw badKey();
  const modulus = spki.subarray(MODULUS_OFFSET, MODULUS_OFFSET + modulusBytes);
  // CRY-009
  if (!equalBytes(spki, encodeSpki(modulus))) throw badKey();
  const bits = countBits(modulus);
  // CRY-008, CRY-009
  if (bits < LIMITS.MIN_RSA_BITS || bits > MAX_RSA_BITS || ((modulus.at(-1) ?? 0) & 1) === 0) throw badKey();
}

/** The SubjectPublicKeyInfo of an own private key; throws BAD_KEY when that key would not be accepted. */
export function derivePublicKey(pkcs8: Uint8Array): Uint8Array<ArrayBuffer> {
  const lengthBytes = pkcs8.subarray(
    PKCS8_MODULUS_HEADER_OFFSET + 2,
    PKCS8_MODULUS_HEADER_OFFSET + HEADER_BYTES,
  );
  const modulusBytes = (lengthBytes[0] ?? 0) * 256 + (lengthBytes[1] ?? 0);
  const offset = PKCS8_MODULUS_HEADER_OFFSET + HEADER_BYTES;
  const exponentOffset = offset + modulusBytes;
  const exponent = pkcs8.subarray(exponentOffset, exponentOffset + EXPONENT.length);
  if (!equalBytes(exponent, EXPONENT)) throw badKey();
  const spki = encodeSpki(pkcs8.subarray(offset, exponentOffset));
  checkRsaPublicKey(spki);
  return spki;
}

/** `modulus` as the content of its DER INTEGER. */
function encodeSpki(modulus: Uint8Array): Uint8Array<ArrayBuffer> {
  const rsaKey = concatBytes([header(INTEGER, modulus.length), modulus, EXPONENT]);
  const bitString = concatBytes([Uint8Array.of(0), header(SEQUENCE, rsaKey.length), rsaKey]);
  const body = concatBytes([RSA_ENCRYPTION, header(BIT_STRING, bitString.length), bitString]);
  return concatBytes([header(SEQUENCE, body.length), body]);
}

function header(tag: number, length: number): Uint8Array {
  return Uint8Array.of(tag, 0x82, length >> 8, length & 0xff);
}

/** Of a DER INTEGER's content; 0 when it is negative or has a zero byte too many. */
function countBits(integer: Uint8Array): number {
  const [first = 0, second = 0] = integer;
  const isMinimal = first !== 0 || second >= 0x80;
  if (first >= 0x80 || !isMinimal) return 0;
  return integer.length * 8 - Math.clz32(first) + 24;
}

function badKey(): CryptoError {
  return new CryptoError('BAD_KEY', 'not an RSA public key of 3072 to 8192 bit with exponent 65537 in DER');
}
