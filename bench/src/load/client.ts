// A benchmark client as the workloads see it, whatever relay it talks to. Implemented by relay-client.ts and limit-client.ts.
import type { Socket } from 'node:net';

/** What arrives; called for every message, so nothing is allocated for it. */
export interface ClientEvents {
  /** A message; its payload begins at `offset`. */
  readonly onMessage: (bytes: Buffer, offset: number) => void;
  /** So many messages of ours have been accepted. */
  readonly onAccepted: (count: number) => void;
}

/** One user: the same number is the same mailbox, from process to process. */
export interface LoadClient {
  /** Queues one message; `flush` sends what is queued. */
  send(seq: number, timeUs: number): void;
  flush(): void;
  close(): void;
}

export interface Connector {
  /** Makes mailboxes for so many users; called once, before any connection. */
  prepare(users: number): Promise<void>;
  /** Logs in. With `recipient` the client sends to that user, without it reads its own mailbox. */
  connect(user: number, recipient: number | null, events: ClientEvents): Promise<LoadClient>;
}

const BUFFER_BYTES = 64 * 1024;

/** Everything that is put in between two flushes leaves in one write. */
export class SendBuffer {
  readonly #socket: Socket;
  #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #start = 0;
  #end = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Copies `bytes`; the caller may still change them through what is returned. */
  put(bytes: Uint8Array): { readonly buffer: Buffer; readonly at: number } {
    if (this.#end + bytes.length > this.#buffer.length) {
      this.flush();
      this.#buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
      this.#start = 0;
      this.#end = 0;
    }
    const at = this.#end;
    this.#buffer.set(bytes, at);
    this.#end = at + bytes.length;
    return { buffer: this.#buffer, at };
  }

  flush(): void {
    if (this.#end === this.#start) return;
    this.#socket.write(this.#buffer.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }
}

/** Cuts a stream into frames with a 4-byte length before each; a frame is given as offsets into the chunk. */
export class FrameCutter {
  #rest: Buffer | null = null;

  push(chunk: Buffer, onFrame: (bytes: Buffer, start: number, end: number) => void): void {
    const bytes = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at + 4 <= bytes.length) {
      const end = at + 4 + bytes.readUInt32BE(at);
      if (end > bytes.length) break;
      onFrame(bytes, at + 4, end);
      at = end;
    }
    this.#rest = at < bytes.length ? bytes.subarray(at) : null;
  }
}
