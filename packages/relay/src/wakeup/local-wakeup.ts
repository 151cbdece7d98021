// The Wakeup of a relay that is one process: an announcement reaches this process's own listeners at once. Made by main.ts.
import type { LogId } from '@sirdas/protocol';
import type { Wakeup } from './wakeup.ts';

export class LocalWakeup implements Wakeup {
  readonly #listeners: ((log: LogId, head: number) => void)[] = [];

  announce(log: LogId, head: number): void {
    for (const onAnnounced of this.#listeners) onAnnounced(log, head);
  }

  listen(onAnnounced: (log: LogId, head: number) => void): void {
    this.#listeners.push(onAnnounced);
  }

  async close(): Promise<void> {
    this.#listeners.length = 0;
  }
}
