// What the relay sees, and does not: after real traffic with known texts its data folder, everything it printed at the most
// talkative level and its memory are searched for them. THREATS §1, 56.
import { join } from 'node:path';
import { encodeUtf8, fromId, toBase64Url } from '@sirdas/protocol';
import { expect, test, vi } from 'vitest';
import { KillableProgram } from './killable.testkit.ts';
import { joinPerson, openVaultOf, readConversation, textOf, waitUntil } from './person.testkit.ts';
import { searchFolder, searchMemory, searchText } from './plaintext-search.testkit.ts';
import { startRelay } from './relay-process.testkit.ts';
import { composeLogin, joinWire } from './wire-account.testkit.ts';
import { connectWire } from './wire-connection.testkit.ts';

vi.setConfig({ testTimeout: 60_000 });

const RECEIVER = join(import.meta.dirname, 'programs/traffic-receiver.ts');
const MESSAGES = 40;
/** In every text, and nowhere else. One with letters that UTF-8 and UTF-16 write differently. */
const SECRETS = [`gizli-${crypto.randomUUID()}`, `çarşı-İğne-${crypto.randomUUID()}`];

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
