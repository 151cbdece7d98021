// docs/threat-model.md tells people everything that a relay stores: a column that it does not mention fails here. THREATS §1.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import SqliteDatabase from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { QUOTAS } from '../store-site.testkit.ts';
import { openSqliteStore } from './sqlite-store.ts';

const THREAT_MODEL = fileURLToPath(new URL('../../../../../docs/threat-model.md', import.meta.url));

/** Each column of the relay's database and the row of the threat model that tells people about it. */
const DOCUMENTED_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  'nickname, its confusable skeleton': ['account.nickname', 'account.skeleton'],
  "the account's signed records": [
    ...['record.account', 'record.directory_index', 'record.record_index', 'record.record_hash'],
    ...['record.signed_record', 'account.created_ms'],
  ],
  'which account made an invite': [
    ...['invite.id', 'invite.token_hash', 'invite.uses_left', 'invite.expires_ms', 'invite.created_by'],
    ...['invite.grants_invites', 'account.may_invite'],
  ],
  'every device that an account ever had': [
    ...['device.id', 'device.account', 'device.is_current', 'device.heard_ms'],
  ],
  'for each log': [
    ...['log.name', 'log.head_seq', 'log.first_seq', 'log.stored_bytes', 'account.inbox'],
    ...['log.is_conversation', 'log.epoch'],
  ],
  envelopes: [
    ...['run.log', 'run.first_seq', 'run.last_seq', 'run.last_time_ms', 'run.entries'],
    ...['run.epoch', 'run.is_commit'],
  ],
  'for each device and log': [
    ...['cursor.log', 'cursor.device', 'cursor.acknowledged_seq'],
    ...['cursor.reads_after', 'cursor.left_seq', 'cursor.is_waited_for'],
  ],
  'key packages': [
    ...['key_package.device', 'key_package.suite', 'key_package.hash', 'key_package.body'],
    ...['key_package.expires_ms', 'key_package.is_last_resort'],
  ],
};

interface Column {
  readonly tableName: string;
  readonly columnName: string;
  readonly type: string;
}

test('docs/threat-model.md tells of every column that the relay stores, and of no other', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sirdas-columns-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await (await openSqliteStore({ folder, quotas: QUOTAS })).close();
  const database = new SqliteDatabase(join(folder, 'relay.db'), { readonly: true });
  const columns = database
    .prepare<[], Column>(
      `SELECT s.name AS tableName, c.name AS columnName, c.type AS type FROM sqlite_schema AS s, pragma_table_info(s.name) AS c
       WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite_%'`,
    )
    .all()
    // Row numbers that only connect the tables.
    .filter(
      ({ columnName, type }) => !(type === 'INTEGER' && (columnName === 'id' || columnName === 'number')),
    )
    .map(({ tableName, columnName }) => `${tableName}.${columnName}`);
  database.close();
  expect(columns.toSorted()).toEqual(Object.values(DOCUMENTED_COLUMNS).flat().toSorted());
  const rows = tableUnder(readFileSync(THREAT_MODEL, 'utf8'), '## What the relay knows');
  const described = Object.keys(DOCUMENTED_COLUMNS);
  expect(rows).toHaveLength(described.length);
  for (const [index, row] of rows.entries()) expect(row.startsWith(described[index] ?? 'nothing')).toBe(true);
});

/** First cells of the table under a heading. */
function tableUnder(markdown: string, heading: string): string[] {
  const section = markdown.slice(markdown.indexOf(heading)).split(/\n## /)[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(1).map((row) => row.split('|')[1]?.trim() ?? '');
}
