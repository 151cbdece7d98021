// Another identity key under the name of a member: nothing is sent to the group until the person has accepted it; then the devices of
// the old key are taken out by somebody who may, and whoever has not accepted it follows all the same.
import type { ConversationId } from '@sirdas/protocol';
import { beforeEach, expect, it } from 'vitest';
import { FakeRelay } from '../fake-relay.testkit.ts';
import { ManualClock } from '../manual-clock.testkit.ts';
import { meetModern, type Person, seen, textOf, until } from '../people.testkit.ts';

let clock: ManualClock;
let relay: FakeRelay;
let alice: Person;
let carol: Person;
let id: ConversationId;

const membersSeenBy = (person: Person) =>
  person.sirdas
    .conversations()
    .find((conversation) => conversation.id === id)
    ?.members.map(({ nickname }) => nickname) ?? [];

beforeEach(async () => {
  clock = new ManualClock();
  relay = await FakeRelay.start(clock);
  alice = await meetModern(relay, clock, 'alice');
  const bob = await meetModern(relay, clock, 'bob');
  carol = await meetModern(relay, clock, 'carol');
  id = (await alice.sirdas.groups.create({ name: 'friends', members: ['bob', 'carol'] })).id;
  for (const person of [bob, carol]) {
    await until(
      () => membersSeenBy(person),
      (members) => members.length === 3,
    );
  }
  await bob.sirdas.close();
  // The relay gives the name to somebody else.
  relay.accounts.delete('bob');
  await meetModern(relay, clock, 'bob');
});

it('CLI-069 nothing is sent to the group until it is accepted; then the old devices go, for everybody', async () => {
  await alice.sirdas.lookUp('bob');
  const changed = alice.sirdas.contacts().find(({ nickname }) => nickname === 'bob')?.changedKey;
  if (!changed) throw new Error('the changed key was not noticed');
  const log = alice.memory.conversations.get(id)?.group;
  if (!log) throw new Error('no group');
  const before = relay.logOf(log).head;
  const { id: message } = await alice.sirdas.sendTo(id, 'who is there?');
  await until(
    () => seen(alice, 'delayed'),
    (delayed) => delayed.length > 0,
  );
  expect(seen(alice, 'delayed')).toMatchObject([{ error: 'KEY_CHANGED', message }]);
  expect(relay.logOf(log).head).toBe(before);

  await alice.sirdas.acceptKeyChange('bob', changed);
  await alice.sirdas.waitUntilAccepted(message);
  // Carol has not even heard of the other key.
  for (const person of [alice, carol]) {
    await until(
      () => {
        clock.advance(100);
        return membersSeenBy(person);
      },
      (members) => members.join() === 'alice,carol',
    );
  }
  await carol.sirdas.sendTo(id, 'only me');
  await until(
    async () => (await alice.sirdas.messages(id)).map(textOf),
    (texts) => texts.includes('only me'),
  );
  expect(seen(carol, 'refused')).toEqual([]);
});

it('keeps nobody from leaving', async () => {
  await alice.sirdas.lookUp('bob');
  await alice.sirdas.groups.leave(id);
  expect(alice.sirdas.conversations().find((conversation) => conversation.id === id)?.state).toBe('left');
});

it('holds up a goodbye behind what waits; who is waiting for it hears when the connection ends', async () => {
  await alice.sirdas.lookUp('bob');
  await alice.sirdas.sendTo(id, 'who is there?');
  const left = alice.sirdas.groups.leave(id);
  const told = left.catch((cause: unknown) => cause);
  await until(
    () => alice.memory.outbox.length,
    (count) => count === 2,
  );
  await alice.sirdas.disconnect();
  expect(await told).toMatchObject({ code: 'UNREACHABLE' });
});
