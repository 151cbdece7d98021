import { fromId, type LogId, toHex } from '@sirdas/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { openStore } from './data-folder.ts';
import { makeLog } from './logging.ts';
import {
  enterAsOwner,
  enterInvited,
  makeEnvelope,
  makeTestDevice,
  startTestRelay,
  type TestAccount,
  TestClient,
  type TestRelay,
} from './relay.testkit.ts';

let relay: TestRelay | null = null;
afterEach(() => relay?.remove());

const SECRET_TEXT = 'meet me at the harbour';

/** Everything that happens to a relay, good and bad, with a log as talkative as it gets. */
async function liveThrough(
  logFormat: 'json' | 'pretty',
): Promise<{ log: string; metrics: string; secrets: string[] }> {
  const lines: string[] = [];
  const brokenStore = async (config: Parameters<typeof openStore>[0]) => {
    const store = await openStore(config);
    const { findAccount } = store;
    const fail = (nickname: string) => Promise.reject(new Error(`cannot read ${nickname} from 127.0.0.1`));
    return Object.assign(store, {
      findAccount: (...args: Parameters<typeof findAccount>) =>
        args[0] === 'çağrı' && args[1]?.limit === 1 ? fail(args[0]) : findAccount.apply(store, args),
    });
  };
  const logOutput = { write: (line: string) => lines.push(line) };
  relay = await startTestRelay({ logLevel: 'debug', logFormat }, { logOutput, openStore: brokenStore });
  const ayşe = await enterAsOwner(relay, 'ayşegül');
  const burak = await enterInvited(relay, ayşe.client, 'burakcan');
  const log = Buffer.from(burak.inbox, 'hex');
  await burak.client.expect('reading', { kind: 'read', log, after: 0 });
  await ayşe.client.expect('accepted', {
    kind: 'append',
    log,
    envelope: makeEnvelope(SECRET_TEXT),
    epoch: 0,
  });
  await burak.client.next('deliver');
  const conversation = await converse(ayşe.client, burak);
  const thief = await TestClient.overTcp(relay.ports.tcp);
  await thief.login(ayşe.account, { device: makeTestDevice() });
  expect(await ayşe.client.askForError({ kind: 'lookUp', nickname: 'çağrı', fromIndex: 0 })).toBe(
    'UNKNOWN_ACCOUNT',
  );
  await expect(enterInvited(relay, ayşe.client, 'çağrı')).rejects.toThrow('INTERNAL');
  burak.client.sendBytes(Buffer.from(SECRET_TEXT));
  await burak.client.closed;
  const response = await fetch(`http://127.0.0.1:${relay.ports.metrics}/metrics`);
  const metrics = await response.text();
  await relay.close();
  const { device, identity } = ayşe.account;
  const secrets = [
    ...['ayşegül', 'burakcan', 'çağrı', SECRET_TEXT, '127.0.0.1', '::1', relay.config.data],
    ...[
      ayşe.inbox,
      burak.inbox,
      toHex(device.id),
      toHex(device.publicKey),
      toHex(identity.publicKey),
      toHex(relay.ownerToken),
      ...conversation,
    ],
  ];
  return { log: lines.join(''), metrics, secrets };
}

/** A conversation, a key package and a linking channel; returns what nobody may find in the log. */
async function converse(
  client: TestClient,
  { account, inbox }: { readonly account: TestAccount; readonly inbox: LogId },
): Promise<string[]> {
  const [log, hidden] = [Buffer.alloc(16, 0xa1), Buffer.from('hidden in a commit')];
  await client.expect('done', { kind: 'createLog', log });
  const deliveries = [{ inboxes: [fromId(inbox)], envelope: hidden }];
  const commit = { kind: 'commit', log, envelope: hidden, deliveries, readers: [account.device.id] } as const;
  await client.expect('accepted', { ...commit, epoch: 0 });
  await client.askForError({ ...commit, epoch: 7 });
  const claimed = { kind: 'claimKeyPackages', nickname: account.nickname, suite: 'x', devices: [] } as const;
  await client.expect('claimedKeyPackages', claimed);
  const newcomer = await TestClient.overTcp(relay?.ports.tcp ?? null);
  const { channel } = await newcomer.expect('linkingOpened', { kind: 'openLinking' });
  await client.expect('done', { kind: 'joinLinking', channel });
  await client.expect('done', { kind: 'linkingMessage', channel, payload: hidden });
  await newcomer.close();
  return [toHex(log), hidden.toString(), toHex(account.device.id), toHex(channel)];
}

describe('THREATS 56 nobody and nothing is named', () => {
  test.each(['json', 'pretty'] as const)('in the log (%s) and in the metrics', async (logFormat) => {
    const { log, metrics, secrets } = await liveThrough(logFormat);
    expect(log).toContain('a request failed');
    expect(log).toContain('relay is listening');
    expect(metrics).toContain('sirdas_accepted_total 1');
    for (const secret of secrets) {
      expect(log).not.toContain(secret);
      expect(metrics).not.toContain(secret);
    }
  });
});

describe('the log', () => {
  const write = (logFormat: 'json' | 'pretty' | 'auto', isTTY: boolean): string => {
    const lines: string[] = [];
    const output = { isTTY, write: (line: string) => lines.push(line) };
    makeLog({ logLevel: 'info', logFormat }, output).info({ port: 6000 }, 'listening');
    return lines.join('');
  };

  test('is JSON lines, or short lines on a terminal', () => {
    expect(JSON.parse(write('auto', false))).toMatchObject({ level: 'info', msg: 'listening', port: 6000 });
    expect(write('auto', true)).toMatch(/^\d\d:\d\d:\d\d info {2}listening {2}\{"port":6000\}\n$/);
    expect(write('json', true)).toMatch(/^\{/);
    expect(write('pretty', false)).toMatch(/^\d\d:/);
  });

  test('keeps what an error says to itself: its name, code and place are enough', () => {
    const lines: string[] = [];
    const log = makeLog(
      { logLevel: 'info', logFormat: 'json' },
      { write: (line: string) => lines.push(line) },
    );
    const cause = Object.assign(new Error('hidden'), { code: 'EIO' });
    log.error({ err: new TypeError(`x\n    at ${SECRET_TEXT}`, { cause }) }, 'failed');
    const line = lines.join('');
    expect(line).not.toMatch(/hidden|harbour/);
    expect(JSON.parse(line).err).toMatchObject({ name: 'TypeError', cause: { name: 'Error', code: 'EIO' } });
    expect(line).toContain('privacy.node.test.ts');
  });
});

describe('/metrics', () => {
  test('counts what happens', async () => {
    relay = await startTestRelay();
    const { client } = await enterAsOwner(relay);
    const log = new Uint8Array(16);
    await client.askForError({ kind: 'append', log, envelope: makeEnvelope('x'), epoch: 0 });
    await client.askForError({ kind: 'lookUp', nickname: 'nobody', fromIndex: 0 });
    const text = await (await fetch(`http://127.0.0.1:${relay.ports.metrics}/metrics`)).text();
    for (const line of [
      ...[
        'sirdas_connections 1',
        'sirdas_people_online 1',
        'sirdas_logins_total 1',
        'sirdas_appends_total 1',
      ],
      ...[
        'sirdas_append_bytes_total 1',
        'sirdas_accepted_total 0',
        'sirdas_refused_total{error="UNKNOWN_LOG"} 1',
      ],
      ...['sirdas_refused_total{error="UNKNOWN_ACCOUNT"} 1', 'sirdas_commit_envelopes_count 1'],
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    expect(text).toMatch(/^sirdas_data_bytes [1-9]\d{3,}$/m);
    expect(text).toContain('nodejs_eventloop_lag_seconds');
  });

  test('is on its own port, on loopback', async () => {
    relay = await startTestRelay();
    expect((await fetch(`http://127.0.0.1:${relay.ports.web}/metrics`)).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${relay.ports.metrics}/other`)).status).toBe(404);
    expect(relay.config.metricsHost).toBe('127.0.0.1');
  });
});
