// Linking channels of a fake relay: hands messages from one end to the other, and does to them what a test wants. Also the two
// devices at its ends, with persons who confirm at once unless a test says otherwise.
import { type LinkingPort, systemRandom } from '@sirdas/crypto';
import { equalBytes, type Frame, LIMITS } from '@sirdas/protocol';
import { error } from '../fake-logs.testkit.ts';
import type { FakeConnection, FakeRelay } from '../fake-relay.testkit.ts';
import type { Account, Device } from '../model.ts';
import type { Person } from '../people.testkit.ts';
import type { Approval } from './linking-old.ts';
import type { LinkOptions } from './new-device.ts';

export type End = 'old' | 'new';

export class LinkingRelay {
  readonly channel = systemRandom(16);
  /** Everything that passed, in order. */
  readonly passed: { readonly from: End; readonly payload: Uint8Array }[] = [];
  /** What becomes of a message; `number` counts those of its sender from 0. Null keeps it. */
  tamper: (payload: Uint8Array, from: End, number: number) => Uint8Array | null = (payload) => payload;
  #hearAsOld: ((payload: Uint8Array) => void) | null = null;
  readonly #ends: { old: FakeConnection | null; new: FakeConnection | null } = { old: null, new: null };

  constructor(relay: FakeRelay) {
    relay.mischief.answer = (frame, connection) => this.#answer(frame, connection);
  }

  /** The test is at the old end. */
  impersonateOld(): LinkingPort {
    const heard: Uint8Array[] = [];
    let wake = () => {};
    this.#hearAsOld = (payload) => {
      heard.push(payload);
      wake();
    };
    return {
      send: async (payload) => this.push('new', payload),
      receive: async () => {
        for (;;) {
          const payload = heard.shift();
          if (payload) return payload;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      },
    };
  }

  countFrom(end: End): number {
    return this.passed.filter(({ from }) => from === end).length;
  }

  /** Says to one end that the other has gone. */
  cut(end: End): void {
    this.#ends[end]?.push({ kind: 'linkingEnded', channel: this.channel });
  }

  connectionOf(end: End): FakeConnection {
    const connection = this.#ends[end];
    if (!connection) throw new Error('nobody at that end');
    return connection;
  }

  push(to: End, payload: Uint8Array): void {
    this.#ends[to]?.push({ kind: 'linkingMessage', channel: this.channel, payload });
  }

  #answer(
    frame: Frame,
    connection: FakeConnection,
  ): ReturnType<NonNullable<FakeRelay['mischief']['answer']>> {
    switch (frame.kind) {
      case 'openLinking':
        this.#ends.new = connection;
        return { kind: 'linkingOpened', channel: this.channel, ttlMs: LIMITS.LINKING_TTL_MS };
      case 'joinLinking':
        if (this.#ends.old || !equalBytes(frame.channel, this.channel)) return error('UNKNOWN_CHANNEL');
        this.#ends.old = connection;
        return { kind: 'done' };
      case 'linkingMessage':
        return this.#handOn(Uint8Array.from(frame.payload), connection);
      case 'linkingEnded':
        this.cut(connection === this.#ends.new ? 'old' : 'new');
        return 'silence';
      default:
        return null;
    }
  }

  #handOn(payload: Uint8Array, connection: FakeConnection) {
    const from: End = connection === this.#ends.new ? 'new' : 'old';
    if (from === 'new' && this.#hearAsOld) {
      this.#hearAsOld(payload);
      return { kind: 'done' } as const;
    }
    const to: End = from === 'new' ? 'old' : 'new';
    if (!this.#ends[to]?.isOpen) return error('UNKNOWN_CHANNEL');
    const changed = this.tamper(payload, from, this.countFrom(from));
    this.passed.push({ from, payload });
    if (changed) this.push(to, changed);
    return { kind: 'done' } as const;
  }
}

export interface Linking {
  readonly offer: string;
  readonly linked: Promise<Account>;
  readonly approved: Promise<Device>;
  /** What each of the two was asked to compare. */
  readonly digits: { readonly old: string[]; readonly new: string[] };
}

/** The new device shows its offer and the old one takes it. */
export async function startLinking(
  relay: FakeRelay,
  devices: { readonly old: Person; readonly new: Person },
  options: { readonly old?: Partial<Approval>; readonly new?: Partial<LinkOptions> } = {},
): Promise<Linking> {
  const shown = Promise.withResolvers<string>();
  const digits = { old: [] as string[], new: [] as string[] };
  const linked = devices.new.sirdas.linkDevice(relay.address, {
    deviceName: 'phone',
    onOffer: shown.resolve,
    confirm: async (shownDigits) => digits.new.push(shownDigits) > 0,
    ...options.new,
  });
  linked.catch(shown.reject);
  const offer = await shown.promise;
  const approved = devices.old.sirdas.devices.approve(offer, {
    confirm: async (shownDigits) => digits.old.push(shownDigits) > 0,
    authorise: async () => true,
    history: true,
    ...options.old,
  });
  // Whoever waits for one of them may not be waiting for the other yet.
  approved.catch(() => {});
  return { offer, linked, approved, digits };
}
