// WebCrypto takes views of unshared memory only; the protocol package hands out views of any memory.

/** The same bytes, copied only when they lie in shared memory. */
export function toBufferSource(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    : Uint8Array.from(bytes);
}
