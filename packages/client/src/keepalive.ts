// Notices a connection that is dead although nobody closed it (SPEC §8, PING_INTERVAL_MS and PING_TIMEOUT_MS): after a
// quiet while it pings, and when nothing at all comes back it gives up. Used by session.ts once logged in.
import type { Clock } from './clock.ts';

/** While a request waits for its response, silence is suspicious sooner. */
const WAITING_INTERVAL_MS = 10_000;
const ANSWER_TIMEOUT_MS = 30_000;

export interface KeepaliveOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly isWaiting: () => boolean;
  /** The relay is not listened to at the moment: its silence means nothing, but it must go on hearing from here. */
  readonly isDeaf: () => boolean;
  readonly ping: () => void;
  readonly giveUp: () => void;
}

export class Keepalive {
  readonly #options: KeepaliveOptions;
  #cancel: () => void = () => {};
  #heardSomething = false;
  #isPinged = false;

  constructor(options: KeepaliveOptions) {
    this.#options = options;
    this.#watch();
  }

  /** Something came from the relay. */
  hear(): void {
    this.#heardSomething = true;
  }

  /** A request left: from now on a shorter silence counts. */
  expectAnswer(): void {
    if (!this.#isPinged) this.#watch();
  }

  stop(): void {
    this.#cancel();
  }

  #watch(): void {
    const { clock, intervalMs, isWaiting } = this.#options;
    const quietMs = isWaiting() ? Math.min(WAITING_INTERVAL_MS, intervalMs) : intervalMs;
    this.#start(clock, this.#isPinged ? ANSWER_TIMEOUT_MS : quietMs);
  }

  #start(clock: Clock, delayMs: number): void {
    this.#cancel();
    this.#heardSomething = false;
    this.#cancel = clock.startTimer(delayMs, () => this.#judge());
  }

  #judge(): void {
    if (this.#isPinged && !this.#heardSomething && !this.#options.isDeaf()) {
      this.#options.giveUp();
      return;
    }
    this.#isPinged = !this.#heardSomething;
    if (this.#isPinged) this.#options.ping();
    this.#watch();
  }
}
