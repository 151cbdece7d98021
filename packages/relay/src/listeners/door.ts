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
  /** What each open socket is counted under. */
  readonly #addresses = new Map<Socket, ClientAddress>();

  constructor(limits: Limits, monotonicMs: () => number) {
    this.#limits = limits;
    this.#monotonicMs = monotonicMs;
  }

  /** Null when the socket was closed without a word. */
  enter(socket: Socket): Visitor | null {
    socket.once('close', () => this.#forget(socket));
    return this.#count(socket, classifyAddress(socket.remoteAddress));
  }

  /** For a socket that has entered: counted from now on under the address that a reverse proxy told, no longer under its own. */
  enterFrom(remoteAddress: string | undefined, socket: Socket): Visitor | null {
    this.#forget(socket);
    return this.#count(socket, classifyAddress(remoteAddress));
  }

  nowMs(): number {
    return this.#monotonicMs();
  }

  /** Whatever is still open at the very end. */
  closeAll(): void {
    for (const socket of this.#addresses.keys()) socket.destroy();
  }

  #count(socket: Socket, address: ClientAddress): Visitor | null {
    this.#addresses.set(socket, address);
    const waitMs = this.#limits.addConnection(address);
    // RLY-011, RLY-012
    if (waitMs > 0 && !this.#limits.tryExplain(address)) {
      socket.destroy();
      return null;
    }
    return { address, enteredAtMs: this.#monotonicMs(), waitMs };
  }

  #forget(socket: Socket): void {
    const address = this.#addresses.get(socket);
    if (address === undefined) return;
    this.#addresses.delete(socket);
    this.#limits.removeConnection(address);
  }
}
