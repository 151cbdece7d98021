// The store itself, synchronous, on the thread that store-thread.ts runs: transactions around the tables of this folder, what an error of SQLite means, and checkpoints. One instance owns a data folder.
import { statfsSync } from 'node:fs';
import type { DeviceId, LogId, Nickname } from '@sirdas/protocol';
import type { Database } from 'better-sqlite3';
import type {
  Acknowledgement,
  ChangeOutcome,
  ClaimedKeyPackage,
  KeyPackageClaim,
  KeyPackageCount,
  KeyPackagePublication,
  LogCommit,
  LogCreation,
  NewAccount,
  NewRecord,
  Quotas,
  ReadLimits,
  RecordOutcome,
  RecordPage,
  StoredAccount,
  StoredInvite,
  SweepReport,
} from '../store.ts';
import { StoreError } from '../store-error.ts';
import { ConversationTables } from './conversation-tables.ts';
import { DeviceTable } from './device-table.ts';
import { DirectoryTables } from './directory-tables.ts';
import { KeyPackageTable } from './key-package-table.ts';
import { LogTables, REFUSED_STORAGE_FULL } from './log-tables.ts';
import {
  assertSynchronous,
  errorCodeOf,
  type OpenDatabase,
  openDatabase,
  PAGE_BYTES,
} from './open-database.ts';
import type { PackedBatch, PackedSlice } from './packed-runs.ts';

/**
 * A checkpoint is due when the write-ahead log has so many pages (32 MiB), or the database has grown by so many (8 MiB). What is
 * stored and soon acknowledged uses the same pages again and again: they are written once, however long the log. New
 * pages are all written, and the next commit waits for that.
 */
const MAX_WAL_PAGES = 4096;
const MAX_GROWN_PAGES = 1024;
/** Asking for these numbers costs as much as a small append: it is done after so many bytes only. */
const LOOK_AFTER_BYTES = 1024 * 1024;
/** What a transaction writes besides its entries, about: index, cursors, rows of logs. */
const TRANSACTION_BYTES = 32 * 1024;
/**
 * Kept free on the disk for what makes room: acknowledgements and checkpoints. Covers the write-ahead log with one batch
 * (logs.ts, 16 MiB) beyond its limit, and what a checkpoint then adds to the database.
 */
const RESERVE_BYTES = 64 * 1024 * 1024;

/** Idle devices in one part of a sweep. */
const SWEEP_DEVICES = 20;

export interface SqliteOptions {
  readonly folder: string;
  readonly quotas: Quotas;
  /** Disk space that appends leave alone. */
  readonly reserveBytes?: number;
}

export class SqliteDatabase {
  readonly #options: SqliteOptions;
  readonly #open: OpenDatabase;
  readonly #database: Database;
  readonly #logs: LogTables;
  readonly #devices: DeviceTable;
  readonly #keyPackages: KeyPackageTable;
  readonly #conversations: ConversationTables;
  readonly #directory: DirectoryTables;
  readonly #sql: ReturnType<typeof prepareStatements>;
  /** Size of the database at the last checkpoint. */
  #checkpointedPages: number;
  #writtenBytes = 0;
  #isSynchronousAsserted = false;
  #failure: StoreError | null = null;

  /** Throws StoreError. */
  constructor(options: SqliteOptions) {
    this.#options = options;
    this.#open = openDatabase(options.folder);
    this.#database = this.#open.database;
    this.#logs = new LogTables(this.#database, options.quotas);
    this.#devices = new DeviceTable(this.#database);
    this.#keyPackages = new KeyPackageTable(this.#database);
    this.#conversations = new ConversationTables(this.#logs, this.#devices);
    const tables = { logs: this.#logs, devices: this.#devices, keyPackages: this.#keyPackages };
    this.#directory = new DirectoryTables(this.#database, tables);
    this.#sql = prepareStatements(this.#database);
    this.#checkpointedPages = this.#countPages();
  }

  /** Stores a batch, and cursors along with it. Returns for each packed entry its seq or one of the REFUSED_ values. */
  append(batch: PackedBatch, acknowledgements: readonly Acknowledgement[]): Float64Array<ArrayBuffer> {
    try {
      return this.#transact(() => {
        // First: it makes room.
        this.#acknowledge(acknowledgements);
        this.#assertDiskHasRoom(batch.bytes.length);
        this.#writtenBytes += batch.bytes.length;
        return this.#logs.append(batch);
      });
    } catch (cause) {
      if (!isStorageFull(cause)) throw cause;
      this.acknowledge(acknowledgements);
      const entryCount = batch.entryCounts.reduce((sum, count) => sum + count, 0);
      return new Float64Array(entryCount).fill(REFUSED_STORAGE_FULL);
    }
  }

  /** On a full disk nothing happens: the devices' next acknowledgements cover these. */
  acknowledge(acknowledgements: readonly Acknowledgement[]): void {
    try {
      this.#transact(() => this.#acknowledge(acknowledgements));
    } catch (cause) {
      if (!isStorageFull(cause)) throw cause;
    }
  }

  changeLog(change: LogCreation | LogCommit): ChangeOutcome {
    try {
      return this.#transact(() => {
        if (change.kind === 'creation') return this.#conversations.create(change);
        const sizeBytes = sizeOfCommit(change);
        this.#assertDiskHasRoom(sizeBytes);
        this.#writtenBytes += sizeBytes;
        return this.#conversations.commit(change);
      });
    } catch (cause) {
      if (!isStorageFull(cause)) throw cause;
      return { outcome: 'refused', error: 'STORAGE_FULL' };
    }
  }

  readAfter(log: LogId, device: DeviceId, after: number, limits: ReadLimits): PackedSlice | null {
    return this.#read(() => this.#logs.readAfter(log, device, after, limits));
  }

  saveRecord(record: NewRecord, account: NewAccount | null): RecordOutcome {
    return this.#transact(() => this.#directory.saveRecord(record, account));
  }

  findAccount(nickname: Nickname, page: RecordPage | null): StoredAccount | null {
    return this.#read(() => this.#directory.findAccount(nickname, page));
  }

  saveKeyPackages(publication: KeyPackagePublication): KeyPackageCount[] | null {
    return this.#transact(() => this.#keyPackages.publish(publication));
  }

  claimKeyPackages(claim: KeyPackageClaim): ClaimedKeyPackage[] {
    return this.#transact(() => this.#keyPackages.claim(claim));
  }

  saveInvite(invite: StoredInvite, isFor: 'withoutAccounts' | undefined): boolean {
    return this.#transact(() => this.#directory.saveInvite(invite, isFor));
  }

  listInvites(createdBy: Nickname | null, nowMs: number): StoredInvite[] {
    return this.#read(() => this.#directory.listInvites(createdBy, nowMs));
  }

  /** A part of a sweep, small enough that commits do not wait long for it. */
  sweepSome(nowMs: number): SweepReport & { readonly isDone: boolean } {
    const { retentionMs, idleMs } = this.#options.quotas;
    const olderThanMs = nowMs - retentionMs;
    return this.#transact(() => {
      const idle = this.#devices.listIdle(nowMs - idleMs, nowMs, SWEEP_DEVICES);
      for (const device of idle) this.#logs.stopWaitingFor(device);
      const { expiredEntries, isDone } = this.#logs.removeExpired(olderThanMs, nowMs);
      return {
        expiredEntries,
        // Kept for as long as entries, so that a late guest is told "expired" rather than "invalid".
        expiredInvites: this.#directory.removeInvites(olderThanMs),
        expiredKeyPackages: this.#keyPackages.removeExpired(nowMs),
        idleDevices: idle.length,
        isDone: isDone && idle.length < SWEEP_DEVICES,
      };
    });
  }

  /** Moves the write-ahead log into the database when it has grown; to be called when nobody waits for an answer. */
  checkpointWhenDue(): void {
    if (this.#failure !== null || this.#writtenBytes < LOOK_AFTER_BYTES) return;
    this.#writtenBytes = 0;
    this.#guard(() => {
      const walPages = this.#sql.countWalPages.get()?.log ?? 0;
      const grownPages = this.#countPages() - this.#checkpointedPages;
      if (walPages >= MAX_WAL_PAGES || grownPages >= MAX_GROWN_PAGES) this.#checkpoint();
    });
  }

  close(): void {
    this.#open.close();
  }

  #acknowledge(acknowledgements: readonly Acknowledgement[]): void {
    for (const { device, timeMs } of acknowledgements) {
      if (this.#devices.hear(device, timeMs)) this.#logs.readers.setWaitedFor(device, true);
    }
    this.#logs.acknowledge(acknowledgements);
  }

  #transact<Result>(work: () => Result): Result {
    return this.#guard(() => {
      this.#sql.begin.run();
      try {
        const result = work();
        this.#logs.writeRows();
        this.#sql.commit.run();
        this.#writtenBytes += TRANSACTION_BYTES;
        this.#assertSynchronousOnce();
        return result;
      } catch (cause) {
        this.#logs.forgetRows();
        this.#devices.forgetTimes();
        if (this.#database.inTransaction) this.#sql.rollback.run();
        throw cause;
      }
    });
  }

  #read<Result>(work: () => Result): Result {
    return this.#guard(work);
  }

  /**
   * After an I/O error nobody knows what is on the disk and what is not: an fsync that failed once may succeed when
   * repeated without having written anything. From then on everything is refused.
   */
  #guard<Result>(work: () => Result): Result {
    if (this.#failure !== null) throw this.#failure;
    try {
      return work();
    } catch (cause) {
      const error = toStoreError(cause);
      if (error.code !== 'STORAGE_FULL' && error.code !== 'BAD_CALL') this.#failure = error;
      throw error;
    }
  }

  /** Throws STORAGE_FULL while the disk still has room for what frees it again. */
  #assertDiskHasRoom(sizeBytes: number): void {
    const { folder, reserveBytes = RESERVE_BYTES } = this.#options;
    const { bavail, bsize } = statfsSync(folder);
    const missingBytes = sizeBytes + reserveBytes - bavail * bsize;
    if (missingBytes <= 0) return;
    // A database does not shrink: what was removed from it is room as well.
    const freePages = this.#sql.countFreePages.get() ?? 0;
    if (freePages * PAGE_BYTES < missingBytes)
      throw new StoreError('STORAGE_FULL', 'the disk is almost full');
  }

  #checkpoint(): void {
    try {
      this.#sql.checkpoint.get();
      this.#checkpointedPages = this.#countPages();
    } catch (cause) {
      // The write-ahead log keeps everything until there is room.
      if (!isFullCode(errorCodeOf(cause))) throw cause;
    }
  }

  #countPages(): number {
    return this.#sql.countPages.get() ?? 0;
  }

  #assertSynchronousOnce(): void {
    if (this.#isSynchronousAsserted) return;
    assertSynchronous(this.#database);
    this.#isSynchronousAsserted = true;
  }
}

function sizeOfCommit({ envelope, deliveries }: LogCommit): number {
  const deliveredBytes = deliveries.map((delivery) => delivery.inboxes.length * delivery.envelope.length);
  return deliveredBytes.reduce((sum, sizeBytes) => sum + sizeBytes, envelope.length);
}

function toStoreError(cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const code = errorCodeOf(cause);
  if (isFullCode(code)) return new StoreError('STORAGE_FULL', 'the disk is full', { cause });
  if (code.startsWith('SQLITE_CORRUPT')) return new StoreError('CORRUPT', 'relay.db is damaged', { cause });
  const isOurMistake = !code.startsWith('SQLITE_') || code.startsWith('SQLITE_CONSTRAINT');
  if (isOurMistake) return new StoreError('BAD_CALL', 'a call that the tables do not allow', { cause });
  return new StoreError('FAILED', `relay.db cannot be read or written (${code})`, { cause });
}

function isStorageFull(cause: unknown): boolean {
  return cause instanceof StoreError && cause.code === 'STORAGE_FULL';
}

function isFullCode(code: string): boolean {
  return code.startsWith('SQLITE_FULL');
}

function prepareStatements(database: Database) {
  return {
    begin: database.prepare('BEGIN IMMEDIATE'),
    commit: database.prepare('COMMIT'),
    rollback: database.prepare('ROLLBACK'),
    countPages: database.prepare<[], number>('PRAGMA page_count').pluck(),
    countFreePages: database.prepare<[], number>('PRAGMA freelist_count').pluck(),
    countWalPages: database.prepare<[], { log: number }>('PRAGMA wal_checkpoint(NOOP)'),
    checkpoint: database.prepare('PRAGMA wal_checkpoint(PASSIVE)'),
  };
}
