// Two people talk over MLS by nickname: the group is begun with the first message, the other one joins from the inbox, messages go
// both ways, wait for who is away, and survive a restart of either side.
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeRelay } from '../fake-relay.testkit.ts';
import { ManualClock } from '../manual-clock.testkit.ts';
import { meetModern, openPerson, type Person, readTexts, until, untilSeen } from '../people.testkit.ts';

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
