// Before a connection is one: how many there may be, from where and how fast (THREATS §4). Every socket of every listener is
// counted here from the moment it opens, before it costs a TLS handshake. Used by the listeners.
import type { Socket } from 'node:net';
import { type ClientAddress, classifyAddress } from '../client-address.ts';
import type { Limits } from '../limits.ts';

export interface Visitor {
  readonly address: ClientAddress;
  /** On the monotonic clock. */
  readonly enteredAtMs: number;
  /** Not 0: one connection too many, to be told to come back after this time. */
  readonly waitMs: number;
}

export class Door {
  readonly #limits: Limits;
  readonly #monotonicMs: () => number;
  readonly #sockets = new Set<Socket>();

  constructor(limits: Limits, monotonicMs: () => number) {
    this.#limits = limits;
    this.#monotonicMs = monotonicMs;
  }

  /** Null when the socket was closed without a word. */
  enter(socket: Socket): Visitor | null {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return this.enterFrom(socket.remoteAddress, socket);
  }

  /** The same for an address that a reverse proxy told; counted until `socket` closes. */
  enterFrom(remoteAddress: string | undefined, socket: Socket): Visitor | null {
    const address = classifyAddress(remoteAddress);
    const waitMs = this.#limits.addConnection(address);
    socket.once('close', () => this.#limits.removeConnection(address));
    // RLY-011, RLY-012
    if (waitMs > 0 && !this.#limits.tryExplain(address)) {
      socket.destroy();
      return null;
    }
    return { address, enteredAtMs: this.#monotonicMs(), waitMs };
  }

  nowMs(): number {
    return this.#monotonicMs();
  }

  /** Whatever is still open at the very end. */
  closeAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
