// What happens at most once in an interval, by name. Used by report-sender.ts, reports.ts and reconcile.ts.
import type { Clock } from '../clock.ts';

/** Far more than there are devices in trouble at one time. */
const MAX_REMEMBERED = 10_000;

export class IntervalLimits {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #lastMs = new Map<string, number>();

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  /** True once in each interval. */
  take(name: string): boolean {
    if (this.waitMs(name) > 0) return false;
    this.#lastMs.delete(name);
    this.#lastMs.set(name, this.#clock.nowMs());
    for (const [oldest] of this.#lastMs) {
      if (this.#lastMs.size <= MAX_REMEMBERED) break;
      this.#lastMs.delete(oldest);
    }
    return true;
  }

  /** Until `take` gives true again; 0: now. */
  waitMs(name: string): number {
    const lastMs = this.#lastMs.get(name);
    return lastMs === undefined ? 0 : Math.max(0, lastMs + this.#intervalMs - this.#clock.nowMs());
  }
}
