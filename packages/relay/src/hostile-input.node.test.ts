import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { decodeFrame, type Frame, FrameSplitter, fromId, LIMITS } from '@sirdas/protocol';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { RelayConfig } from './config/options.ts';
import {
  enterAsOwner,
  enterInvited,
  errorName,
  makeEnvelope,
  startTestRelay,
  TestClient,
  type TestRelay,
} from './relay.testkit.ts';

let relay: TestRelay;
afterEach(() => relay.remove());

const start = async (values: Partial<RelayConfig> = {}) => {
  relay = await startTestRelay(values);
};

/** A socket without any knowledge of the protocol; `answers` are the frames that came. */
function connectRaw(port = relay.ports.tcp): { socket: Socket; answers: Frame[]; closed: Promise<void> } {
  const socket = connect(port ?? 0, '127.0.0.1');
  const answers: Frame[] = [];
  const splitter = new FrameSplitter(LIMITS.MAX_FRAME_BYTES);
  socket.on('data', (chunk) =>
    splitter.push(chunk, (frame) => answers.push(decodeFrame(Uint8Array.from(frame)))),
  );
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return { socket, answers, closed };
}

const errorsOf = (answers: readonly Frame[]) => answers.map(errorName).filter((name) => name !== null);

/** The relay still serves; how many connections it counts. */
async function checkAlive(): Promise<void> {
  const client = await TestClient.overTcp(relay.ports.tcp);
  await client.next('hello');
  await client.close();
}

async function countConnections(): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${relay.ports.metrics}/metrics`);
  return Number(/^sirdas_connections (\d+)$/m.exec(await response.text())?.[1]);
}

async function waitForConnections(count: number): Promise<void> {
  while ((await countConnections()) !== count) await sleep(10);
}

/** Almost a megabyte: a field with that tag, filled with one pattern; without a tag the fields are the frame's own. */
function makeBomb(tag: readonly number[], pattern: readonly number[]): Uint8Array {
  const body = new Uint8Array(1_048_000).map((_, index) => pattern[index % pattern.length] ?? 0);
  // 1048000 as a varint
  return tag.length === 0 ? body : Buffer.concat([Uint8Array.from([...tag, 0xc0, 0xfb, 0x3f]), body]);
}

describe('bytes that mean nothing', () => {
  test('PRO-001 PRO-002 close the connection, others go on', async () => {
    await start();
    const { client } = await enterAsOwner(relay);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 5, maxLength: 2000 }), async (garbage) => {
        const { socket, answers, closed } = connectRaw();
        socket.end(garbage);
        await closed;
        const expected = ['BAD_FRAME', 'FRAME_TOO_LARGE', 'WRONG_STATE'];
        expect(errorsOf(answers).every((error) => expected.includes(error ?? ''))).toBe(true);
      }),
      { numRuns: 50 },
    );
    await client.expect('pong', { kind: 'ping' });
  });

  test.each<[string, number[], string]>([
    ['an HTTP request', [...Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')], 'FRAME_TOO_LARGE'],
    ['an SSH client', [...Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')], 'FRAME_TOO_LARGE'],
    ['a TLS client', [22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3], 'FRAME_TOO_LARGE'],
    ['an empty frame', [0, 0, 0, 0], 'BAD_FRAME'],
    ['a frame that is no protobuf', [0, 0, 0, 2, 0xff, 0xff], 'BAD_FRAME'],
    ['a login with ids of a wrong length', [0, 0, 0, 6, 0x08, 1, 0x22, 2, 0x1a, 0], 'BAD_FRAME'],
  ])('%s', async (_, bytes, error) => {
    await start();
    const { socket, answers, closed } = connectRaw();
    socket.write(Uint8Array.from(bytes));
    await closed;
    expect(errorsOf(answers)).toEqual([error]);
  });

  test('after login they end the connection as well', async () => {
    await start();
    const { client } = await enterAsOwner(relay);
    client.sendBytes(Uint8Array.of(0xff, 0xff, 0xff));
    expect(await client.nextError()).toBe('BAD_FRAME');
    await client.closed;
  });

  test('a TLS port that is spoken to in plain text', async () => {
    await start({ plaintext: false });
    const { socket, closed } = connectRaw();
    socket.write('GET / HTTP/1.1\r\n\r\n');
    await closed;
    await waitForConnections(0);
  });
});

describe('THREATS 40 PRO-001 a length that is never filled', () => {
  test('costs no memory', async () => {
    await start();
    const header = Buffer.alloc(4);
    header.writeUInt32BE(1_073_741_824);
    const before = process.memoryUsage().rss;
    const connections = Array.from({ length: 50 }, () => connectRaw());
    for (const { socket } of connections) socket.write(header);
    await Promise.all(connections.map(({ closed }) => closed));
    for (const { answers } of connections) expect(errorsOf(answers)).toEqual(['FRAME_TOO_LARGE']);
    // 50 GiB were announced. The sockets of both ends live in this process, and its garbage is collected when it likes.
    expect(process.memoryUsage().rss - before).toBeLessThan(512 * 1_048_576);
  });

  test('within the limit allocates only what has come', async () => {
    await start({ handshakeTimeout: 60_000 });
    const { client } = await enterAsOwner(relay);
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(LIMITS.MAX_FRAME_BYTES);
    const { socket } = connectRaw();
    socket.write(prefix);
    await client.expect('pong', { kind: 'ping' });
    socket.destroy();
  });
});

describe('THREATS 43 slow clients', () => {
  test('RLY-003 a frame that comes byte by byte is cut off at the deadline', async () => {
    await start({ handshakeTimeout: 600 });
    const { socket, answers, closed } = connectRaw();
    const startedAtMs = performance.now();
    socket.write(Uint8Array.of(0, 0, 4, 0));
    const dribble = setInterval(() => socket.write(Uint8Array.of(0x0a)), 20);
    await closed;
    clearInterval(dribble);
    // The whole frame would take 20 seconds.
    expect(performance.now() - startedAtMs).toBeLessThan(15_000);
    expect(errorsOf(answers)).toEqual(['HANDSHAKE_TIMEOUT']);
  });

  test('RLY-003 a TLS handshake that does not go on is cut off as well, and counted until then', async () => {
    await start({ plaintext: false, handshakeTimeout: 4000 });
    const { closed } = connectRaw();
    const { closed: web } = connectRaw(relay.ports.webTls);
    await waitForConnections(2);
    await Promise.all([closed, web]);
    await waitForConnections(0);
  });

  test('RLY-003 an HTTP request without an end is cut off', async () => {
    await start({ handshakeTimeout: 500 });
    const [silent, slow] = [
      connect(relay.ports.web ?? 0, '127.0.0.1'),
      connect(relay.ports.web ?? 0, '127.0.0.1'),
    ];
    slow.write('GET / HTTP/1.1\r\nX: ');
    const dribble = setInterval(() => slow.write('x'), 50);
    for (const socket of [silent, slow]) socket.resume().on('error', () => {});
    await Promise.all(
      [silent, slow].map((socket) => new Promise((resolve) => socket.once('close', resolve))),
    );
    clearInterval(dribble);
  });

  test('RLY-003 a WebSocket that does not log in is closed', async () => {
    await start({ handshakeTimeout: 3000 });
    const client = await TestClient.overWebSocket(`ws://127.0.0.1:${relay.ports.web}/v1`);
    expect(await client.nextError()).toBe('HANDSHAKE_TIMEOUT');
    await client.closed;
  });
});

describe('keepalive', () => {
  test('the relay pings who is silent and keeps who answers', async () => {
    await start({ pingInterval: 200, pingTimeout: 100_000 });
    const { client } = await enterAsOwner(relay);
    await client.next('ping');
    client.send({ request: 0, kind: 'pong' });
    await client.next('ping');
    await client.expect('pong', { kind: 'ping' });
  });

  test('RLY-014 who does not even answer pings is closed', async () => {
    await start({ pingInterval: 150, pingTimeout: 400 });
    const { client } = await enterAsOwner(relay);
    expect(await client.nextError()).toBe('TIMED_OUT');
    await client.closed;
  });

  test('a half-closed connection is closed', async () => {
    await start();
    const { socket, closed } = connectRaw();
    await new Promise((resolve) => socket.once('data', resolve));
    socket.end();
    await closed;
    await waitForConnections(0);
  });
});

describe('too much', () => {
  test.each<[string, Uint8Array, string]>([
    // presence_list, 524,000 entries of no bytes
    ['RLY-001 a list that only relays send', makeBomb([0xea, 0x03], [0x0a, 0x00]), 'WRONG_STATE'],
    ['PRO-012 half a million fields', makeBomb([], [0x7a, 0x00]), 'BAD_FRAME'],
    ['PRO-013 a ping of half a million fields', makeBomb([0x62], [0x7a, 0x00]), 'FRAME_TOO_LARGE'],
  ])('%s ends the connection and costs nobody else any time', async (_, frame, error) => {
    await start();
    const { client } = await enterAsOwner(relay);
    client.sendBytes(frame);
    expect(await client.nextError()).toBe(error);
    await client.closed;
  });

  test('RLY-041 appends beyond the rate are refused with the time to wait, and none is stored', async () => {
    await start({ sendRate: { burst: 5, perSecond: 2 } });
    const { client, inbox } = await enterAsOwner(relay);
    const append = () =>
      client.ask({ kind: 'append', log: fromId(inbox), envelope: makeEnvelope('x'), epoch: 0 });
    const answers = await Promise.all(Array.from({ length: 8 }, append));
    expect(answers.map((answer) => answer.kind)).toEqual([
      ...Array(5).fill('accepted'),
      ...Array(3).fill('error'),
    ]);
    for (const answer of answers.slice(5))
      expect(answer).toMatchObject({ code: 9, retryAfterMs: expect.any(Number) });
    const { head } = await client.expect('reading', { kind: 'read', log: fromId(inbox), after: 0 });
    expect(head).toBe(5);
  });

  test('RLY-040 an envelope beyond the limit is refused, the connection goes on', async () => {
    await start({ maxEnvelope: 2000 });
    const { client, inbox } = await enterAsOwner(relay);
    const append = (bytes: number) =>
      client.askForError({ kind: 'append', log: fromId(inbox), envelope: Buffer.alloc(bytes, 1), epoch: 0 });
    expect([await append(2001), await append(2000)]).toEqual(['ENVELOPE_TOO_LARGE', null]);
  });

  test('RLY-042 a log that is not one’s own can be written and not read', async () => {
    await start();
    const { client } = await enterAsOwner(relay);
    const { inbox } = await enterInvited(relay, client, 'guest');
    const log = fromId(inbox);
    await client.expect('accepted', { kind: 'append', log, envelope: makeEnvelope('x'), epoch: 0 });
    expect(await client.askForError({ kind: 'read', log, after: 0 })).toBe('UNKNOWN_LOG');
    expect(await client.askForError({ kind: 'read', log: new Uint8Array(16), after: 0 })).toBe('UNKNOWN_LOG');
  });

  test('RLY-043 an acknowledgement of what was never delivered ends the connection', async () => {
    await start();
    const { client, inbox } = await enterAsOwner(relay);
    const log = fromId(inbox);
    await client.expect('accepted', { kind: 'append', log, envelope: makeEnvelope('x'), epoch: 0 });
    await client.expect('reading', { kind: 'read', log, after: 0 });
    await client.next('deliver');
    client.send({ request: 0, kind: 'ack', log, seq: 1 });
    await client.expect('pong', { kind: 'ping' });
    client.send({ request: 0, kind: 'ack', log, seq: 2 });
    expect(await client.nextError()).toBe('WRONG_STATE');
  });

  test('RLY-015 other requests are limited per account', async () => {
    await start({ requestRate: { burst: 3, perSecond: 1 } });
    const { client } = await enterAsOwner(relay);
    const answers = [1, 2, 3, 4].map(() => client.askForError({ kind: 'setVisibility', visible: true }));
    expect(await Promise.all(answers)).toEqual([null, null, null, 'RATE_LIMITED']);
  });

  test('RLY-119 logs that are read are limited per account', async () => {
    await start({ logReadRate: { burst: 2, perSecond: 1 } });
    const { client, inbox } = await enterAsOwner(relay);
    const read = () => client.askForError({ kind: 'read', log: fromId(inbox), after: 0 });
    expect(await Promise.all([read(), read(), read()])).toEqual([null, null, 'RATE_LIMITED']);
  });

  test('RLY-013 a flood of frames is read slowly, and everything is answered in the end', async () => {
    await start({ readRate: { burst: 100, perSecond: 1000 } });
    const { client } = await enterAsOwner(relay);
    const startedAtMs = performance.now();
    await Promise.all(Array.from({ length: 1000 }, () => client.expect('pong', { kind: 'ping' })));
    // The frames of one piece of the stream count when the next one comes.
    await client.expect('pong', { kind: 'ping' });
    await client.expect('pong', { kind: 'ping' });
    expect(performance.now() - startedAtMs).toBeGreaterThan(800);
  });

  test('RLY-011 connections beyond the limit are told so', async () => {
    await start({ maxConnections: 3 });
    const clients = [];
    for (let i = 0; i < 3; i++) clients.push(await TestClient.overTcp(relay.ports.tcp));
    for (const client of clients) await client.next('hello');
    const { answers, closed } = connectRaw();
    await closed;
    expect(answers).toMatchObject([{ kind: 'error', code: 8, retryAfterMs: expect.any(Number) }]);
    await clients[0]?.close();
    await waitForConnections(2);
    await checkAlive();
  });

  test('RLY-011 over TLS they are told so as well', async () => {
    await start({ maxConnections: 1, plaintext: false });
    const first = await TestClient.overTls(relay.ports.tcp);
    await first.next('hello');
    const second = await TestClient.overTls(relay.ports.tcp);
    expect(await second.nextError()).toBe('TOO_MANY_CONNECTIONS');
    await second.closed;
  });
});

describe('TLS', () => {
  test('is 1.3 only, with the relay key', async () => {
    await start({ plaintext: false });
    for (const port of [relay.ports.tcp, relay.ports.webTls]) {
      const socket = connectTls({ port: port ?? 0, host: '127.0.0.1', rejectUnauthorized: false });
      await new Promise((resolve) => socket.once('secureConnect', resolve));
      expect(socket.getProtocol()).toBe('TLSv1.3');
      socket.destroy();
      const old = connectTls({
        port: port ?? 0,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        maxVersion: 'TLSv1.2',
      });
      const error = await new Promise<Error>((resolve) => old.once('error', resolve));
      expect(error.message).toMatch(/alert protocol version|ECONNRESET/i);
    }
    await waitForConnections(0);
  });
});
