// What the relay sees, and does not: after real traffic with known texts its data folder, everything it printed at the most
// talkative level and its memory are searched for them. THREATS §1, 56.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { encodeUtf8, fromId, toBase64Url } from '@sirdas/protocol';
import { expect, onTestFinished, test, vi } from 'vitest';
import { KillableProgram } from './killable.testkit.ts';
import {
  joinPerson,
  openVaultOf,
  type Person,
  readConversation,
  shownTexts,
  textOf,
  waitUntil,
} from './person.testkit.ts';
import { searchFolder, searchMemory, searchText } from './plaintext-search.testkit.ts';
import { startRelay } from './relay-process.testkit.ts';
import { VaultCopy } from './vault-copy.testkit.ts';
import { composeLogin, joinWire } from './wire-account.testkit.ts';
import { connectWire } from './wire-connection.testkit.ts';

vi.setConfig({ testTimeout: 180_000 });

const RECEIVER = join(import.meta.dirname, 'programs/traffic-receiver.ts');
const MESSAGES = 40;
/** In every text, and nowhere else. One with letters that UTF-8 and UTF-16 write differently. */
const SECRETS = [`gizli-${crypto.randomUUID()}`, `çarşı-İğne-${crypto.randomUUID()}`];

const THREAT_MODEL = join(import.meta.dirname, '../../docs/threat-model.md');
/** Rows of its table that are about conversations, and what stands behind them in the database. */
const KNOWN_OF_CONVERSATION: Readonly<Record<string, readonly string[]>> = {
  'for each log:': [
    ...['log.id', 'log.name', 'log.head_seq', 'log.first_seq', 'log.stored_bytes'],
    ...['log.is_conversation', 'log.epoch'],
  ],
  'envelopes:': [
    ...['run.log', 'run.first_seq', 'run.last_seq', 'run.last_time_ms', 'run.entries', 'run.epoch'],
    ...['run.is_commit', 'run.id'],
  ],
  'for each device and log:': [
    ...['cursor.log', 'cursor.device', 'cursor.acknowledged_seq', 'cursor.reads_after', 'cursor.left_seq'],
    'cursor.is_waited_for',
  ],
};

test('neither the data folder, nor the output, nor the memory of the relay holds a text that passed through it', async () => {
  const relay = await startRelay({ flags: { 'metrics-port': '0', 'web-port': '0' } });
  const link = await relay.inviteLink();
  const [ayse, burak] = [await joinPerson(link, 'ayşe'), await joinPerson(link, 'burak')];
  await burak.sirdas.close();
  const receiver = new KillableProgram('burak', [RECEIVER, burak.folder], /^shown/);
  await receiver.restart();
  for (let i = 0; i < MESSAGES; i++) {
    const { id } = await ayse.sirdas.send('burak', `${i}: ${SECRETS[i % 2]} buluşalım`);
    await ayse.sirdas.waitUntilAccepted(id);
  }
  await waitUntil(() => receiver.progress() === MESSAGES, 'everything has arrived');
  // While it still runs, with what is not written back yet, and afterwards at rest.
  const { findings, searchedBytes } = searchMemory(relay.process.pid, SECRETS);
  expect(findings).toEqual([]);
  expect(searchedBytes).toBeGreaterThan(5_000_000);
  expect(searchFolder(relay.dataFolder, SECRETS)).toEqual([]);
  // Control: the same search finds in the relay what it may know, and the texts where they belong, in the memory of the receiver and in an opened vault.
  expect(searchMemory(relay.process.pid, ['burak']).findings.length).toBeGreaterThan(0);
  expect(searchMemory(receiver.process.pid, SECRETS).findings.length).toBeGreaterThan(1);
  await receiver.kill();
  const { sirdas } = await openVaultOf(burak.folder);
  const opened = (await readConversation(sirdas, 'ayşe')).map(textOf).join('\n');
  expect(searchText(opened, SECRETS, 'the vault').length).toBeGreaterThan(1);
  // A closed vault gives nothing away either.
  expect(searchFolder(burak.folder, SECRETS)).toEqual([]);
  expect((await relay.stop()).status).toBe(0);
  expect(searchFolder(relay.dataFolder, SECRETS)).toEqual([]);
  expect(searchText(relay.output(), SECRETS, 'output')).toEqual([]);
});

test('of a conversation the relay stores what docs/threat-model.md says, and neither its name, nor a role, nor a text', async () => {
  const relay = await startRelay();
  const link = await relay.inviteLink();
  const [ayse, burak, cem] = [
    await joinPerson(link, 'ayşe'),
    await joinPerson(link, 'burak'),
    await joinPerson(link, 'cem'),
  ];
  const [name = '', text = ''] = SECRETS;
  const { id } = await ayse.sirdas.groups.create({ name, members: ['burak', 'cem'] });
  const isIn = ({ sirdas }: Person) => sirdas.conversations().some((one) => one.id === id);
  for (const person of [burak, cem]) await waitUntil(() => isIn(person), `${person.nickname} is in`);
  await ayse.sirdas.groups.setRole(id, 'burak', 'admin');
  // What is said while Cem is away waits for him at the relay.
  await cem.sirdas.close();
  for (let i = 0; i < 5; i++) await ayse.sirdas.sendTo(id, `${i}: ${text}`);
  await ayse.sirdas.groups.rename(id, `${name} 2`);
  const { id: last } = await ayse.sirdas.sendTo(id, text);
  await ayse.sirdas.waitUntilAccepted(last);
  await waitUntil(() => shownTexts(burak).includes(`ayşe: ${text}`), 'everything has arrived');
  expect(searchMemory(relay.process.pid, SECRETS).findings).toEqual([]);
  expect(searchFolder(relay.dataFolder, SECRETS)).toEqual([]);
  const { log } = (await VaultCopy.of(ayse)).groupOf(id);
  expect((await relay.stop()).status).toBe(0);
  expect(searchFolder(relay.dataFolder, SECRETS)).toEqual([]);
  expect(searchText(relay.output(), SECRETS, 'output')).toEqual([]);

  const stored = readConversationRows(join(relay.dataFolder, 'relay.db'), fromId(log));
  console.info(stored.map(({ table, rows }) => `${table}: ${rows.map(describeRow).join('\n  ')}`).join('\n'));
  const documented = readFileSync(THREAT_MODEL, 'utf8');
  for (const row of Object.keys(KNOWN_OF_CONVERSATION)) expect(documented).toContain(`| ${row}`);
  const columns = stored.flatMap(({ table, rows }) =>
    Object.keys(rows[0] ?? {}).map((column) => `${table}.${column}`),
  );
  expect(columns.toSorted()).toEqual(Object.values(KNOWN_OF_CONVERSATION).flat().toSorted());
  // All of it but the envelopes is numbers, the random name of the log, and devices.
  const bytes = stored.flatMap(({ table, rows }) =>
    rows.flatMap((row) =>
      Object.entries(row).flatMap(([column, value]) =>
        typeof value === 'number' ? [] : [`${table}.${column}`],
      ),
    ),
  );
  expect(new Set(bytes)).toEqual(new Set(['log.name', 'run.entries', 'cursor.device']));
  const [conversation] = stored.find(({ table }) => table === 'log')?.rows ?? [];
  // Made, a role, a name.
  expect(conversation).toMatchObject({ is_conversation: 1, epoch: 3 });
  expect(stored.find(({ table }) => table === 'cursor')?.rows).toHaveLength(3);
});

test('the log names nobody: no nickname, address, port, log, device or message of anyone, at its most talkative (THREATS 56)', async () => {
  const relay = await startRelay({ flags: { 'handshake-timeout': '5s' } });
  const token = await relay.inviteToken();
  const [dilek, engin] = [
    await joinWire(relay.address, 'dilek', token),
    await joinWire(relay.address, 'engin', token),
  ];
  const appended = await dilek.connection.demand(
    { kind: 'append', log: fromId(engin.inbox), envelope: encodeUtf8('zarf-içeriği'), epoch: 0 },
    'accepted',
  );
  await engin.connection.demand({ kind: 'read', log: fromId(engin.inbox), after: 0 }, 'reading');
  engin.connection.send({ request: 0, kind: 'ack', log: fromId(engin.inbox), seq: appended.seq });
  // Everything that may be worth a line of log: refusals, broken frames, failed logins, deadlines, sudden ends.
  await dilek.connection.ask({ kind: 'lookUp', nickname: 'kimse-yok', fromIndex: 0 });
  await dilek.connection.ask({ kind: 'read', log: fromId(engin.inbox), after: 0 });
  const failing = await connectWire(relay.address);
  failing.send({ ...(await composeLogin(failing, dilek.account)), signature: new Uint8Array(64) });
  const broken = await connectWire(relay.address);
  broken.sendBytes(Uint8Array.of(0, 0, 0, 3, 1, 2, 3));
  const silent = await connectWire(relay.address);
  await Promise.all([failing.ended, broken.ended, silent.ended]);
  engin.connection.destroy();
  await dilek.connection.demand({ kind: 'ping' }, 'pong');
  await relay.stop();
  const log = relay.process.stderr.text();
  const names = [dilek, engin].flatMap(({ account, inbox }) => [account.nickname, inbox, account.device]);
  const ids = [dilek, engin].flatMap(({ inbox, account }) => [fromId(inbox), fromId(account.device)]);
  const encoded = ids.flatMap((id) => [toBase64Url(id), Buffer.from(id).toString('base64')]);
  expect(
    searchText(log, [...names, ...encoded, 'sahip', 'kimse-yok', '127.0.0.1', 'zarf'], 'the log'),
  ).toEqual([]);
  // Control: the log is there, and it is the one with details.
  expect(log).toContain('"level":"info"');
  expect(log.split('\n').length).toBeGreaterThan(2);
});

type Row = Readonly<Record<string, unknown>>;

/** All rows of all tables that name this log. */
function readConversationRows(path: string, name: Uint8Array): { table: string; rows: Row[] }[] {
  const database = new DatabaseSync(path, { readOnly: true });
  onTestFinished(() => database.close());
  const columns = database
    .prepare(
      `SELECT s.name AS "table", c.name AS "column" FROM sqlite_schema AS s, pragma_table_info(s.name) AS c
       WHERE s.type = 'table' AND (c.name = 'log' OR s.name = 'log' AND c.name = 'id')`,
    )
    .all();
  return columns.map(({ table, column }) => {
    const sql = `SELECT * FROM "${table}" WHERE "${column}" = (SELECT id FROM log WHERE name = ?)`;
    return { table: String(table), rows: database.prepare(sql).all(name) };
  });
}

function describeRow(row: Row): string {
  const shown = Object.entries(row).map(([column, value]) =>
    value instanceof Uint8Array ? `${column} ${value.length} bytes` : `${column} ${value}`,
  );
  return shown.join(', ');
}
