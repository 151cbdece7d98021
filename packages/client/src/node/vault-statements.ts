// The SQL of the vault, in one place. Used by sqlite-vault.ts.
import type { VaultDatabase } from './vault-database.ts';

/** Tables of one sealed record per key. */
export type KeyedTable = 'contacts' | 'conversations' | 'cursors' | 'counters' | 'settings';

interface KeyedRow {
  readonly key: Uint8Array;
  readonly sealed: Uint8Array;
}

interface MessageRow {
  readonly key: Uint8Array;
  readonly position: number;
  readonly sealed: Uint8Array;
}

interface NewMessageRow extends MessageRow {
  readonly conversation: Uint8Array;
}

export type Statements = ReturnType<typeof prepareStatements>;

export function prepareStatements(db: VaultDatabase) {
  return {
    account: db.prepare<[], { sealed: Uint8Array }>('SELECT sealed FROM account'),
    putAccount: db.prepare<[Uint8Array]>('INSERT OR REPLACE INTO account (id, sealed) VALUES (1, ?)'),
    removeAccount: db.prepare<[]>('DELETE FROM account'),
    message: db.prepare<[Uint8Array], MessageRow>('SELECT key, position, sealed FROM messages WHERE key = ?'),
    messagesBefore: db.prepare<[Uint8Array, number, number], MessageRow>(
      `SELECT key, position, sealed FROM messages WHERE conversation = ? AND position < ?
       ORDER BY position DESC LIMIT ?`,
    ),
    lastPosition: db.prepare<[Uint8Array], { position: number | null }>(
      'SELECT MAX(position) AS position FROM messages WHERE conversation = ?',
    ),
    putMessage: db.prepare<[NewMessageRow]>(
      `INSERT INTO messages (key, conversation, position, sealed)
       VALUES (@key, @conversation, @position, @sealed)
       ON CONFLICT (key) DO UPDATE SET sealed = excluded.sealed`,
    ),
    outbox: db.prepare<[], { position: number; sealed: Uint8Array }>(
      'SELECT position, sealed FROM outbox ORDER BY position',
    ),
    lastOutboxPosition: db.prepare<[], { position: number | null }>(
      'SELECT MAX(position) AS position FROM outbox',
    ),
    addOutboxItem: db.prepare<[number, Uint8Array]>('INSERT INTO outbox (position, sealed) VALUES (?, ?)'),
    replaceOutboxItem: db.prepare<[Uint8Array, number]>('UPDATE outbox SET sealed = ? WHERE position = ?'),
    removeOutboxItem: db.prepare<[number]>('DELETE FROM outbox WHERE position = ?'),
    heldLetters: db.prepare<[Uint8Array], { sealed: Uint8Array }>(
      'SELECT sealed FROM held_letters WHERE sender = ? ORDER BY position',
    ),
    addHeldLetter: db.prepare<[Uint8Array, Uint8Array]>(
      'INSERT INTO held_letters (sender, sealed) VALUES (?, ?)',
    ),
    removeHeldLetters: db.prepare<[Uint8Array]>('DELETE FROM held_letters WHERE sender = ?'),
    removeSetting: db.prepare<[Uint8Array]>('DELETE FROM settings WHERE key = ?'),
    keyed: {
      contacts: prepareKeyed(db, 'contacts'),
      conversations: prepareKeyed(db, 'conversations'),
      cursors: prepareKeyed(db, 'cursors'),
      counters: prepareKeyed(db, 'counters'),
      settings: prepareKeyed(db, 'settings'),
    },
  };
}

function prepareKeyed(db: VaultDatabase, table: KeyedTable) {
  return {
    get: db.prepare<[Uint8Array], KeyedRow>(`SELECT key, sealed FROM ${table} WHERE key = ?`),
    all: db.prepare<[], KeyedRow>(`SELECT key, sealed FROM ${table}`),
    put: db.prepare<[Uint8Array, Uint8Array]>(
      `INSERT INTO ${table} (key, sealed) VALUES (?, ?)
       ON CONFLICT (key) DO UPDATE SET sealed = excluded.sealed`,
    ),
  };
}
