// How fast a connection is read: a flood is not refused but read slowly, so that the sender's own buffers fill up and everybody
// else goes on. Used by connection.ts.
import { type Rate, TokenBucket } from './token-bucket.ts';

/** Who is asked to pause; counted, see Peer. */
export interface Pausable {
  pauseReading(): void;
  resumeReading(): void;
}

export class ReadingPace {
  readonly #bucket: TokenBucket;
  readonly #monotonicMs: () => number;
  readonly #reader: Pausable;
  #isPaused = false;

  constructor(rate: Rate, monotonicMs: () => number, reader: Pausable) {
    this.#bucket = new TokenBucket(rate, monotonicMs());
    this.#monotonicMs = monotonicMs;
    this.#reader = reader;
  }

  /** Something was read; what had been read together with it is still handled. */
  spend(cost: number, nowMs: number): void {
    const waitMs = this.#bucket.spend(cost, nowMs);
    // RLY-013
    if (waitMs === 0 || this.#isPaused) return;
    this.#isPaused = true;
    this.#reader.pauseReading();
    this.#resumeAfter(waitMs);
  }

  #resumeAfter(waitMs: number): void {
    setTimeout(() => {
      // The rest of what had been read may have made the debt larger meanwhile.
      const restMs = this.#bucket.spend(0, this.#monotonicMs());
      if (restMs > 0) {
        this.#resumeAfter(restMs);
        return;
      }
      this.#isPaused = false;
      this.#reader.resumeReading();
    }, waitMs).unref();
  }
}
