// A TCP or TLS socket as a Link: cuts the stream into frames (SPEC §3). Made by listeners/tcp.ts.
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { FrameSplitter, LIMITS, ProtocolError } from '@sirdas/protocol';
import type { ClientAddress } from '../client-address.ts';
import type { Link, LinkEvents } from '../link.ts';
import type { Visitor } from './door.ts';

const EXPORTER_LABEL = 'EXPORTER-Channel-Binding';
const EXPORTER_BYTES = 32;

export class StreamLink implements Link {
  readonly kind = 'stream';
  readonly address: ClientAddress;
  readonly openedAtMs: number;
  readonly #socket: Socket;
  readonly #splitter = new FrameSplitter(LIMITS.MAX_HANDSHAKE_BYTES);

  constructor(socket: Socket, { address, enteredAtMs }: Visitor) {
    this.#socket = socket;
    this.address = address;
    this.openedAtMs = enteredAtMs;
  }

  get channelBinding(): Uint8Array | null {
    return exportChannelBinding(this.#socket);
  }

  start(events: LinkEvents): void {
    let isBroken = false;
    this.#socket.on('data', (chunk: Buffer) => {
      if (isBroken || this.#socket.writableEnded) return;
      events.onBytes(chunk.length);
      try {
        this.#splitter.push(chunk, events.onFrame);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        isBroken = true;
        events.onMalformed(error.code === 'TOO_LARGE' ? 'FRAME_TOO_LARGE' : 'BAD_FRAME');
      }
    });
    this.#socket.on('drain', events.onDrain);
    // Who has closed their side does not wait for answers.
    this.#socket.on('end', () => this.#socket.destroySoon());
    this.#socket.on('close', events.onClose);
  }

  setMaxFrameBytes(maxBytes: number): void {
    this.#splitter.maxFrameBytes = maxBytes;
  }

  write(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  pauseReading(): void {
    this.#socket.pause();
  }

  resumeReading(): void {
    this.#socket.resume();
  }

  end(): void {
    // Reading goes on: closing with unread bytes makes the kernel throw away what we have just sent.
    this.#socket.resume();
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** RFC 9266 (SPEC §4.2); null for a socket without TLS, or one that is closed. */
export function exportChannelBinding(socket: Socket): Uint8Array | null {
  if (!(socket instanceof TLSSocket) || socket.destroyed) return null;
  return socket.exportKeyingMaterial(EXPORTER_BYTES, EXPORTER_LABEL, Buffer.alloc(0));
}
