// A database of version 1 becomes one of today: everything is still there, and what is new is filled from what was there.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeSignedRecord, type Nickname } from '@sirdas/protocol';
import SqliteDatabase from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeTestDevice, TestAccount } from '../../relay.testkit.ts';
import { EVERYTHING, makeAccount, makeRecord, phoneOf, QUOTAS } from '../store-site.testkit.ts';
import { toId } from './blobs.ts';
import { migrate, STEPS } from './migrations.ts';
import { openSqliteStore } from './sqlite-store.ts';

/** A relay's folder as version 1 left it (tests/compat/README.md). */
const VERSION_1 = fileURLToPath(new URL('../../../../../tests/compat/v1/relay/relay.db', import.meta.url));

describe('a database of version 1', () => {
  it('keeps accounts and letters, and knows their devices', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sirdas-migration-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    cpSync(VERSION_1, join(folder, 'relay.db'));
    const before = new SqliteDatabase(join(folder, 'relay.db'), { readonly: true });
    const cursors = before.prepare<[], Buffer>('SELECT device FROM cursor').pluck().all();
    before.close();
    const store = await openSqliteStore({ folder, quotas: QUOTAS });
    const burak = await store.findAccount('burak' as Nickname, null);
    expect(burak?.headIndex).toBeGreaterThanOrEqual(0);
    const slices = await Promise.all(
      cursors.map((device) => burak && store.readAfter(burak.inbox, toId(device), 0, EVERYTHING)),
    );
    const [slice] = slices.filter((found) => found !== null);
    expect(slice?.entries).toHaveLength(3);
    expect(slice?.entries.every(({ epoch, commit }) => epoch === 0 && !commit)).toBe(true);
    for (const device of cursors) {
      const record = makeRecord('thief', 0, { devices: [phoneOf('thief'), toId(device)] });
      expect(await store.saveRecord(record, makeAccount('thief'))).toBe('DEVICE_TAKEN');
    }
    await store.close();
  });

  it('gives every device of every record to the account that had it first', () => {
    const database = new SqliteDatabase(':memory:');
    migrate(database, STEPS.slice(0, 1));
    const [kept, removed, taken] = [makeTestDevice(), makeTestDevice(), makeTestDevice()];
    const insert = (name: string, number: number, lists: (typeof kept)[][]) => {
      const account = new TestAccount(name, new Uint8Array(32));
      database.exec(`INSERT INTO log VALUES (${number}, randomblob(16), 0, 1, 0)`);
      database.exec(`INSERT INTO account VALUES (${number}, '${name}', '${name}', ${number}, 0, 1)`);
      for (const [index, devices] of lists.entries()) {
        account.devices = devices;
        database
          .prepare('INSERT INTO record VALUES ((SELECT count(*) FROM record), ?, ?, randomblob(32), ?)')
          .run(number, index, encodeSignedRecord(account.makeRecord()));
      }
      for (const { id } of lists.at(-1) ?? []) {
        database.prepare('INSERT INTO cursor VALUES (?, ?, 0)').run(number, id);
      }
    };
    insert('alice', 1, [[kept, removed], [kept]]);
    insert('mallory', 2, [[taken, removed]]);
    migrate(database);
    const rows = database.prepare('SELECT id, account, is_current, heard_ms FROM device').raw().all();
    const expected = [
      [kept, 1, 1],
      [removed, 1, 0],
      [taken, 2, 1],
    ] as const;
    expect(rows).toHaveLength(3);
    for (const [{ id }, account, isCurrent] of expected) {
      expect(rows).toContainEqual([Buffer.from(id), account, isCurrent, 0]);
    }
  });
});
