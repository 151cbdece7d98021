import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { decodeFrame, encodeFrame, type Frame, fromId } from '@sirdas/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { RelayConfig } from '../config/options.ts';
import {
  errorName,
  makeEnvelope,
  startTestRelay,
  TestAccount,
  TestClient,
  type TestRelay,
} from '../relay.testkit.ts';

let relay: TestRelay;
afterEach(() => relay.remove());

const start = async (values: Partial<RelayConfig> = {}) => {
  relay = await startTestRelay(values);
};
const url = (path: string, port = relay.ports.web) => `http://127.0.0.1:${port}${path}`;
const socketUrl = () => `ws://127.0.0.1:${relay.ports.web}/v1`;

/** The status of the answer to an upgrade, 101 when it became a WebSocket. */
async function upgrade(
  path: string,
  headers: Record<string, string>,
  protocol = 'sirdas.v1',
): Promise<number> {
  const socket = connect(relay.ports.web ?? 0, '127.0.0.1');
  const lines = {
    ...{ Host: 'localhost', Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' },
    ...{
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...(protocol ? { 'Sec-WebSocket-Protocol': protocol } : {}),
    },
    ...headers,
  };
  const request = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${path} HTTP/1.1\r\n${request.join('')}\r\n`);
  const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
  socket.destroy();
  return Number(answer.toString('latin1').split(' ')[1]);
}

describe('pages', () => {
  test('the landing page of an invite runs nothing but its own script', async () => {
    await start();
    const page = await fetch(url('/i'));
    const html = await page.text();
    expect(page.status).toBe(200);
    expect(html).not.toMatch(/<script(?! src="\/i\/invite\.js")|style=|onclick|https?:\/\//);
    for (const [, path] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect((await fetch(url(path ?? ''))).status).toBe(200);
    }
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|connect-src|img-src/);
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
  });

  test('RLY-060 a hundred requests are answered on one connection, then it is closed', async () => {
    await start();
    const socket = connect(relay.ports.web ?? 0, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(150));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(received.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(100);
  });

  test('everything else is not there, whatever the path', async () => {
    await start();
    for (const path of [
      '/',
      '/v1',
      '/metrics',
      '/i/',
      '/i/../../package.json',
      '/%2e%2e/etc/passwd',
      '/I',
      '//i',
    ]) {
      expect((await fetch(url(path))).status).toBe(404);
    }
    expect((await fetch(url('/i'), { method: 'POST', body: 'x' })).status).toBe(405);
  });

  test('/healthz says that the relay serves', async () => {
    await start();
    for (const port of [relay.ports.web, relay.ports.metrics]) {
      const answer = await fetch(url('/healthz', port));
      expect([answer.status, await answer.text()]).toEqual([200, 'ok\n']);
    }
  });

  test('headers that are too long are refused', async () => {
    await start();
    expect((await fetch(url('/i'), { headers: { 'X-Long': 'x'.repeat(9000) } })).status).toBe(431);
  });
});

describe('a WebSocket', () => {
  test('carries frames like a socket does', async () => {
    await start();
    const client = await TestClient.overWebSocket(socketUrl());
    const account = new TestAccount('owner', relay.fingerprint);
    await client.claim(account, relay.ownerToken);
    const inbox = await client.enter(account);
    await client.expect('reading', { kind: 'read', log: fromId(inbox), after: 0 });
    const envelopes = Array.from({ length: 30 }, (_, i) => makeEnvelope(`${i} `.repeat(1000)));
    await Promise.all(
      envelopes.map((envelope) =>
        client.expect('accepted', { kind: 'append', log: fromId(inbox), envelope, epoch: 0 }),
      ),
    );
    const seqs: number[] = [];
    while (seqs.length < 30) seqs.push(...(await client.next('deliver')).entries.map(({ seq }) => seq));
    expect(seqs).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  });

  test('works over TLS, with the relay key', async () => {
    await start();
    const client = await TestClient.overWebSocket(`wss://127.0.0.1:${relay.ports.webTls}/v1`);
    const { relayKey } = await client.next('hello');
    expect(createHash('sha256').update(relayKey).digest()).toEqual(relay.fingerprint);
  });

  test('RLY-016 THREATS 45 is refused to pages of other sites', async () => {
    await start({ origins: ['https://chat.example.org'], publicHost: 'relay.example.net' });
    const own = `http://localhost:${relay.ports.web}`;
    const tls = `https://relay.example.net:${relay.ports.webTls}`;
    for (const Origin of [own, tls, 'https://chat.example.org'])
      expect(await upgrade('/v1', { Origin })).toBe(101);
    const foreign = [
      'https://evil.example',
      `https://localhost:${relay.ports.web}`,
      'null',
      'https://chat.example.org.evil',
    ];
    for (const Origin of foreign) expect(await upgrade('/v1', { Origin })).toBe(403);
    expect(await upgrade('/v1', { Origin: own, Host: 'evil.example' })).toBe(101);
    expect(await upgrade('/v1', {})).toBe(101);
  });

  test('RLY-017 needs the path and the subprotocol', async () => {
    await start();
    expect(await upgrade('/v2', {})).toBe(404);
    expect(await upgrade('/v1', {}, 'chat')).toBe(400);
    expect(await upgrade('/v1', {}, '')).toBe(400);
    expect(await upgrade('/v1', {}, 'chat, sirdas.v1')).toBe(101);
  });

  test('THREATS 42 offers no compression', async () => {
    await start();
    const webSocket = new WebSocket(socketUrl(), 'sirdas.v1', { perMessageDeflate: true });
    await new Promise((resolve) => webSocket.once('open', resolve));
    expect(webSocket.extensions).toBe('');
    webSocket.terminate();
  });

  test.each<[string, (webSocket: WebSocket) => void, number]>([
    ['RLY-018 an empty message', (webSocket) => webSocket.send(Buffer.alloc(0)), 1000],
    ['RLY-019 a message of 65 fragments', (webSocket) => sendFragments(webSocket, 65), 1008],
    ['RLY-004 more than 8 KiB before login', (webSocket) => sendManyUnknown(webSocket), 1000],
  ])('%s closes it', async (_, send, code) => {
    await start();
    const webSocket = new WebSocket(socketUrl(), 'sirdas.v1');
    webSocket.on('error', () => {});
    await new Promise((resolve) => webSocket.once('open', resolve));
    const closed = new Promise<number>((resolve) => webSocket.once('close', resolve));
    send(webSocket);
    expect(await closed).toBe(code);
  });

  test('RLY-018 text closes it, even when its bytes would be a frame', async () => {
    await start();
    const webSocket = new WebSocket(socketUrl(), 'sirdas.v1');
    const frames: Frame[] = [];
    webSocket.on('message', (data: Buffer) => frames.push(decodeFrame(data)));
    await new Promise((resolve) => webSocket.once('open', resolve));
    webSocket.send(Buffer.from(encodeFrame({ request: 0, kind: 'ping' })).toString());
    await new Promise((resolve) => webSocket.once('close', resolve));
    expect(frames.map(errorName)).toEqual([null, 'BAD_FRAME']);
  });

  test('RLY-019 THREATS 41 a million fragments close it, memory stays flat', async () => {
    await start();
    const socket = await upgradeRaw();
    const before = process.memoryUsage().rss;
    // Each is a masked continuation of one byte, the first begins a binary message.
    const fragments = Buffer.alloc(7 * 1_000_000, Buffer.of(0x00, 0x81, 0, 0, 0, 0, 0));
    fragments[0] = 0x02;
    socket.write(fragments);
    await new Promise((resolve) => socket.once('close', resolve));
    // A million kept fragments would be many times as much; the garbage of this process is collected when it likes.
    expect(process.memoryUsage().rss - before).toBeLessThan(192 * 1_048_576);
    expect((await fetch(url('/healthz'))).status).toBe(200);
  });

  test('PRO-001 THREATS 40 a message beyond the limit is refused by its announced length', async () => {
    await start();
    const socket = await upgradeRaw();
    // A masked binary message of 1 GiB.
    socket.write(Uint8Array.of(0x82, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 1, 2, 3, 4));
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    await new Promise((resolve) => socket.once('close', resolve));
    // 1009: too big.
    expect(Buffer.concat(chunks).includes(Buffer.of(0x88, 0x02, 0x03, 0xf1))).toBe(true);
  });
});

describe('behind a reverse proxy', () => {
  const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } });
  const open = async (address: string) => {
    const client = await TestClient.overWebSocket(socketUrl(), from(address));
    const hello = client.next('hello').then(() => 'hello');
    return Promise.race([hello, client.nextError().catch(() => 'closed')]);
  };

  test('RLY-011 visitors are counted by the address that the proxy saw', async () => {
    await start({ behindProxy: true, maxConnectionsPerAddress: 2 });
    expect(await open('203.0.113.9')).toBe('hello');
    expect(await open('198.51.100.1, 203.0.113.9')).toBe('hello');
    expect(await open('203.0.113.9')).toBe('TOO_MANY_CONNECTIONS');
    expect(await open('203.0.113.9, 198.51.100.1')).toBe('hello');
  });

  test('RLY-011 a visitor takes one place of all, until it goes', async () => {
    await start({ behindProxy: true, maxConnections: 2, maxConnectionsPerAddress: 1 });
    const countOpen = async () => {
      const metrics = await (await fetch(url('/metrics', relay.ports.metrics))).text();
      return Number(/^sirdas_connections (\d+)$/m.exec(metrics)?.[1]);
    };
    const first = await TestClient.overWebSocket(socketUrl(), from('203.0.113.9'));
    expect(await countOpen()).toBe(1);
    expect(await open('198.51.100.1')).toBe('hello');
    expect(await countOpen()).toBe(2);
    await first.close();
    await expect.poll(countOpen).toBe(1);
    expect(await open('203.0.113.9')).toBe('hello');
  });

  test('RLY-011 nobody believes that header without being told to', async () => {
    await start({ maxConnectionsPerAddress: 2 });
    for (let i = 0; i < 5; i++) expect(await open('203.0.113.9')).toBe('hello');
  });
});

/** A WebSocket in bytes. */
async function upgradeRaw(): Promise<Socket> {
  const socket = connect(relay.ports.web ?? 0, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    'GET /v1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sirdas.v1\r\n\r\n',
  );
  await new Promise((resolve) => socket.once('data', resolve));
  socket.resume();
  return socket;
}

function sendFragments(webSocket: WebSocket, count: number): void {
  for (let i = 0; i < count && webSocket.readyState === WebSocket.OPEN; i++) {
    webSocket.send(Buffer.of(1), { binary: true, fin: false });
  }
}

function sendManyUnknown(webSocket: WebSocket): void {
  for (let i = 0; i < 1500; i++) webSocket.send(Uint8Array.of(0xba, 0x3e, 0x01, 0x00));
}

test('a connection to the metrics port that asks nothing does not hold up the end of the relay', async () => {
  await start();
  const socket = connect(relay.ports.metrics ?? 0, '127.0.0.1');
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  // The relay has taken the connection by then: it takes them in their order.
  await fetch(`http://127.0.0.1:${relay.ports.metrics}/healthz`);
  await relay.close();
  socket.destroy();
});
