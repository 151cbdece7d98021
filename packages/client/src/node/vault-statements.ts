// The SQL of the vault, in one place. Used by sqlite-vault.ts.
import type { VaultDatabase } from './vault-database.ts';

/** Tables of one sealed record per key. */
const KEYED_TABLES = [
  'contacts',
  'conversations',
  'conversation_members',
  'groups',
  'key_packages',
  'key_package_secrets',
  'expiring',
  'cursors',
  'counters',
  'settings',
] as const;
export type KeyedTable = (typeof KEYED_TABLES)[number];

interface KeyedRow {
  readonly key: Uint8Array;
  readonly sealed: Uint8Array;
}

interface MessageRow {
  readonly key: Uint8Array;
  readonly position: number;
  readonly sealed: Uint8Array;
}

interface PartRow {
  readonly part: number;
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
    isRemoved: db.prepare<[Uint8Array], { position: number }>(
      'SELECT position FROM removed_messages WHERE key = ?',
    ),
    lastPosition: db.prepare<[Uint8Array], { position: number | null }>(
      'SELECT MAX(position) AS position FROM messages WHERE conversation = ?',
    ),
    lastRemovedPosition: db.prepare<[Uint8Array], { position: number | null }>(
      'SELECT MAX(position) AS position FROM removed_messages WHERE conversation = ?',
    ),
    putMessage: db.prepare<[NewMessageRow]>(
      `INSERT INTO messages (key, conversation, position, sealed)
       VALUES (@key, @conversation, @position, @sealed)
       ON CONFLICT (key) DO UPDATE SET sealed = excluded.sealed`,
    ),
    removeMessage: db.prepare<[Uint8Array]>('DELETE FROM messages WHERE key = ?'),
    noteRemoved: db.prepare<[Uint8Array, Uint8Array, number]>(
      'INSERT INTO removed_messages (key, conversation, position) VALUES (?, ?, ?)',
    ),
    groupPart: db.prepare<[Uint8Array, number], PartRow>(
      'SELECT part, sealed FROM group_parts WHERE group_key = ? AND part = ?',
    ),
    groupPages: db.prepare<[Uint8Array], PartRow>(
      'SELECT part, sealed FROM group_parts WHERE group_key = ? AND part >= 0 ORDER BY part',
    ),
    putGroupPart: db.prepare<[Uint8Array, number, Uint8Array]>(
      `INSERT INTO group_parts (group_key, part, sealed) VALUES (?, ?, ?)
       ON CONFLICT (group_key, part) DO UPDATE SET sealed = excluded.sealed`,
    ),
    removeGroupPart: db.prepare<[Uint8Array, number]>(
      'DELETE FROM group_parts WHERE group_key = ? AND part = ?',
    ),
    removeGroupPages: db.prepare<[Uint8Array]>('DELETE FROM group_parts WHERE group_key = ? AND part >= 0'),
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
    keyed: prepareAllKeyed(db),
  };
}

function prepareAllKeyed(db: VaultDatabase) {
  const statements = KEYED_TABLES.map((table) => [table, prepareKeyed(db, table)] as const);
  return Object.fromEntries(statements) as Record<KeyedTable, ReturnType<typeof prepareKeyed>>;
}

function prepareKeyed(db: VaultDatabase, table: KeyedTable) {
  return {
    get: db.prepare<[Uint8Array], KeyedRow>(`SELECT key, sealed FROM ${table} WHERE key = ?`),
    all: db.prepare<[], KeyedRow>(`SELECT key, sealed FROM ${table}`),
    put: db.prepare<[Uint8Array, Uint8Array]>(
      `INSERT INTO ${table} (key, sealed) VALUES (?, ?)
       ON CONFLICT (key) DO UPDATE SET sealed = excluded.sealed`,
    ),
    remove: db.prepare<[Uint8Array]>(`DELETE FROM ${table} WHERE key = ?`),
  };
}
