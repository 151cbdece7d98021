// A WebSocket as a Link: one binary message is one frame (SPEC §2). Made by listeners/web.ts.
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { ClientAddress } from '../client-address.ts';
import type { Link, LinkEvents } from '../link.ts';
import type { Visitor } from './door.ts';
import { exportChannelBinding } from './stream-link.ts';

const SEND_OPTIONS = { binary: true, compress: false } as const;
const NORMAL_CLOSURE = 1000;

export class WebSocketLink implements Link {
  readonly kind = 'messages';
  readonly address: ClientAddress;
  readonly openedAtMs: number;
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;

  constructor(webSocket: WebSocket, socket: Socket, { address, enteredAtMs }: Visitor) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.address = address;
    this.openedAtMs = enteredAtMs;
  }

  get channelBinding(): Uint8Array | null {
    return exportChannelBinding(this.#socket);
  }

  start(events: LinkEvents): void {
    // Bytes, not messages: what belongs to no message yet counts as well, control frames too.
    this.#socket.prependListener('data', (chunk: Buffer) => events.onBytes(chunk.length));
    this.#socket.on('drain', events.onDrain);
    this.#webSocket.on('message', (data: Buffer, isBinary: boolean) => {
      // RLY-018
      if (isBinary && data.length > 0) events.onFrame(data);
      else events.onMalformed('BAD_FRAME');
    });
    // Broken framing, a message too large or in too many fragments: the library has said so with a close code.
    this.#webSocket.on('error', () => events.onMalformed('BAD_FRAME'));
    this.#webSocket.on('close', events.onClose);
  }

  /** The limit of a message is fixed; before login the number of all bytes is limited (RLY-004). */
  setMaxFrameBytes(): void {}

  write(bytes: Uint8Array): void {
    this.#webSocket.send(bytes, SEND_OPTIONS);
  }

  bufferedBytes(): number {
    return this.#webSocket.bufferedAmount;
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  pauseReading(): void {
    this.#webSocket.pause();
  }

  resumeReading(): void {
    this.#webSocket.resume();
  }

  end(): void {
    this.#webSocket.resume();
    this.#webSocket.close(NORMAL_CLOSURE);
  }

  destroy(): void {
    this.#webSocket.terminate();
  }
}
