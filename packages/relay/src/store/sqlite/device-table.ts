// Every device that any account of this relay ever had: ids are given once, and whoever is not heard of for long is waited for
// no more. Used by directory-tables.ts and conversation-tables.ts, inside their transactions.
import type { DeviceId } from '@sirdas/protocol';
import type { Database } from 'better-sqlite3';
import { toBlob, toId } from './blobs.ts';

/** So exact is heard_ms: nobody needs to know more, and rows are rarely written. */
const HEARD_STEP_MS = 86_400_000;
/** Times kept in memory; beyond it all are forgotten. */
const MAX_KEPT_TIMES = 100_000;

export class DeviceTable {
  readonly #sql: ReturnType<typeof prepareStatements>;
  readonly #heardMs = new Map<DeviceId, number>();

  constructor(database: Database) {
    this.#sql = prepareStatements(database);
  }

  /** False when another account has, or had, one of them. `account` null: one that is yet to be made. */
  areFree(devices: readonly DeviceId[], account: number | null): boolean {
    return devices.every((device) => {
      const owner = this.#sql.selectAccount.get(toBlob(device));
      return owner === undefined || owner === account;
    });
  }

  /** Exactly these are the account's devices from now on; returns those that were and are no more. */
  setCurrent(account: number, devices: readonly DeviceId[]): DeviceId[] {
    const removed = this.#sql.selectCurrent
      .all(account)
      .map((device) => toId<DeviceId>(device))
      .filter((device) => !devices.includes(device));
    for (const device of removed) this.#sql.setRemoved.run(toBlob(device));
    for (const device of devices) this.#sql.setCurrent.run(toBlob(device), account);
    return removed;
  }

  isCurrent(device: DeviceId): boolean {
    return this.#sql.selectIsCurrent.get(toBlob(device)) === 1;
  }

  /** Notes that a device is there; true when nothing had been heard of it for a day. */
  hear(device: DeviceId, timeMs: number): boolean {
    if (timeMs - (this.#heardMs.get(device) ?? 0) < HEARD_STEP_MS) return false;
    if (this.#heardMs.size >= MAX_KEPT_TIMES) this.#heardMs.clear();
    this.#heardMs.set(device, timeMs);
    return this.#sql.hear.run(timeMs, toBlob(device), timeMs - HEARD_STEP_MS).changes > 0;
  }

  /** To be called when a transaction was rolled back. */
  forgetTimes(): void {
    this.#heardMs.clear();
  }

  /** Some of the devices that were not heard of since then and that entries still wait for. */
  listIdle(heardBeforeMs: number, nowMs: number, limit: number): DeviceId[] {
    this.#sql.beginTimes.run(nowMs);
    return this.#sql.selectIdle.all(heardBeforeMs, limit).map((device) => toId<DeviceId>(device));
  }
}

function prepareStatements(database: Database) {
  return {
    selectAccount: database.prepare<[Buffer], number>('SELECT account FROM device WHERE id = ?').pluck(),
    selectCurrent: database
      .prepare<[number], Buffer>('SELECT id FROM device WHERE account = ? AND is_current = 1')
      .pluck(),
    selectIsCurrent: database.prepare<[Buffer], number>('SELECT is_current FROM device WHERE id = ?').pluck(),
    setRemoved: database.prepare<[Buffer]>('UPDATE device SET is_current = 0 WHERE id = ?'),
    setCurrent: database.prepare<[Buffer, number]>(
      `INSERT INTO device (id, account, is_current, heard_ms) VALUES (?, ?, 1, 0)
       ON CONFLICT DO UPDATE SET is_current = 1`,
    ),
    hear: database.prepare<[number, Buffer, number]>(
      'UPDATE device SET heard_ms = ? WHERE id = ? AND heard_ms <= ?',
    ),
    // Of a device that has never been heard of, the time counts from the first sweep.
    beginTimes: database.prepare<[number]>('UPDATE device SET heard_ms = ? WHERE heard_ms = 0'),
    selectIdle: database
      .prepare<[number, number], Buffer>(
        `SELECT id FROM device WHERE is_current = 1 AND heard_ms < ? AND EXISTS (
           SELECT 1 FROM cursor WHERE cursor.device = device.id AND is_waited_for = 1) LIMIT ?`,
      )
      .pluck(),
  };
}
