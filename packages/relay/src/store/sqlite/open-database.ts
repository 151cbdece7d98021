// Opens the two files of a data folder: `relay.db` with everything in it, and `relay.lock`, whose only purpose is that a
// second relay on the same folder is refused. Called by sqlite-database.ts; what fails is a StoreError with a code.
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase, { type Database } from 'better-sqlite3';
import { StoreError, type StoreErrorCode } from '../store-error.ts';
import { migrate } from './migrations.ts';

/** "srds": tells our files from other programs' databases. */
const APPLICATION_ID = 0x73726473;
const SYNCHRONOUS_FULL = 2;
/** Envelopes of 1 to 2 KiB fill such a page well (docs/decisions/0004). Counts for new databases only. */
export const PAGE_BYTES = 8192;
/** After a burst the write-ahead log shrinks to this. */
const MAX_IDLE_WAL_BYTES = 64 * 1024 * 1024;

export interface OpenDatabase {
  readonly database: Database;
  /** Closes both files; the folder can be opened again then. */
  readonly close: () => void;
}

/** Creates the folder and the database where there is none. Throws DATA_IN_USE, SCHEMA_TOO_NEW, CORRUPT, NOT_ACCESSIBLE. */
export function openDatabase(folder: string): OpenDatabase {
  const opened: Database[] = [];
  const close = () => {
    for (const database of opened.splice(0).reverse()) database.close();
  };
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const lock = new SqliteDatabase(makePrivateFile(folder, 'relay.lock'), { timeout: 0 });
    opened.push(lock);
    // A lock of the operating system, held until this process ends in whatever way: nothing to clean up after a crash.
    lock.exec('BEGIN EXCLUSIVE');
    const database = new SqliteDatabase(makePrivateFile(folder, 'relay.db'));
    opened.push(database);
    prepareDatabase(database);
    return { database, close };
  } catch (cause) {
    close();
    throw toOpenError(cause);
  }
}

/**
 * SQLite as it is built here lowers `synchronous` to NORMAL on its own when the write-ahead log is in use and nobody has
 * said otherwise; then a commit would not wait for the disk. Called after the first write.
 */
export function assertSynchronous(database: Database): void {
  const level = database.pragma('synchronous', { simple: true });
  const journal = database.pragma('journal_mode', { simple: true });
  if (level !== SYNCHRONOUS_FULL || journal !== 'wal') {
    throw new StoreError('FAILED', 'the database does not wait for the disk');
  }
}

/**
 * SQLite gives its other files (-wal, -shm, -journal) the mode of this one. A file that is there is not touched: closing it
 * would take away the lock that another store of this process has on it (POSIX).
 */
function makePrivateFile(folder: string, name: string): string {
  const path = join(folder, name);
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600));
  return path;
}

function prepareDatabase(database: Database): void {
  assertOurs(database);
  database.pragma(`page_size = ${PAGE_BYTES}`);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  // sqlite-database.ts does it itself, at a moment when nobody waits.
  database.pragma('wal_autocheckpoint = 0');
  database.pragma(`journal_size_limit = ${MAX_IDLE_WAL_BYTES}`);
  database.pragma('trusted_schema = OFF');
  migrate(database);
  database.pragma(`application_id = ${APPLICATION_ID}`);
}

function assertOurs(database: Database): void {
  const id = database.pragma('application_id', { simple: true });
  const tables = database.prepare<[], number>('SELECT count(*) FROM sqlite_schema').pluck().get();
  if (id !== APPLICATION_ID && tables !== 0)
    throw new StoreError('CORRUPT', 'relay.db is not a relay database');
}

function toOpenError(cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const [code, message] = describeOpenError(errorCodeOf(cause));
  return new StoreError(code, message, { cause });
}

function describeOpenError(code: string): [StoreErrorCode, string] {
  if (code.startsWith('SQLITE_BUSY')) return ['DATA_IN_USE', 'another process uses the data folder'];
  if (code.startsWith('SQLITE_NOTADB')) return ['CORRUPT', 'relay.db is not a database'];
  if (code.startsWith('SQLITE_CORRUPT')) return ['CORRUPT', 'relay.db is damaged'];
  if (code.startsWith('SQLITE_FULL') || code === 'ENOSPC') return ['STORAGE_FULL', 'the disk is full'];
  return ['NOT_ACCESSIBLE', 'the data folder cannot be read and written'];
}

/** The code of an error of SQLite or of the operating system. */
export function errorCodeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}
