// The two primitives of a Fernet token, over WebCrypto: AES-128-CBC with PKCS #7 padding and HMAC-SHA256. For fernet.ts
// only; they are here by themselves so that the published AES and HMAC vectors run through the code that is used.
import { toBufferSource } from './buffer-source.ts';

const HMAC = { name: 'HMAC', hash: 'SHA-256' } as const;

/** `key` and `iv` have 16 bytes. */
export async function encryptCbc(
  key: Uint8Array<ArrayBuffer>,
  iv: Uint8Array<ArrayBuffer>,
  plaintext: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const aes = await crypto.subtle.importKey('raw', key, 'AES-CBC', false, ['encrypt']);
  return new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-CBC', iv }, aes, toBufferSource(plaintext)));
}

/** Null when the padding is wrong. Only after the MAC has been checked: otherwise this is a padding oracle. */
export async function decryptCbc(
  key: Uint8Array<ArrayBuffer>,
  iv: Uint8Array<ArrayBuffer>,
  ciphertext: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const aes = await crypto.subtle.importKey('raw', key, 'AES-CBC', false, ['decrypt']);
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-CBC', iv }, aes, ciphertext));
  } catch {
    return null;
  }
}

/** 32 bytes. */
export async function computeMac(
  key: Uint8Array<ArrayBuffer>,
  message: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const hmac = await crypto.subtle.importKey('raw', key, HMAC, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', hmac, message));
}

/** In constant time; a truncated MAC is wrong. */
export async function isMacValid(
  key: Uint8Array<ArrayBuffer>,
  message: Uint8Array<ArrayBuffer>,
  mac: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const hmac = await crypto.subtle.importKey('raw', key, HMAC, false, ['verify']);
  return crypto.subtle.verify('HMAC', hmac, mac, message);
}
