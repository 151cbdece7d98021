// Before a connection is one: how many there may be, from where and how fast (THREATS §4). Every socket of every listener is
// counted here when it opens and when it closes. Used by the listeners.
import type { Socket } from 'node:net';
import { type ClientAddress, classifyAddress } from '../client-address.ts';
import type { Limits } from '../limits.ts';

export interface Visitor {
  readonly address: ClientAddress;
  /** Not 0: one connection too many, to be told to come back after this time. */
  readonly waitMs: number;
}

export class Door {
  readonly #limits: Limits;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Null when the socket was closed without a word. */
  enter(socket: Socket): Visitor | null {
    return this.enterFrom(socket.remoteAddress, socket);
  }

  /** The same for an address that a reverse proxy told; counted until `socket` closes. */
  enterFrom(remoteAddress: string | undefined, socket: Socket): Visitor | null {
    const address = classifyAddress(remoteAddress);
    const waitMs = this.#limits.addConnection(address);
    socket.once('close', () => this.#limits.removeConnection(address));
    if (waitMs === 0) return { address, waitMs };
    // RLY-011
    if (this.#limits.isOverrun(address)) {
      socket.destroy();
      return null;
    }
    return { address, waitMs };
  }
}
