// Lets whoever was refused with STALE_EPOCH wait until this device has settled what came before. Used by group-sender.ts.
import type { LogId } from '@sirdas/protocol';
import type { GroupStore } from './group-store.ts';

export class LogEpochs {
  readonly #store: Pick<GroupStore, 'get'>;
  readonly #waiting = new Map<LogId, PromiseWithResolvers<void>>();

  constructor(store: Pick<GroupStore, 'get'>) {
    this.#store = store;
  }

  /** Resolves when the log, as this device knows it, is at another epoch, or is not known any more. */
  async whenMoved(log: LogId, epoch: number): Promise<void> {
    while (this.#store.get(log)?.logEpoch === epoch) {
      const waiting = this.#waiting.get(log) ?? Promise.withResolvers<void>();
      this.#waiting.set(log, waiting);
      await waiting.promise;
    }
  }

  /** Something of the log has been saved. */
  note(log: LogId): void {
    this.#waiting.get(log)?.resolve();
    this.#waiting.delete(log);
  }
}
