// The schema, as a list of steps that only grows: step n brings a database from version n to n + 1 (`user_version`). A column
// never changes its meaning; what no longer fits becomes a new column or table in a new step. Run by open-database.ts.
import type { Database } from 'better-sqlite3';
import { StoreError } from '../store-error.ts';

/**
 * A run is consecutive entries of one log from one batch, packed (packed-runs.ts). Runs lie in the order in which they were
 * stored, so that a commit writes neighbouring pages whichever logs it touches; the index finds a log's runs.
 * docs/decisions/0004 says why.
 */
const STEPS = [
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
];

/** Brings the database to the newest version, in one transaction. Throws SCHEMA_TOO_NEW. */
export function migrate(database: Database, steps: readonly string[] = STEPS): void {
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version > steps.length) {
    throw new StoreError('SCHEMA_TOO_NEW', `the data has version ${version}, newer than ${steps.length}`);
  }
  if (version === steps.length) return;
  const apply = database.transaction(() => {
    for (const step of steps.slice(version)) database.exec(step);
    database.pragma(`user_version = ${steps.length}`);
  });
  apply.immediate();
}
