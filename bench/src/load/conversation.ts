// One connection to our relay before the measurement: any frame, through the ordinary codec. SPEC §3, §4.
import { connect, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  type FrameKind,
  FrameSplitter,
  LIMITS,
  prefixFrame,
} from '@sirdas/protocol';

export interface RelayAddress {
  readonly port: number;
  readonly isTls: boolean;
  /** SHA-256 of the relay key, hexadecimal. */
  readonly fingerprint: string;
}

export class Conversation {
  readonly socket: Socket;
  readonly #frames: Frame[] = [];
  readonly #splitter = new FrameSplitter(LIMITS.MAX_FRAME_BYTES);
  readonly #onData = (chunk: Buffer) => this.#collect(chunk);
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', this.#onData);
    socket.on('error', () => {});
    socket.on('close', () => this.#wake());
  }

  static async open({ port, isTls }: RelayAddress): Promise<Conversation> {
    const options = { port, host: '127.0.0.1', rejectUnauthorized: false };
    const socket = isTls ? connectTls(options) : connect(options);
    await new Promise<void>((resolve, reject) => {
      socket.once(isTls ? 'secureConnect' : 'connect', resolve).once('error', reject);
    });
    return new Conversation(socket);
  }

  /** The TLS exporter value (SPEC §4.2); null without TLS. */
  get channelBinding(): Uint8Array | null {
    if (!(this.socket instanceof TLSSocket)) return null;
    return this.socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
  }

  send(frame: Frame): void {
    this.socket.write(prefixFrame(encodeFrame(frame)));
  }

  /** The next frame, which must be of that kind. */
  async next<Kind extends FrameKind>(kind: Kind): Promise<Frame<Kind>> {
    while (this.#frames.length === 0) {
      if (this.socket.destroyed) throw new Error(`the relay closed the connection before ${kind}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const frame = this.#frames.shift();
    if (frame?.kind === kind) return frame as Frame<Kind>;
    throw new Error(`expected ${kind}, got ${frame?.kind === 'error' ? frame.detail : frame?.kind}`);
  }

  /** From now on the caller reads the socket itself. */
  release(): Socket {
    this.socket.off('data', this.#onData);
    return this.socket;
  }

  #collect(chunk: Buffer): void {
    this.#splitter.push(chunk, (bytes) => this.#frames.push(decodeFrame(bytes)));
    this.#wake();
  }
}
