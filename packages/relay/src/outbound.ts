// What one connection sends: frames of one turn of the event loop are laid side by side in one buffer and leave in one
// write. Used by connection.ts for every frame and by subscription.ts for Deliver; the same for TCP, TLS and WebSocket.
// A system call costs more than the copy of a kilobyte, so every envelope is copied exactly once, into that buffer.
import {
  encodeFrame,
  type Frame,
  type HotEntry,
  LENGTH_PREFIX_BYTES,
  sizeOfAccepted,
  sizeOfDeliver,
  writeAccepted,
  writeDeliver,
} from '@sirdas/protocol';

/** Above this many unsent bytes nothing is read from the store for this connection. */
const PAUSE_BYTES = 1024 * 1024;
/** RLY-102: above this many unsent bytes the client is given up: it sends requests and does not read the answers. */
const OVERFLOW_BYTES = 4 * 1024 * 1024;
const BUFFER_BYTES = 64 * 1024;
/** Buffers kept for the next turn: enough for every connection that a busy turn writes to, 4 MiB at most. */
const MAX_SPARE_BUFFERS = 64;

/** The socket as Outbound sees it. */
export interface OutboundSink {
  /** `stream`: frames carry their length prefix, many go in one write. `messages`: every write is one frame. */
  readonly kind: 'stream' | 'messages';
  /** The bytes stay unchanged as long as `bufferedBytes` counts them. */
  write(bytes: Uint8Array): void;
  /** Bytes written but not yet taken by the kernel (`socket.writableLength`). */
  bufferedBytes(): number;
  /** Around the writes of one turn, so that they reach the kernel together. */
  cork(): void;
  uncork(): void;
}

/**
 * The connections that have something to send in this turn, and the buffers they share: an idle connection holds none.
 * One for the whole relay.
 */
export class OutputTurn {
  #dirty: Outbound[] = [];
  #isScheduled = false;
  readonly #spareBuffers: Uint8Array[] = [];

  /** Has `flush` called at the end of what is running now. */
  markDirty(outbound: Outbound): void {
    this.#dirty.push(outbound);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => this.#flushAll());
  }

  takeBuffer(sizeBytes: number): Uint8Array {
    if (sizeBytes > BUFFER_BYTES) return new Uint8Array(sizeBytes);
    return this.#spareBuffers.pop() ?? new Uint8Array(BUFFER_BYTES);
  }

  /** Takes back a buffer that nobody refers to any more. */
  giveBuffer(buffer: Uint8Array): void {
    if (buffer.length === BUFFER_BYTES && this.#spareBuffers.length < MAX_SPARE_BUFFERS) {
      this.#spareBuffers.push(buffer);
    }
  }

  #flushAll(): void {
    const dirty = this.#dirty;
    this.#dirty = [];
    this.#isScheduled = false;
    for (const outbound of dirty) outbound.flush();
  }
}

export interface OutboundOptions {
  readonly sink: OutboundSink;
  readonly turn: OutputTurn;
  /** Called once when more than 4 MiB wait: the connection ends (SLOW_READER; nothing more can be sent). */
  readonly onOverflow: () => void;
}

export class Outbound {
  readonly #sink: OutboundSink;
  readonly #turn: OutputTurn;
  readonly #onOverflow: () => void;
  #buffer: Uint8Array | null = null;
  #usedBytes = 0;
  /** Where the frames in the buffer end; only for sinks that take messages. */
  #frameEnds: number[] = [];
  #isDirty = false;
  #isClosed = false;
  #waiting: (() => void)[] = [];

  constructor(options: OutboundOptions) {
    this.#sink = options.sink;
    this.#turn = options.turn;
    this.#onOverflow = options.onOverflow;
  }

  /** Any frame. */
  send(frame: Frame): void {
    this.sendEncoded(encodeFrame(frame));
  }

  /** A frame that is encoded already, e.g. one that many connections get. No length prefix. */
  sendEncoded(frame: Uint8Array): void {
    const at = this.#begin(frame.length);
    if (at !== null) this.#buffer?.set(frame, at);
  }

  sendAccepted(request: number, seq: number): void {
    const at = this.#begin(sizeOfAccepted(request, seq));
    if (at !== null && this.#buffer) writeAccepted(this.#buffer, at, request, seq);
  }

  /** `log` has 16 bytes; the frame is at most MAX_FRAME_BYTES. The envelopes are copied before the call returns. */
  sendDeliver(log: Uint8Array, entries: readonly HotEntry[]): void {
    const at = this.#begin(sizeOfDeliver(entries));
    if (at !== null && this.#buffer) writeDeliver(this.#buffer, at, log, entries);
  }

  /** True while more than 1 MiB is unsent. */
  get isFull(): boolean {
    return this.#sink.bufferedBytes() + this.#usedBytes > PAUSE_BYTES;
  }

  /** Calls back once, when everything has left after `isFull` was true. */
  whenDrained(resume: () => void): void {
    this.#waiting.push(resume);
  }

  /** To be called on the socket's `drain` event. */
  drained(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }

  /** Writes now what this turn has collected; happens by itself at the end of the turn. */
  flush(): void {
    this.#isDirty = false;
    const buffer = this.#buffer;
    if (buffer === null) return;
    this.#buffer = null;
    if (this.#writeOut(buffer)) this.#turn.giveBuffer(buffer);
    if (this.#sink.bufferedBytes() > OVERFLOW_BYTES) this.#overflow();
  }

  /** The socket is gone: what is unsent is dropped, nobody is called back any more. */
  close(): void {
    this.#isClosed = true;
    this.#waiting = [];
    if (this.#buffer) this.#turn.giveBuffer(this.#buffer);
    this.#buffer = null;
    this.#usedBytes = 0;
    this.#frameEnds = [];
  }

  /** Makes room for a frame and writes its prefix; returns where the frame itself begins. */
  #begin(frameBytes: number): number | null {
    if (this.#isClosed) return null;
    const isStream = this.#sink.kind === 'stream';
    const sizeBytes = isStream ? LENGTH_PREFIX_BYTES + frameBytes : frameBytes;
    if (this.#buffer && this.#usedBytes + sizeBytes > this.#buffer.length) this.flush();
    // The overflow callback of that flush may have closed the connection.
    if (this.#isClosed) return null;
    this.#buffer ??= this.#turn.takeBuffer(sizeBytes);
    if (!this.#isDirty) {
      this.#isDirty = true;
      this.#turn.markDirty(this);
    }
    const end = this.#usedBytes + sizeBytes;
    if (isStream) writeLength(this.#buffer, this.#usedBytes, frameBytes);
    else this.#frameEnds.push(end);
    this.#usedBytes = end;
    return end - frameBytes;
  }

  /** Returns whether the buffer is free again. */
  #writeOut(buffer: Uint8Array): boolean {
    const used = buffer.subarray(0, this.#usedBytes);
    this.#usedBytes = 0;
    // A socket that is behind keeps what it gets: it gets a copy of the right size instead of a large buffer.
    const isBehind = this.#sink.bufferedBytes() > 0;
    const bytes = isBehind ? used.slice() : used;
    if (this.#sink.kind === 'stream') this.#sink.write(bytes);
    else this.#writeMessages(bytes);
    return isBehind || this.#sink.bufferedBytes() === 0;
  }

  #writeMessages(bytes: Uint8Array): void {
    const ends = this.#frameEnds;
    this.#frameEnds = [];
    this.#sink.cork();
    let start = 0;
    for (const end of ends) {
      this.#sink.write(bytes.subarray(start, end));
      start = end;
    }
    this.#sink.uncork();
  }

  #overflow(): void {
    if (this.#isClosed) return;
    this.close();
    this.#onOverflow();
  }
}

/** 4 bytes big-endian. */
function writeLength(target: Uint8Array, offset: number, length: number): void {
  target[offset] = length >>> 24;
  target[offset + 1] = length >>> 16;
  target[offset + 2] = length >>> 8;
  target[offset + 3] = length;
}
