// Channels between a device that shall be linked and one of the account (SPEC §4.5): the relay hands sealed messages on and knows
// nothing about either. The new device has no account yet, so its end is bounded in time, number and bytes (connection.ts).
// Used by handlers/linking.ts.
import { type FrameBody, toHex } from '@sirdas/protocol';
import type { ClientAddress } from './client-address.ts';
import type { Outbound } from './outbound.ts';

const CHANNEL_ID_BYTES = 16;
/** How long somebody is asked to wait when there are too many: nobody knows when one ends. */
const RETRY_WHEN_FULL_MS = 30_000;

/** A connection at one end of a channel. */
export interface LinkingEnd {
  readonly out: Outbound;
  readonly address: ClientAddress;
  reply(request: number, body: FrameBody): void;
  /** Says nothing more. */
  end(): void;
}

export interface LinkingOptions {
  readonly maxChannels: number;
  readonly maxChannelsPerAddress: number;
  readonly ttlMs: number;
  readonly monotonicMs: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
}

export class LinkingChannels {
  readonly #options: LinkingOptions;
  readonly #channelsById = new Map<string, LinkingChannel>();
  readonly #countsByNet = new Map<string, number>();

  constructor(options: LinkingOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#channelsById.size;
  }

  get ttlMs(): number {
    return this.#options.ttlMs;
  }

  /** RLY-140: a time to wait when there are too many. */
  open(newDevice: LinkingEnd): LinkingChannel | { readonly waitMs: number } {
    const { maxChannels, maxChannelsPerAddress, ttlMs, monotonicMs, randomBytes } = this.#options;
    const { net, isLoopback } = newDevice.address;
    const fromNet = this.#countsByNet.get(net) ?? 0;
    const isFull = this.count >= maxChannels || (!isLoopback && fromNet >= maxChannelsPerAddress);
    if (isFull) return { waitMs: RETRY_WHEN_FULL_MS };
    const id = randomBytes(CHANNEL_ID_BYTES);
    const channel = new LinkingChannel({
      ...{ id, newDevice, expiresAtMs: monotonicMs() + ttlMs },
      onEnd: () => this.#remove(id, net),
    });
    this.#channelsById.set(toHex(id), channel);
    this.#countsByNet.set(net, fromNet + 1);
    return channel;
  }

  /** Null when there is no such channel, or somebody else has joined it. */
  join(id: Uint8Array, accountDevice: LinkingEnd): LinkingChannel | null {
    const channel = this.#channelsById.get(toHex(id));
    return channel?.join(accountDevice) === true ? channel : null;
  }

  #remove(id: Uint8Array, net: string): void {
    this.#channelsById.delete(toHex(id));
    const left = (this.#countsByNet.get(net) ?? 1) - 1;
    if (left === 0) this.#countsByNet.delete(net);
    else this.#countsByNet.set(net, left);
  }
}

export class LinkingChannel {
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly expiresAtMs: number;
  readonly #newDevice: LinkingEnd;
  readonly #onEnd: () => void;
  readonly #ended = Promise.withResolvers<void>();
  #accountDevice: LinkingEnd | null = null;
  #isEnded = false;

  constructor(options: {
    readonly id: Uint8Array;
    readonly newDevice: LinkingEnd;
    readonly expiresAtMs: number;
    readonly onEnd: () => void;
  }) {
    this.id = options.id;
    this.expiresAtMs = options.expiresAtMs;
    this.#newDevice = options.newDevice;
    this.#onEnd = options.onEnd;
  }

  /** RLY-141: once. */
  join(accountDevice: LinkingEnd): boolean {
    if (this.#accountDevice !== null || this.#isEnded) return false;
    this.#accountDevice = accountDevice;
    return true;
  }

  /** True while there is another end to talk to. */
  isOpenFor(from: LinkingEnd): boolean {
    return !this.#isEnded && this.#otherEnd(from) !== null;
  }

  isFullFor(from: LinkingEnd): boolean {
    return this.#otherEnd(from)?.out.isFull ?? false;
  }

  /** Resolves when the other end has taken what it was sent, or the channel has ended. */
  async whenRoom(from: LinkingEnd): Promise<void> {
    const drained = new Promise<void>((resume) => this.#otherEnd(from)?.out.whenDrained(resume));
    await Promise.race([drained, this.#ended.promise]);
  }

  send(from: LinkingEnd, payload: Uint8Array): void {
    this.#otherEnd(from)?.reply(0, { kind: 'linkingMessage', channel: this.id, payload });
  }

  /** Tells whoever did not end it; the new device has nothing left to do at this relay. */
  end(by: LinkingEnd | null): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#onEnd();
    this.#ended.resolve();
    for (const end of [this.#newDevice, this.#accountDevice]) {
      if (end !== by) end?.reply(0, { kind: 'linkingEnded', channel: this.id });
    }
    this.#newDevice.end();
  }

  #otherEnd(from: LinkingEnd): LinkingEnd | null {
    return from === this.#newDevice ? this.#accountDevice : this.#newDevice;
  }
}
