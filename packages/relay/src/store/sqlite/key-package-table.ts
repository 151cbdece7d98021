// Key packages of devices, handed out once each (SPEC §3.4). Used by sqlite-database.ts, inside its transactions.
import type { DeviceId } from '@sirdas/protocol';
import type { Database } from 'better-sqlite3';
import type {
  ClaimedKeyPackage,
  KeyPackageClaim,
  KeyPackageCount,
  KeyPackagePublication,
  NewKeyPackage,
} from '../store.ts';
import { toBlob } from './blobs.ts';

interface PoolRow {
  readonly id: number;
  readonly body: Buffer;
}

export class KeyPackageTable {
  readonly #sql: ReturnType<typeof prepareStatements>;

  constructor(database: Database) {
    this.#sql = prepareStatements(database);
  }

  /** All of them or, when one suite would have too many, none: null. */
  publish(publication: KeyPackagePublication): KeyPackageCount[] | null {
    const device = toBlob(publication.device);
    if (!this.#hasRoom(device, publication)) return null;
    if (publication.replaces) this.#sql.deletePool.run(device);
    for (const keyPackage of publication.keyPackages) this.#insert(device, keyPackage);
    return this.#count(device, publication.expiresAfterMs);
  }

  claim({ devices, suite, expiresAfterMs }: KeyPackageClaim): ClaimedKeyPackage[] {
    return devices.flatMap((device) => this.#claimOne(device, suite, expiresAfterMs) ?? []);
  }

  removeDevice(device: DeviceId): void {
    this.#sql.deleteDevice.run(toBlob(device));
  }

  /** Returns how many had not been handed out. */
  removeExpired(nowMs: number): number {
    return this.#sql.deleteExpired.all(nowMs).filter((sizeBytes) => sizeBytes > 0).length;
  }

  /** RLY-121: as if those that are there already did not count twice. */
  #hasRoom(device: Buffer, { keyPackages, ...publication }: KeyPackagePublication): boolean {
    const counts = new Map<string, number>();
    for (const { suite, hash, isLastResort } of keyPackages) {
      if (isLastResort) continue;
      const isKnown = !publication.replaces && this.#sql.selectKnown.get(device, hash) !== undefined;
      counts.set(suite, (counts.get(suite) ?? 0) + (isKnown ? 0 : 1));
    }
    return [...counts].every(([suite, added]) => {
      const kept = publication.replaces ? 0 : this.#countPool(device, suite, publication.expiresAfterMs);
      return kept + added <= publication.maxPerSuite;
    });
  }

  /** One that is known is left as it is: handed out or not, it counts once (RLY-122). */
  #insert(device: Buffer, { suite, hash, keyPackage, expiresMs, isLastResort }: NewKeyPackage): void {
    const lastResort = isLastResort ? 1 : 0;
    if (isLastResort) this.#sql.deleteLastResort.run(device, suite);
    this.#sql.insert.run(device, suite, hash, keyPackage, expiresMs, lastResort);
  }

  #claimOne(device: DeviceId, suite: string, expiresAfterMs: number): ClaimedKeyPackage | null {
    const blob = toBlob(device);
    const next = this.#sql.selectNext.get(blob, suite, expiresAfterMs);
    if (next !== undefined) {
      this.#sql.handOut.run(next.id);
      const left = this.#countPool(blob, suite, expiresAfterMs);
      return { device, keyPackage: next.body, isLastResort: false, left };
    }
    // RLY-124
    const last = this.#sql.selectLastResort.get(blob, suite, expiresAfterMs);
    return last === undefined ? null : { device, keyPackage: last.body, isLastResort: true, left: 0 };
  }

  #count(device: Buffer, expiresAfterMs: number): KeyPackageCount[] {
    return this.#sql.selectSuites.all(device, expiresAfterMs).map((suite) => ({
      suite,
      count: this.#countPool(device, suite, expiresAfterMs),
      hasLastResort: this.#sql.selectLastResort.get(device, suite, expiresAfterMs) !== undefined,
    }));
  }

  #countPool(device: Buffer, suite: string, expiresAfterMs: number): number {
    return this.#sql.countPool.get(device, suite, expiresAfterMs) ?? 0;
  }
}

function prepareStatements(database: Database) {
  return {
    insert: database.prepare<[Buffer, string, Uint8Array, Uint8Array, number, number]>(
      `INSERT INTO key_package (device, suite, hash, body, expires_ms, is_last_resort)
       VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    ),
    selectKnown: database.prepare<[Buffer, Uint8Array], unknown>(
      'SELECT 1 FROM key_package WHERE device = ? AND hash = ?',
    ),
    selectNext: database.prepare<[Buffer, string, number], PoolRow>(
      `SELECT id, body FROM key_package
       WHERE device = ? AND suite = ? AND is_last_resort = 0 AND expires_ms > ? AND length(body) > 0
       ORDER BY id LIMIT 1`,
    ),
    selectLastResort: database.prepare<[Buffer, string, number], PoolRow>(
      `SELECT id, body FROM key_package
       WHERE device = ? AND suite = ? AND is_last_resort = 1 AND expires_ms > ?`,
    ),
    handOut: database.prepare<[number]>("UPDATE key_package SET body = x'' WHERE id = ?"),
    countPool: database
      .prepare<[Buffer, string, number], number>(
        `SELECT count(*) FROM key_package
         WHERE device = ? AND suite = ? AND is_last_resort = 0 AND expires_ms > ? AND length(body) > 0`,
      )
      .pluck(),
    selectSuites: database
      .prepare<[Buffer, number], string>(
        `SELECT DISTINCT suite FROM key_package
         WHERE device = ? AND expires_ms > ? AND length(body) > 0 ORDER BY suite`,
      )
      .pluck(),
    deletePool: database.prepare<[Buffer]>('DELETE FROM key_package WHERE device = ? AND length(body) > 0'),
    deleteLastResort: database.prepare<[Buffer, string]>(
      'DELETE FROM key_package WHERE device = ? AND suite = ? AND is_last_resort = 1',
    ),
    deleteDevice: database.prepare<[Buffer]>('DELETE FROM key_package WHERE device = ?'),
    deleteExpired: database
      .prepare<[number], number>('DELETE FROM key_package WHERE expires_ms <= ? RETURNING length(body)')
      .pluck(),
  };
}
