// The SQLite vault: the contract of all vaults, then what concerns only a file on a disk: locks, damage, a full disk,
// what can be found in the file by somebody without the key.
import { spawn } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemRandom } from '@sirdas/crypto';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { RecordCipher } from '../vault/record-cipher.ts';
import type { Vault } from '../vault/vault.ts';
import {
  alice,
  describeVaultContract,
  sampleAccount,
  sampleMessage,
} from '../vault/vault-contract.testkit.ts';
import { openVault } from './open-vault.ts';
import { SqliteVault } from './sqlite-vault.ts';
import { makeTemporaryFolder } from './temporary-folder.testkit.ts';
import { VaultDatabase } from './vault-database.ts';

const unprotected = { kind: 'unprotected' } as const;
const open = (folder: string) => openVault({ folder, protection: unprotected });

describeVaultContract('sqlite', async () => {
  const folder = await makeTemporaryFolder();
  return { open: () => open(folder) };
});

async function withVault<Result>(folder: string, use: (vault: Vault) => Promise<Result>): Promise<Result> {
  const vault = await open(folder);
  try {
    return await use(vault);
  } finally {
    await vault.close();
  }
}

async function readWholeFolder(folder: string): Promise<string> {
  const names = await readdir(folder);
  const files = await Promise.all(names.map((name) => readFile(join(folder, name))));
  return Buffer.concat(files).toString('latin1');
}

/** Changes the database behind the vault's back. */
function tamper(folder: string, sql: string): void {
  const db = new Database(join(folder, 'vault.db'));
  db.exec(sql);
  db.close();
}

describe('sqlite vault', () => {
  it('asks the disk to keep every transaction: synchronous=FULL, also after writes', async () => {
    const folder = await makeTemporaryFolder();
    const database = VaultDatabase.open(folder);
    database.migrate();
    const vault = new SqliteVault(database, await RecordCipher.create(new Uint8Array(32), systemRandom));
    for (let i = 0; i < 3; i++) {
      await vault.save({ settings: { number: String(i) } });
      expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
    }
    expect(database.prepare('PRAGMA secure_delete').get()).toEqual({ secure_delete: 1 });
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    await vault.close();
  });

  it('holds no name, text, id or key in clear', async () => {
    const folder = await makeTemporaryFolder();
    const vault = await open(folder);
    await vault.save({
      account: sampleAccount(),
      messages: [sampleMessage(7, { body: { kind: 'text', text: 'PLAINTEXT-NEEDLE', replyTo: null } })],
      conversations: [{ id: sampleMessage(7).conversation, with: alice, readPosition: 0 }],
      settings: { 'SETTING-NEEDLE': 'VALUE-NEEDLE' },
    });
    const found = await readWholeFolder(folder);
    await vault.close();
    const all = found + (await readWholeFolder(folder));
    expect(all.length).toBeGreaterThan(4096);
    const identitySeed = '\x06'.repeat(32);
    const needles = ['NEEDLE', 'alice', 'bob', 'localhost', 'merhaba', sampleMessage(7).id, identitySeed];
    for (const needle of needles) expect(all.includes(needle), needle).toBe(false);
  });

  it('shows roughly how long a text is, never exactly', async () => {
    const folder = await makeTemporaryFolder();
    await withVault(folder, (vault) =>
      vault.save({
        messages: [1, 2, 3].map((number) =>
          sampleMessage(number, { body: { kind: 'text', text: 'x'.repeat(number * 10), replyTo: null } }),
        ),
      }),
    );
    const db = new Database(join(folder, 'vault.db'));
    const lengths = db.prepare('SELECT DISTINCT length(sealed) FROM messages').pluck().all();
    db.close();
    expect(lengths).toHaveLength(1);
  });

  it('overwrites what was deleted', async () => {
    const folder = await makeTemporaryFolder();
    const sealed = await withVault(folder, async (vault) => {
      await vault.save({ account: sampleAccount() });
      return null;
    }).then(() => {
      const db = new Database(join(folder, 'vault.db'));
      const row = db.prepare('SELECT sealed FROM account').pluck().get() as Buffer;
      db.close();
      return row.subarray(0, 48).toString('latin1');
    });
    expect((await readWholeFolder(folder)).includes(sealed)).toBe(true);
    await withVault(folder, (vault) => vault.save({ account: null }));
    expect((await readWholeFolder(folder)).includes(sealed)).toBe(false);
  });

  it('only its owner may read the files', async () => {
    const folder = await makeTemporaryFolder();
    await withVault(folder, (vault) => vault.save({ settings: { a: 'b' } }));
    for (const name of await readdir(folder)) {
      expect((await stat(join(folder, name))).mode & 0o077, name).toBe(0);
    }
  });

  it('refuses a second opening in the same process', async () => {
    const folder = await makeTemporaryFolder();
    await withVault(folder, async () => {
      await expect(open(folder)).rejects.toMatchObject({ code: 'VAULT_IN_USE' });
    });
    await withVault(folder, (vault) => vault.load());
  });

  it('refuses a second process, and opens again after the first was killed with -9', async () => {
    const folder = await makeTemporaryFolder();
    await withVault(folder, (vault) => vault.save({ settings: { a: 'b' } }));
    const script = `const { openVault } = await import(${JSON.stringify(join(import.meta.dirname, 'open-vault.ts'))});
      const vault = await openVault({ folder: ${JSON.stringify(folder)}, protection: { kind: 'unprotected' } });
      await vault.save({ settings: { a: 'from the child' } });
      console.log('open'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, [
      '--conditions=sirdas-source',
      '--input-type=module',
      '--eval',
      script,
    ]);
    const ended = new Promise((resolve) => child.on('close', resolve));
    await new Promise((resolve, reject) => {
      child.stdout.once('data', resolve);
      child.once('close', () => reject(new Error('the child ended early')));
    });
    await expect(open(folder)).rejects.toMatchObject({ code: 'VAULT_IN_USE' });
    child.kill('SIGKILL');
    await ended;
    expect((await withVault(folder, (vault) => vault.load())).settings).toEqual({ a: 'from the child' });
  });

  it('says DISK_FULL, changes nothing, and goes on when there is room again', async () => {
    const folder = await makeTemporaryFolder();
    const database = VaultDatabase.open(folder);
    database.migrate();
    const vault = new SqliteVault(database, await RecordCipher.create(new Uint8Array(32), systemRandom));
    const limit = (pages: number) => database.prepare(`PRAGMA max_page_count = ${pages}`).get();
    await vault.save({ messages: [sampleMessage(1)] });
    // SQLite answers a file that may not grow as it answers a disk without room.
    limit(1);
    const many = Array.from({ length: 300 }, (_, i) => sampleMessage(100 + i));
    await expect(vault.save({ messages: many, settings: { half: 'done' } })).rejects.toMatchObject({
      code: 'DISK_FULL',
    });
    expect((await vault.load()).settings).toEqual({});
    expect(await vault.readMessages(sampleMessage(1).conversation, null, 10)).toHaveLength(1);
    limit(100_000);
    expect((await vault.save({ messages: many })).messages).toHaveLength(300);
    await vault.close();
  });

  it.each([
    [
      'changed bytes',
      'UPDATE messages SET sealed = CAST(substr(sealed, 1, 40) || zeroblob(8) || substr(sealed, 49) AS BLOB)',
    ],
    ['another position', 'UPDATE messages SET position = position + 1'],
    ['the record of another table', 'UPDATE messages SET sealed = (SELECT sealed FROM account)'],
    ['nothing at all', "UPDATE messages SET sealed = x''"],
  ])('says VAULT_CORRUPT for a record with %s', async (_, sql) => {
    const folder = await makeTemporaryFolder();
    await withVault(folder, (vault) =>
      vault.save({ messages: [sampleMessage(1)], account: sampleAccount() }),
    );
    tamper(folder, sql);
    const { conversation } = sampleMessage(1);
    await expect(
      withVault(folder, (vault) => vault.readMessages(conversation, null, 10)),
    ).rejects.toMatchObject({ code: 'VAULT_CORRUPT' });
  });

  it('says VAULT_CORRUPT for a file that is no database, or not a vault', async () => {
    const folder = await makeTemporaryFolder();
    await writeFile(join(folder, 'vault.db'), 'nothing that SQLite would know'.repeat(100));
    await expect(open(folder)).rejects.toMatchObject({ code: 'VAULT_CORRUPT' });
    const other = await makeTemporaryFolder();
    tamper(other, 'CREATE TABLE recipes (name TEXT); PRAGMA user_version = 1');
    await expect(open(other)).rejects.toMatchObject({ code: 'VAULT_CORRUPT' });
  });

  it('says VAULT_TOO_NEW for a schema of a later version, and changes nothing', async () => {
    const folder = await makeTemporaryFolder();
    await withVault(folder, (vault) => vault.save({ settings: { a: 'b' } }));
    tamper(folder, 'PRAGMA user_version = 99');
    const before = await readFile(join(folder, 'vault.db'));
    await expect(open(folder)).rejects.toMatchObject({ code: 'VAULT_TOO_NEW' });
    expect(await readFile(join(folder, 'vault.db'))).toEqual(before);
  });

  it('says VAULT_UNWRITABLE when something else stands where the folder should be', async () => {
    const folder = await makeTemporaryFolder();
    await writeFile(join(folder, 'file'), '');
    await expect(open(join(folder, 'file'))).rejects.toMatchObject({ code: 'VAULT_UNWRITABLE' });
  });
});
