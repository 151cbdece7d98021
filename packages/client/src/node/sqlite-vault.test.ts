// The SQLite vault: the contract of all vaults, then what concerns only a file on a disk: locks, damage, a full disk,
// what can be found in the file by somebody without the key.
import { spawn } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemRandom } from '@sirdas/crypto';
import { parseNickname } from '@sirdas/protocol';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { newConversation } from '../vault/conversation-state.ts';
import { RecordCipher } from '../vault/record-cipher.ts';
import { encodeRecord } from '../vault/record-codec.ts';
import type { Vault, VaultChange } from '../vault/vault.ts';
import { describeVaultContract } from '../vault/vault-contract.testkit.ts';
import {
  alice,
  bob,
  log,
  sampleAccount,
  sampleGroup,
  sampleKeyPackage,
  sampleMessage,
} from '../vault/vault-samples.testkit.ts';
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

  /** The beginning of a sealed record as it stands in the file. */
  const readSealed = (folder: string, sql: string): string => {
    const db = new Database(join(folder, 'vault.db'), { readonly: true });
    const sealed = db.prepare(sql).pluck().get() as Buffer;
    db.close();
    return sealed.subarray(0, 48).toString('latin1');
  };

  const { sender, id, conversation } = sampleMessage(1);
  it.each<[string, string, VaultChange]>([
    ['a removed message', 'SELECT sealed FROM messages', { removeMessages: [{ sender, id }] }],
    [
      'a deleted text',
      'SELECT sealed FROM messages',
      { amendments: [{ sender, id, conversation, amendment: { what: 'delete' } }] },
    ],
    ['a used key package', 'SELECT sealed FROM key_package_secrets', { removeKeyPackages: ['reference'] }],
    [
      'a page of an epoch that is over',
      'SELECT sealed FROM group_parts WHERE part = 0',
      { groups: [{ log, record: sampleGroup({ epochPart: new Uint8Array(300) }), pages: [] }] },
    ],
    [
      'an epoch that is over',
      'SELECT sealed FROM group_parts WHERE part = -1',
      { groups: [{ log, record: sampleGroup({ epochPart: new Uint8Array(300) }), pages: [] }] },
    ],
    [
      'a group that is gone',
      'SELECT sealed FROM group_parts WHERE part = -1',
      { groups: [{ log, record: null, pages: [] }] },
    ],
  ])('leaves nothing of %s on the disk, with the vault still open', async (_, sql, change) => {
    const folder = await makeTemporaryFolder();
    await withVault(folder, (vault) =>
      vault.save({
        messages: [sampleMessage(1)],
        addKeyPackages: [sampleKeyPackage('reference')],
        groups: [{ log, record: sampleGroup(), pages: [{ page: 0, bytes: new Uint8Array(500) }] }],
      }),
    );
    const sealed = readSealed(folder, sql);
    expect((await readWholeFolder(folder)).includes(sealed)).toBe(true);
    await withVault(folder, async (vault) => {
      await vault.save(change);
      expect((await readWholeFolder(folder)).includes(sealed)).toBe(false);
    });
  });

  it('leaves no page that messages have replaced on the disk for long', async () => {
    const folder = await makeTemporaryFolder();
    const groups = [{ log, record: sampleGroup(), pages: [{ page: 0, bytes: new Uint8Array(500) }] }];
    await withVault(folder, (vault) => vault.save({ groups }));
    const sealed = readSealed(folder, 'SELECT sealed FROM group_parts WHERE part = 0');
    await withVault(folder, async (vault) => {
      for (let i = 0; i < 64; i++) {
        await vault.save({ groups: [{ log, pages: [{ page: 0, bytes: new Uint8Array(500).fill(i) }] }] });
      }
      expect((await readWholeFolder(folder)).includes(sealed)).toBe(false);
    });
  });

  it('rewrites for a message of a large group its pages and nothing else of the group or the conversation', async () => {
    const folder = await makeTemporaryFolder();
    const devices = [sampleMessage(1).device];
    const members = Array.from({ length: 256 }, (_, i) => ({
      ...({ nickname: parseNickname(`member${i}`), role: 'member', devices } as const),
    }));
    const record = sampleGroup({ epochPart: new Uint8Array(400_000) });
    const pages = [0, 1, 2].map((page) => ({ page, bytes: new Uint8Array(2000) }));
    await withVault(folder, (vault) =>
      vault.save({ groups: [{ log, record, pages }], conversations: [{ id: conversation, members }] }),
    );
    const read = (sql: string) => {
      const db = new Database(join(folder, 'vault.db'), { readonly: true });
      const rows = db.prepare(sql).all();
      db.close();
      return rows;
    };
    const unmoved = `SELECT sealed FROM group_parts WHERE part <> 1 UNION ALL SELECT sealed FROM groups
      UNION ALL SELECT sealed FROM conversations UNION ALL SELECT sealed FROM conversation_members`;
    const before = read(unmoved);
    expect(before).toHaveLength(6);
    await withVault(folder, (vault) =>
      vault.save({
        groups: [{ log, pages: [{ page: 1, bytes: new Uint8Array(2000).fill(1) }] }],
        messages: [sampleMessage(1)],
        conversations: [{ id: conversation }],
      }),
    );
    expect(read(unmoved)).toEqual(before);
  });

  it('reads what version 1 wrote, with what came later left open', async () => {
    const folder = await makeTemporaryFolder();
    const database = VaultDatabase.open(folder);
    database.migrate();
    const cipher = await RecordCipher.create(new Uint8Array(32), systemRandom);
    const vault = new SqliteVault(database, cipher);
    const item = { message: id, recipient: bob, copy: 'recipient', order: 1, sealed: null };
    const account = { ...sampleAccount(), nickname: sender };
    await vault.save({ account, messages: [sampleMessage(1)] });
    // As version 1 encoded them.
    const { editedMs, reactions, deliveredTo, readBy, expiresAfterMs, expiresMs, ...earlier } =
      sampleMessage(1);
    const write = async (place: { table: string; id: Uint8Array }, record: object, sql: string) => {
      const sealed = await cipher.seal(place, encodeRecord(record));
      database
        .prepare<[{ sealed: Uint8Array; key: Uint8Array }]>(sql)
        .run({ sealed, key: place.id.slice(0, 16) });
    };
    const first = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1);
    const messageKey = await cipher.index('messages', [sender, id]);
    const body = { kind: 'text', text: 'eski' };
    await write(
      { table: 'messages', id: Uint8Array.of(...messageKey, ...first) },
      { ...earlier, body, position: 1 },
      'UPDATE messages SET sealed = @sealed WHERE key = @key',
    );
    await write(
      { table: 'conversations', id: await cipher.index('conversations', [conversation]) },
      { id: conversation, with: bob, readPosition: 1 },
      'INSERT INTO conversations (key, sealed) VALUES (@key, @sealed)',
    );
    const insert = 'INSERT INTO outbox (position, sealed) SELECT 1, @sealed WHERE @key IS NOT NULL';
    await write({ table: 'outbox', id: first }, item, insert);
    const contents = await vault.load();
    expect(contents.conversations).toEqual([
      { ...newConversation(conversation), with: bob, readPosition: 1, lastPosition: 1 },
    ]);
    expect(contents.outbox).toEqual([{ ...item, conversation, content: null, counter: null }]);
    expect(await vault.readMessage(sender, id)).toEqual({
      ...{ ...sampleMessage(1), position: 1, body: { ...body, replyTo: null } },
    });
    await vault.close();
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
