// create_log, commit, and what readers of a conversation get (SPEC §3.2).
import { randomBytes } from 'node:crypto';
import { type FrameBody, fromId, LIMITS, type LogId, toLogId } from '@sirdas/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createConversation,
  enterDevice,
  enterMembers,
  type Member,
  makeAppend,
  makeCommit,
  makeDelivery,
  nextEntries,
  read,
  reconnect,
} from '../conversation.testkit.ts';
import { errorName, makeTestDevice, startTestRelay, type TestRelay } from '../relay.testkit.ts';

let relay: TestRelay;
let ayşe: Member;
let burak: Member;
let carla: Member;

beforeEach(async () => {
  relay = await startTestRelay();
  [ayşe, burak, carla] = (await enterMembers(relay, 'burak', 'carla')) as [Member, Member, Member];
});

afterEach(() => relay.remove());

const newLog = () => toLogId(randomBytes(16));
const create = ({ client }: Member, log: LogId) =>
  client.askForError({ kind: 'createLog', log: fromId(log) });
const ack = async ({ client }: Pick<Member, 'client'>, log: LogId, seq: number) => {
  client.send({ request: 0, kind: 'ack', log: fromId(log), seq });
  await client.expect('pong', { kind: 'ping' });
};
const readError = ({ client }: Member, log: LogId) =>
  client.askForError({ kind: 'read', log: fromId(log), after: 0 });

describe('create_log', () => {
  test('makes a log that its creator writes and reads', async () => {
    const log = newLog();
    expect(await create(ayşe, log)).toBeNull();
    expect(await read(ayşe.client, log)).toMatchObject({ head: 0, first: 1, epoch: 0, acknowledged: 0 });
    await ayşe.client.expect('accepted', makeAppend(log, 0, 'a note'));
    expect(await nextEntries(ayşe.client, 1)).toEqual(['1 0 a note']);
  });

  test('RLY-110 a second one is done only for who made the first, as long as no commit came', async () => {
    const log = newLog();
    expect([await create(ayşe, log), await create(ayşe, log)]).toEqual([null, null]);
    expect(await create(burak, log)).toBe('LOG_EXISTS');
    expect(await create(burak, ayşe.inbox)).toBe('LOG_EXISTS');
    await ayşe.client.expect('accepted', makeCommit(log, 0, { readers: [ayşe] }));
    expect(await create(ayşe, log)).toBe('LOG_EXISTS');
  });

  test('RLY-115 new conversations are limited per account', async () => {
    const answers = [];
    for (let i = 0; i < 11; i++) answers.push(await create(ayşe, newLog()));
    expect(answers).toEqual([...Array(10).fill(null), 'RATE_LIMITED']);
    expect(await create(burak, newLog())).toBeNull();
  });
});

describe('commit', () => {
  test('stores its entry, hands out its deliveries, and begins the next epoch with its readers', async () => {
    const log = newLog();
    await create(ayşe, log);
    await read(burak.client, burak.inbox);
    await read(ayşe.client, log);
    const parts = { readers: [ayşe, burak], deliveries: [makeDelivery('welcome', burak)] };
    const { seq } = await ayşe.client.expect('accepted', makeCommit(log, 0, parts));
    expect(seq).toBe(1);
    expect(await nextEntries(burak.client, 1)).toEqual(['1 0 welcome']);
    expect(await read(burak.client, log, 0)).toMatchObject({ head: 1, first: 2, epoch: 1, acknowledged: 1 });
    await burak.client.expect('accepted', makeAppend(log, 1, 'hello'));
    expect(await nextEntries(ayşe.client, 2)).toEqual(['1 0 [commit 0]', '2 1 hello']);
    expect(await nextEntries(burak.client, 1)).toEqual(['2 1 hello']);
    expect(await read(burak.client, burak.inbox, 0)).toMatchObject({ head: 1 });
  });

  test('THREATS 16 17 of 100 at once exactly one wins, and no welcome of the others is delivered', async () => {
    const log = await createConversation(ayşe, burak, carla);
    const others = [ayşe, burak];
    await read(carla.client, carla.inbox);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => {
        const parts = { text: `${index}`, readers: others, deliveries: [makeDelivery(`${index}`, carla)] };
        return (others[index % 2] ?? ayşe).client.ask(makeCommit(log, 1, parts));
      }),
    );
    const winners = answers.flatMap((answer, index) => (answer.kind === 'accepted' ? [index] : []));
    expect(winners).toHaveLength(1);
    expect(answers.filter((answer) => errorName(answer) === 'STALE_EPOCH')).toHaveLength(99);
    expect(await nextEntries(carla.client, 1)).toEqual([`1 0 ${winners[0]}`]);
    expect(await read(carla.client, carla.inbox, 0)).toMatchObject({ head: 1 });
    expect(await read(ayşe.client, log)).toMatchObject({ head: 2, epoch: 2 });
  });

  test('RLY-112 what was sealed for another epoch is not stored', async () => {
    const log = await createConversation(ayşe, burak);
    const errors = [
      await burak.client.askForError(makeAppend(log, 0, 'late')),
      await burak.client.askForError(makeAppend(log, 2, 'early')),
      await burak.client.askForError(makeCommit(log, 0, { readers: [burak] })),
      await burak.client.askForError(makeCommit(log, 2, { readers: [burak] })),
      await burak.client.askForError({ ...makeAppend(burak.inbox, 0, 'x'), epoch: 1 }),
    ];
    expect(errors).toEqual(Array(5).fill('STALE_EPOCH'));
    expect(await read(burak.client, log)).toMatchObject({ head: 1, epoch: 1 });
  });

  test('an append that was sent before it belongs to the epoch that it ends', async () => {
    const log = await createConversation(ayşe, burak);
    const [before, commit, after] = await Promise.all([
      ayşe.client.ask(makeAppend(log, 1, 'before')),
      ayşe.client.ask(makeCommit(log, 1, { readers: [ayşe] })),
      ayşe.client.ask(makeAppend(log, 1, 'after')),
    ]);
    expect([before, commit]).toMatchObject([{ seq: 2 }, { seq: 3 }]);
    expect(errorName(after)).toBe('STALE_EPOCH');
  });

  test('RLY-111 THREATS 37 to who does not read it, it is as if there were no such log', async () => {
    const log = await createConversation(ayşe, burak);
    for (const [name, epoch] of [
      [log, 0],
      [log, 1],
      [newLog(), 0],
    ] as const) {
      expect(await carla.client.askForError(makeAppend(name, epoch, 'x'))).toBe('UNKNOWN_LOG');
      expect(await carla.client.askForError(makeCommit(name, epoch, { readers: [carla] }))).toBe(
        'UNKNOWN_LOG',
      );
      expect(await readError(carla, name)).toBe('UNKNOWN_LOG');
    }
    expect(await ayşe.client.askForError(makeCommit(ayşe.inbox, 0, { readers: [ayşe] }))).toBe('UNKNOWN_LOG');
  });

  test('RLY-111 entries of others in the same batch are stored', async () => {
    const log = await createConversation(ayşe, burak);
    const answers = await Promise.all([
      ayşe.client.ask(makeAppend(log, 1, 'a')),
      carla.client.ask(makeAppend(log, 1, 'c')),
      burak.client.ask(makeAppend(log, 1, 'b')),
    ]);
    expect(answers.map(errorName)).toEqual([null, 'UNKNOWN_LOG', null]);
    expect(await read(ayşe.client, log)).toMatchObject({ head: 3 });
  });

  const refused: [string, (log: LogId) => FrameBody<'commit'>, string][] = [
    [
      'a device that nobody has',
      (log) => makeCommit(log, 1, { readers: [ayşe, { device: makeTestDevice() }] }),
      'READERS_INVALID',
    ],
    ['a device twice', (log) => makeCommit(log, 1, { readers: [ayşe, ayşe] }), 'READERS_INVALID'],
    [
      'an inbox twice in one delivery',
      (log) => makeCommit(log, 1, { readers: [ayşe], deliveries: [makeDelivery('x', burak, burak)] }),
      'READERS_INVALID',
    ],
    [
      'too many readers',
      (log) =>
        makeCommit(log, 1, { readers: Array.from({ length: 513 }, () => ({ device: makeTestDevice() })) }),
      'READERS_INVALID',
    ],
    [
      'an inbox that nobody has',
      (log) =>
        makeCommit(log, 1, {
          readers: [ayşe],
          deliveries: [makeDelivery('x', burak, { ...burak, inbox: newLog() })],
        }),
      'READERS_INVALID',
    ],
    [
      'a conversation as inbox',
      (log) =>
        makeCommit(log, 1, { readers: [ayşe], deliveries: [makeDelivery('x', { ...burak, inbox: log })] }),
      'READERS_INVALID',
    ],
    [
      'more welcomes than allowed',
      (log) => {
        const text = 'x'.repeat(LIMITS.MAX_WELCOME_BYTES / 2 + 1);
        return makeCommit(log, 1, {
          readers: [ayşe],
          deliveries: [makeDelivery(text, burak), makeDelivery(text, burak)],
        });
      },
      'ENVELOPE_TOO_LARGE',
    ],
  ];
  test.each(refused)('RLY-113 RLY-116 with %s nothing of it is stored', async (_, make, error) => {
    const log = await createConversation(ayşe, burak);
    expect(await ayşe.client.askForError(make(log))).toBe(error);
    expect(await read(ayşe.client, log)).toMatchObject({ head: 1, epoch: 1 });
    expect(await read(burak.client, burak.inbox)).toMatchObject({ head: 0 });
  });

  test('as large as it may be, it arrives', async () => {
    const log = await createConversation(ayşe, burak);
    await Promise.all([read(burak.client, burak.inbox), read(burak.client, log, 1)]);
    const welcome = { inboxes: [fromId(burak.inbox)], envelope: Buffer.alloc(LIMITS.MAX_WELCOME_BYTES, 2) };
    const commit = makeCommit(log, 1, { readers: [ayşe, burak], deliveries: [welcome] });
    await ayşe.client.expect('accepted', { ...commit, envelope: Buffer.alloc(LIMITS.MAX_COMMIT_BYTES, 1) });
    const sizes = [await burak.client.next('deliver'), await burak.client.next('deliver')].map(
      ({ entries }) => entries[0]?.envelope.length,
    );
    expect(sizes).toEqual([LIMITS.MAX_COMMIT_BYTES, LIMITS.MAX_WELCOME_BYTES]);
  });
});

describe('RLY-114 a full inbox', () => {
  test('refuses the whole commit', async () => {
    await relay.remove();
    relay = await startTestRelay({ maxMailboxEntries: 2 });
    [ayşe, burak] = (await enterMembers(relay, 'burak')) as [Member, Member];
    const log = await createConversation(ayşe);
    for (let i = 0; i < 2; i++) await ayşe.client.expect('accepted', makeAppend(burak.inbox, 0, `${i}`));
    const commit = makeCommit(log, 1, {
      readers: [ayşe, burak],
      deliveries: [makeDelivery('w', ayşe, burak)],
    });
    expect(await ayşe.client.askForError(commit)).toBe('MAILBOX_FULL');
    expect(await read(ayşe.client, ayşe.inbox)).toMatchObject({ head: 0 });
    expect(await readError(burak, log)).toBe('UNKNOWN_LOG');
    await read(burak.client, burak.inbox);
    await nextEntries(burak.client, 2);
    await ack(burak, burak.inbox, 2);
    await expect.poll(() => ayşe.client.askForError(commit)).toBeNull();
  });

  test('of a conversation waits no more for who has left it', async () => {
    await relay.remove();
    relay = await startTestRelay({ maxMailboxEntries: 4 });
    [ayşe, burak] = (await enterMembers(relay, 'burak')) as [Member, Member];
    const log = await createConversation(ayşe, burak);
    await ayşe.client.expect('accepted', makeCommit(log, 1, { readers: [ayşe] }));
    await read(ayşe.client, log);
    await nextEntries(ayşe.client, 2);
    await ack(ayşe, log, 2);
    expect(await read(burak.client, log)).toMatchObject({ first: 2, head: 2 });
    for (let i = 0; i < 4; i++) await ayşe.client.expect('accepted', makeAppend(log, 2, `${i}`));
    expect(await readError(burak, log)).toBe('UNKNOWN_LOG');
  });
});

describe('RLY-117 RLY-118 whoever is removed', () => {
  test('gets the commit that removes it and nothing behind, while it is connected', async () => {
    const log = await createConversation(ayşe, burak, carla);
    await Promise.all([read(burak.client, log, 1), read(carla.client, log, 1)]);
    await ayşe.client.expect('accepted', makeAppend(log, 1, 'with carla'));
    await ayşe.client.expect('accepted', makeCommit(log, 1, { readers: [ayşe, burak] }));
    for (let i = 0; i < 3; i++) await ayşe.client.expect('accepted', makeAppend(log, 2, `without ${i}`));
    expect(await nextEntries(burak.client, 5)).toContain('6 2 without 2');
    await carla.client.expect('pong', { kind: 'ping' });
    expect(await nextEntries(carla.client, 2)).toEqual(['2 1 with carla', '3 1 [commit 1]']);
    expect(carla.client.unread.filter(({ kind }) => kind === 'deliver')).toEqual([]);
    expect(await carla.client.askForError(makeAppend(log, 2, 'still here?'))).toBe('UNKNOWN_LOG');
    expect(await carla.client.askForError(makeCommit(log, 2, { readers: [carla] }))).toBe('UNKNOWN_LOG');
    expect(await read(carla.client, log, 0)).toMatchObject({ first: 2, head: 3, epoch: 2 });
    await nextEntries(carla.client, 2);
    await ayşe.client.expect('accepted', makeCommit(log, 2, { readers: [ayşe, burak] }));
    await ack(carla, log, 3);
    await expect.poll(() => readError(carla, log)).toBe('UNKNOWN_LOG');
    const delivered = carla.client.unread.flatMap((frame) => (frame.kind === 'deliver' ? frame.entries : []));
    expect(delivered.every(({ seq }) => seq <= 3)).toBe(true);
  });

  test('gets it when it comes back, and nothing that is stored or sent later', async () => {
    const log = await createConversation(ayşe, burak, carla);
    await carla.client.close();
    await ayşe.client.expect('accepted', makeAppend(log, 1, 'with carla'));
    await ayşe.client.expect('accepted', makeCommit(log, 1, { readers: [ayşe, burak] }));
    const client = await reconnect(relay, carla);
    await read(client, log, 3);
    await ayşe.client.expect('accepted', makeAppend(log, 2, 'right behind'));
    await client.expect('pong', { kind: 'ping' });
    expect(await read(client, log, 1)).toMatchObject({ first: 2, head: 3, epoch: 2, acknowledged: 1 });
    expect(await nextEntries(client, 2)).toEqual(['2 1 with carla', '3 1 [commit 1]']);
    await ayşe.client.expect('accepted', makeAppend(log, 2, 'live'));
    await client.expect('pong', { kind: 'ping' });
    expect(client.unread.filter(({ kind }) => kind === 'deliver')).toEqual([]);
  });

  test('and comes again begins behind the commit that brings it back', async () => {
    const log = await createConversation(ayşe, burak);
    await ayşe.client.expect('accepted', makeCommit(log, 1, { readers: [ayşe] }));
    await ayşe.client.expect('accepted', makeAppend(log, 2, 'without'));
    await ayşe.client.expect('accepted', makeCommit(log, 2, { readers: [ayşe, burak] }));
    await ayşe.client.expect('accepted', makeAppend(log, 3, 'again'));
    expect(await read(burak.client, log, 0)).toMatchObject({ first: 5, head: 5, acknowledged: 4 });
    expect(await nextEntries(burak.client, 1)).toEqual(['5 3 again']);
  });

  test('a log without readers goes when everybody has its end', async () => {
    const log = await createConversation(ayşe, burak);
    await ayşe.client.expect('accepted', makeCommit(log, 1, { readers: [] }));
    expect(await ayşe.client.askForError(makeAppend(log, 2, 'x'))).toBe('UNKNOWN_LOG');
    await Promise.all([read(ayşe.client, log), read(burak.client, log)]);
    expect(await nextEntries(burak.client, 1)).toEqual(['2 1 [commit 1]']);
    expect(await nextEntries(ayşe.client, 2)).toEqual(['1 0 [commit 0]', '2 1 [commit 1]']);
    await ack(ayşe, log, 2);
    await ack(burak, log, 2);
    await expect.poll(() => create(carla, log)).toBeNull();
  });
});

test('RLY-131 a device that its account removes loses everything at once', async () => {
  const laptop = await enterDevice(relay, burak);
  const log = await createConversation(ayşe, burak, laptop);
  await read(laptop.client, log, 1);
  burak.account.devices = [burak.device];
  await burak.client.expect('done', { kind: 'publishRecord', record: burak.account.makeRecord() });
  await ayşe.client.expect('accepted', makeAppend(log, 1, 'after'));
  await laptop.client.closed;
  expect(laptop.client.unread.filter(({ kind }) => kind === 'deliver')).toEqual([]);
  expect(await ayşe.client.askForError(makeCommit(log, 1, { readers: [ayşe, laptop] }))).toBe(
    'READERS_INVALID',
  );
  burak.account.devices = [burak.device, laptop.device];
  await burak.client.expect('done', { kind: 'publishRecord', record: burak.account.makeRecord() });
  const again = { ...laptop, client: await reconnect(relay, laptop) };
  expect(await readError(again, log)).toBe('UNKNOWN_LOG');
  expect(await again.client.askForError(makeAppend(log, 1, 'x'))).toBe('UNKNOWN_LOG');
});

test('RLY-130 a device id that another account has or had is refused', async () => {
  const once = burak.device;
  burak.account.devices = [makeTestDevice(), once];
  await burak.client.expect('done', { kind: 'publishRecord', record: burak.account.makeRecord() });
  burak.account.devices = burak.account.devices.slice(0, 1);
  await burak.client.expect('done', { kind: 'publishRecord', record: burak.account.makeRecord() });
  await burak.client.closed;
  carla.account.devices = [carla.device, { ...makeTestDevice(), id: once.id }];
  const record = carla.account.makeRecord();
  expect(await carla.client.askForError({ kind: 'publishRecord', record })).toBe('DEVICE_TAKEN');
  const stranger = await enterMembers(relay).catch((error: Error) => error.message);
  expect(stranger).toContain('INVITE');
});

describe('RLY-041 the rate of an account', () => {
  test('counts a commit and each envelope that it delivers', async () => {
    await relay.remove();
    relay = await startTestRelay({ sendRate: { burst: 6, perSecond: 0.001 } });
    [ayşe, burak, carla] = (await enterMembers(relay, 'burak', 'carla')) as [Member, Member, Member];
    const log = await createConversation(ayşe);
    const deliveries = [makeDelivery('w', burak, carla)];
    expect(await ayşe.client.askForError(makeCommit(log, 1, { readers: [ayşe], deliveries }))).toBeNull();
    expect(await ayşe.client.askForError(makeCommit(log, 2, { readers: [ayşe], deliveries }))).toBe(
      'RATE_LIMITED',
    );
    expect(await ayşe.client.askForError(makeCommit(log, 2, { readers: [ayşe] }))).toBeNull();
    expect(await ayşe.client.askForError(makeAppend(log, 3, 'x'))).toBeNull();
    expect(await ayşe.client.askForError(makeAppend(log, 3, 'x'))).toBe('RATE_LIMITED');
  });

  test('bounds the bytes that commits put into inboxes', async () => {
    await relay.remove();
    relay = await startTestRelay({ deliverBytes: { burst: 1000, perSecond: 0.001 } });
    [ayşe, burak, carla] = (await enterMembers(relay, 'burak', 'carla')) as [Member, Member, Member];
    const log = await createConversation(ayşe);
    const deliver = (epoch: number, size: number) =>
      ayşe.client.askForError(
        makeCommit(log, epoch, {
          readers: [ayşe],
          deliveries: [makeDelivery('x'.repeat(size), burak, carla)],
        }),
      );
    expect([await deliver(1, 300), await deliver(2, 300), await deliver(2, 100)]).toEqual([
      null,
      'RATE_LIMITED',
      null,
    ]);
  });
});
