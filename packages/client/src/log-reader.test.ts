// Reading many logs over one connection: a few at a time, the liveliest first, at the pace that the relay allows; what came while
// the client was away is there when it is caught up, and a message to a quiet group does not wait for all the others.
import { toLogId } from '@sirdas/protocol';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { error } from './fake-logs.testkit.ts';
import { FakeRelay } from './fake-relay.testkit.ts';
import { recordOf, texts, untilSays } from './groups/group-scene.testkit.ts';
import { ManualClock } from './manual-clock.testkit.ts';
import { meetModern, openPerson, type Person, seen, until, untilSeen } from './people.testkit.ts';

const GROUPS = 20;

let clock: ManualClock;
let relay: FakeRelay;
let alice: Person;

beforeEach(async () => {
  clock = new ManualClock();
  relay = await FakeRelay.start(clock);
  alice = await meetModern(relay, clock, 'alice');
});

/** Groups of Alice alone, in each of which something was said, one after the other. */
async function makeGroups() {
  const ids = [];
  for (let i = 0; i < GROUPS; i++) {
    const { id } = await alice.sirdas.groups.create({ name: `group ${i}`, members: [] });
    clock.advance(1);
    await alice.sirdas.sendTo(id, `in group ${i}`);
    ids.push(id);
  }
  await untilSeen(alice, 'delivery', GROUPS);
  return ids;
}

function readsOfLastConnection(): string[] {
  const received = relay.connections.at(-1)?.received ?? [];
  return received.flatMap((frame) => (frame.kind === 'read' ? [toLogId(frame.log)] : []));
}

describe('a client with many groups', () => {
  it('reads the inbox first, then its groups, the one with the newest message first, a few at a time', async () => {
    const ids = await makeGroups();
    await alice.sirdas.disconnect();
    let open = 0;
    let most = 0;
    relay.mischief.answer = (frame) => {
      if (frame.kind === 'read') most = Math.max(most, ++open);
      return null;
    };
    relay.mischief.rewrite = (frame) => {
      if (frame.kind === 'reading') open--;
      return frame;
    };
    await alice.sirdas.connect();
    await untilSeen(alice, 'caught-up', 2);
    const newestFirst = ids.map((id) => recordOf(alice, id).log).reverse();
    const inbox = toLogId(relay.needAccount('alice').inbox);
    expect(readsOfLastConnection()).toEqual([inbox, ...newestFirst]);
    expect(most).toBeLessThanOrEqual(8);
  });

  it('waits as long as the relay says, and reads all of them', async () => {
    await makeGroups();
    await alice.sirdas.disconnect();
    let left = 5;
    relay.mischief.answer = (frame) =>
      frame.kind === 'read' && left-- <= 0 ? error('RATE_LIMITED', 1000) : null;
    await alice.sirdas.connect();
    const ticking = setInterval(() => {
      left = 5;
      clock.advance(1000);
    }, 2);
    onTestFinished(() => clearInterval(ticking));
    await untilSeen(alice, 'caught-up', 2);
    expect(new Set(readsOfLastConnection()).size).toBe(GROUPS + 1);
    expect(seen(alice, 'link').filter(({ link }) => link.state === 'online')).toHaveLength(2);
  });

  it('sends to a group at once that is among the last to be read', async () => {
    const ids = await makeGroups();
    await alice.sirdas.disconnect();
    const oldest = ids[0];
    if (!oldest) throw new Error('there are groups');
    const { log } = recordOf(alice, oldest);
    // All the others take for ever.
    relay.mischief.answer = (frame) => {
      const isGroup = frame.kind === 'read' && relay.logOf(toLogId(frame.log)).readers !== null;
      const isOther = isGroup && toLogId(frame.log) !== log;
      return isOther && readsOfLastConnection().length > 6 ? 'silence' : null;
    };
    await alice.sirdas.connect();
    await alice.sirdas.sendTo(oldest, 'not forgotten');
    await until(
      () => relay.logOf(log).entries.length,
      (count) => count === 3,
    );
    await untilSays(alice, oldest, 'not forgotten');
  });

  it('CLI-041 whose vault knows of less than the relay does goes on as a new device', async () => {
    const { id } = await alice.sirdas.groups.create({ name: 'x', members: [] });
    await alice.sirdas.sendTo(id, 'one');
    await untilSeen(alice, 'delivery');
    const { log } = recordOf(alice, id);
    const device = alice.sirdas.account?.device;
    await alice.sirdas.close();
    alice.memory.cursors.set(log, (alice.memory.cursors.get(log) ?? 0) - 1);
    const again = await openPerson(relay, clock, alice.memory);
    await again.sirdas.connect().catch(() => {});
    await untilSeen(again, 'refused');
    expect(seen(again, 'refused')[0]).toMatchObject({ error: 'VAULT_ROLLED_BACK' });
    expect(again.sirdas.account?.device).not.toBe(device);
    expect(again.memory.groups.get(log)?.record.epochPart ?? null).toBeNull();
  });

  it('CLI-033 hears of entries that a group’s log has lost, and goes on', async () => {
    const bob = await meetModern(relay, clock, 'bob');
    const { id } = await alice.sirdas.groups.create({ name: 'x', members: ['bob'] });
    await until(
      () => bob.sirdas.conversations().length,
      (count) => count === 1,
    );
    await bob.sirdas.disconnect();
    await alice.sirdas.sendTo(id, 'one');
    await alice.sirdas.sendTo(id, 'two');
    await untilSeen(alice, 'delivery', 2);
    const stored = relay.logOf(recordOf(alice, id).log);
    stored.entries = stored.entries.slice(-1);
    await bob.sirdas.connect();
    await untilSays(bob, id, 'two');
    expect(seen(bob, 'gap')).toMatchObject([{ reason: 'expired', count: 1 }]);
    expect((await texts(bob, id)).filter((text) => text !== '(event)')).toEqual(['two']);
  });
});
