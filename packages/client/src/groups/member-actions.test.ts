// What people do with groups, and what the others see of it: every client comes to the same members, names and roles.
import { type ConversationId, toConversationId } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeRelay } from '../fake-relay.testkit.ts';
import { ManualClock } from '../manual-clock.testkit.ts';
import { meetModern, type Person, seen, textOf, until } from '../people.testkit.ts';

let clock: ManualClock;
let relay: FakeRelay;
let alice: Person;
let bob: Person;
let carol: Person;

beforeEach(async () => {
  clock = new ManualClock();
  relay = await FakeRelay.start(clock);
  const names = ['alice', 'bob', 'carol'];
  [alice, bob, carol] = (await Promise.all(names.map((name) => meetModern(relay, clock, name)))) as [
    Person,
    Person,
    Person,
  ];
});

function find(person: Person, id: ConversationId) {
  return person.sirdas.conversations().find((conversation) => conversation.id === id) ?? null;
}

async function untilMembers(person: Person, id: ConversationId, names: readonly string[]): Promise<void> {
  await until(
    () => find(person, id)?.members.map(({ nickname }) => nickname) ?? [],
    (members) => JSON.stringify(members) === JSON.stringify(names),
  );
}

async function texts(person: Person, id: ConversationId): Promise<string[]> {
  return (await person.sirdas.messages(id, { limit: 1000 })).map(textOf).reverse();
}

async function untilSays(person: Person, id: ConversationId, text: string): Promise<void> {
  await until(
    () => texts(person, id),
    (all) => all.includes(text),
  );
}

/** What happened in the conversation, as a person sees it. */
async function lines(person: Person, id: ConversationId) {
  const messages = await person.sirdas.messages(id, { limit: 1000 });
  const events = messages.map(({ sender, body }) =>
    body.kind === 'event' ? [sender, body.event.what] : null,
  );
  return events.filter((line) => line !== null).reverse();
}

async function makeGroup(members: readonly string[]): Promise<ConversationId> {
  const { id } = await alice.sirdas.groups.create({ name: 'friends', members });
  return id;
}

describe('a group', () => {
  it('has name, members and roles, the same for everybody, and carries messages between all', async () => {
    const id = await makeGroup(['bob', 'carol']);
    for (const person of [alice, bob, carol]) await untilMembers(person, id, ['alice', 'bob', 'carol']);
    expect(find(bob, id)).toMatchObject({
      ...{ kind: 'group', name: 'friends', with: null, state: 'active', forwardSecret: true },
      members: [{ role: 'owner' }, { role: 'member' }, { role: 'member' }],
    });
    for (const [person, text] of [
      [alice, 'from alice'],
      [bob, 'from bob'],
      [carol, 'from carol'],
    ] as const) {
      await person.sirdas.sendTo(id, text);
      for (const reader of [alice, bob, carol]) await untilSays(reader, id, text);
    }
    expect(seen(alice, 'refused')).toEqual([]);
  });

  it('gets a member later, who sees nothing from before', async () => {
    const id = await makeGroup(['bob']);
    await alice.sirdas.sendTo(id, 'before');
    await untilSays(bob, id, 'before');
    await alice.sirdas.groups.add(id, ['carol']);
    await untilMembers(carol, id, ['alice', 'bob', 'carol']);
    await bob.sirdas.sendTo(id, 'after');
    await untilSays(carol, id, 'after');
    expect(await texts(carol, id)).toEqual(['(event)', 'after']);
    expect(await lines(bob, id)).toEqual([
      ['alice', 'joined'],
      ['alice', 'added'],
    ]);
  });

  it('loses a member, who is told and reads nothing more', async () => {
    const id = await makeGroup(['bob', 'carol']);
    await untilMembers(bob, id, ['alice', 'bob', 'carol']);
    await alice.sirdas.groups.remove(id, 'bob');
    await until(
      () => find(bob, id)?.state,
      (state) => state === 'removed',
    );
    await carol.sirdas.sendTo(id, 'without bob');
    await untilSays(alice, id, 'without bob');
    expect(await texts(bob, id)).not.toContain('without bob');
    await expect(bob.sirdas.sendTo(id, 'hello?')).rejects.toMatchObject({ code: 'CONVERSATION_OVER' });
    expect(bob.memory.groups.values().next().value?.record.epochPart).toBeNull();
  });

  it('is renamed and gives roles, by those who may', async () => {
    const id = await makeGroup(['bob', 'carol']);
    await untilMembers(bob, id, ['alice', 'bob', 'carol']);
    await expect(bob.sirdas.groups.rename(id, 'mine')).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
    await expect(bob.sirdas.groups.remove(id, 'carol')).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
    await alice.sirdas.groups.setRole(id, 'bob', 'admin');
    await until(
      () => find(bob, id)?.members[1]?.role,
      (role) => role === 'admin',
    );
    await bob.sirdas.groups.rename(id, 'family');
    await until(
      () => find(carol, id)?.name,
      (name) => name === 'family',
    );
    await expect(bob.sirdas.groups.setRole(id, 'carol', 'owner')).rejects.toMatchObject({
      code: 'NOT_ALLOWED',
    });
    await expect(alice.sirdas.groups.setRole(id, 'alice', 'member')).rejects.toMatchObject({
      code: 'NOT_ALLOWED',
    });
  });

  it('is left by a member, whom another one removes then', async () => {
    const id = await makeGroup(['bob', 'carol']);
    await untilMembers(bob, id, ['alice', 'bob', 'carol']);
    await untilMembers(carol, id, ['alice', 'bob', 'carol']);
    await bob.sirdas.groups.leave(id);
    expect(find(bob, id)?.state).toBe('left');
    await until(
      () => {
        clock.advance(100);
        return find(alice, id)?.members.length;
      },
      (count) => count === 2,
    );
    await untilMembers(carol, id, ['alice', 'carol']);
    expect(await lines(carol, id)).toEqual([
      ['alice', 'joined'],
      ['bob', 'left'],
    ]);
  });

  it('that nobody knows is none', async () => {
    const id = toConversationId(new Uint8Array(16));
    await expect(alice.sirdas.groups.rename(id, 'x')).rejects.toMatchObject({ code: 'UNKNOWN_CONVERSATION' });
  });
});
