// create_log, commit, and what readers of a conversation get (SPEC §3.2).
import { randomBytes } from 'node:crypto';
import { fromId, LIMITS, type LogId, toLogId } from '@sirdas/protocol';
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
import { makeTestDevice, startTestRelay, type TestRelay } from '../relay.testkit.ts';

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

describe('create_log', () => {
  test('makes a log that its creator writes and reads', async () => {
    const log = newLog();
    expect(await create(ayşe, log)).toBeNull();
    expect(await read(ayşe.client, log)).toMatchObject({ head: 0, first: 1, epoch: 0, acknowledged: 0 });
    await ayşe.client.expect('accepted', makeAppend(log, 0, 'a note'));
    expect(await nextEntries(ayşe.client, 1)).toEqual(['1 0 a note']);
  });

  test('RLY-110 a second one is done only for who made the first, as long as nothing has happened', async () => {
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
  });
});
