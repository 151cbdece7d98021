// A connection to a relay that speaks in frames and knows no manners: it sends what a test tells it to, in any state, and
// shows everything that comes back. Shares nothing with the client package, so that it cannot share its mistakes.
import { createHash } from 'node:crypto';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  type FrameBody,
  type FrameKind,
  FrameSplitter,
  LIMITS,
  nameWireError,
  prefixFrame,
} from '@sirdas/protocol';
import { onTestFinished } from 'vitest';

const TIMEOUT_MS = 60_000;

export interface WireAddress {
  readonly host: string;
  readonly port: number;
  readonly plaintext: boolean;
}

/** How a connection ended: the reason the relay gave, if it gave one. */
export interface WireEnd {
  readonly reason: string | null;
}

interface Waiter {
  readonly matches: (frame: Frame) => boolean;
  readonly resolve: (frame: Frame) => void;
  readonly reject: (cause: Error) => void;
}

export class WireConnection {
  readonly received: Frame[] = [];
  readonly ended: Promise<WireEnd>;
  /** Called for every frame; may be replaced. */
  onFrame: (frame: Frame) => void = () => {};
  readonly #socket: Socket;
  readonly #splitter = new FrameSplitter(LIMITS.MAX_FRAME_BYTES);
  readonly #waiters = new Set<Waiter>();
  #hasEnded = false;
  #lastRequest = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Uint8Array) => {
      this.#splitter.push(chunk, (frame) => this.#receive(decodeFrame(Uint8Array.from(frame))));
    });
    socket.on('error', () => {});
    this.ended = new Promise((resolve) => {
      socket.on('close', () => {
        this.#hasEnded = true;
        resolve({ reason: this.#endReason() });
        for (const waiter of this.#waiters)
          waiter.reject(new Error(`the connection ended: ${this.#endReason()}`));
      });
    });
  }

  /** Sent by the test and not yet taken by the system: the relay does not read. */
  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  /** TLS exporter value (SPEC §4.2); empty without TLS. */
  channelBinding(): Uint8Array {
    if (!('exportKeyingMaterial' in this.#socket)) return new Uint8Array(0);
    const tls = this.#socket as TLSSocket;
    return tls.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
  }

  /** SHA-256 of the key in the relay's certificate; null without TLS. */
  certificateFingerprint(): Uint8Array | null {
    if (!('getPeerX509Certificate' in this.#socket)) return null;
    const certificate = (this.#socket as TLSSocket).getPeerX509Certificate();
    const spki = certificate?.publicKey.export({ type: 'spki', format: 'der' });
    return spki ? createHash('sha256').update(spki).digest() : null;
  }

  send(frame: Frame): void {
    this.sendBytes(prefixFrame(encodeFrame(frame)));
  }

  /** Any bytes at all. */
  sendBytes(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Stops reading: what the relay sends stays in its own buffers. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Sends a request and gives its response, which may be an error. */
  async ask(body: FrameBody): Promise<Frame> {
    const request = ++this.#lastRequest;
    const response = this.waitForNext((frame) => frame.request === request);
    this.send({ request, ...body } as Frame);
    return response;
  }

  /** The same for a request that must succeed. */
  async demand<Kind extends FrameKind>(body: FrameBody, kind: Kind): Promise<Frame<Kind>> {
    const response = await this.ask(body);
    if (!isKind(response, kind))
      throw new Error(`${body.kind}: ${describeFrame(response)} instead of ${kind}`);
    return response;
  }

  /** The name of the error that a request gets. */
  async askForError(body: FrameBody): Promise<string> {
    return describeFrame(await this.ask(body));
  }

  /** The first frame of a kind, already here or still to come. */
  async waitForKind<Kind extends FrameKind>(kind: Kind): Promise<Frame<Kind>> {
    const frame = await this.waitFor((candidate) => isKind(candidate, kind));
    if (!isKind(frame, kind)) throw new Error('not reached');
    return frame;
  }

  /** The first frame that matches, already here or still to come. */
  waitFor(matches: (frame: Frame) => boolean): Promise<Frame> {
    const present = this.received.find(matches);
    return present ? Promise.resolve(present) : this.waitForNext(matches);
  }

  /** The same among what is still to come. */
  waitForNext(matches: (frame: Frame) => boolean): Promise<Frame> {
    if (this.#hasEnded) return Promise.reject(new Error(`the connection has ended: ${this.#endReason()}`));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => waiter.reject(new Error('no such frame came')), TIMEOUT_MS);
      const leave = () => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        matches,
        resolve: (frame) => {
          leave();
          resolve(frame);
        },
        reject: (cause) => {
          leave();
          reject(cause);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  /** Ends without any farewell. */
  destroy(): void {
    this.#socket.destroy();
  }

  #receive(frame: Frame): void {
    this.received.push(frame);
    this.onFrame(frame);
    for (const waiter of [...this.#waiters]) if (waiter.matches(frame)) waiter.resolve(frame);
  }

  #endReason(): string | null {
    const last = this.received.findLast((frame) => frame.kind === 'error' || frame.kind === 'goodbye');
    return last ? describeFrame(last) : null;
  }
}

/** Opens a connection that ends with the test; resolves when the transport is there, before any frame. */
export async function connectWire(address: WireAddress): Promise<WireConnection> {
  const connection = await openWire(address);
  onTestFinished(() => connection.destroy());
  return connection;
}

function openWire({ host, port, plaintext }: WireAddress): Promise<WireConnection> {
  return new Promise((resolve, reject) => {
    const socket: Socket = plaintext
      ? connectTcp({ host, port })
      : connectTls({ host, port, minVersion: 'TLSv1.3', rejectUnauthorized: false });
    const connection = new WireConnection(socket);
    socket.once('error', reject);
    socket.once(plaintext ? 'connect' : 'secureConnect', () => {
      socket.setNoDelay(true);
      resolve(connection);
    });
  });
}

export function isKind<Kind extends FrameKind>(frame: Frame, kind: Kind): frame is Frame<Kind> {
  return frame.kind === kind;
}

/** `hello`, or the name of an error. */
export function describeFrame(frame: Frame): string {
  if (frame.kind !== 'error') return frame.kind;
  return nameWireError(frame.code) ?? `error ${frame.code}`;
}
