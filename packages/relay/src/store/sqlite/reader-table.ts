// Which device reads which log, and how far it has come: the table `cursor`. For inboxes these are the devices of the account, for
// conversations the readers that the last commit named, and those that it removed until they have it. Used by log-tables.ts and
// conversation-tables.ts, inside their transactions.
import type { DeviceId, LogId } from '@sirdas/protocol';
import type { Database } from 'better-sqlite3';
import { toBlob, toId } from './blobs.ts';

export interface Reader {
  readonly acknowledgedSeq: number;
  /** It reads behind this entry. */
  readonly readsAfter: number;
  /** The last entry that it may read; 0: it reads on, and may write. */
  readonly leftSeq: number;
}

export class ReaderTable {
  readonly #sql: ReturnType<typeof prepareStatements>;

  constructor(database: Database) {
    this.#sql = prepareStatements(database);
  }

  find(log: number, device: DeviceId): Reader | null {
    return this.#sql.select.get(log, toBlob(device)) ?? null;
  }

  mayWrite(log: number, device: DeviceId): boolean {
    return this.find(log, device)?.leftSeq === 0;
  }

  /** Those that read on, in hexadecimal. */
  listStaying(log: number): DeviceId[] {
    return this.#sql.selectStaying.all(log).map((device) => toId<DeviceId>(device));
  }

  /** True while anybody reads the log, or has yet to read its end. */
  hasAny(log: number): boolean {
    return this.#sql.selectAny.get(log) !== undefined;
  }

  /** Whoever reads already goes on as before; one that had left begins anew. */
  add(log: number, device: DeviceId, readsAfter: number): void {
    this.#sql.insert.run(log, toBlob(device), readsAfter, readsAfter);
  }

  leave(log: number, device: DeviceId, leftSeq: number): void {
    this.#sql.leave.run(leftSeq, log, toBlob(device));
  }

  remove(log: number, device: DeviceId): void {
    this.#sql.delete.run(log, toBlob(device));
  }

  /** Waits no more for those who left. True when there were any. */
  removeLeft(log: number): boolean {
    return this.#sql.deleteLeft.run(log).changes > 0;
  }

  /** Forgets those who left and have the last entry that they may read, or can have it no more: it lies before `firstSeq`. */
  removeDone(log: number, firstSeq: number): void {
    this.#sql.deleteDone.run(log, firstSeq);
  }

  /** Takes the device out of all logs; returns which. */
  removeEverywhere(device: DeviceId): LogId[] {
    const logs = this.listLogs(device);
    this.#sql.deleteDevice.run(toBlob(device));
    return logs;
  }

  listLogs(device: DeviceId): LogId[] {
    return this.#sql.selectLogs.all(toBlob(device)).map((name) => toId<LogId>(name));
  }

  /** Whether entries of all its logs wait for this device. */
  setWaitedFor(device: DeviceId, isWaitedFor: boolean): void {
    this.#sql.setWaitedFor.run(isWaitedFor ? 1 : 0, toBlob(device), isWaitedFor ? 1 : 0);
  }

  /** True when the cursor moved. */
  acknowledge(log: number, device: DeviceId, seq: number): boolean {
    return this.#sql.move.run(seq, log, toBlob(device), seq).changes > 0;
  }

  /** Up to where everybody who is waited for has acknowledged; null when there is nobody. */
  lowestAcknowledged(log: number): number | null {
    return this.#sql.selectLowest.get(log) ?? null;
  }
}

function prepareStatements(database: Database) {
  return {
    select: database.prepare<[number, Buffer], Reader>(
      `SELECT acknowledged_seq AS acknowledgedSeq, reads_after AS readsAfter, left_seq AS leftSeq
       FROM cursor WHERE log = ? AND device = ?`,
    ),
    selectStaying: database
      .prepare<[number], Buffer>('SELECT device FROM cursor WHERE log = ? AND left_seq = 0')
      .pluck(),
    selectAny: database.prepare<[number], unknown>('SELECT 1 FROM cursor WHERE log = ? LIMIT 1'),
    insert: database.prepare<[number, Buffer, number, number]>(
      `INSERT INTO cursor (log, device, acknowledged_seq, reads_after, left_seq, is_waited_for)
       VALUES (?, ?, ?, ?, 0, 1) ON CONFLICT DO UPDATE
       SET acknowledged_seq = excluded.acknowledged_seq, reads_after = excluded.reads_after, left_seq = 0
       WHERE left_seq > 0`,
    ),
    leave: database.prepare<[number, number, Buffer]>(
      'UPDATE cursor SET left_seq = ? WHERE log = ? AND device = ?',
    ),
    delete: database.prepare<[number, Buffer]>('DELETE FROM cursor WHERE log = ? AND device = ?'),
    deleteLeft: database.prepare<[number]>('DELETE FROM cursor WHERE log = ? AND left_seq > 0'),
    deleteDone: database.prepare<[number, number]>(
      'DELETE FROM cursor WHERE log = ? AND left_seq > 0 AND (left_seq < ? OR left_seq <= acknowledged_seq)',
    ),
    deleteDevice: database.prepare<[Buffer]>('DELETE FROM cursor WHERE device = ?'),
    selectLogs: database
      .prepare<[Buffer], Buffer>('SELECT name FROM cursor JOIN log ON log.id = cursor.log WHERE device = ?')
      .pluck(),
    setWaitedFor: database.prepare<[number, Buffer, number]>(
      'UPDATE cursor SET is_waited_for = ? WHERE device = ? AND is_waited_for != ?',
    ),
    move: database.prepare<[number, number, Buffer, number]>(
      'UPDATE cursor SET acknowledged_seq = ? WHERE log = ? AND device = ? AND acknowledged_seq < ?',
    ),
    selectLowest: database
      .prepare<[number], number | null>(
        'SELECT min(acknowledged_seq) FROM cursor WHERE log = ? AND is_waited_for = 1',
      )
      .pluck(),
  };
}
