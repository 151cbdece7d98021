// What people say about messages in groups, over the real engine and the fake relay: receipts, activities, timers, edits, and what a
// member with a changed client tries.
import { type Content, fromId, parseNickname, toMessageId } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeRelay } from '../fake-relay.testkit.ts';
import { ManualClock } from '../manual-clock.testkit.ts';
import type { Message } from '../model.ts';
import { meetModern, openPerson, type Person, seen, until, untilSeen } from '../people.testkit.ts';
import { encodeDraft } from './content-maker.ts';

const HOUR_MS = 3_600_000;
/** Short enough for the connections to live on. */
const TIMER_MS = 5000;
const bobsName = parseNickname('bob');
const alicesName = parseNickname('alice');

let clock: ManualClock;
let relay: FakeRelay;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  clock = new ManualClock();
  relay = await FakeRelay.start(clock);
  [alice, bob] = await Promise.all([meetModern(relay, clock, 'alice'), meetModern(relay, clock, 'bob')]);
});

const find = async (person: Person, { sender, id, conversation }: Message) =>
  (await person.sirdas.messages(conversation, { limit: 1000 })).find(
    (message) => message.id === id && message.sender === sender,
  ) ?? null;

/** Waits until a message is so for somebody. */
const untilMessage = (person: Person, message: Message, isSo: (found: Message) => boolean) =>
  until(
    () => find(person, message),
    (found) => found !== null && isSo(found),
  );

async function say(person: Person, to: string, text: string): Promise<Message> {
  const message = await person.sirdas.send(to, text);
  await person.sirdas.waitUntilAccepted(message.id);
  return message;
}

/** Alice and Bob have both said something. */
async function talk(): Promise<Message> {
  const message = await say(alice, 'bob', 'selam');
  await untilMessage(bob, message, () => true);
  const answer = await say(bob, 'alice', 'merhaba');
  await untilMessage(alice, answer, () => true);
  return message;
}

describe('receipts', () => {
  it('say that a message arrived, then that it was read', async () => {
    await talk();
    clock.advance(3000);
    const message = await say(alice, 'bob', 'orada mısın?');
    await untilMessage(bob, message, () => true);
    clock.advance(3000);
    await untilMessage(alice, message, ({ deliveredTo }) => deliveredTo.includes(bobsName));
    expect(await find(alice, message)).toMatchObject({ readBy: [], envelope: 'mls' });
    await bob.sirdas.markRead(message.conversation);
    clock.advance(3000);
    await untilMessage(alice, message, ({ readBy }) => readBy.includes(bobsName));
    expect(seen(alice, 'changed').at(-1)?.message.id).toBe(message.id);
    // Nobody answers a receipt, and no receipt is a message.
    const before = relay.connectionOf('alice').received.length;
    clock.advance(10_000);
    expect(
      relay
        .connectionOf('alice')
        .received.slice(before)
        .filter(({ kind }) => kind === 'append'),
    ).toEqual([]);
    expect(seen(alice, 'message').filter(({ message: { direction } }) => direction === 'in')).toHaveLength(1);
  });

  it('CLI-075 are not sent before this account has said something, nor when the person does not want it', async () => {
    const message = await say(alice, 'bob', 'kimsin?');
    await untilMessage(bob, message, () => true);
    await bob.sirdas.markRead(message.conversation);
    clock.advance(10_000);
    const appends = () => relay.connectionOf('bob').received.filter(({ kind }) => kind === 'append');
    expect(appends()).toEqual([]);
    await bob.sirdas.setPreferences({ sendReceipts: false });
    await say(bob, 'alice', 'ben');
    const another = await say(alice, 'bob', 'ha');
    await untilMessage(bob, another, () => true);
    await bob.sirdas.markRead(message.conversation);
    clock.advance(10_000);
    expect(appends()).toHaveLength(1);
    expect(await find(alice, another)).toMatchObject({ deliveredTo: [], readBy: [] });
  });

  it('wait in the vault when the program ends, and leave no hole', async () => {
    await talk();
    const message = await say(alice, 'bob', 'bir');
    await untilMessage(bob, message, () => true);
    await bob.sirdas.close();
    expect(bob.memory.outbox).toHaveLength(1);
    const again = await openPerson(relay, clock, bob.memory);
    await again.sirdas.connect();
    await untilMessage(alice, message, ({ deliveredTo }) => deliveredTo.includes(bobsName));
    const next = await say(again, 'alice', 'iki');
    const found = await untilMessage(alice, next, () => true);
    expect(found?.missingBefore).toBe(0);
  });
});

describe('an activity', () => {
  it('is seen until the message comes', async () => {
    const { conversation } = await talk();
    bob.sirdas.setActivity(conversation, 'typing');
    await untilSeen(alice, 'activity');
    expect(seen(alice, 'activity')).toMatchObject([{ conversation, from: 'bob', activity: 'typing' }]);
    await say(bob, 'alice', 'yazdım');
    await untilSeen(alice, 'activity', 2);
    expect(seen(alice, 'activity').at(-1)).toMatchObject({ activity: 'stopped' });
  });
});

describe('edits, deletions, reactions and timers', () => {
  it('travel in a group and are the same for everybody', async () => {
    const carol = await meetModern(relay, clock, 'carol');
    const { id: conversation } = await alice.sirdas.groups.create({ name: 'ev', members: ['bob', 'carol'] });
    const message = await alice.sirdas.sendTo(conversation, 'akşam geliyor musunuz?');
    for (const person of [bob, carol]) await untilMessage(person, message, () => true);
    const reference = { sender: alicesName, id: message.id };
    await bob.sirdas.react(conversation, reference, '👍');
    await carol.sirdas.react(conversation, reference, '🎉');
    await alice.sirdas.edit(conversation, message.id, 'yarın geliyor musunuz?');
    const everybody = [alice, bob, carol];
    for (const person of everybody) {
      await untilMessage(
        person,
        message,
        ({ editedMs, reactions }) => editedMs !== null && reactions.length === 2,
      );
    }
    await bob.sirdas.setTimer(conversation, TIMER_MS);
    for (const person of everybody) {
      await until(
        () => person.sirdas.conversations(),
        ([group]) => group?.expiresAfterMs === TIMER_MS,
      );
    }
    const fleeting = await carol.sirdas.sendTo(conversation, 'olur');
    for (const person of everybody) await untilMessage(person, fleeting, () => true);
    await carol.sirdas.waitUntilAccepted(fleeting.id);
    await alice.sirdas.markRead(conversation);
    clock.advance(TIMER_MS);
    for (const person of [alice, carol]) await untilSeen(person, 'expired');
    expect(await find(bob, fleeting)).toMatchObject({ expiresMs: null });
    await alice.sirdas.deleteForAll(conversation, message.id);
    for (const person of everybody)
      await untilMessage(person, message, ({ body }) => body.kind === 'deleted');
  });
});

describe('a member with a changed client', () => {
  /** Bob's client is made to send a content that it would not send. */
  async function smuggle(conversation: Message['conversation'], body: Content['body']): Promise<void> {
    await bob.sirdas.close();
    const id = toMessageId(new Uint8Array(16).fill(77));
    const content = encodeDraft({ id, conversation, timeMs: clock.nowMs(), body });
    const item = { message: id, conversation, recipient: alicesName, copy: 'recipient', content } as const;
    bob.memory.outbox.push({ ...item, order: ++bob.memory.lastOrder, counter: null, sealed: null });
    bob = await openPerson(relay, clock, bob.memory);
    await bob.sirdas.connect();
    await until(
      () => bob.memory.outbox.length,
      (count) => count === 0,
    );
    const after = await say(bob, 'alice', 'bitti');
    await untilMessage(alice, after, () => true);
  }

  it('CLI-072 edits and deletes nothing of others', async () => {
    const message = await talk();
    const messageId = fromId(message.id);
    await smuggle(message.conversation, { case: 'edit', value: { messageId, text: 'bunu demedim' } });
    expect(await find(alice, message)).toMatchObject({ body: { text: 'selam' }, editedMs: null });
  });

  it('CLI-070 reaches no message of another conversation', async () => {
    const carol = await meetModern(relay, clock, 'carol');
    const message = await talk();
    const secret = await say(carol, 'alice', 'aramızda');
    await untilMessage(alice, secret, () => true);
    const reference = { sender: secret.sender, messageId: fromId(secret.id) };
    await smuggle(message.conversation, { case: 'reaction', value: { message: reference, emoji: '👎' } });
    expect(await find(alice, secret)).toMatchObject({ reactions: [] });
  });

  it('CLI-073 reads nothing in the name of others, and it is counted', async () => {
    const message = await talk();
    const theirs = await say(bob, 'alice', 'benim');
    await untilMessage(alice, theirs, () => true);
    const reference = { sender: bobsName, messageId: fromId(theirs.id) };
    await smuggle(message.conversation, { case: 'receipt', value: { messages: [reference], read: true } });
    expect(alice.sirdas.statistics().ignored).toBe(1);
    expect(await find(alice, theirs)).toMatchObject({ readBy: [] });
  });

  it('CLI-071 edits nothing that is a day old', async () => {
    await talk();
    const theirs = await say(bob, 'alice', 'söz');
    await untilMessage(alice, theirs, () => true);
    clock.setTime(clock.nowMs() + 24 * HOUR_MS + 1);
    const messageId = fromId(theirs.id);
    await smuggle(theirs.conversation, { case: 'edit', value: { messageId, text: 'söz vermedim' } });
    expect(await find(alice, theirs)).toMatchObject({ body: { text: 'söz' } });
  });
});
