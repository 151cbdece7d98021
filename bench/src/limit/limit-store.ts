// One mailbox table in SQLite: write-ahead log, synchronous=FULL, one transaction for each batch. What a relay that promises
// the same durability cannot do without, and nothing more. Used by limit-relay.ts in the process itself or on a thread.
import Database from 'better-sqlite3';

/** A batch, packed: for each message id, recipient and length (4 bytes each, big-endian), then the payload. */
export const ITEM_HEADER_BYTES = 12;

export interface Removal {
  readonly recipient: number;
  readonly upToId: number;
}

export interface StoredMessage {
  readonly id: number;
  readonly body: Buffer;
}

export class LimitStore {
  readonly #sql;

  constructor(path: string) {
    const database = new Database(path);
    database.pragma('page_size = 8192');
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.exec(`
      CREATE TABLE message (id INTEGER PRIMARY KEY, recipient INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
      CREATE INDEX message_by_recipient ON message (recipient, id);
    `);
    this.#sql = {
      begin: database.prepare('BEGIN IMMEDIATE'),
      commit: database.prepare('COMMIT'),
      insert: database.prepare<[number, number, Uint8Array]>(
        'INSERT INTO message (id, recipient, body) VALUES (?, ?, ?)',
      ),
      remove: database.prepare<[number, number]>('DELETE FROM message WHERE recipient = ? AND id <= ?'),
      select: database.prepare<[number], StoredMessage>(
        'SELECT id, body FROM message WHERE recipient = ? ORDER BY id',
      ),
    };
  }

  commit(batch: Buffer, removals: readonly Removal[]): void {
    this.#sql.begin.run();
    for (const { recipient, upToId } of removals) this.#sql.remove.run(recipient, upToId);
    for (let at = 0; at < batch.length; ) {
      const bodyStart = at + ITEM_HEADER_BYTES;
      const bodyEnd = bodyStart + batch.readUInt32BE(at + 8);
      const body = batch.subarray(bodyStart, bodyEnd);
      this.#sql.insert.run(batch.readUInt32BE(at), batch.readUInt32BE(at + 4), body);
      at = bodyEnd;
    }
    this.#sql.commit.run();
  }

  readMailbox(recipient: number): StoredMessage[] {
    return this.#sql.select.all(recipient);
  }
}
