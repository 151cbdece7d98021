// The Store on SQLite: the embedded default. Packs batches for the thread that owns the database (store-thread.ts), unpacks
// what comes back, and collects acknowledgements until a batch takes them along. Opened by main.ts.
import type { DeviceId, InviteId, LogId, Nickname } from '@sirdas/protocol';
import type {
  Acknowledgement,
  AppendOutcome,
  LogSlice,
  NewAccount,
  NewEntry,
  NewRecord,
  ReadLimits,
  RecordOutcome,
  Store,
  StoredAccount,
  StoredInvite,
  StoredRecord,
  SweepReport,
} from '../store.ts';
import { REFUSED_MAILBOX_FULL, REFUSED_UNKNOWN_LOG } from './log-tables.ts';
import { packBatch, unpackSlice } from './packed-runs.ts';
import type { SqliteOptions } from './sqlite-database.ts';
import { StoreCalls } from './store-calls.ts';

/** How long an acknowledgement may wait for a batch that takes it along. */
const ACKNOWLEDGE_DELAY_MS = 100;

/**
 * Opens or creates the store in a folder. Throws StoreError: DATA_IN_USE, SCHEMA_TOO_NEW, CORRUPT, NOT_ACCESSIBLE,
 * STORAGE_FULL. After an I/O error every method rejects with FAILED or CORRUPT, for ever.
 */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  return new SqliteStore(await StoreCalls.open(options));
}

class SqliteStore implements Store {
  readonly #calls: StoreCalls;
  readonly #acknowledgedSeqs = new Map<LogId, Map<DeviceId, number>>();
  #acknowledgeTimer: NodeJS.Timeout | null = null;

  constructor(calls: StoreCalls) {
    this.#calls = calls;
  }

  async append(entries: readonly NewEntry[]): Promise<readonly AppendOutcome[]> {
    const { batch, order } = packBatch(entries);
    const seqs = await this.#calls.call(
      'append',
      [batch, this.#takeAcknowledgements()],
      [batch.bytes.buffer],
    );
    const outcomes = new Array<AppendOutcome>(entries.length);
    for (let i = 0; i < order.length; i++) outcomes[order[i] ?? 0] = toOutcome(seqs[i] ?? 0);
    return outcomes;
  }

  async readAfter(log: LogId, after: number, limits: ReadLimits): Promise<LogSlice | null> {
    const slice = await this.#calls.call('readAfter', [log, after, limits]);
    if (slice === null) return null;
    return { head: slice.head, first: slice.first, entries: unpackSlice(slice, after, limits) };
  }

  acknowledge(acknowledgements: readonly Acknowledgement[]): void {
    for (const { log, device, seq } of acknowledgements) {
      const seqs = this.#acknowledgedSeqs.get(log);
      if (seqs) seqs.set(device, Math.max(seq, seqs.get(device) ?? 0));
      else this.#acknowledgedSeqs.set(log, new Map([[device, seq]]));
    }
    this.#acknowledgeTimer ??= setTimeout(() => this.#writeAcknowledgements(), ACKNOWLEDGE_DELAY_MS);
  }

  saveRecord(record: NewRecord, account: NewAccount | null): Promise<RecordOutcome> {
    return this.#calls.call('saveRecord', [record, account]);
  }

  findAccount(nickname: Nickname): Promise<StoredAccount | null> {
    return this.#calls.call('findAccount', [nickname]);
  }

  countAccounts(): Promise<number> {
    return this.#calls.call('countAccounts', []);
  }

  readRecords(nickname: Nickname, fromIndex: number, limit: number): Promise<readonly StoredRecord[]> {
    return this.#calls.call('readRecords', [nickname, fromIndex, limit]);
  }

  saveInvite(invite: StoredInvite): Promise<void> {
    return this.#calls.call('saveInvite', [invite]);
  }

  listInvites(createdBy: Nickname | null, nowMs: number): Promise<readonly StoredInvite[]> {
    return this.#calls.call('listInvites', [createdBy, nowMs]);
  }

  revokeInvite(id: InviteId, createdBy: Nickname | null): Promise<boolean> {
    return this.#calls.call('revokeInvite', [id, createdBy]);
  }

  async sweep(nowMs: number): Promise<SweepReport> {
    const report = { expiredEntries: 0, expiredInvites: 0 };
    let isDone = false;
    while (!isDone) {
      const part = await this.#calls.call('sweepSome', [nowMs]);
      report.expiredEntries += part.expiredEntries;
      report.expiredInvites += part.expiredInvites;
      isDone = part.isDone;
    }
    return report;
  }

  async close(): Promise<void> {
    if (this.#acknowledgeTimer !== null) this.#writeAcknowledgements();
    await this.#calls.close();
  }

  #writeAcknowledgements(): void {
    if (this.#acknowledgeTimer !== null) clearTimeout(this.#acknowledgeTimer);
    this.#acknowledgeTimer = null;
    const acknowledgements = this.#takeAcknowledgements();
    if (acknowledgements.length === 0) return;
    // A store that failed says so to the next append; acknowledgements may be lost.
    this.#calls.call('acknowledge', [acknowledgements]).catch(() => undefined);
  }

  #takeAcknowledgements(): Acknowledgement[] {
    const acknowledgements: Acknowledgement[] = [];
    for (const [log, seqs] of this.#acknowledgedSeqs) {
      for (const [device, seq] of seqs) acknowledgements.push({ log, device, seq });
    }
    this.#acknowledgedSeqs.clear();
    return acknowledgements;
  }
}

function toOutcome(seq: number): AppendOutcome {
  if (seq > 0) return { outcome: 'stored', seq };
  if (seq === REFUSED_UNKNOWN_LOG) return { outcome: 'refused', error: 'UNKNOWN_LOG' };
  if (seq === REFUSED_MAILBOX_FULL) return { outcome: 'refused', error: 'MAILBOX_FULL' };
  return { outcome: 'refused', error: 'STORAGE_FULL' };
}
