// The Store on SQLite: the embedded default. Packs batches for the thread that owns the database (store-thread.ts), unpacks
// what comes back, and collects acknowledgements until a batch takes them along. Opened by main.ts.
import type { DeviceId, LogId, Nickname } from '@sirdas/protocol';
import type {
  Acknowledgement,
  AppendOutcome,
  ChangeOutcome,
  ClaimedKeyPackage,
  KeyPackageClaim,
  KeyPackageCount,
  KeyPackagePublication,
  LogCommit,
  LogCreation,
  LogSlice,
  NewAccount,
  NewEntry,
  NewRecord,
  ReadLimits,
  RecordOutcome,
  RecordPage,
  Store,
  StoredAccount,
  StoredInvite,
  SweepReport,
} from '../store.ts';
import { REFUSED_MAILBOX_FULL, REFUSED_STALE_EPOCH, REFUSED_UNKNOWN_LOG } from './log-tables.ts';
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
  readonly #acknowledgements = new Map<LogId, Map<DeviceId, Acknowledgement>>();
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

  changeLog(change: LogCreation | LogCommit): Promise<ChangeOutcome> {
    return this.#calls.call('changeLog', [change.kind === 'creation' ? change : copyEnvelopes(change)]);
  }

  async readAfter(log: LogId, device: DeviceId, after: number, limits: ReadLimits): Promise<LogSlice | null> {
    const slice = await this.#calls.call('readAfter', [log, device, after, limits]);
    if (slice === null) return null;
    const { head, first, epoch, acknowledged, isEnd } = slice;
    return { head, first, epoch, acknowledged, isEnd, entries: unpackSlice(slice, after, limits) };
  }

  acknowledge(acknowledgements: readonly Acknowledgement[]): void {
    for (const acknowledgement of acknowledgements) {
      const { log, device, seq } = acknowledgement;
      const ofLog = this.#acknowledgements.get(log) ?? new Map<DeviceId, Acknowledgement>();
      this.#acknowledgements.set(log, ofLog);
      if (seq >= (ofLog.get(device)?.seq ?? 0)) ofLog.set(device, acknowledgement);
    }
    this.#acknowledgeTimer ??= setTimeout(() => this.#writeAcknowledgements(), ACKNOWLEDGE_DELAY_MS);
  }

  saveRecord(record: NewRecord, account: NewAccount | null): Promise<RecordOutcome> {
    return this.#calls.call('saveRecord', [record, account]);
  }

  findAccount(nickname: Nickname, page: RecordPage | null): Promise<StoredAccount | null> {
    return this.#calls.call('findAccount', [nickname, page]);
  }

  saveKeyPackages(publication: KeyPackagePublication): Promise<readonly KeyPackageCount[] | null> {
    const keyPackages = publication.keyPackages.map((one) => ({
      ...one,
      keyPackage: one.keyPackage.slice(),
    }));
    return this.#calls.call('saveKeyPackages', [{ ...publication, keyPackages }]);
  }

  claimKeyPackages(claim: KeyPackageClaim): Promise<readonly ClaimedKeyPackage[]> {
    return this.#calls.call('claimKeyPackages', [claim]);
  }

  saveInvite(invite: StoredInvite, isFor?: 'withoutAccounts'): Promise<boolean> {
    return this.#calls.call('saveInvite', [invite, isFor]);
  }

  listInvites(createdBy: Nickname | null, nowMs: number): Promise<readonly StoredInvite[]> {
    return this.#calls.call('listInvites', [createdBy, nowMs]);
  }

  async sweep(nowMs: number): Promise<SweepReport> {
    const report = { expiredEntries: 0, expiredInvites: 0, expiredKeyPackages: 0, idleDevices: 0 };
    let isDone = false;
    while (!isDone) {
      const part = await this.#calls.call('sweepSome', [nowMs]);
      report.expiredEntries += part.expiredEntries;
      report.expiredInvites += part.expiredInvites;
      report.expiredKeyPackages += part.expiredKeyPackages;
      report.idleDevices += part.idleDevices;
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
    const acknowledgements = [...this.#acknowledgements.values()].flatMap((ofLog) => [...ofLog.values()]);
    this.#acknowledgements.clear();
    return acknowledgements;
  }
}

/** A view crosses to the other thread with everything that lies around it. */
function copyEnvelopes(commit: LogCommit): LogCommit {
  const deliveries = commit.deliveries.map(({ inboxes, envelope }) => ({
    inboxes,
    envelope: envelope.slice(),
  }));
  return { ...commit, envelope: commit.envelope.slice(), deliveries };
}

function toOutcome(seq: number): AppendOutcome {
  if (seq > 0) return { outcome: 'stored', seq };
  if (seq === REFUSED_UNKNOWN_LOG) return { outcome: 'refused', error: 'UNKNOWN_LOG' };
  if (seq === REFUSED_STALE_EPOCH) return { outcome: 'refused', error: 'STALE_EPOCH' };
  if (seq === REFUSED_MAILBOX_FULL) return { outcome: 'refused', error: 'MAILBOX_FULL' };
  return { outcome: 'refused', error: 'STORAGE_FULL' };
}
