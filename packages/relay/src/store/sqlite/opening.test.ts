// Opening a data folder: who may, what is refused with which code, and how versions are brought up to date.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QUOTAS } from '../store-site.testkit.ts';
import { migrate } from './migrations.ts';
import { assertSynchronous } from './open-database.ts';
import { openSqliteStore } from './sqlite-store.ts';

const APPEND_PROCESS = fileURLToPath(new URL('./append-process.testkit.ts', import.meta.url));

let folder = '';
const open = () => openSqliteStore({ folder, quotas: QUOTAS });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sirdas-opening-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('one relay per data folder', () => {
  it('refuses a second store in the same process, until the first is closed', async () => {
    const first = await open();
    await expect(open()).rejects.toMatchObject({ code: 'DATA_IN_USE' });
    await first.close();
    await (await open()).close();
  });

  it('refuses another process also after a second store in this one was refused', async () => {
    const first = await open();
    await expect(open()).rejects.toMatchObject({ code: 'DATA_IN_USE' });
    const args = ['--conditions=sirdas-source', APPEND_PROCESS, folder, '1'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    child.kill('SIGKILL');
    expect(line.toString()).toContain('DATA_IN_USE');
    await first.close();
  });

  it('refuses a second process, and needs no help after kill -9', async () => {
    const args = ['--conditions=sirdas-source', APPEND_PROCESS, folder, '1'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await expect(open()).rejects.toMatchObject({ code: 'DATA_IN_USE' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    await (await open()).close();
  });
});

describe('data that cannot be used', () => {
  it('refuses a newer version', async () => {
    await (await open()).close();
    const database = new SqliteDatabase(join(folder, 'relay.db'));
    database.pragma('user_version = 1000');
    database.close();
    await expect(open()).rejects.toMatchObject({ code: 'SCHEMA_TOO_NEW' });
  });

  it('refuses a file that is not a database', async () => {
    writeFileSync(join(folder, 'relay.db'), 'not a database, and long enough to be looked at. '.repeat(200));
    await expect(open()).rejects.toMatchObject({ code: 'CORRUPT' });
  });

  it("refuses another program's database", async () => {
    const database = new SqliteDatabase(join(folder, 'relay.db'));
    database.exec('CREATE TABLE recipe (name TEXT)');
    database.close();
    await expect(open()).rejects.toMatchObject({ code: 'CORRUPT' });
  });

  it('refuses a folder that cannot be made', async () => {
    writeFileSync(join(folder, 'file'), '');
    const options = { folder: join(folder, 'file', 'data'), quotas: QUOTAS };
    await expect(openSqliteStore(options)).rejects.toMatchObject({ code: 'NOT_ACCESSIBLE' });
  });

  it('answers nothing after close', async () => {
    const store = await open();
    await store.close();
    await expect(store.listInvites(null, 0)).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

describe('migrations', () => {
  it('run once each, in order', () => {
    const database = new SqliteDatabase(':memory:');
    migrate(database, ['CREATE TABLE first (a INTEGER)']);
    migrate(database, ['not run again', 'CREATE TABLE second (b INTEGER)']);
    expect(database.pragma('user_version', { simple: true })).toBe(2);
    expect(database.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['first', 'second']);
  });

  it('change nothing when one of them fails', () => {
    const database = new SqliteDatabase(':memory:');
    expect(() => migrate(database, ['CREATE TABLE first (a INTEGER)', 'nonsense'])).toThrow();
    expect(database.pragma('user_version', { simple: true })).toBe(0);
    expect(database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get()).toBe(0);
  });
});

describe('synchronous', () => {
  it('is noticed when SQLite has lowered it', () => {
    const database = new SqliteDatabase(join(folder, 'test.db'));
    database.pragma('journal_mode = WAL');
    database.exec('CREATE TABLE entry (a INTEGER)');
    expect(() => assertSynchronous(database)).toThrow(expect.objectContaining({ code: 'FAILED' }));
    database.pragma('synchronous = FULL');
    database.exec('INSERT INTO entry (a) VALUES (1)');
    expect(() => assertSynchronous(database)).not.toThrow();
    database.close();
  });
});
