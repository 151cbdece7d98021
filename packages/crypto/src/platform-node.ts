// The primitives of platform.ts over node:crypto: without the detour through the thread pool that WebCrypto takes for
// every call, which costs more than our short inputs do.
/// <reference types="node" />
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { concatBytes, equalBytes, isUsableEd25519Point } from '@sirdas/protocol';
import type { AesGcmUse, Platform } from './platform.ts';

const TAG_BYTES = 16;
/** SubjectPublicKeyInfo and PrivateKeyInfo up to the key (RFC 8410 §4, §7). */
const ED25519_SPKI_PREFIX = Uint8Array.of(
  0x30,
  0x2a,
  0x30,
  0x05,
  0x06,
  0x03,
  0x2b,
  0x65,
  0x70,
  0x03,
  0x21,
  0x00,
);
const X25519_SPKI_PREFIX = Uint8Array.of(
  0x30,
  0x2a,
  0x30,
  0x05,
  0x06,
  0x03,
  0x2b,
  0x65,
  0x6e,
  0x03,
  0x21,
  0x00,
);
const X25519_PKCS8_PREFIX = Uint8Array.of(
  ...[0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x04, 0x22, 0x04, 0x20],
);

/** The same keys once more, for the caller who holds the first. */
const signingKeys = new WeakMap<CryptoKey, KeyObject>();
/** A leaf's key verifies many messages: found by the array that holds it, unless its bytes have become others. */
const verifyKeys = new WeakMap<Uint8Array, { readonly bytes: Uint8Array; readonly key: KeyObject | null }>();

export const platform: Platform = {
  async sealAesGcm(use, plain) {
    const cipher = createCipheriv(algorithmOf(use), createSecretKey(use.key), use.nonce);
    cipher.setAAD(use.additionalData);
    return concatBytes([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  },

  async openAesGcm(use, sealed) {
    const decipher = createDecipheriv(algorithmOf(use), createSecretKey(use.key), use.nonce, {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(use.additionalData);
    const end = Math.max(0, sealed.length - TAG_BYTES);
    decipher.setAuthTag(sealed.subarray(end));
    return concatBytes([decipher.update(sealed.subarray(0, end)), decipher.final()]);
  },

  async multiplyX25519(scalar, point) {
    const pkcs8 = concatBytes([X25519_PKCS8_PREFIX, scalar]);
    try {
      return Uint8Array.from(
        diffieHellman({
          privateKey: importPrivateKey(pkcs8),
          publicKey: importPublicKey(X25519_SPKI_PREFIX, point),
        }),
      );
    } finally {
      pkcs8.fill(0);
    }
  },

  async importSigningKey(pkcs8) {
    const key = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign']);
    signingKeys.set(key, importPrivateKey(pkcs8));
    return key;
  },

  async signEd25519(key, message) {
    const native = signingKeys.get(key);
    if (!native) throw new Error('a key that was not imported here');
    return Uint8Array.from(sign(null, message, native));
  },

  async verifyEd25519(publicKey, message, signature) {
    const key = importVerifyKey(publicKey);
    // CRY-002
    return key !== null && verify(null, message, key, signature);
  },
};

function algorithmOf({ key }: AesGcmUse): 'aes-128-gcm' | 'aes-256-gcm' {
  return key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
}

function importVerifyKey(publicKey: Uint8Array): KeyObject | null {
  const known = verifyKeys.get(publicKey);
  if (known && equalBytes(known.bytes, publicKey)) return known.key;
  // CRY-001
  const key = isUsableEd25519Point(publicKey) ? importPublicKey(ED25519_SPKI_PREFIX, publicKey) : null;
  verifyKeys.set(publicKey, { bytes: Uint8Array.from(publicKey), key });
  return key;
}

/** Over the same memory: whoever has the bytes wipes them. */
function importPrivateKey(pkcs8: Uint8Array<ArrayBuffer>): KeyObject {
  const key = Buffer.from(pkcs8.buffer, pkcs8.byteOffset, pkcs8.length);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function importPublicKey(prefix: Uint8Array, key: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([prefix, key]), format: 'der', type: 'spki' });
}
