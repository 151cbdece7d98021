// Frames on a byte stream: a 4-byte big-endian length, then the frame (SPEC §3). Used on both ends of the native
// transport. Holds at most one frame's worth of bytes that did arrive; a claimed length allocates nothing.
import { ProtocolError } from './errors.ts';

export const LENGTH_PREFIX_BYTES = 4;

const NOTHING_HELD = new Uint8Array(0);

/** Cuts a byte stream into frames. */
export class FrameSplitter {
  /** Largest frame accepted, bytes. Raised once the handshake is over. */
  maxFrameBytes: number;
  /** The beginning of an unfinished frame, prefix included; its first `#heldBytes` bytes are used. */
  #held: Uint8Array = NOTHING_HELD;
  #heldBytes = 0;

  constructor(maxFrameBytes: number) {
    this.maxFrameBytes = maxFrameBytes;
  }

  /**
   * Takes the next bytes of the stream and calls `onFrame` for every frame that is now complete. A frame that lies
   * within one chunk is a view of it, not a copy. Throws TOO_LARGE or MALFORMED; the stream is then unusable.
   */
  push(chunk: Uint8Array, onFrame: (frame: Uint8Array) => void): void {
    let at = this.#heldBytes > 0 ? this.#finishHeld(chunk, onFrame) : 0;
    while (chunk.length - at >= LENGTH_PREFIX_BYTES) {
      const end = at + LENGTH_PREFIX_BYTES + this.#readLength(chunk, at);
      if (end > chunk.length) break;
      onFrame(chunk.subarray(at + LENGTH_PREFIX_BYTES, end));
      at = end;
    }
    if (at < chunk.length) this.#hold(chunk.subarray(at));
  }

  /** Completes the frame that earlier chunks began; returns how much of the chunk it took. */
  #finishHeld(chunk: Uint8Array, onFrame: (frame: Uint8Array) => void): number {
    const taken = this.#holdUpTo(LENGTH_PREFIX_BYTES, chunk, 0);
    if (this.#heldBytes < LENGTH_PREFIX_BYTES) return taken;
    const frameEnd = LENGTH_PREFIX_BYTES + this.#readLength(this.#held, 0);
    const end = this.#holdUpTo(frameEnd, chunk, taken);
    if (this.#heldBytes < frameEnd) return end;
    const frame = this.#held.subarray(LENGTH_PREFIX_BYTES, frameEnd);
    this.#held = NOTHING_HELD;
    this.#heldBytes = 0;
    onFrame(frame);
    return end;
  }

  /** Moves bytes of the chunk from `at` on until `targetBytes` are held or the chunk ends; returns the new `at`. */
  #holdUpTo(targetBytes: number, chunk: Uint8Array, at: number): number {
    const missing = targetBytes - this.#heldBytes;
    if (missing <= 0) return at;
    const end = Math.min(at + missing, chunk.length);
    this.#hold(chunk.subarray(at, end));
    return end;
  }

  /** Copies: the chunk belongs to the socket and may be much larger than what is held. Grows by doubling. */
  #hold(bytes: Uint8Array): void {
    const needed = this.#heldBytes + bytes.length;
    if (needed > this.#held.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#held.length));
      grown.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = grown;
    }
    this.#held.set(bytes, this.#heldBytes);
    this.#heldBytes = needed;
  }

  #readLength(bytes: Uint8Array, at: number): number {
    // By hand: a DataView for each frame costs more than all the rest of cutting it out.
    const low = ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    const length = (bytes[at] ?? 0) * 2 ** 24 + low;
    // PRO-001
    if (length === 0) throw new ProtocolError('MALFORMED', 'an empty frame');
    if (length > this.maxFrameBytes) throw new ProtocolError('TOO_LARGE', 'a frame beyond the limit');
    return length;
  }
}

/** A frame with its length prefix. */
export function prefixFrame(frame: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(LENGTH_PREFIX_BYTES + frame.length);
  new DataView(bytes.buffer).setUint32(0, frame.length);
  bytes.set(frame, LENGTH_PREFIX_BYTES);
  return bytes;
}
