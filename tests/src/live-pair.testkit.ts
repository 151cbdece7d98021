// Two people who go on exchanging messages while something else happens to the relay: whoever attacks it must not disturb them.
// Every envelope that one appends must reach the other, once and in order.
import { setImmediate } from 'node:timers/promises';
import { encodeUtf8, type Frame, fromId } from '@sirdas/protocol';
import type { WireSession } from './wire-account.testkit.ts';

export interface PairReport {
  /** Messages that went there and back. */
  readonly roundTrips: number;
  /** Everything that was delivered, in order; a round trip is one entry in each direction. */
  readonly isIntact: boolean;
}

export class LivePair {
  readonly #left: WireSession;
  readonly #right: WireSession;
  #isStopped = false;
  #roundTrips = 0;
  readonly #finished: Promise<void>;

  constructor(left: WireSession, right: WireSession) {
    this.#left = left;
    this.#right = right;
    this.#finished = this.#converse();
    // Whoever awaits `stop` gets it.
    this.#finished.catch(() => {});
  }

  get roundTrips(): number {
    return this.#roundTrips;
  }

  /** Resolves when that many more round trips have been made: they really go on. */
  async continue(roundTrips: number): Promise<void> {
    const target = this.#roundTrips + roundTrips;
    while (this.#roundTrips < target) await Promise.race([setImmediate(), this.#finished]);
  }

  async stop(): Promise<PairReport> {
    this.#isStopped = true;
    await this.#finished;
    const sides = [this.#left, this.#right].map(({ connection }) => deliveredNumbers(connection.received));
    const expected = Array.from({ length: this.#roundTrips }, (_, i) => i + 1);
    const isIntact = sides.every((numbers) => numbers.join() === expected.join());
    return { roundTrips: this.#roundTrips, isIntact };
  }

  async #converse(): Promise<void> {
    for (const side of [this.#left, this.#right]) {
      await side.connection.demand({ kind: 'read', log: fromId(side.inbox), after: 0 }, 'reading');
    }
    while (!this.#isStopped) {
      const number = this.#roundTrips + 1;
      await this.#say(this.#left, this.#right, number);
      await this.#say(this.#right, this.#left, number);
      this.#roundTrips = number;
    }
  }

  async #say(from: WireSession, to: WireSession, number: number): Promise<void> {
    const envelope = encodeUtf8(`message ${number}`);
    const arrival = to.connection.waitForNext((frame) => deliveredNumbers([frame]).includes(number));
    const accepted = from.connection.demand(
      { kind: 'append', log: fromId(to.inbox), envelope, epoch: 0 },
      'accepted',
    );
    await Promise.all([accepted, arrival]);
  }
}

function deliveredNumbers(frames: readonly Frame[]): number[] {
  const entries = frames.flatMap((frame) => (frame.kind === 'deliver' ? frame.entries : []));
  return entries.map(({ envelope }) => Number(new TextDecoder().decode(envelope).replace('message ', '')));
}
