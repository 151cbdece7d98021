// The authenticators of the last epochs of each group, as this device has seen them: who reports another one for the same epoch
// has been shown another history (RFC 9420 §8.7, SPEC §11.8). In memory only; filled by reconcile.ts, asked by reports.ts.
import type { GroupDescription } from '@sirdas/crypto';
import type { LogId } from '@sirdas/protocol';

const MAX_EPOCHS = 32;

export class RecentEpochs {
  readonly #hashesByLog = new Map<LogId, Map<number, Uint8Array>>();

  note({
    log,
    epoch,
    authenticatorHash,
  }: Pick<GroupDescription, 'log' | 'epoch' | 'authenticatorHash'>): void {
    const hashes = this.#hashesByLog.get(log) ?? new Map<number, Uint8Array>();
    this.#hashesByLog.set(log, hashes);
    hashes.set(epoch, authenticatorHash);
    for (const [oldest] of hashes) {
      if (hashes.size <= MAX_EPOCHS) break;
      hashes.delete(oldest);
    }
  }

  /** Null: not known, or not any more. */
  find(log: LogId, epoch: number): Uint8Array | null {
    return this.#hashesByLog.get(log)?.get(epoch) ?? null;
  }
}
