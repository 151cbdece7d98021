// The schema, as a list of steps that only grows: step n brings a database from version n to n + 1 (`user_version`). A column
// never changes its meaning; what no longer fits becomes a new column or table in a new step. Run by open-database.ts.
import { decodeAccountRecord, decodeSignedRecord } from '@sirdas/protocol';
import type { Database } from 'better-sqlite3';
import { StoreError } from '../store-error.ts';

/** SQL, or what SQL cannot say. */
type Step = string | ((database: Database) => void);

/**
 * A run is consecutive entries of one log from one batch, packed (packed-runs.ts). Runs lie in the order in which they were
 * stored, so that a commit writes neighbouring pages whichever logs it touches; the index finds a log's runs.
 * docs/decisions/0004 says why.
 */
export const STEPS: readonly Step[] = [
  `
  CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    name BLOB NOT NULL UNIQUE CHECK (length(name) = 16),
    -- Newest sequence number ever given. Kept here, not derived from what is stored: a number is never given twice.
    head_seq INTEGER NOT NULL,
    -- Oldest entry that may still be read; head_seq + 1 when there is none.
    first_seq INTEGER NOT NULL CHECK (first_seq BETWEEN 1 AND head_seq + 1),
    -- Bytes of all runs of the log.
    stored_bytes INTEGER NOT NULL CHECK (stored_bytes >= 0)
  ) STRICT;

  CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    log INTEGER NOT NULL REFERENCES log (id),
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL CHECK (last_seq >= first_seq),
    -- Time of the last entry, milliseconds since 1970.
    last_time_ms INTEGER NOT NULL,
    -- For each entry: time (8 bytes), length (4 bytes), envelope; integers big-endian.
    entries BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX run_by_log ON run (log, first_seq);

  CREATE TABLE cursor (
    log INTEGER NOT NULL REFERENCES log (id),
    device BLOB NOT NULL CHECK (length(device) = 16),
    acknowledged_seq INTEGER NOT NULL,
    PRIMARY KEY (log, device)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    nickname TEXT NOT NULL UNIQUE,
    -- UTS #39 skeleton of the nickname.
    skeleton TEXT NOT NULL UNIQUE,
    inbox INTEGER NOT NULL UNIQUE REFERENCES log (id),
    may_invite INTEGER NOT NULL CHECK (may_invite IN (0, 1)),
    created_ms INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE record (
    -- From 0, without holes: records are never deleted.
    directory_index INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id),
    record_index INTEGER NOT NULL,
    record_hash BLOB NOT NULL CHECK (length(record_hash) = 32),
    signed_record BLOB NOT NULL,
    UNIQUE (account, record_index)
  ) STRICT;

  CREATE TABLE invite (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 8),
    -- SHA-256 of the token.
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    uses_left INTEGER NOT NULL CHECK (uses_left >= 0),
    expires_ms INTEGER NOT NULL,
    grants_invites INTEGER NOT NULL CHECK (grants_invites IN (0, 1)),
    -- Nickname; empty: the relay itself.
    created_by TEXT NOT NULL
  ) STRICT;
  `,
  `
  -- 0: an inbox.
  ALTER TABLE log ADD COLUMN is_conversation INTEGER NOT NULL DEFAULT 0 CHECK (is_conversation IN (0, 1));
  -- Commits that were accepted.
  ALTER TABLE log ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;

  -- In which all entries of the run were accepted.
  ALTER TABLE run ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
  -- 1: its one entry is that of a commit.
  ALTER TABLE run ADD COLUMN is_commit INTEGER NOT NULL DEFAULT 0 CHECK (is_commit IN (0, 1));

  -- Entries up to this one are not this device's to read.
  ALTER TABLE cursor ADD COLUMN reads_after INTEGER NOT NULL DEFAULT 0;
  -- The last entry that this device may read: the commit that removed it; 0: it reads on, and may write.
  ALTER TABLE cursor ADD COLUMN left_seq INTEGER NOT NULL DEFAULT 0;
  -- 0: the device is idle, and entries do not wait for it.
  ALTER TABLE cursor ADD COLUMN is_waited_for INTEGER NOT NULL DEFAULT 1 CHECK (is_waited_for IN (0, 1));
  CREATE INDEX cursor_by_device ON cursor (device);

  -- Every device that any account ever had.
  CREATE TABLE device (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account INTEGER NOT NULL REFERENCES account (id),
    -- 0: its account has removed it.
    is_current INTEGER NOT NULL CHECK (is_current IN (0, 1)),
    -- When it was heard of, to the day; 0: not since this column exists.
    heard_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX device_by_account ON device (account);

  CREATE TABLE key_package (
    id INTEGER PRIMARY KEY,
    device BLOB NOT NULL REFERENCES device (id),
    suite TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    -- Empty once it was handed out: the hash stays until it expires, so that it does not come back.
    body BLOB NOT NULL,
    expires_ms INTEGER NOT NULL,
    is_last_resort INTEGER NOT NULL CHECK (is_last_resort IN (0, 1)),
    UNIQUE (device, hash)
  ) STRICT;
  CREATE INDEX key_package_by_expiry ON key_package (expires_ms);
  `,
  noteDevices,
];

/** Brings the database to the newest version, in one transaction. Throws SCHEMA_TOO_NEW. */
export function migrate(database: Database, steps: readonly Step[] = STEPS): void {
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version > steps.length) {
    throw new StoreError('SCHEMA_TOO_NEW', `the data has version ${version}, newer than ${steps.length}`);
  }
  if (version === steps.length) return;
  const apply = database.transaction(() => {
    for (const step of steps.slice(version)) {
      if (typeof step === 'string') database.exec(step);
      else step(database);
    }
    database.pragma(`user_version = ${steps.length}`);
  });
  apply.immediate();
}

/** The devices of all records so far. Should two accounts have named the same, it is the one's who was first. */
function noteDevices(database: Database): void {
  const records = database.prepare<[], { account: number; signedRecord: Buffer }>(
    'SELECT account, signed_record AS signedRecord FROM record ORDER BY directory_index',
  );
  const insert = database.prepare<[Uint8Array, number]>(
    'INSERT INTO device (id, account, is_current, heard_ms) VALUES (?, ?, 0, 0) ON CONFLICT DO NOTHING',
  );
  for (const { account, signedRecord } of records.all()) {
    const { devices } = decodeAccountRecord(decodeSignedRecord(signedRecord).record);
    for (const { id } of devices) insert.run(id, account);
  }
  database.exec(
    `UPDATE device SET is_current = 1 WHERE EXISTS (
       SELECT 1 FROM cursor JOIN account ON account.inbox = cursor.log
       WHERE cursor.device = device.id AND account.id = device.account)`,
  );
}
