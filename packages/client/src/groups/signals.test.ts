// Hints through real groups: heard by the others, from now only, not too often, and dropped without a word otherwise.
import { describeGroup, type MlsGroup, systemRandom } from '@sirdas/crypto';
import { type Frame, type FrameBody, fromId, type LogId } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../manual-clock.testkit.ts';
import type { Session } from '../session.ts';
import type { GroupRecord } from '../vault/vault.ts';
import { TestAccount } from './group-people.testkit.ts';
import {
  makeRealGroup,
  ownLeafOf,
  plan,
  TEST_LOG,
  type TestDevice,
  verifierFor,
} from './real-group.testkit.ts';
import { Signals } from './signals.ts';

const CONVERSATION = '01'.repeat(16) as GroupRecord['conversation'];
const [mia, noah] = await Promise.all([
  TestAccount.make('mia', [['laptop', 'phone']]),
  TestAccount.make('noah', [['laptop']]),
]);
const DEVICES: readonly TestDevice[] = [
  { person: mia, name: 'laptop' },
  { person: mia, name: 'phone' },
  { person: noah, name: 'laptop' },
];
const groups = await makeRealGroup(DEVICES);

let clock: ManualClock;
let heard: string[];
let sent: FrameBody<'signal'>[];
let undecided: TestAccount | null;
const session = { send: (frame: FrameBody<'signal'>) => sent.push(frame) } as unknown as Session;

function signalsOf(index: number, group: MlsGroup | undefined = groups[index]): Signals {
  const device = DEVICES[index];
  if (!device) throw new Error('no such device');
  const record = { log: TEST_LOG, conversation: CONVERSATION } as GroupRecord;
  return new Signals({
    own: {
      need: () => ({ nickname: device.person.nickname, device: device.person.device(device.name) }) as never,
    },
    ownLeaf: { signatureKey: async () => ownLeafOf(device).signatureKey },
    store: {
      get: (log: LogId) => (log === TEST_LOG ? record : null),
      presentOf: () => record,
      use: (_log, task) => task({ record, group: group ?? null }),
    },
    contacts: { get: (nickname) => (nickname === undecided?.nickname ? ({ changed: {} } as never) : null) },
    clock,
    random: systemRandom,
    onActivity: (_conversation, from, activity) => heard.push(`${from} ${activity}`),
  });
}

const asFrame = (body: FrameBody<'signal'>): Frame<'signal'> => ({ ...body, request: 0 });

async function signal(from: number, activity: 'typing' | 'recording' | 'stopped' = 'typing') {
  sent = [];
  await signalsOf(from).send(CONVERSATION, activity, session);
  const [frame] = sent;
  if (!frame) throw new Error('nothing was sent');
  return asFrame(frame);
}

beforeEach(() => {
  clock = new ManualClock();
  heard = [];
  sent = [];
  undecided = null;
});

describe('a signal', () => {
  it('is heard by the other members', async () => {
    await signalsOf(2).receive(await signal(0, 'recording'));
    expect(heard).toEqual(['mia recording']);
  });

  it('looks the same from outside whatever it says', async () => {
    const sizes = [];
    for (const activity of ['typing', 'recording', 'stopped'] as const) {
      sizes.push((await signal(0, activity)).payload.length);
    }
    expect(new Set(sizes).size).toBe(1);
  });

  it('of an own device is not shown', async () => {
    await signalsOf(1).receive(await signal(0));
    expect(heard).toEqual([]);
  });

  it('CLI-067 is heard once, however often the relay repeats it', async () => {
    const listener = signalsOf(2);
    const frame = await signal(0);
    await listener.receive(frame);
    clock.advance(1000);
    await listener.receive(frame);
    expect(heard).toEqual(['mia typing']);
  });

  it('CLI-067 from another time is dropped', async () => {
    const early = await signal(0);
    clock.advance(10 * 60_000);
    await signalsOf(2).receive(early);
    const late = await signal(0);
    clock.setTime(clock.nowMs() - 20 * 60_000);
    await signalsOf(2).receive(late);
    expect(heard).toEqual([]);
  });

  it('CLI-067 of a device that never stops signalling is heard now and then', async () => {
    const listener = signalsOf(2);
    for (let i = 0; i < 20; i++) {
      await listener.receive(await signal(0));
      clock.advance(100);
    }
    expect(heard).toHaveLength(4);
  });

  it('of another epoch, log or content is dropped', async () => {
    const [mine] = groups;
    if (!mine) throw new Error('no group');
    const frame = await signal(0);
    const later = (await plan(mine, {}, verifierFor([mia, noah]))).next;
    expect(describeGroup(later).epoch).toBe(describeGroup(mine).epoch + 1);
    await signalsOf(2, later).receive(frame);
    await signalsOf(2).receive({ ...frame, log: fromId('99'.repeat(16) as LogId) });
    await signalsOf(2).receive({
      ...frame,
      payload: frame.payload.map((byte, i) => (i === 40 ? byte ^ 1 : byte)),
    });
    await signalsOf(2).receive({ ...frame, payload: new Uint8Array(0) });
    expect(heard).toEqual([]);
  });

  it('CLI-069 is not sent while the changed key of a member waits for the person', async () => {
    undecided = noah;
    await signalsOf(0).send(CONVERSATION, 'typing', session);
    expect(sent).toEqual([]);
  });
});
