// Logs, their runs of entries and their cursors in SQL. Used by sqlite-database.ts on the store thread, always inside a
// transaction that it begins and ends; everything here is synchronous.
import type { DeviceId, LogId } from '@sirdas/protocol';
import type { Database } from 'better-sqlite3';
import type { Acknowledgement, Quotas, ReadLimits } from '../store.ts';
import { type PackedBatch, type PackedSlice, walkRun } from './packed-runs.ts';

/** What append gives instead of a sequence number. */
export const REFUSED_UNKNOWN_LOG = -1;
export const REFUSED_MAILBOX_FULL = -2;
export const REFUSED_STORAGE_FULL = -3;

/** Rows kept in memory between transactions; beyond it all are forgotten. */
const MAX_KEPT_ROWS = 10_000;
/** So few that removing them delays a commit by some milliseconds only. */
const SWEEP_RUNS = 200;

interface LogRow {
  readonly id: number;
  headSeq: number;
  firstSeq: number;
  storedBytes: number;
}

interface Run {
  readonly entryCount: number;
  readonly lastTimeMs: number;
  readonly bytes: Uint8Array;
}

export class LogTables {
  readonly #quotas: Quotas;
  readonly #sql: ReturnType<typeof prepareStatements>;
  /** This is the only writer, so rows that were read once stay true. */
  readonly #rows = new Map<LogId, LogRow>();
  /** Rows that differ from the table; written once, at the end of the transaction. */
  readonly #changedRows = new Set<LogRow>();

  constructor(database: Database, quotas: Quotas) {
    this.#quotas = quotas;
    this.#sql = prepareStatements(database);
  }

  /** To be called at the end of every transaction that used this class. */
  writeRows(): void {
    for (const { id, headSeq, firstSeq, storedBytes } of this.#changedRows) {
      this.#sql.updateLog.run(headSeq, firstSeq, storedBytes, id);
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
      const run = { entryCount, lastTimeMs: batch.lastTimesMs[index] ?? 0, bytes };
      this.#appendRun(log, run, seqs.subarray(entryStart, entryStart + entryCount));
      entryStart += entryCount;
      byteStart = byteEnd;
    }
    return seqs;
  }

  /** Whole runs with what follows `after`; at least one when there is any and the limits ask for any. */
  readAfter(log: LogId, after: number, limits: ReadLimits): PackedSlice | null {
    const row = this.#findRow(log);
    if (row === null) return null;
    const from = Math.max(after + 1, row.firstSeq);
    const isAsked = limits.maxEntries > 0 && from <= row.headSeq;
    const runs = isAsked ? this.#readRuns(row, from, limits) : [];
    return {
      head: row.headSeq,
      first: row.firstSeq,
      runFirstSeqs: runs.map((run) => run.firstSeq),
      runSizesBytes: runs.map((run) => run.entries.length),
      bytes: concatRuns(runs.map((run) => run.entries)),
    };
  }

  /** Moves cursors and removes what all devices of a log have acknowledged. */
  acknowledge(acknowledgements: readonly Acknowledgement[]): void {
    for (const { log, device, seq } of acknowledgements) {
      const row = this.#findRow(log);
      if (row === null) continue;
      // RLY-101: what does not exist yet cannot be acknowledged.
      const acknowledgedSeq = Math.min(seq, row.headSeq);
      const { changes } = this.#sql.moveCursor.run(acknowledgedSeq, row.id, toBlob(device), acknowledgedSeq);
      if (changes > 0) this.#removeAcknowledged(row);
    }
  }

  /** Returns the number of the new log. */
  createLog(log: LogId): number {
    return Number(this.#sql.insertLog.run(toBlob(log)).lastInsertRowid);
  }

  /** Exactly these devices read the log from now on; new ones begin with whatever is still stored. */
  setDevices(log: LogId, devices: readonly DeviceId[]): void {
    const row = this.#findRow(log);
    if (row === null) return;
    const wanted = new Set<string>(devices);
    for (const device of this.#sql.selectDevices.all(row.id)) {
      if (!wanted.has(device.toString('hex'))) this.#sql.deleteCursor.run(row.id, device);
    }
    for (const device of devices) this.#sql.insertCursor.run(row.id, toBlob(device));
    this.#removeAcknowledged(row);
  }

  /** Removes some of the runs that are older than a time; returns how many entries went and whether that was all. */
  removeExpired(olderThanMs: number, nowMs: number): { expiredEntries: number; isDone: boolean } {
    const oldest = this.#sql.selectOldestRuns.all(nowMs, SWEEP_RUNS);
    const expired = oldest.filter((run) => run.lastTimeMs < olderThanMs);
    let expiredEntries = 0;
    for (const { name, lastSeq } of expired) {
      const row = this.#findRow(name.toString('hex') as LogId);
      if (row === null) continue;
      // Never back: after a clock was set back, a run can expire before one that stands in front of it and goes with it.
      const lastExpiredSeq = Math.max(lastSeq, row.firstSeq - 1);
      expiredEntries += lastExpiredSeq + 1 - row.firstSeq;
      this.#removeUpTo(row, lastExpiredSeq);
    }
    return { expiredEntries, isDone: expired.length < SWEEP_RUNS };
  }

  #appendRun(log: LogId, run: Run, seqs: Float64Array): void {
    const row = this.#findRow(log);
    if (row === null) {
      seqs.fill(REFUSED_UNKNOWN_LOG);
      return;
    }
    if (this.#hasRoom(row, run.entryCount, run.bytes.length)) this.#insertRun(row, run, seqs);
    else this.#insertWhatFits(row, run, seqs);
  }

  #insertRun(row: LogRow, run: Run, seqs: Float64Array): void {
    const firstSeq = row.headSeq + 1;
    row.headSeq += run.entryCount;
    row.storedBytes += run.bytes.length;
    this.#changedRows.add(row);
    this.#sql.insertRun.run(row.id, firstSeq, row.headSeq, run.lastTimeMs, run.bytes);
    for (let i = 0; i < seqs.length; i++) seqs[i] = firstSeq + i;
  }

  /** The quota ends inside this run: entry by entry, so that a small one still fits where a large one did not. */
  #insertWhatFits(row: LogRow, run: Run, seqs: Float64Array): void {
    let index = 0;
    for (const { timeMs, start, end } of walkRun(run.bytes)) {
      const seq = seqs.subarray(index, ++index);
      const bytes = run.bytes.subarray(start, end);
      if (!this.#hasRoom(row, 1, bytes.length)) seq.fill(REFUSED_MAILBOX_FULL);
      else this.#insertRun(row, { entryCount: 1, lastTimeMs: timeMs, bytes }, seq);
    }
  }

  #hasRoom(row: LogRow, entryCount: number, sizeBytes: number): boolean {
    const storedEntries = row.headSeq + 1 - row.firstSeq;
    return (
      storedEntries + entryCount <= this.#quotas.maxLogEntries &&
      row.storedBytes + sizeBytes <= this.#quotas.maxLogBytes
    );
  }

  #readRuns(row: LogRow, from: number, limits: ReadLimits): { firstSeq: number; entries: Buffer }[] {
    const runs: { firstSeq: number; entries: Buffer }[] = [];
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

  #removeAcknowledged(row: LogRow): void {
    const acknowledgedSeq = this.#sql.selectLowestCursor.get(row.id);
    if (acknowledgedSeq === undefined || acknowledgedSeq === null || acknowledgedSeq < row.firstSeq) return;
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

  #findRow(log: LogId): LogRow | null {
    const kept = this.#rows.get(log);
    if (kept) return kept;
    const row = this.#sql.selectLog.get(toBlob(log));
    if (row === undefined) return null;
    this.#rows.set(log, row);
    return row;
  }
}

/** Buffer.concat takes small buffers from Node's pool, which cannot change owner. */
function concatRuns(runs: readonly Buffer[]): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.allocUnsafeSlow(runs.reduce((sum, run) => sum + run.length, 0));
  let at = 0;
  for (const run of runs) at += run.copy(bytes, at);
  return bytes;
}

/** The bytes of an id. */
export function toBlob(id: string): Buffer {
  return Buffer.from(id, 'hex');
}

function prepareStatements(database: Database) {
  return {
    selectLog: database.prepare<[Buffer], LogRow>(
      'SELECT id, head_seq AS headSeq, first_seq AS firstSeq, stored_bytes AS storedBytes FROM log WHERE name = ?',
    ),
    insertLog: database.prepare<[Buffer]>(
      'INSERT INTO log (name, head_seq, first_seq, stored_bytes) VALUES (?, 0, 1, 0)',
    ),
    updateLog: database.prepare<[number, number, number, number]>(
      'UPDATE log SET head_seq = ?, first_seq = ?, stored_bytes = ? WHERE id = ?',
    ),
    insertRun: database.prepare<[number, number, number, number, Uint8Array]>(
      'INSERT INTO run (log, first_seq, last_seq, last_time_ms, entries) VALUES (?, ?, ?, ?, ?)',
    ),
    // From the run that holds the wanted entry on: the last one that begins at or before it.
    selectRuns: database.prepare<
      [number, number, number],
      { firstSeq: number; lastSeq: number; entries: Buffer }
    >(
      `SELECT first_seq AS firstSeq, last_seq AS lastSeq, entries FROM run
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
    moveCursor: database.prepare<[number, number, Buffer, number]>(
      'UPDATE cursor SET acknowledged_seq = ? WHERE log = ? AND device = ? AND acknowledged_seq < ?',
    ),
    selectLowestCursor: database
      .prepare<[number], number | null>('SELECT min(acknowledged_seq) FROM cursor WHERE log = ?')
      .pluck(),
    selectDevices: database.prepare<[number], Buffer>('SELECT device FROM cursor WHERE log = ?').pluck(),
    insertCursor: database.prepare<[number, Buffer]>(
      'INSERT INTO cursor (log, device, acknowledged_seq) VALUES (?, ?, 0) ON CONFLICT DO NOTHING',
    ),
    deleteCursor: database.prepare<[number, Buffer]>('DELETE FROM cursor WHERE log = ? AND device = ?'),
  };
}
