// Which 32 bytes may be an Ed25519 public key. With a key of small order one signature verifies for many messages, so it
// proves nothing; libraries differ in refusing such keys and keys with two encodings, so it is decided here, for clients
// (CRY-001) and relays (RLY-028) alike.
import { fromHex, toHex } from './bytes.ts';

/** y coordinates of the eight points of small order, little-endian, without the sign of x (RFC 7748 §4.1 curve). */
const SMALL_ORDER_Y: ReadonlySet<string> = new Set([
  // order 1: y = 1
  '0100000000000000000000000000000000000000000000000000000000000000',
  // order 2: y = -1
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  // order 4: y = 0
  '0000000000000000000000000000000000000000000000000000000000000000',
  // order 8
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);

/** 2^255 - 19, little-endian: y must be smaller (RFC 8032 §5.1.3 step 1). */
const FIELD_PRIME = fromHex('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');

/** True for 32 bytes that encode a y coordinate canonically and whose point is not of small order. */
export function isUsableEd25519Point(publicKey: Uint8Array): boolean {
  if (publicKey.length !== FIELD_PRIME.length) return false;
  const y = Uint8Array.from(publicKey);
  y[31] = (y[31] ?? 0) & 0x7f;
  return isBelowFieldPrime(y) && !SMALL_ORDER_Y.has(toHex(y));
}

function isBelowFieldPrime(y: Uint8Array): boolean {
  for (let i = y.length - 1; i >= 0; i--) {
    const difference = (y[i] ?? 0) - (FIELD_PRIME[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
