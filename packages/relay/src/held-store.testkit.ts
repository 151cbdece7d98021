// A store in memory whose commits happen when the test says so. For the tests of logs.ts; only logs and no limits.
import type { DeviceId, LogId } from '@sirdas/protocol';
import type { AppendOutcome, LogSlice, NewEntry, ReadLimits, Store, StoredEntry } from './store/store.ts';

type LogMethods = Pick<Store, 'append' | 'readAfter' | 'acknowledge'>;

export class HeldStore implements LogMethods {
  readonly batches: (readonly NewEntry[])[] = [];
  readonly reads: number[] = [];
  readonly acknowledged: unknown[] = [];
  readonly #entriesByLog = new Map<LogId, StoredEntry[]>();
  readonly #held: { resolve: () => void; reject: (cause: unknown) => void }[] = [];
  /** Entries up to here are gone. */
  expiredSeq = 0;
  refuseTexts: ReadonlySet<string> = new Set();

  constructor(logs: readonly LogId[]) {
    for (const log of logs) this.#entriesByLog.set(log, []);
  }

  async append(entries: readonly NewEntry[]): Promise<readonly AppendOutcome[]> {
    this.batches.push(entries);
    await new Promise<void>((resolve, reject) => this.#held.push({ resolve, reject }));
    return entries.map((entry) => this.#store(entry));
  }

  async readAfter(
    log: LogId,
    _device: DeviceId,
    after: number,
    limits: ReadLimits,
  ): Promise<LogSlice | null> {
    const stored = this.#entriesByLog.get(log);
    if (!stored) return null;
    if (limits.maxEntries > 0) this.reads.push(after);
    const left = stored.filter(({ seq }) => seq > Math.max(after, this.expiredSeq));
    return {
      head: stored.length,
      first: Math.min(this.expiredSeq, stored.length) + 1,
      ...{ epoch: 0, acknowledged: 0, isEnd: false },
      entries: left.slice(0, limits.maxEntries),
    };
  }

  acknowledge(acknowledgements: readonly unknown[]): void {
    this.acknowledged.push(...acknowledgements);
  }

  /** Lets the oldest commit happen. */
  commit(): void {
    this.#held.shift()?.resolve();
  }

  get heldCommits(): number {
    return this.#held.length;
  }

  fail(cause: unknown): void {
    this.#held.shift()?.reject(cause);
  }

  /** Another node of the relay stores something. */
  storeElsewhere(entry: NewEntry): void {
    this.#store(entry);
  }

  #store({ log, timeMs, envelope, epoch }: NewEntry): AppendOutcome {
    const stored = this.#entriesByLog.get(log);
    if (!stored) return { outcome: 'refused', error: 'UNKNOWN_LOG' };
    if (this.refuseTexts.has(Buffer.from(envelope).toString())) {
      return { outcome: 'refused', error: 'MAILBOX_FULL' };
    }
    stored.push({ seq: stored.length + 1, timeMs, envelope: envelope.slice(), epoch, commit: false });
    return { outcome: 'stored', seq: stored.length };
  }
}
