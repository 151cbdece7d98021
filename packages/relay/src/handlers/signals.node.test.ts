// signal: to whom it goes, and to whom not (SPEC §3.3).
import { fromId, LIMITS, type LogId } from '@sirdas/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createConversation,
  enterDevice,
  enterMembers,
  type Member,
  makeAppend,
  makeCommit,
  read,
  reconnect,
} from '../conversation.testkit.ts';
import { startTestRelay, type TestClient, type TestRelay } from '../relay.testkit.ts';

let relay: TestRelay;
let ayşe: Member;
let burak: Member;
let carla: Member;
let log: LogId;

const start = async (values: Parameters<typeof startTestRelay>[0] = {}) => {
  relay = await startTestRelay(values);
  [ayşe, burak, carla] = (await enterMembers(relay, 'burak', 'carla')) as [Member, Member, Member];
  log = await createConversation(ayşe, burak);
};

beforeEach(() => start());
afterEach(() => relay.remove());

const signal = async ({ client }: Pick<Member, 'client'>, text: string, to = log) => {
  client.send({ request: 0, kind: 'signal', log: fromId(to), payload: Buffer.from(text) });
  // What was sent before it has been handled.
  await client.expect('pong', { kind: 'ping' });
};
const signalsOf = async (client: TestClient) => {
  await client.expect('pong', { kind: 'ping' });
  return client.unread.flatMap((frame) =>
    frame.kind === 'signal' ? [Buffer.from(frame.payload).toString()] : [],
  );
};

test('goes to the others who read the log now, not back to its sender, and is not stored', async () => {
  const tablet = await enterDevice(relay, ayşe);
  await ayşe.client.expect('accepted', makeCommit(log, 1, { readers: [ayşe, burak, tablet] }));
  for (const { client } of [ayşe, burak, tablet]) await read(client, log, 2);
  await signal(ayşe, 'typing');
  expect(await burak.client.next('signal')).toMatchObject({ request: 0, log: fromId(log) });
  expect(await signalsOf(tablet.client)).toEqual(['typing']);
  expect(await signalsOf(ayşe.client)).toEqual([]);
  const later = await reconnect(relay, burak);
  expect(await read(later, log, 0)).toMatchObject({ head: 2 });
  expect(await signalsOf(later)).toEqual([]);
});

describe('RLY-132 is dropped without a word', () => {
  test('from who is no reader, or does not read the log now', async () => {
    await read(burak.client, log, 1);
    await signal(carla, 'stranger');
    await signal(ayşe, 'not reading');
    await signal(burak, 'nobody else reads');
    expect(await signalsOf(burak.client)).toEqual([]);
    expect([ayşe, carla].flatMap(({ client }) => client.unread)).toEqual([]);
  });

  test('from and to who was removed, also while it is connected', async () => {
    await ayşe.client.expect('accepted', makeCommit(log, 1, { readers: [ayşe, burak, carla] }));
    for (const { client } of [ayşe, burak, carla]) await read(client, log, 2);
    await ayşe.client.expect('accepted', makeCommit(log, 2, { readers: [ayşe, burak] }));
    await carla.client.next('deliver');
    await signal(ayşe, 'without carla');
    await signal(carla, 'still here');
    expect(await signalsOf(burak.client)).toEqual(['without carla']);
    expect(await signalsOf(carla.client)).toEqual([]);
    await read(carla.client, log, 0);
    await signal(ayşe, 'again');
    expect(await signalsOf(carla.client)).toEqual([]);
  });
});

test('RLY-133 beyond the rate it is dropped, and nothing else is', async () => {
  await relay.remove();
  await start({ signalRate: { burst: 3, perSecond: 0.001 } });
  for (const { client } of [ayşe, burak]) await read(client, log, 1);
  for (let i = 0; i < 6; i++) await signal(ayşe, `${i}`);
  expect(await signalsOf(burak.client)).toEqual(['0', '1', '2']);
  await ayşe.client.expect('accepted', makeAppend(log, 1, 'x'));
});

test('a payload beyond the limit ends the connection', async () => {
  const payload = Buffer.alloc(LIMITS.MAX_SIGNAL_BYTES + 1, 1);
  ayşe.client.send({ request: 0, kind: 'signal', log: fromId(log), payload });
  expect(await ayşe.client.nextError()).toBe('BAD_FRAME');
});
