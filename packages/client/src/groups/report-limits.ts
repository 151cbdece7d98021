// How often one device is listened to, or speaks, about one conversation. Used by report-sender.ts and reports.ts. SPEC §11.8.
import type { Clock } from '../clock.ts';

/** Of reports of one device about one conversation. */
export const REPORT_INTERVAL_MS = 600_000;
/** Far more than there are devices in trouble at one time. */
const MAX_REMEMBERED = 10_000;

export class ReportLimits {
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
