// The SQLite file under a vault: how it is opened, locked for one process, migrated, and what its errors mean. Holds sealed
// records only. Called by open-vault.ts (opening) and sqlite-vault.ts (transactions). docs/decisions/0007-vault.md.
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type ClientErrorCode, SirdasError } from '../errors.ts';

const FILE_NAME = 'vault.db';
/** `sirD` in ASCII: tells `file` and us that this database is a vault. */
const APPLICATION_ID = 0x73697244;

/** Forward only; a migration that was released is never edited. PRAGMA user_version counts them. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE account (id INTEGER PRIMARY KEY CHECK (id = 1), sealed BLOB NOT NULL) STRICT;
   CREATE TABLE contacts (key BLOB PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE conversations (key BLOB PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE messages (
     key BLOB PRIMARY KEY NOT NULL,
     conversation BLOB NOT NULL,
     position INTEGER NOT NULL,
     sealed BLOB NOT NULL,
     UNIQUE (conversation, position)
   ) STRICT;
   CREATE TABLE outbox (position INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
   CREATE TABLE held_letters (position INTEGER PRIMARY KEY, sender BLOB NOT NULL, sealed BLOB NOT NULL) STRICT;
   CREATE INDEX held_letters_by_sender ON held_letters (sender, position);
   CREATE TABLE cursors (key BLOB PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE counters (key BLOB PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE settings (key BLOB PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;`,
  // Of a group the part -1 is that of its epoch, -2 a commit under way; 0 and above are its pages.
  `CREATE TABLE groups (key BLOB PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE group_parts (
     group_key BLOB NOT NULL,
     part INTEGER NOT NULL,
     sealed BLOB NOT NULL,
     PRIMARY KEY (group_key, part)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE conversation_members (key BLOB PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE key_packages (key BLOB PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE key_package_secrets (key BLOB PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE expiring (key BLOB PRIMARY KEY NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE removed_messages (
     key BLOB PRIMARY KEY NOT NULL,
     conversation BLOB NOT NULL,
     position INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX removed_messages_by_position ON removed_messages (conversation, position);`,
];

const SYNCHRONOUS_FULL = 2;

/** A prepared statement; what it throws is named as in `VaultDatabase.open`. */
export interface Statement<Parameters extends unknown[], Row> {
  run(...parameters: Parameters): void;
  get(...parameters: Parameters): Row | undefined;
  all(...parameters: Parameters): Row[];
}

export class VaultDatabase {
  readonly #db: Database.Database;
  /** True when this process is the first that ever opened it: there is nothing in it yet. */
  readonly isNew: boolean;

  private constructor(db: Database.Database) {
    this.#db = db;
    this.isNew = this.#readVersion() === 0;
  }

  /** Opens the file, creating it, and locks it. Throws VAULT_IN_USE, VAULT_CORRUPT, VAULT_TOO_NEW, DISK_FULL. */
  static open(folder: string): VaultDatabase {
    return naming(() => {
      const path = join(folder, FILE_NAME);
      const db = new Database(path, { timeout: 0 });
      try {
        chmodSync(path, 0o600);
        lock(db);
        return new VaultDatabase(db).#checkVersion();
      } catch (cause) {
        db.close();
        throw cause;
      }
    });
  }

  /** Brings the schema up to date. The key must be safe on disk before: what follows is sealed with it. */
  migrate(): void {
    this.transact(() => {
      for (const [i, migration] of MIGRATIONS.entries()) {
        if (i >= this.#readVersion()) this.#db.exec(migration).pragma(`user_version = ${i + 1}`);
      }
      this.#db.pragma(`application_id = ${APPLICATION_ID}`);
    });
    keepDurable(this.#db);
  }

  prepare<Parameters extends unknown[], Row = never>(sql: string): Statement<Parameters, Row> {
    const statement = naming(() => this.#db.prepare<Parameters, Row>(sql));
    return {
      run: (...parameters) => this.#use(() => void statement.run(...parameters)),
      get: (...parameters) => this.#use(() => statement.get(...parameters)),
      all: (...parameters) => this.#use(() => statement.all(...parameters)),
    };
  }

  /** All or nothing, durable when it returns. */
  transact(write: () => void): void {
    this.#use(() => this.#db.transaction(write).immediate());
  }

  /**
   * Empties the write-ahead log, in which what was deleted or replaced still stands. What is committed is safe whether or not
   * that works now: the log is emptied by the next call, or when the vault is closed.
   */
  forgetReplaced(): void {
    try {
      this.#db.pragma('wal_checkpoint(TRUNCATE)');
    } catch (cause) {
      if (!(cause instanceof Database.SqliteError)) throw cause;
    }
  }

  #use<Result>(use: () => Result): Result {
    // Work that was under way when the vault was closed ends here.
    if (!this.#db.open) throw new SirdasError('CLOSED', 'the vault is closed');
    return naming(use);
  }

  close(): void {
    naming(() => {
      if (!this.#db.open) return;
      this.#db.pragma('wal_checkpoint(TRUNCATE)');
      this.#db.close();
    });
  }

  #readVersion(): number {
    return Number(this.#db.pragma('user_version', { simple: true }));
  }

  #checkVersion(): this {
    if (this.#readVersion() > MIGRATIONS.length) {
      throw new SirdasError('VAULT_TOO_NEW', 'the vault was written by a newer version');
    }
    const id = Number(this.#db.pragma('application_id', { simple: true }));
    if (!this.isNew && id !== APPLICATION_ID) {
      throw new SirdasError('VAULT_CORRUPT', 'the database is not a vault');
    }
    return this;
  }
}

/**
 * An exclusive lock from the first access until the process ends, however it ends: the system releases file locks. It also
 * keeps the index of the write-ahead log in this process's memory, so that there is no third file.
 */
function lock(db: Database.Database): void {
  db.pragma('locking_mode = EXCLUSIVE');
  db.pragma('secure_delete = ON');
  db.pragma('trusted_schema = OFF');
  db.pragma('journal_mode = WAL');
  db.exec('BEGIN IMMEDIATE; COMMIT');
}

/** better-sqlite3 falls back to synchronous=NORMAL with the first write in WAL mode: set after one, and checked. */
function keepDurable(db: Database.Database): void {
  db.pragma('synchronous = FULL');
  db.exec('BEGIN IMMEDIATE');
  db.pragma(`user_version = ${MIGRATIONS.length}`);
  db.exec('COMMIT');
  if (db.pragma('synchronous', { simple: true }) !== SYNCHRONOUS_FULL) {
    throw new Error('SQLite does not keep synchronous=FULL');
  }
}

function naming<Result>(use: () => Result): Result {
  try {
    return use();
  } catch (cause) {
    if (!(cause instanceof Database.SqliteError)) throw cause;
    const code = nameSqliteError(cause.code);
    throw code ? new SirdasError(code, `the vault database answered ${cause.code}`, { cause }) : cause;
  }
}

function nameSqliteError(code: string): ClientErrorCode | null {
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) return 'VAULT_IN_USE';
  if (code === 'SQLITE_FULL') return 'DISK_FULL';
  if (code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_READONLY')) return 'VAULT_UNWRITABLE';
  const isDamage = ['SQLITE_CORRUPT', 'SQLITE_NOTADB', 'SQLITE_IOERR'].some((name) => code.startsWith(name));
  return isDamage ? 'VAULT_CORRUPT' : null;
}
