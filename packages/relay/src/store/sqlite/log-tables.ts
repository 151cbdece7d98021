// Logs and their runs of entries in SQL. Used by sqlite-database.ts and conversation-tables.ts on the store thread, always inside
// a transaction that the former begins and ends; everything here is synchronous.
import type { DeviceId, LogId } from '@sirdas/protocol';
import type { Database } from 'better-sqlite3';
import type { Acknowledgement, Quotas, ReadLimits } from '../store.ts';
import { toBlob, toId } from './blobs.ts';
import { type PackedBatch, type PackedSlice, walkRun } from './packed-runs.ts';
import { type Reader, ReaderTable } from './reader-table.ts';

/** What append gives instead of a sequence number. */
export const REFUSED_UNKNOWN_LOG = -1;
export const REFUSED_MAILBOX_FULL = -2;
export const REFUSED_STORAGE_FULL = -3;
export const REFUSED_STALE_EPOCH = -4;

/** Rows kept in memory between transactions; beyond it all are forgotten. */
const MAX_KEPT_ROWS = 10_000;
/** So few that removing them delays a commit by some milliseconds only. */
const SWEEP_RUNS = 200;

export interface LogRow {
  readonly id: number;
  /** 1: of a conversation, 0: an inbox. */
  readonly isConversation: number;
  headSeq: number;
  firstSeq: number;
  storedBytes: number;
  epoch: number;
}

export interface Run {
  readonly entryCount: number;
  readonly lastTimeMs: number;
  readonly bytes: Uint8Array;
  readonly epoch: number;
  readonly isCommit: boolean;
}

interface StoredRun {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly epoch: number;
  readonly isCommit: number;
  readonly entries: Buffer;
}

export class LogTables {
  readonly readers: ReaderTable;
  readonly #quotas: Quotas;
  readonly #sql: ReturnType<typeof prepareStatements>;
  /** This is the only writer, so rows that were read once stay true. */
  readonly #rows = new Map<LogId, LogRow>();
  /** Rows that differ from the table; written once, at the end of the transaction. */
  readonly #changedRows = new Set<LogRow>();

  constructor(database: Database, quotas: Quotas) {
    this.#quotas = quotas;
    this.readers = new ReaderTable(database);
    this.#sql = prepareStatements(database);
  }

  /** To be called at the end of every transaction that used this class. */
  writeRows(): void {
    for (const { id, headSeq, firstSeq, storedBytes, epoch } of this.#changedRows) {
      this.#sql.updateLog.run(headSeq, firstSeq, storedBytes, epoch, id);
    }
    this.#changedRows.clear();
    if (this.#rows.size > MAX_KEPT_ROWS) this.#rows.clear();
  }

  /** To be called when a transaction was rolled back. */
  forgetRows(): void {
    this.#rows.clear();
    this.#changedRows.clear();
  }

  /** For each packed entry its sequence number, or one of the REFUSED_ values. */
  append(batch: PackedBatch): Float64Array<ArrayBuffer> {
    const seqs = new Float64Array(batch.entryCounts.reduce((sum, count) => sum + count, 0));
    let entryStart = 0;
    let byteStart = 0;
    for (const [index, log] of batch.logs.entries()) {
      const entryCount = batch.entryCounts[index] ?? 0;
      const byteEnd = byteStart + (batch.sizesBytes[index] ?? 0);
      const bytes = batch.bytes.subarray(byteStart, byteEnd);
      const [lastTimeMs = 0, epoch = 0] = [batch.lastTimesMs[index], batch.epochs[index]];
      const entryEnd = entryStart + entryCount;
      const writers = batch.writers[index] ?? [];
      const run = { entryCount, lastTimeMs, bytes, epoch, isCommit: false };
      this.#appendRun(log, run, writers, seqs.subarray(entryStart, entryEnd));
      entryStart = entryEnd;
      byteStart = byteEnd;
    }
    return seqs;
  }

  /** Whole runs with what follows `after`; at least one when there is any and the limits ask for any. */
  readAfter(log: LogId, device: DeviceId, after: number, limits: ReadLimits): PackedSlice | null {
    const row = this.findRow(log);
    const reader = row && this.readers.find(row.id, device);
    if (row === null || reader === null) return null;
    // RLY-118: neither what came before a reader nor what comes after its removal.
    const head = reader.leftSeq || row.headSeq;
    const first = Math.min(Math.max(row.firstSeq, reader.readsAfter + 1), head + 1);
    const from = Math.max(after + 1, first);
    const isAsked = limits.maxEntries > 0 && from <= head;
    const runs = isAsked ? this.#readRuns(row, from, limits) : [];
    return {
      head,
      first,
      epoch: this.#findEpoch(row, reader),
      acknowledged: reader.acknowledgedSeq,
      isEnd: reader.leftSeq > 0,
      runFirstSeqs: runs.map((run) => run.firstSeq),
      runEpochs: runs.map((run) => run.epoch),
      runIsCommit: runs.map((run) => run.isCommit === 1),
      runSizesBytes: runs.map((run) => run.entries.length),
      bytes: concatRuns(runs.map((run) => run.entries)),
    };
  }

  /** Moves cursors and removes what all devices of a log have acknowledged. */
  acknowledge(acknowledgements: readonly Acknowledgement[]): void {
    for (const { log, device, seq } of acknowledgements) {
      const row = this.findRow(log);
      if (row === null) continue;
      // RLY-101: what does not exist yet cannot be acknowledged.
      const isMoved = this.readers.acknowledge(row.id, device, Math.min(seq, row.headSeq));
      if (isMoved) this.removeUnneeded(log, row);
    }
  }

  /** The new log's number. */
  createLog(log: LogId, isConversation: boolean): number {
    return Number(this.#sql.insertLog.run(toBlob(log), isConversation ? 1 : 0).lastInsertRowid);
  }

  /** Exactly these devices read an inbox from now on; new ones begin with whatever is still stored. */
  setDevices(log: LogId, devices: readonly DeviceId[]): void {
    const row = this.findRow(log);
    if (row === null) return;
    for (const device of this.readers.listStaying(row.id)) {
      if (!devices.includes(device)) this.readers.remove(row.id, device);
    }
    for (const device of devices) this.readers.add(row.id, device, 0);
    this.removeUnneeded(log, row);
  }

  /** The device reads no log any more. */
  removeDevice(device: DeviceId): void {
    for (const log of this.readers.removeEverywhere(device)) this.#lookAgain(log);
  }

  /** Its cursors stay, but entries do not wait for it. */
  stopWaitingFor(device: DeviceId): void {
    this.readers.setWaitedFor(device, false);
    for (const log of this.readers.listLogs(device)) this.#lookAgain(log);
  }

  /** Removes some of the runs that are older than a time; returns how many entries went and whether that was all. */
  removeExpired(olderThanMs: number, nowMs: number): { expiredEntries: number; isDone: boolean } {
    const oldest = this.#sql.selectOldestRuns.all(nowMs, SWEEP_RUNS);
    const expired = oldest.filter((run) => run.lastTimeMs < olderThanMs);
    let expiredEntries = 0;
    for (const { name, lastSeq } of expired) {
      const log = toId<LogId>(name);
      const row = this.findRow(log);
      if (row === null) continue;
      // Never back: after a clock was set back, a run can expire before one that stands in front of it and goes with it.
      const lastExpiredSeq = Math.max(lastSeq, row.firstSeq - 1);
      expiredEntries += lastExpiredSeq + 1 - row.firstSeq;
      this.#removeUpTo(row, lastExpiredSeq);
      if (row.isConversation === 1) this.#removeEnd(log, row);
    }
    return { expiredEntries, isDone: expired.length < SWEEP_RUNS };
  }

  /** Puts a run at the end; the caller has seen that there is room. Returns the number of its first entry. */
  insertRun(row: LogRow, run: Run): number {
    const firstSeq = row.headSeq + 1;
    row.headSeq += run.entryCount;
    row.storedBytes += run.bytes.length;
    this.#changedRows.add(row);
    const { lastTimeMs, bytes, epoch, isCommit } = run;
    this.#sql.insertRun.run(row.id, firstSeq, row.headSeq, lastTimeMs, epoch, isCommit ? 1 : 0, bytes);
    return firstSeq;
  }

  /** When a conversation is full, those who have left it are waited for no more. */
  hasRoom(row: LogRow, entryCount: number, sizeBytes: number): boolean {
    if (this.#isWithinQuota(row, entryCount, sizeBytes)) return true;
    if (row.isConversation === 0 || !this.readers.removeLeft(row.id)) return false;
    this.#removeAcknowledged(row);
    return this.#isWithinQuota(row, entryCount, sizeBytes);
  }

  beginEpoch(row: LogRow): void {
    row.epoch++;
    this.#changedRows.add(row);
  }

  /** Removes what everybody who is waited for has acknowledged, and a conversation that nobody reads any more. */
  removeUnneeded(log: LogId, row: LogRow): void {
    if (row.isConversation === 1) this.readers.removeDone(row.id, row.firstSeq);
    this.#removeAcknowledged(row);
    if (row.isConversation === 1) this.#removeEnd(log, row);
  }

  findRow(log: LogId): LogRow | null {
    const kept = this.#rows.get(log);
    if (kept) return kept;
    const row = this.#sql.selectLog.get(toBlob(log));
    if (row === undefined) return null;
    this.#rows.set(log, row);
    return row;
  }

  #appendRun(log: LogId, run: Run, writers: Writers, seqs: Float64Array): void {
    const row = this.findRow(log);
    if (row === null) {
      seqs.fill(REFUSED_UNKNOWN_LOG);
      return;
    }
    // RLY-111: before the epoch, so that nobody else learns whether there is such a log.
    if (row.isConversation === 1 && !this.#mayAllWrite(row, writers)) {
      this.#insertEach(row, run, seqs, (index) => this.readers.mayWrite(row.id, writerOf(writers, index)));
      return;
    }
    this.#insertOrRefuse(row, run, seqs);
  }

  #insertOrRefuse(row: LogRow, run: Run, seqs: Float64Array): void {
    // RLY-112
    if (run.epoch !== row.epoch) {
      seqs.fill(REFUSED_STALE_EPOCH);
      return;
    }
    if (!this.hasRoom(row, run.entryCount, run.bytes.length)) {
      // The quota may end inside this run: a small entry still fits where a large one did not.
      if (run.entryCount === 1) seqs.fill(REFUSED_MAILBOX_FULL);
      else this.#insertEach(row, run, seqs, () => true);
      return;
    }
    const firstSeq = this.insertRun(row, run);
    for (let i = 0; i < seqs.length; i++) seqs[i] = firstSeq + i;
  }

  /** Entry by entry. */
  #insertEach(row: LogRow, run: Run, seqs: Float64Array, mayWrite: (index: number) => boolean): void {
    let index = 0;
    for (const { timeMs, start, end } of walkRun(run.bytes)) {
      const seq = seqs.subarray(index, index + 1);
      const single = { ...run, entryCount: 1, lastTimeMs: timeMs, bytes: run.bytes.subarray(start, end) };
      if (mayWrite(index)) this.#insertOrRefuse(row, single, seq);
      else seq.fill(REFUSED_UNKNOWN_LOG);
      index++;
    }
  }

  #mayAllWrite(row: LogRow, writers: Writers): boolean {
    const distinct = typeof writers === 'string' ? [writers] : [...new Set(writers)];
    return distinct.every((device) => this.readers.mayWrite(row.id, device));
  }

  #isWithinQuota(row: LogRow, entryCount: number, sizeBytes: number): boolean {
    const storedEntries = row.headSeq + 1 - row.firstSeq;
    return (
      storedEntries + entryCount <= this.#quotas.maxLogEntries &&
      row.storedBytes + sizeBytes <= this.#quotas.maxLogBytes
    );
  }

  /** As it was when this device left, for one that did. */
  #findEpoch(row: LogRow, reader: Reader): number {
    if (reader.leftSeq === 0) return row.epoch;
    return (this.#sql.selectRunEpoch.get(row.id, reader.leftSeq) ?? -1) + 1;
  }

  #readRuns(row: LogRow, from: number, limits: ReadLimits): StoredRun[] {
    const runs: StoredRun[] = [];
    let entryCount = 0;
    let sizeBytes = 0;
    for (const run of this.#sql.selectRuns.iterate(row.id, row.id, from)) {
      if (entryCount > 0 && sizeBytes + run.entries.length > limits.maxBytes) break;
      runs.push(run);
      entryCount += run.lastSeq + 1 - Math.max(run.firstSeq, from);
      sizeBytes += run.entries.length;
      if (entryCount >= limits.maxEntries) break;
    }
    return runs;
  }

  #lookAgain(log: LogId): void {
    const row = this.findRow(log);
    if (row !== null) this.removeUnneeded(log, row);
  }

  #removeAcknowledged(row: LogRow): void {
    const acknowledgedSeq = this.readers.lowestAcknowledged(row.id);
    if (acknowledgedSeq === null || acknowledgedSeq < row.firstSeq) return;
    this.#removeUpTo(row, acknowledgedSeq);
  }

  #removeUpTo(row: LogRow, lastSeq: number): void {
    row.firstSeq = lastSeq + 1;
    // A run of which only a part goes stays until the rest does, but its first entries are not read any more.
    for (const sizeBytes of this.#sql.deleteRunsBefore.all(row.id, row.firstSeq, row.firstSeq)) {
      row.storedBytes -= sizeBytes;
    }
    this.#changedRows.add(row);
  }

  /** Who left and whose last entry has expired cannot read it any more; without any reader the log goes. */
  #removeEnd(log: LogId, row: LogRow): void {
    this.readers.removeDone(row.id, row.firstSeq);
    if (this.readers.hasAny(row.id)) return;
    this.#sql.deleteRuns.run(row.id);
    this.#sql.deleteLog.run(row.id);
    this.#rows.delete(log);
    this.#changedRows.delete(row);
  }
}

/** Of a run: the one writer of all entries, or that of each. */
type Writers = DeviceId | readonly DeviceId[];

const NOBODY = '' as DeviceId;

function writerOf(writers: Writers, entry: number): DeviceId {
  return typeof writers === 'string' ? writers : (writers[entry] ?? NOBODY);
}

/** Buffer.concat takes small buffers from Node's pool, which cannot change owner. */
function concatRuns(runs: readonly Buffer[]): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.allocUnsafeSlow(runs.reduce((sum, run) => sum + run.length, 0));
  let at = 0;
  for (const run of runs) at += run.copy(bytes, at);
  return bytes;
}

function prepareStatements(database: Database) {
  return {
    selectLog: database.prepare<[Buffer], LogRow>(
      `SELECT id, is_conversation AS isConversation, head_seq AS headSeq, first_seq AS firstSeq,
         stored_bytes AS storedBytes, epoch
       FROM log WHERE name = ?`,
    ),
    insertLog: database.prepare<[Buffer, number]>(
      `INSERT INTO log (name, is_conversation, head_seq, first_seq, stored_bytes, epoch)
       VALUES (?, ?, 0, 1, 0, 0)`,
    ),
    updateLog: database.prepare<[number, number, number, number, number]>(
      'UPDATE log SET head_seq = ?, first_seq = ?, stored_bytes = ?, epoch = ? WHERE id = ?',
    ),
    insertRun: database.prepare<[number, number, number, number, number, number, Uint8Array]>(
      `INSERT INTO run (log, first_seq, last_seq, last_time_ms, epoch, is_commit, entries)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    // From the run that holds the wanted entry on: the last one that begins at or before it.
    selectRuns: database.prepare<[number, number, number], StoredRun>(
      `SELECT first_seq AS firstSeq, last_seq AS lastSeq, epoch, is_commit AS isCommit, entries FROM run
       WHERE log = ? AND first_seq >= (SELECT max(first_seq) FROM run WHERE log = ? AND first_seq <= ?)
       ORDER BY first_seq`,
    ),
    deleteRunsBefore: database
      .prepare<[number, number, number], number>(
        'DELETE FROM run WHERE log = ? AND first_seq < ? AND last_seq < ? RETURNING length(entries)',
      )
      .pluck(),
    // Runs lie in the order in which they were stored: the oldest ones come first. Those from a time when the clock was ahead
    // are passed over, so that they do not stand in the way of the others.
    selectOldestRuns: database.prepare<
      [number, number],
      { name: Buffer; lastSeq: number; lastTimeMs: number }
    >(
      `SELECT log.name, last_seq AS lastSeq, last_time_ms AS lastTimeMs
       FROM run JOIN log ON log.id = run.log WHERE last_time_ms <= ? ORDER BY run.id LIMIT ?`,
    ),
    selectRunEpoch: database
      .prepare<[number, number], number>('SELECT epoch FROM run WHERE log = ? AND first_seq = ?')
      .pluck(),
    deleteRuns: database.prepare<[number]>('DELETE FROM run WHERE log = ?'),
    deleteLog: database.prepare<[number]>('DELETE FROM log WHERE id = ?'),
  };
}
