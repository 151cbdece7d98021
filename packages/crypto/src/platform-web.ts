// The primitives of platform.ts over WebCrypto: for browsers.
import { isUsableEd25519Point } from '@sirdas/protocol';
import { toBufferSource } from './buffer-source.ts';
import type { AesGcmUse, Platform } from './platform.ts';

const AES_GCM = 'AES-GCM';
const ED25519 = 'Ed25519';
const X25519 = 'X25519';
const X25519_BITS = 256;
/** PrivateKeyInfo of id-X25519 up to the key (RFC 8410 §7): WebCrypto imports private keys in this form only. */
const PKCS8_PREFIX = Uint8Array.of(
  ...[0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x04, 0x22, 0x04, 0x20],
);

export const platform: Platform = {
  async sealAesGcm(use, plain) {
    const key = await importAesKey(use, 'encrypt');
    return new Uint8Array(await crypto.subtle.encrypt(toAlgorithm(use), key, toBufferSource(plain)));
  },

  async openAesGcm(use, sealed) {
    const key = await importAesKey(use, 'decrypt');
    return new Uint8Array(await crypto.subtle.decrypt(toAlgorithm(use), key, toBufferSource(sealed)));
  },

  async multiplyX25519(scalar, point) {
    const pkcs8 = new Uint8Array(PKCS8_PREFIX.length + scalar.length);
    pkcs8.set(PKCS8_PREFIX);
    pkcs8.set(scalar, PKCS8_PREFIX.length);
    try {
      const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, X25519, false, ['deriveBits']);
      const publicKey = await crypto.subtle.importKey('raw', toBufferSource(point), X25519, true, []);
      const algorithm = { name: X25519, public: publicKey };
      return new Uint8Array(await crypto.subtle.deriveBits(algorithm, privateKey, X25519_BITS));
    } finally {
      pkcs8.fill(0);
    }
  },

  importSigningKey: (pkcs8) => crypto.subtle.importKey('pkcs8', pkcs8, ED25519, false, ['sign']),

  async signEd25519(key, message) {
    return new Uint8Array(await crypto.subtle.sign(ED25519, key, message));
  },

  async verifyEd25519(publicKey, message, signature) {
    // CRY-001
    if (!isUsableEd25519Point(publicKey)) return false;
    try {
      const key = await crypto.subtle.importKey('raw', toBufferSource(publicKey), ED25519, true, ['verify']);
      // CRY-002
      return await crypto.subtle.verify(ED25519, key, toBufferSource(signature), toBufferSource(message));
    } catch {
      // Platforms differ in whether a point off the curve fails on import or on use.
      return false;
    }
  },
};

function importAesKey({ key }: AesGcmUse, usage: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', toBufferSource(key), AES_GCM, false, [usage]);
}

function toAlgorithm({ nonce, additionalData }: AesGcmUse): AesGcmParams {
  return { name: AES_GCM, iv: toBufferSource(nonce), additionalData: toBufferSource(additionalData) };
}
