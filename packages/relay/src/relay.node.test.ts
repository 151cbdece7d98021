import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fromId, parseInviteLink } from '@sirdas/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { makeRelayConfig } from './config/parse-config.ts';
import { openStore } from './data-folder.ts';
import {
  enterAsOwner,
  enterInvited,
  errorName,
  makeEnvelope,
  makeTestFolder,
  startTestRelay,
  TestAccount,
  TestClient,
  type TestRelay,
} from './relay.testkit.ts';
import { startRelay } from './relay.ts';
import type { Store } from './store/store.ts';
import { StoreError } from './store/store-error.ts';

let relay: TestRelay | null = null;
afterEach(async () => {
  await relay?.remove();
  relay = null;
});

/** The real store, with some methods replaced. */
async function withStore(changes: (store: Store) => Partial<Store>): Promise<TestRelay> {
  const replace = async (config: Parameters<typeof openStore>[0]) => {
    const store = await openStore(config);
    return Object.assign(store, changes(store));
  };
  return startTestRelay({}, { openStore: replace });
}

describe('a relay', () => {
  test('takes a letter for an inbox, says so when it is durable, and delivers it', async () => {
    relay = await startTestRelay();
    const ayşe = await enterAsOwner(relay, 'ayşe');
    const burak = await enterInvited(relay, ayşe.client, 'burak');
    await burak.client.expect('reading', { kind: 'read', log: fromId(burak.inbox), after: 0 });
    const envelope = makeEnvelope('merhaba');
    const accepted = await ayşe.client.expect('accepted', {
      kind: 'append',
      log: fromId(burak.inbox),
      envelope,
      epoch: 0,
    });
    expect(accepted.seq).toBe(1);
    const { entries } = await burak.client.next('deliver');
    expect(entries).toMatchObject([{ seq: 1, envelope: Uint8Array.from(envelope) }]);
    burak.client.send({ request: 0, kind: 'ack', log: fromId(burak.inbox), seq: 1 });
  });

  test('keeps letters for who is away, over a restart', async () => {
    relay = await startTestRelay();
    const ayşe = await enterAsOwner(relay, 'ayşe');
    const burak = await enterInvited(relay, ayşe.client, 'burak');
    await burak.client.close();
    for (let i = 1; i <= 20; i++) {
      const envelope = makeEnvelope(`letter ${i}`);
      await ayşe.client.expect('accepted', { kind: 'append', log: fromId(burak.inbox), envelope, epoch: 0 });
    }
    const { config, fingerprint } = relay;
    await relay.close();
    relay = await startTestRelay(config);
    expect(relay.fingerprint).toEqual(fingerprint);
    const later = await TestClient.overTcp(relay.ports.tcp);
    await later.enter(burak.account);
    await later.expect('reading', { kind: 'read', log: fromId(burak.inbox), after: 5 });
    const { entries } = await later.next('deliver');
    expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: 15 }, (_, i) => i + 6));
  });

  test('lets two devices of an account read the same inbox, each at its own pace', async () => {
    relay = await startTestRelay();
    const { client, inbox } = await enterAsOwner(relay);
    const log = fromId(inbox);
    await client.expect('reading', { kind: 'read', log, after: 0 });
    await client.expect('accepted', { kind: 'append', log, envelope: makeEnvelope('note'), epoch: 0 });
    await client.next('deliver');
    // Reading again replaces the first reading; nothing comes twice.
    await client.expect('reading', { kind: 'read', log, after: 1 });
    await client.expect('accepted', { kind: 'append', log, envelope: makeEnvelope('note'), epoch: 0 });
    expect((await client.next('deliver')).entries.map(({ seq }) => seq)).toEqual([2]);
    await client.expect('pong', { kind: 'ping' });
    expect(client.unread.filter(({ kind }) => kind === 'deliver')).toEqual([]);
  });

  test('keeps everything it stores to itself, also in a folder that others may enter', async () => {
    const data = makeTestFolder();
    chmodSync(data, 0o755);
    relay = await startTestRelay({ data });
    await enterAsOwner(relay);
    const modes = readdirSync(data).map((name) => [name, statSync(join(data, name)).mode & 0o777]);
    expect(modes.length).toBeGreaterThan(4);
    expect(modes.filter(([, mode]) => mode !== 0o600)).toEqual([]);
  });

  test('makes invites that name its address and its key', async () => {
    relay = await startTestRelay({ publicHost: 'relay.example.org', publicTcpPort: 7000, open: 5 });
    const link = relay.ownerInvite ?? '';
    expect(link.split('#')[0]).toBe(`https://relay.example.org:${relay.ports.webTls}/i`);
    expect(parseInviteLink(link)).toMatchObject({
      host: 'relay.example.org',
      tcpPort: 7000,
      plaintext: true,
    });
    expect(parseInviteLink(link).relayFingerprint).toEqual(Uint8Array.from(relay.fingerprint));
    expect(parseInviteLink(relay.openInvite ?? '').token).toHaveLength(0);
    const behindProxy = await startTestRelay({ publicWeb: 'https://chat.example.org' });
    expect(behindProxy.ownerInvite).toContain('https://chat.example.org/i#');
    await behindProxy.remove();
  });
});

describe('a start that fails says why', () => {
  const start = (values: Parameters<typeof makeRelayConfig>[0]) =>
    startRelay(
      makeRelayConfig({
        tcpPort: 0,
        webPort: 0,
        webTlsPort: 0,
        metricsPort: 0,
        logLevel: 'silent',
        ...values,
      }),
    );

  test('a second relay on one data folder', async () => {
    relay = await startTestRelay();
    await expect(start({ data: relay.config.data })).rejects.toMatchObject({
      ...{
        code: 'DATA_IN_USE',
        message: expect.stringContaining('Another relay is running on the data folder'),
      },
    });
    const { client } = await enterAsOwner(relay);
    await client.expect('pong', { kind: 'ping' });
  });

  test('a port that is taken; nothing is left open', async () => {
    relay = await startTestRelay();
    const data = makeTestFolder();
    await expect(start({ data, metricsPort: relay.ports.tcp })).rejects.toMatchObject({
      ...{ code: 'PORT_IN_USE', message: expect.stringContaining('--metrics-port') },
    });
    const second = await startTestRelay({ data });
    await second.remove();
  });

  test('an address that this machine does not have', async () => {
    const data = makeTestFolder();
    await expect(start({ data, host: '203.0.113.1' })).rejects.toMatchObject({ code: 'ADDRESS_UNAVAILABLE' });
    rmSync(data, { recursive: true });
  });

  test('a data folder that cannot be one', async () => {
    const folder = makeTestFolder();
    const data = join(folder, 'file');
    writeFileSync(data, '');
    await expect(start({ data })).rejects.toMatchObject({ code: 'DATA_UNWRITABLE' });
    rmSync(folder, { recursive: true });
  });

  test('a database of another program', async () => {
    const data = makeTestFolder();
    mkdirSync(data, { recursive: true });
    writeFileSync(
      join(data, 'relay.db'),
      'this is no database, and it is longer than a page header of SQLite would be '.repeat(9),
    );
    await expect(start({ data })).rejects.toMatchObject({ code: 'DATA_CORRUPT' });
    rmSync(data, { recursive: true });
  });

  test('a key that cannot be read; the database can be opened again then', async () => {
    const data = makeTestFolder();
    writeFileSync(join(data, 'relay-key.pem'), 'broken');
    await expect(start({ data })).rejects.toMatchObject({ code: 'KEY_UNREADABLE' });
    rmSync(join(data, 'relay-key.pem'));
    const second = await startTestRelay({ data });
    await second.remove();
  });
});

describe('the end', () => {
  test('everybody is told goodbye, and what was asked before is answered and kept', async () => {
    relay = await startTestRelay();
    const { client, account, inbox } = await enterAsOwner(relay);
    const stranger = await TestClient.overTcp(relay.ports.tcp);
    await stranger.next('hello');
    const log = fromId(inbox);
    const appends = Array.from({ length: 200 }, (_, i) =>
      client.ask({ kind: 'append', log, envelope: makeEnvelope(`${i}`), epoch: 0 }),
    );
    const accepted = await Promise.race(appends);
    expect(accepted.kind).toBe('accepted');
    await relay.close();
    const { reconnectAfterMs } = await client.next('goodbye');
    expect(reconnectAfterMs).toBeGreaterThanOrEqual(1000);
    expect(reconnectAfterMs).toBeLessThanOrEqual(5000);
    expect(await stranger.nextError()).toBe('GOING_DOWN');
    await client.closed;
    const outcomes = await Promise.allSettled(appends);
    const promised = outcomes.filter(({ status }) => status === 'fulfilled').length;
    relay = await startTestRelay(relay.config);
    const again = await TestClient.overTcp(relay.ports.tcp);
    await again.enter(account);
    const { head } = await again.expect('reading', { kind: 'read', log, after: 0 });
    expect(head).toBeGreaterThanOrEqual(promised);
  });

  test('waits for a commit that is under way', async () => {
    const hold = Promise.withResolvers<void>();
    let isCommitting = false;
    relay = await withStore((store) => {
      const { append } = store;
      return {
        append: async (entries) => {
          isCommitting = true;
          await hold.promise;
          return append.call(store, entries);
        },
      };
    });
    const { client, inbox } = await enterAsOwner(relay);
    const answer = client.ask({
      kind: 'append',
      log: fromId(inbox),
      envelope: makeEnvelope('last words'),
      epoch: 0,
    });
    await expect.poll(() => isCommitting).toBe(true);
    const closed = relay.close();
    await client.next('goodbye');
    hold.resolve();
    expect((await answer).kind).toBe('accepted');
    await closed;
  });

  test('nobody can hold it up', async () => {
    relay = await startTestRelay({ shutdownTimeout: 400 });
    const { client, inbox } = await enterAsOwner(relay);
    const log = fromId(inbox);
    for (let i = 0; i < 40; i++) {
      await client.expect('accepted', { kind: 'append', log, envelope: Buffer.alloc(90_000, i), epoch: 0 });
    }
    const sleeper = connect({ port: relay.ports.tcp ?? 0, host: '127.0.0.1', allowHalfOpen: true });
    sleeper.on('error', () => {});
    sleeper.pause();
    await new Promise((resolve) => sleeper.once('connect', resolve));
    const visitors = [relay.ports.web, relay.ports.metrics].map((port) => connect(port ?? 0, '127.0.0.1'));
    for (const visitor of visitors)
      visitor.on('error', () => {}).write('GET /healthz HTTP/1.1\r\nHost: x\r\n');
    await Promise.all(visitors.map((visitor) => new Promise((resolve) => visitor.once('connect', resolve))));
    // Without a deadline this would never end: they all stay.
    await relay.close();
    sleeper.destroy();
  });

  test('the data folder is free afterwards, and nothing listens any more', async () => {
    relay = await startTestRelay();
    const { ports, config } = relay;
    await relay.close();
    await relay.close();
    for (const port of [ports.tcp, ports.web, ports.webTls, ports.metrics]) {
      const socket = connect(port ?? 0, '127.0.0.1');
      const error = await new Promise<NodeJS.ErrnoException>((resolve) => socket.once('error', resolve));
      expect(error.code).toBe('ECONNREFUSED');
    }
    expect(existsSync(join(config.data, 'relay.db'))).toBe(true);
    relay = await startTestRelay(config);
  });
});

describe('a store that fails', () => {
  test('ends the relay without a promise that nobody can keep', async () => {
    relay = await withStore(() => ({ append: () => Promise.reject(new StoreError('FAILED', 'fsync')) }));
    const { client, inbox } = await enterAsOwner(relay);
    const bystander = await TestClient.overTcp(relay.ports.tcp);
    const answer = client.ask({ kind: 'append', log: fromId(inbox), envelope: makeEnvelope('x'), epoch: 0 });
    await expect(answer).rejects.toThrow('closed');
    await bystander.closed;
    expect(await relay.failed).toMatchObject({ code: 'STORE_FAILED' });
    expect(client.unread.map(({ kind }) => kind)).not.toContain('accepted');
  });

  test('also when it fails at something else than a letter', async () => {
    relay = await withStore(() => ({ saveRecord: () => Promise.reject(new StoreError('FAILED', 'fsync')) }));
    const client = await TestClient.overTcp(relay.ports.tcp);
    void client.claim(new TestAccount('ayşe', relay.fingerprint), relay.ownerToken).catch(() => {});
    expect(await relay.failed).toMatchObject({ code: 'STORE_FAILED' });
    await client.closed;
  });

  test('because the disk is full refuses, and the relay goes on', async () => {
    let isFull = false;
    relay = await withStore((store) => {
      const { append, saveRecord } = store;
      const full = new StoreError('STORAGE_FULL', 'no room');
      return {
        append: async (entries) =>
          isFull
            ? entries.map(() => ({ outcome: 'refused', error: 'STORAGE_FULL' }))
            : append.call(store, entries),
        saveRecord: async (record, account) => {
          if (isFull) throw full;
          return saveRecord.call(store, record, account);
        },
      };
    });
    const { client, account, inbox } = await enterAsOwner(relay);
    const append = () =>
      client.askForError({ kind: 'append', log: fromId(inbox), envelope: makeEnvelope('x'), epoch: 0 });
    isFull = true;
    const record = account.makeRecord();
    expect([await append(), await client.askForError({ kind: 'publishRecord', record })]).toEqual([
      ...['STORAGE_FULL', 'STORAGE_FULL'],
    ]);
    isFull = false;
    expect([await append(), await client.askForError({ kind: 'publishRecord', record })]).toEqual([
      null,
      null,
    ]);
  });

  test('in a way that nobody foresaw is answered, and the relay goes on', async () => {
    relay = await withStore(() => ({ findAccount: () => Promise.reject(new TypeError('a bug')) }));
    const client = await TestClient.overTcp(relay.ports.tcp);
    const answer = await client.claim(new TestAccount('ayşe', relay.fingerprint), relay.ownerToken);
    expect(errorName(answer)).toBe('INTERNAL');
  });

  test('also when it throws at once', async () => {
    relay = await withStore(() => ({
      acknowledge: () => {
        throw new TypeError('a bug');
      },
    }));
    const { client, inbox } = await enterAsOwner(relay);
    const log = fromId(inbox);
    await client.expect('reading', { kind: 'read', log, after: 0 });
    client.send({ request: 0, kind: 'ack', log, seq: 0 });
    expect(errorName(await client.next('error'))).toBe('INTERNAL');
    await client.expect('pong', { kind: 'ping' });
  });
});
