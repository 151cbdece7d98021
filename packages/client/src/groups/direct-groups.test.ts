// Two people talk over MLS by nickname: the group is begun with the first message, the other one joins from the inbox, messages go
// both ways, wait for who is away, and survive a restart of either side.
import { fromHex, parseNickname, toLogId } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeRelay } from '../fake-relay.testkit.ts';
import { ManualClock } from '../manual-clock.testkit.ts';
import {
  meet,
  meetModern,
  openPerson,
  type Person,
  readTexts,
  seen,
  signNext,
  until,
  untilSeen,
} from '../people.testkit.ts';
import { recordOf, untilAgreed, untilSays } from './group-scene.testkit.ts';

let clock: ManualClock;
let relay: FakeRelay;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  clock = new ManualClock();
  relay = await FakeRelay.start(clock);
  [alice, bob] = await Promise.all([meetModern(relay, clock, 'alice'), meetModern(relay, clock, 'bob')]);
});

/** Waits until a person sees these texts, oldest first. */
async function untilTexts(person: Person, other: string, texts: readonly string[]): Promise<void> {
  await until(
    () => readTexts(person, other),
    (seen) => JSON.stringify(seen) === JSON.stringify(texts),
  );
}

describe('a direct conversation', () => {
  it('begins with the first message and goes both ways', async () => {
    const { id } = await alice.sirdas.send('bob', 'hi');
    await untilTexts(bob, 'alice', ['hi']);
    await alice.sirdas.waitUntilAccepted(id);
    await bob.sirdas.send('alice', 'hello');
    await alice.sirdas.send('bob', 'how are you?');
    await until(
      () => readTexts(alice, 'bob'),
      (texts) => texts.length === 3,
    );
    expect([...(await readTexts(alice, 'bob'))].sort()).toEqual(['hello', 'hi', 'how are you?']);
    await until(
      () => readTexts(bob, 'alice'),
      (texts) => texts.length === 3,
    );
    const [conversation] = bob.sirdas.conversations();
    expect(conversation).toMatchObject({ with: 'alice', forwardSecret: true, postQuantum: true });
  });

  it('waits for somebody who is away', async () => {
    await alice.sirdas.send('bob', 'one');
    await untilTexts(bob, 'alice', ['one']);
    await bob.sirdas.disconnect();
    for (const text of ['two', 'three']) await alice.sirdas.send('bob', text);
    await untilSeen(alice, 'delivery', 3);
    await bob.sirdas.connect();
    await untilTexts(bob, 'alice', ['one', 'two', 'three']);
  });

  it('that both begin at the same moment is one conversation in one group, and loses nothing', async () => {
    // Neither hears of the other's group before its own is made.
    const welcomes: (() => void)[] = [];
    relay.mischief.rewrite = (frame, connection) => {
      const isWelcome =
        frame.kind === 'deliver' && frame.entries.some(({ epoch, commit }) => epoch === 0 && !commit);
      const isInbox = frame.kind === 'deliver' && relay.logOf(toLogId(frame.log)).readers === null;
      if (!isWelcome || !isInbox) return frame;
      welcomes.push(() => connection.push({ ...frame }));
      return null;
    };
    await Promise.all([alice.sirdas.send('bob', 'from alice'), bob.sirdas.send('alice', 'from bob')]);
    await Promise.all([untilSeen(alice, 'delivery'), untilSeen(bob, 'delivery')]);
    relay.mischief = {};
    for (const deliver of welcomes) deliver();
    for (const person of [alice, bob]) {
      const other = person === alice ? 'bob' : 'alice';
      await until(
        async () => (await readTexts(person, other)).sort(),
        (texts) => JSON.stringify(texts) === JSON.stringify(['from alice', 'from bob']),
      );
    }
    const id = alice.sirdas.conversationWith('bob');
    const logs = [...alice.memory.groups.keys()].sort();
    expect(logs).toHaveLength(2);
    await untilAgreed([alice, bob], id);
    for (const person of [alice, bob]) expect(recordOf(person, id).log).toBe(logs[0]);
    await alice.sirdas.send('bob', 'here we are');
    await bob.sirdas.send('alice', 'both of us');
    for (const person of [alice, bob]) {
      await untilSays(person, id, 'here we are');
      await untilSays(person, id, 'both of us');
      expect(person.sirdas.statistics().undecryptable).toMatchObject({ 'out-of-step': 0, damaged: 0 });
    }
    // Nothing goes into the other one any more.
    const other = relay.logOf(toLogId(fromHex(logs[1] ?? ''))).entries;
    expect(other.filter(({ commit }) => !commit).length).toBeLessThanOrEqual(1);
  });

  it('with oneself is a group of the own devices', async () => {
    await alice.sirdas.send('alice', 'do not forget');
    await untilTexts(alice, 'alice', ['do not forget']);
    await untilSeen(alice, 'delivery');
    expect(seen(alice, 'delivery')).toMatchObject([{ message: { delivery: 'accepted', envelope: 'mls' } }]);
  });

  it('with somebody who takes classic letters only goes by letter', async () => {
    const dora = await meet(relay, clock, 'dora');
    await alice.sirdas.send('dora', 'as you like');
    await untilTexts(dora, 'alice', ['as you like']);
    await dora.sirdas.send('alice', 'thank you');
    await untilTexts(alice, 'dora', ['as you like', 'thank you']);
    expect(alice.memory.groups.size).toBe(0);
    const [conversation] = alice.sirdas.conversations();
    expect(conversation).toMatchObject({ forwardSecret: false, postQuantum: false });
  });

  it('waits for a key package, says so, and begins when there is one', async () => {
    const device = bob.memory.account?.device ?? '';
    const kept = relay.keyPackages.byDevice.get(device) ?? [];
    relay.keyPackages.byDevice.set(device, []);
    await alice.sirdas.send('bob', 'later');
    await untilSeen(alice, 'delayed');
    expect(seen(alice, 'delayed')).toMatchObject([{ error: 'NO_KEY_PACKAGE' }]);
    relay.keyPackages.byDevice.set(device, kept);
    alice.sirdas.retryNow();
    await untilTexts(bob, 'alice', ['later']);
  });

  it('CLI-049 is not begun with key packages of somebody else', async () => {
    const [hers, his] = [alice, bob].map(({ memory }) => memory.account?.device ?? '');
    relay.keyPackages.byDevice.set(his ?? '', relay.keyPackages.byDevice.get(hers ?? '') ?? []);
    await alice.sirdas.send('bob', 'for bob only');
    await untilSeen(alice, 'delayed');
    expect(seen(alice, 'delayed')).toMatchObject([{ error: 'NO_KEY_PACKAGE' }]);
    expect(seen(alice, 'refused')[0]).toMatchObject({ error: 'BAD_KEY_PACKAGE' });
    expect(alice.memory.groups.size).toBe(0);
  });

  it('CLI-030 sends nothing while the key of the other one has changed', async () => {
    await alice.sirdas.send('bob', 'one');
    await untilTexts(bob, 'alice', ['one']);
    const bobs = relay.needAccount('bob');
    const other = await meetModern(relay, clock, 'mallory');
    const forged = await signNext(relay, other, {
      nickname: parseNickname('bob'),
      index: 0,
      previousHash: new Uint8Array(),
    });
    relay.accounts.set('bob', { ...bobs, records: [forged] });
    await alice.sirdas.send('bob', 'secret');
    await untilSeen(alice, 'delayed');
    expect(seen(alice, 'delayed')).toMatchObject([{ error: 'KEY_CHANGED' }]);
    expect(await readTexts(bob, 'alice')).toEqual(['one']);
  });

  it('refreshes the own keys after a week, before the next message', async () => {
    await alice.sirdas.send('bob', 'one');
    await untilTexts(bob, 'alice', ['one']);
    const id = alice.sirdas.conversationWith('bob');
    const { epoch } = recordOf(alice, id);
    for (const { sirdas } of [alice, bob]) await sirdas.disconnect();
    clock.advance(8 * 86_400_000);
    for (const { sirdas } of [alice, bob]) await sirdas.connect();
    await alice.sirdas.send('bob', 'two');
    await untilTexts(bob, 'alice', ['one', 'two']);
    expect(recordOf(alice, id).epoch).toBe(epoch + 1);
    await alice.sirdas.send('bob', 'three');
    await untilTexts(bob, 'alice', ['one', 'two', 'three']);
    expect(recordOf(alice, id).epoch).toBe(epoch + 1);
  });

  it('goes on after a restart of both', async () => {
    await alice.sirdas.send('bob', 'one');
    await untilTexts(bob, 'alice', ['one']);
    await Promise.all([alice.sirdas.close(), bob.sirdas.close()]);
    const [alice2, bob2] = await Promise.all([
      openPerson(relay, clock, alice.memory),
      openPerson(relay, clock, bob.memory),
    ]);
    await Promise.all([alice2.sirdas.connect(), bob2.sirdas.connect()]);
    await alice2.sirdas.send('bob', 'two');
    await untilTexts(bob2, 'alice', ['one', 'two']);
    await bob2.sirdas.send('alice', 'three');
    await untilTexts(alice2, 'bob', ['one', 'two', 'three']);
  });
});
