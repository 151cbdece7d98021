// Padding, so that a ciphertext tells nothing but the next power of two of its length (SPEC §6.2). Contents and signals have it.
import { ProtocolError } from './errors.ts';
import { LIMITS } from './limits.ts';

const MIN_PADDED_BYTES = 256;
const PADDING_MARK = 0x80;

/** 256, 512 … 65536 bytes; throws BAD_PADDING for what does not fit. */
export function pad(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(paddedLength(bytes.length));
  padded.set(bytes);
  padded[bytes.length] = PADDING_MARK;
  return padded;
}

/** A view without the padding; throws BAD_PADDING. */
export function unpad(padded: Uint8Array): Uint8Array {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end--;
  // PRO-008
  if (end < 0 || padded[end] !== PADDING_MARK || padded.length !== paddedLength(end)) {
    throw new ProtocolError('BAD_PADDING', 'padding is not as SPEC §6.2 says');
  }
  return padded.subarray(0, end);
}

/** The bucket for that many bytes and the padding mark. */
function paddedLength(contentBytes: number): number {
  let length = MIN_PADDED_BYTES;
  while (length < contentBytes + 1) length *= 2;
  // PRO-008
  if (length > LIMITS.MAX_CONTENT_BYTES) throw new ProtocolError('BAD_PADDING', 'content is too large');
  return length;
}
