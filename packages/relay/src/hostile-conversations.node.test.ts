// The frames of conversations, key packages and linking from clients that do everything wrong: too early, cut off, with wrong
// lengths, far too many. SPEC §3.1.
import { encodeFrame, type Frame, type FrameBody, fromId, LIMITS, type LogId } from '@sirdas/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createConversation,
  enterMembers,
  type Member,
  makeAppend,
  makeCommit,
  makeDelivery,
  read,
} from './conversation.testkit.ts';
import { errorName, startTestRelay, TestClient, type TestRelay } from './relay.testkit.ts';

let relay: TestRelay;
let ayşe: Member;
let burak: Member;
let log: LogId;

beforeEach(async () => {
  relay = await startTestRelay();
  [ayşe, burak] = (await enterMembers(relay, 'burak')) as [Member, Member];
  log = await createConversation(ayşe, burak);
});

afterEach(() => relay.remove());

const id = new Uint8Array(16).fill(7);
const keyPackage = { suite: 'mls-1', keyPackage: Buffer.from('x'), expiresMs: 1, lastResort: false };
const REQUESTS: readonly FrameBody[] = [
  { kind: 'createLog', log: id },
  {
    kind: 'commit',
    log: id,
    epoch: 1,
    envelope: id,
    deliveries: [{ inboxes: [id], envelope: id }],
    readers: [id],
  },
  { kind: 'publishKeyPackages', keyPackages: [keyPackage], replace: true },
  { kind: 'claimKeyPackages', nickname: 'burak', suite: 'mls-1', devices: [id] },
  { kind: 'joinLinking', channel: id },
  { kind: 'linkingMessage', channel: id, payload: id },
];
const commit: FrameBody<'commit'> = {
  ...{ kind: 'commit', log: id, epoch: 1, envelope: id, deliveries: [], readers: [] },
};
const EVENTS: readonly FrameBody[] = [
  { kind: 'signal', log: id, payload: id },
  { kind: 'linkingEnded', channel: id },
];
const OF_RELAYS: readonly FrameBody[] = [
  { kind: 'keyPackageCounts', counts: [{ suite: 'mls-1', count: 1, hasLastResort: false }] },
  { kind: 'claimedKeyPackages', claimed: [{ device: id, keyPackage: id, lastResort: false }] },
  { kind: 'linkingOpened', channel: id, ttlMs: 1 },
];
const withKinds = (bodies: readonly FrameBody[]) => bodies.map((body) => [body.kind, body] as const);
const send = (client: TestClient, body: FrameBody, request = 7) => client.send({ request, ...body } as Frame);

describe('a frame in the wrong place', () => {
  test.each(withKinds([...REQUESTS, ...EVENTS, ...OF_RELAYS]))(
    'RLY-001 %s before the login',
    async (_, body) => {
      const client = await TestClient.overTcp(relay.ports.tcp);
      send(client, body);
      expect(await client.nextError()).toBe('WRONG_STATE');
      await client.closed;
    },
  );

  test.each(withKinds(OF_RELAYS))('RLY-001 %s from a client', async (_, body) => {
    send(ayşe.client, body, 0);
    expect(await ayşe.client.nextError()).toBe('WRONG_STATE');
    await ayşe.client.closed;
  });

  test.each(withKinds(REQUESTS))('RLY-005 %s with the number 0', async (_, body) => {
    send(ayşe.client, body, 0);
    expect(await ayşe.client.nextError()).toBe('BAD_FRAME');
    await ayşe.client.closed;
  });
});

describe('a frame that is cut off or damaged', () => {
  test.each(withKinds([...REQUESTS, ...EVENTS]))('%s does no harm, wherever it ends', async (_, body) => {
    const whole = encodeFrame({ request: 7, ...body } as Frame);
    for (let length = 1; length < whole.length; length += 3) {
      const client = await TestClient.overTcp(relay.ports.tcp);
      await client.enter(burak.account);
      client.sendBytes(whole.subarray(0, length));
      client.send({ request: 9, kind: 'ping' });
      // Either it is no frame, or it is one of a kind that nobody knows.
      const answer = await Promise.race([client.next('error'), client.next('pong')]);
      expect(['BAD_FRAME', null, 'UNKNOWN_KIND', 'WRONG_STATE']).toContain(errorName(answer));
      await client.close();
    }
    expect(await read(ayşe.client, log)).toMatchObject({ head: 1, epoch: 1 });
  });

  const short = id.subarray(1);
  const wrong: [string, FrameBody][] = [
    ['a log of 15 bytes', { kind: 'createLog', log: short }],
    ['a reader of 15 bytes', { ...commit, readers: [short] }],
    [
      'an inbox of 15 bytes',
      {
        ...commit,
        deliveries: [{ inboxes: [short], envelope: id }],
      },
    ],
    ['an empty envelope', { ...commit, envelope: new Uint8Array(0) }],
    [
      'an empty welcome',
      {
        ...commit,
        deliveries: [{ inboxes: [id], envelope: new Uint8Array(0) }],
      },
    ],
    ['a device of 15 bytes', { kind: 'claimKeyPackages', nickname: 'burak', suite: 'x', devices: [short] }],
    ['a channel of 15 bytes', { kind: 'joinLinking', channel: short }],
    ['an empty payload', { kind: 'linkingMessage', channel: id, payload: new Uint8Array(0) }],
    [
      'a key package beyond the limit',
      {
        kind: 'publishKeyPackages',
        replace: false,
        keyPackages: [{ ...keyPackage, keyPackage: new Uint8Array(LIMITS.MAX_KEY_PACKAGE_BYTES + 1) }],
      },
    ],
  ];
  test.each(wrong)('with %s it ends the connection', async (_, body) => {
    send(ayşe.client, body);
    expect(await ayşe.client.nextError()).toBe('BAD_FRAME');
    await ayşe.client.closed;
  });
});

describe('far too many', () => {
  test('commits at once cost the others nothing, and leave one epoch behind', async () => {
    await relay.remove();
    relay = await startTestRelay({ sendRate: { burst: 60, perSecond: 2 } });
    [ayşe, burak] = (await enterMembers(relay, 'burak')) as [Member, Member];
    log = await createConversation(ayşe, burak);
    const flood = Array.from({ length: 500 }, () =>
      burak.client.askForError(
        makeCommit(log, 0, { readers: [burak], deliveries: [makeDelivery('w', ayşe)] }),
      ),
    );
    await ayşe.client.expect('accepted', makeAppend(log, 1, 'meanwhile'));
    const errors = await Promise.all(flood);
    expect(new Set(errors)).toEqual(new Set(['STALE_EPOCH', 'RATE_LIMITED']));
    expect(errors.filter((error) => error === 'STALE_EPOCH').length).toBeLessThanOrEqual(31);
    expect(await read(ayşe.client, ayşe.inbox)).toMatchObject({ head: 0 });
  });

  test('signals and ends of channels that do not exist are swallowed', async () => {
    await read(burak.client, log, 1);
    for (let i = 0; i < 2000; i++) {
      send(ayşe.client, { kind: 'signal', log: fromId(log), payload: id }, 0);
      send(ayşe.client, { kind: 'linkingEnded', channel: id }, 0);
    }
    await ayşe.client.expect('pong', { kind: 'ping' });
    await burak.client.expect('pong', { kind: 'ping' });
    expect([...ayşe.client.unread, ...burak.client.unread].filter(({ kind }) => kind !== 'deliver')).toEqual(
      [],
    );
  });

  test('RLY-043 nobody acknowledges what was sealed behind its removal', async () => {
    await read(burak.client, log, 1);
    await ayşe.client.expect('accepted', makeCommit(log, 1, { readers: [ayşe] }));
    await burak.client.next('deliver');
    await ayşe.client.expect('accepted', makeAppend(log, 2, 'without'));
    burak.client.send({ request: 0, kind: 'ack', log: fromId(log), seq: 3 });
    expect(await burak.client.nextError()).toBe('WRONG_STATE');
  });
});
