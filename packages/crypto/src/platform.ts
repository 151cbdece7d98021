// The primitives whose fast form differs between platforms: node:crypto is several times faster for our short inputs
// than WebCrypto, which is all that browsers have. `#platform` (package.json) is platform-node.ts or platform-web.ts.

export interface Platform {
  /** AES-GCM with a 16- or 32-byte key and a 12-byte nonce; the tag (16 bytes) is at the end. */
  sealAesGcm(use: AesGcmUse, plain: Uint8Array): Promise<Uint8Array>;
  /** Rejects when it does not open. */
  openAesGcm(use: AesGcmUse, sealed: Uint8Array): Promise<Uint8Array>;
  /** X25519 (RFC 7748 §5) of 32 bytes each; rejects when the result is all zero, as for points of low order. */
  multiplyX25519(scalar: Uint8Array, point: Uint8Array): Promise<Uint8Array>;
  /** Ed25519, from a PKCS #8 with a seed; what comes back cannot be exported. */
  importSigningKey(pkcs8: Uint8Array<ArrayBuffer>): Promise<CryptoKey>;
  /** 64 bytes; with a key of `importSigningKey`. */
  signEd25519(key: CryptoKey, message: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  /** False for every signature that does not verify, and for every public key under which one would prove nothing. */
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
}

export interface AesGcmUse {
  readonly key: Uint8Array;
  readonly nonce: Uint8Array;
  readonly additionalData: Uint8Array;
}
