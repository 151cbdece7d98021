// Sealed records in the tables of the vault's database: reading them, and planning what is written in the transaction of one
// change. Used by sqlite-vault.ts and its parts.
import type { RecordCipher } from '../vault/record-cipher.ts';
import { decodeRecord, encodeRecord } from '../vault/record-codec.ts';
import type { KeyedTable, Statements } from './vault-statements.ts';

/** What happens inside the transaction, in this order; synchronous. */
export type Writes = (() => void)[];

export class VaultRecords {
  readonly statements: Statements;
  readonly #cipher: RecordCipher;

  constructor(statements: Statements, cipher: RecordCipher) {
    this.statements = statements;
    this.#cipher = cipher;
  }

  /** What stands in the database for a name. */
  index(table: string, parts: readonly string[]): Promise<Uint8Array> {
    return this.#cipher.index(table, parts);
  }

  seal(table: string, id: Uint8Array, value: object): Promise<Uint8Array> {
    return this.#cipher.seal({ table, id }, encodeRecord(value));
  }

  async open(table: string, id: Uint8Array, sealed: Uint8Array): Promise<unknown> {
    return decodeRecord(await this.#cipher.open({ table, id }, sealed));
  }

  async get(table: KeyedTable, parts: readonly string[]): Promise<unknown> {
    const key = await this.index(table, parts);
    const row = this.statements.keyed[table].get.get(key);
    return row ? this.open(table, key, row.sealed) : null;
  }

  async all(table: KeyedTable): Promise<unknown[]> {
    const rows = this.statements.keyed[table].all.all();
    return Promise.all(rows.map((row) => this.open(table, row.key, row.sealed)));
  }

  async put(writes: Writes, table: KeyedTable, parts: readonly string[], value: object): Promise<void> {
    const key = await this.index(table, parts);
    const sealed = await this.seal(table, key, value);
    writes.push(() => this.statements.keyed[table].put.run(key, sealed));
  }

  async remove(writes: Writes, table: KeyedTable, parts: readonly string[]): Promise<void> {
    const key = await this.index(table, parts);
    writes.push(() => this.statements.keyed[table].remove.run(key));
  }
}

/** 8 bytes big-endian. */
export function encodePosition(position: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt(position));
  return bytes;
}
