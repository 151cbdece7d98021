// What strangers do to an open port: garbage, huge lengths, half frames, dribbling, floods of connections, guessed logins. Each
// ends with the code of SPEC §9, memory stays flat, and two people who talk meanwhile notice nothing. THREATS 40, 43, 58.
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { connect as connectTls } from 'node:tls';
import { computeRelayFingerprint } from '@sirdas/crypto';
import {
  encodeFrame,
  encodeUtf8,
  type Frame,
  type FrameBody,
  fromId,
  LIMITS,
  prefixFrame,
  prepareNickname,
} from '@sirdas/protocol';
import { expect, onTestFinished, test, vi } from 'vitest';
import { LivePair } from './live-pair.testkit.ts';
import { type RelayProcess, startRelay } from './relay-process.testkit.ts';
import { composeLogin, joinWire, logInWire, makeWireAccount } from './wire-account.testkit.ts';
import { connectWire, describeFrame, type WireConnection } from './wire-connection.testkit.ts';

vi.setConfig({ testTimeout: 180_000 });

const MIB = 1024 * 1024;
/** Garbage collection is lazy: what an attack of many MiB may leave behind. */
const MEMORY_SLACK_BYTES = 64 * MIB;

const PING = prefixFrame(encodeFrame({ request: 0, kind: 'ping' }));
/** Field 1000, which no version has: ignored, but it counts. */
const UNKNOWN_KIND = prefixFrame(Uint8Array.of(0xc2, 0x3e, 0x04, 1, 2, 3, 4));

/** For those who do not log in. Long enough for those who do, on a busy machine too. */
const SHORT_DEADLINE = { 'handshake-timeout': '5s' };

/** A relay and two people who talk all the time. */
async function startBusyRelay(flags: Record<string, string> = {}) {
  const relay = await startRelay({ flags: { 'handshake-timeout': '60s', host: '0.0.0.0', ...flags } });
  const token = await relay.inviteToken();
  const pair = new LivePair(
    await joinWire(relay.address, 'ayşe', token),
    await joinWire(relay.address, 'burak', token),
  );
  await pair.continue(3);
  return { relay, token, pair };
}

/** The pair made progress after the attack as well, and nothing was lost, repeated or out of order. */
async function expectUndisturbed(pair: LivePair): Promise<void> {
  await pair.continue(3);
  expect((await pair.stop()).isIntact).toBe(true);
}

test('RLY-001 RLY-002 RLY-004 RLY-005 nonsense before the login ends the connection with its reason', async () => {
  const { relay, pair } = await startBusyRelay();
  const oneByteTooLong = lengthPrefix(LIMITS.MAX_HANDSHAKE_BYTES + 1);
  const read: Frame = { request: 1, kind: 'read', log: randomBytes(16), after: 0 };
  const openings: [string, Uint8Array, string][] = [
    ['a length of 1 GiB', lengthPrefix(1024 * MIB), 'FRAME_TOO_LARGE'],
    ['the largest length there is', lengthPrefix(0xffffffff), 'FRAME_TOO_LARGE'],
    ['one byte more than a handshake may have', oneByteTooLong, 'FRAME_TOO_LARGE'],
    ['an HTTP request', encodeUtf8('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), 'FRAME_TOO_LARGE'],
    ['many small frames of a later version', repeat(UNKNOWN_KIND, 1000), 'FRAME_TOO_LARGE'],
    ['an empty frame', lengthPrefix(0), 'BAD_FRAME'],
    ['a frame of random bytes', prefixFrame(Uint8Array.of(0xff, ...randomBytes(300))), 'BAD_FRAME'],
    ['a request without a number', toBytes({ ...read, request: 0 }), 'BAD_FRAME'],
    ['a ping to keep it open', PING, 'WRONG_STATE'],
    ['an append', toBytes(appendTo(randomBytes(16))), 'WRONG_STATE'],
    ['a read, as if resumed', toBytes(read), 'WRONG_STATE'],
    ['what only relays say', toBytes({ request: 0, kind: 'goodbye', reconnectAfterMs: 1 }), 'WRONG_STATE'],
    ['two requests at once', repeat(toBytes({ ...READABLE_LOGIN, request: 1 }), 2), 'WRONG_STATE'],
  ];
  const outcomes = await Promise.all(
    openings.map(async ([name, bytes]) => {
      const connection = await connectWire(relay.address);
      connection.sendBytes(bytes);
      return [name, (await connection.ended).reason];
    }),
  );
  expect(outcomes).toEqual(openings.map(([name, , reason]) => [name, reason]));
  await expectUndisturbed(pair);
});

test('RLY-001 RLY-005 nonsense after the login ends the connection; what is merely refused does not', async () => {
  const { relay, token, pair } = await startBusyRelay();
  const victim = await joinWire(relay.address, 'kurban', token);
  const fatal: [string, Uint8Array, string][] = [
    ['a length beyond the limit', lengthPrefix(LIMITS.MAX_FRAME_BYTES + 1), 'FRAME_TOO_LARGE'],
    ['an empty frame', lengthPrefix(0), 'BAD_FRAME'],
    ['a frame of random bytes', prefixFrame(Uint8Array.of(0xff, ...randomBytes(300))), 'BAD_FRAME'],
    ['a second login', toBytes({ ...READABLE_LOGIN, request: 1 }), 'WRONG_STATE'],
    ['what only relays say', toBytes({ request: 0, kind: 'goodbye', reconnectAfterMs: 1 }), 'WRONG_STATE'],
  ];
  for (const [index, [name, bytes, reason]] of fatal.entries()) {
    const { connection } = await joinWire(relay.address, `yaramaz${index}`, token);
    connection.sendBytes(bytes);
    expect([name, (await connection.ended).reason]).toEqual([name, reason]);
  }
  const { connection } = await joinWire(relay.address, 'meraklı', token);
  const ask = (body: FrameBody) => connection.askForError(body);
  expect(await ask({ kind: 'read', log: fromId(victim.inbox), after: 0 })).toBe('UNKNOWN_LOG');
  expect(await ask({ kind: 'append', log: randomBytes(16), envelope: randomBytes(9), epoch: 0 })).toBe(
    'UNKNOWN_LOG',
  );
  const tooLarge = randomBytes(LIMITS.MAX_ENVELOPE_BYTES + 1);
  expect(await ask({ kind: 'append', log: fromId(victim.inbox), envelope: tooLarge, epoch: 0 })).toBe(
    'ENVELOPE_TOO_LARGE',
  );
  connection.sendBytes(UNKNOWN_KIND);
  expect(await ask({ kind: 'ping' })).toBe('pong');
  await expectUndisturbed(pair);
});

test('RLY-003 half a frame, dribbling and silence are closed at the deadline', async () => {
  const { relay, pair } = await startBusyRelay(SHORT_DEADLINE);
  const silent = await connectWire(relay.address);
  const half = await connectWire(relay.address);
  half.sendBytes(prefixFrame(new Uint8Array(500)).subarray(0, 250));
  const dribbling = await connectWire(relay.address);
  dribble(dribbling, prefixFrame(new Uint8Array(500)));
  const ends = await Promise.all([silent, half, dribbling].map((connection) => connection.ended));
  expect(ends).toEqual(Array(3).fill({ reason: 'HANDSHAKE_TIMEOUT' }));
  await expectUndisturbed(pair);
});

test('RLY-003 a TLS handshake that never begins, stops half-way or is none is closed', async () => {
  const { relay, pair } = await startBusyRelay(SHORT_DEADLINE);
  const clientHelloStart = Buffer.from('16030102000100', 'hex');
  const openings = [
    Buffer.alloc(0),
    clientHelloStart,
    Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'),
    randomBytes(4096),
  ];
  await Promise.all(openings.map((bytes) => openRaw(relay, bytes).then(({ closed }) => closed)));
  await expectUndisturbed(pair);
});

test('TLS below version 1.3 is refused', async () => {
  const { relay, pair } = await startBusyRelay();
  const refusal = await new Promise<Error>((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: relay.port,
      maxVersion: 'TLSv1.2',
      rejectUnauthorized: false,
    } as const;
    const socket = connectTls(options, () => reject(new Error('TLS 1.2 was accepted')));
    socket.on('error', resolve);
  });
  expect(refusal).toHaveProperty('code', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
  await expectUndisturbed(pair);
});

test('a thousand connections that claim huge frames and hold what they may leave memory flat', async () => {
  const { relay, pair } = await startBusyRelay();
  const before = relay.memoryBytes();
  const connections = await openMany(relay, 1000);
  for (const [index, connection] of connections.entries()) {
    if (index % 2 === 0) connection.sendBytes(lengthPrefix(1024 * MIB));
    // The largest handshake that may still become one, without its last byte.
    else connection.sendBytes(prefixFrame(new Uint8Array(LIMITS.MAX_HANDSHAKE_BYTES - 4)).subarray(0, -1));
  }
  const refused = connections.filter((_, index) => index % 2 === 0);
  const reasons = await Promise.all(refused.map(async ({ ended }) => (await ended).reason));
  expect(new Set(reasons)).toEqual(new Set(['FRAME_TOO_LARGE']));
  await pair.continue(3);
  // A TLS connection costs some 40 KiB by itself; a gigabyte per connection would show.
  expect(relay.memoryBytes() - before).toBeLessThan(1000 * 64 * 1024 + MEMORY_SLACK_BYTES);
  for (const connection of connections) connection.destroy();
  await expectUndisturbed(pair);
});

test('RLY-011 one address gets no more than its share of connections, others still get in', async (context) => {
  const outside = findOutsideAddress();
  if (outside === null)
    return context.skip(
      'this machine has no address besides loopback, which is exempt from limits per address',
    );
  const { relay, token, pair } = await startBusyRelay({
    ...SHORT_DEADLINE,
    'connect-rate': 'off',
    'max-connections-per-address': '16',
  });
  const before = relay.memoryBytes();
  const connections: WireConnection[] = [];
  for (let i = 0; i < 20; i++) connections.push(await connectWire({ ...relay.address, host: outside }));
  const first = await Promise.all(connections.map(async (c) => describeFrame(await c.waitFor(() => true))));
  expect(first).toEqual([...Array(16).fill('hello'), ...Array(4).fill('TOO_MANY_CONNECTIONS')]);
  // Beyond twice the limit not even a TLS handshake is spent on anyone.
  const target = { host: outside, port: relay.port };
  const sockets = await Promise.all(Array.from({ length: 300 }, () => openRaw(target, Buffer.alloc(0))));
  await resolvedCount(
    sockets.map(({ closed }) => closed),
    300 - 16,
  );
  expect(relay.memoryBytes() - before).toBeLessThan(MEMORY_SLACK_BYTES);
  await joinWire(relay.address, 'komşu', token);
  await expectUndisturbed(pair);
});

test('RLY-006 RLY-007 RLY-008 a login that proves nothing fails, whatever is wrong with it', async () => {
  const { relay, token, pair } = await startBusyRelay();
  const { account } = await joinWire(relay.address, 'hedef', token);
  const stranger = await makeWireAccount('hedef', computeRelayFingerprint((await helloOf(relay)).relayKey));
  const captured = await composeLogin(await connectWire(relay.address), account);
  const attempts: [string, (connection: WireConnection) => Promise<Frame>][] = [
    ['an unknown account', (c) => composeLogin(c, { ...account, nickname: prepareNickname('kimse') })],
    ['an unknown device', (c) => composeLogin(c, { ...account, device: stranger.device })],
    ["a stranger's key", (c) => composeLogin(c, { ...account, deviceKey: stranger.deviceKey })],
    [
      'the identity key instead of the device key',
      (c) => composeLogin(c, { ...account, deviceKey: account.identityKey }),
    ],
    ['a login that was recorded on another connection (THREATS 34)', async () => captured],
    ['the binding of another channel', (c) => composeLogin(c, account, { channelBinding: randomBytes(32) })],
    [
      'another visibility than the one signed',
      async (c) => ({ ...(await composeLogin(c, account)), visible: false }),
    ],
    [
      'a signature for another purpose (THREATS 33)',
      async (c) => ({
        ...(await composeLogin(c, account)),
        signature: account.record.signature,
      }),
    ],
    [
      'a nickname that is not canonical',
      async (c) => ({ ...(await composeLogin(c, account)), nickname: 'HEDEF' }),
    ],
  ];
  for (const [name, compose] of attempts) {
    const connection = await connectWire(relay.address);
    connection.send(await compose(connection));
    expect([name, (await connection.ended).reason]).toEqual([name, 'LOGIN_FAILED']);
  }
  const newer = await connectWire(relay.address);
  newer.send({ ...(await composeLogin(newer, account)), version: 2 });
  expect((await newer.ended).reason).toBe('UNSUPPORTED_VERSION');
  await logInWire(relay.address, account);
  await expectUndisturbed(pair);
});

test('RLY-009 after some failed logins an address has to wait, others do not', async (context) => {
  const outside = findOutsideAddress();
  if (outside === null)
    return context.skip(
      'this machine has no address besides loopback, which is exempt from limits per address',
    );
  const { relay, token, pair } = await startBusyRelay({ 'login-failure-rate': '3,1/h' });
  const { account } = await joinWire(relay.address, 'hedef', token);
  const outcomes: string[] = [];
  for (let i = 0; i < 5; i++) {
    const connection = await connectWire({ ...relay.address, host: outside });
    const { request: _, ...login } = await composeLogin(connection, account);
    outcomes.push(await connection.askForError({ ...login, signature: randomBytes(64) }));
  }
  expect(outcomes).toEqual(['LOGIN_FAILED', 'LOGIN_FAILED', 'LOGIN_FAILED', 'RATE_LIMITED', 'RATE_LIMITED']);
  await logInWire(relay.address, account);
  await expectUndisturbed(pair);
});

/** A login that can be decoded and proves nothing. */
const READABLE_LOGIN: FrameBody<'login'> = {
  kind: 'login',
  version: 1,
  nickname: 'ayşe',
  device: new Uint8Array(16),
  nonce: new Uint8Array(32),
  channelBound: false,
  signature: new Uint8Array(64),
  visible: true,
};

function appendTo(log: Uint8Array): Frame {
  return { request: 1, kind: 'append', log, envelope: Uint8Array.of(1), epoch: 0 };
}

function toBytes(frame: Frame): Uint8Array {
  return prefixFrame(encodeFrame(frame));
}

function lengthPrefix(length: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, length);
  return bytes;
}

function repeat(bytes: Uint8Array, times: number): Uint8Array {
  return Buffer.concat(Array<Uint8Array>(times).fill(bytes));
}

/** One byte every 100 ms, as long as the other side listens. */
function dribble(connection: WireConnection, bytes: Uint8Array): void {
  let sent = 0;
  const timer = setInterval(() => connection.sendBytes(bytes.subarray(sent, ++sent)), 100);
  void connection.ended.then(() => clearInterval(timer));
}

interface RawSocket {
  readonly socket: Socket;
  readonly closed: Promise<void>;
}

/** A TCP connection without TLS; resolves when it is open or already refused. */
function openRaw(
  target: { readonly host?: string; readonly port: number },
  bytes: Uint8Array,
): Promise<RawSocket> {
  const socket = connect({ host: target.host ?? '127.0.0.1', port: target.port });
  onTestFinished(() => void socket.destroy());
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => {});
  socket.resume();
  return new Promise((resolve) => {
    socket.once('connect', () => {
      socket.write(bytes);
      resolve({ socket, closed });
    });
    socket.once('close', () => resolve({ socket, closed }));
  });
}

/** In portions, since a listen queue is short. */
async function openMany(relay: RelayProcess, count: number): Promise<WireConnection[]> {
  const connections: WireConnection[] = [];
  while (connections.length < count) {
    connections.push(...(await Promise.all(Array.from({ length: 50 }, () => connectWire(relay.address)))));
  }
  return connections;
}

/** Resolves when at least that many of the promises have. */
function resolvedCount(promises: readonly Promise<unknown>[], count: number): Promise<void> {
  let resolved = 0;
  return new Promise((resolve) => {
    for (const promise of promises) promise.then(() => ++resolved === count && resolve());
  });
}

async function helloOf(relay: RelayProcess): Promise<Frame<'hello'>> {
  const connection = await connectWire(relay.address);
  return connection.waitForKind('hello');
}

/** An IPv4 address of this machine that is not loopback; null when there is none. */
function findOutsideAddress(): string | null {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? null;
}
