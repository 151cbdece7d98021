// What people say, and what they say about it, from one client to another: classic letters over the fake relay. The same contents
// travel in groups, whose tests are in groups/.
import { parseNickname } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeRelay } from '../fake-relay.testkit.ts';
import { ManualClock } from '../manual-clock.testkit.ts';
import {
  meet,
  openPerson,
  type Person,
  readTexts,
  seen,
  textOf,
  until,
  untilSeen,
} from '../people.testkit.ts';

const DAY_MS = 86_400_000;
const alicesName = parseNickname('alice');
const bobsName = parseNickname('bob');

let clock: ManualClock;
let relay: FakeRelay;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  clock = new ManualClock();
  relay = await FakeRelay.start(clock);
  [alice, bob] = await Promise.all([meet(relay, clock, 'alice'), meet(relay, clock, 'bob')]);
});

const talkOf = (person: Person, other: string) => person.sirdas.conversationWith(other);

/** Alice says something to Bob, and he has got it. */
async function say(text: string) {
  const message = await alice.sirdas.send('bob', text);
  await alice.sirdas.waitUntilAccepted(message.id);
  await until(
    () => readTexts(bob, 'alice'),
    (texts) => texts.includes(text),
  );
  return message;
}

describe('an answer', () => {
  it('names what it answers', async () => {
    const { id } = await say('geliyor musun?');
    const replyTo = { sender: alicesName, id };
    await bob.sirdas.send('alice', 'evet', { replyTo });
    await untilSeen(alice, 'message', 2);
    const [answer] = await alice.sirdas.messages(talkOf(alice, 'bob'));
    expect(answer?.body).toEqual({ kind: 'text', text: 'evet', replyTo });
  });
});

describe('an edit', () => {
  it('is seen on both sides, and in the list of conversations', async () => {
    const { id, conversation } = await say('merhbaa');
    clock.advance(1000);
    await alice.sirdas.edit(conversation, id, 'merhaba');
    const editedMs = clock.nowMs();
    expect(seen(alice, 'changed')).toMatchObject([{ message: { body: { text: 'merhaba' }, editedMs } }]);
    await untilSeen(bob, 'changed');
    expect(await readTexts(bob, 'alice')).toEqual(['merhaba']);
    const [listed] = bob.sirdas.conversations();
    expect(listed?.lastMessage).toMatchObject({ editedMs, body: { text: 'merhaba' } });
    expect(seen(bob, 'message')).toHaveLength(1);
  });

  it('survives a restart before it was sent', async () => {
    const { id, conversation } = await say('eski');
    await alice.sirdas.disconnect();
    await alice.sirdas.edit(conversation, id, 'yeni');
    await alice.sirdas.close();
    const again = await openPerson(relay, clock, alice.memory);
    expect(await readTexts(again, 'bob')).toEqual(['yeni']);
    await again.sirdas.connect();
    await untilSeen(bob, 'changed');
    expect(await readTexts(bob, 'alice')).toEqual(['yeni']);
  });

  it('CLI-071 CLI-072 is refused for messages of others, after a day, and once deleted', async () => {
    const { id, conversation } = await say('benim');
    const edit = () => alice.sirdas.edit(conversation, id, 'x');
    await expect(bob.sirdas.edit(conversation, id, 'x')).rejects.toMatchObject({ code: 'NOT_YOURS' });
    await expect(alice.sirdas.edit(conversation, id, '')).rejects.toMatchObject({ code: 'TEXT_EMPTY' });
    clock.setTime(clock.nowMs() + DAY_MS + 1);
    await expect(edit()).rejects.toMatchObject({ code: 'TOO_LATE' });
    clock.setTime(clock.nowMs() - DAY_MS);
    await alice.sirdas.deleteForAll(conversation, id);
    await expect(edit()).rejects.toMatchObject({ code: 'TOO_LATE' });
    expect(alice.memory.outbox.length).toBeLessThanOrEqual(1);
  });
});

describe('a deletion', () => {
  it('leaves a line without the text on both sides', async () => {
    const { id, conversation } = await say('unut bunu');
    await alice.sirdas.deleteForAll(conversation, id);
    await untilSeen(bob, 'changed');
    for (const [person, other] of [
      [alice, 'bob'],
      [bob, 'alice'],
    ] as const) {
      const [message] = await person.sirdas.messages(talkOf(person, other));
      expect(message).toMatchObject({ body: { kind: 'deleted' }, reactions: [] });
    }
    await expect(bob.sirdas.deleteForAll(conversation, id)).rejects.toMatchObject({ code: 'NOT_YOURS' });
  });
});

describe('a reaction', () => {
  it('is one for each person, changed and taken back', async () => {
    const { id, conversation } = await say('güzel haber');
    const message = { sender: alicesName, id };
    await bob.sirdas.react(conversation, message, '🎉');
    await untilSeen(alice, 'changed');
    await bob.sirdas.react(conversation, message, '❤️');
    await untilSeen(alice, 'changed', 2);
    expect(seen(alice, 'changed').at(-1)?.message.reactions).toEqual([{ from: bobsName, emoji: '❤️' }]);
    await bob.sirdas.react(conversation, message, '');
    await untilSeen(alice, 'changed', 3);
    expect(seen(alice, 'changed').at(-1)?.message.reactions).toEqual([]);
  });

  it.each(['ab', '👍👍', ' ', '\u202e', 'x'.repeat(100)])('is not %j', async (emoji) => {
    const { id, conversation } = await say('ne?');
    const react = bob.sirdas.react(conversation, { sender: alicesName, id }, emoji);
    await expect(react).rejects.toMatchObject({ code: 'BAD_REACTION' });
    expect(bob.memory.outbox).toEqual([]);
  });

  it('needs a message that is there', async () => {
    const { id, conversation } = await say('burada');
    const react = bob.sirdas.react(conversation, { sender: bobsName, id }, '👍');
    await expect(react).rejects.toMatchObject({ code: 'UNKNOWN_MESSAGE' });
  });
});

describe('messages that disappear', () => {
  const HOUR_MS = 3_600_000;

  it('go from both sides: read, and accepted, so long ago', async () => {
    const { conversation } = await say('kalıcı');
    await alice.sirdas.setTimer(conversation, HOUR_MS);
    await until(
      () => bob.sirdas.conversations(),
      ([talk]) => talk?.expiresAfterMs === HOUR_MS,
    );
    expect(seen(bob, 'message').at(-1)?.message).toMatchObject({
      sender: 'alice',
      body: { kind: 'event', event: { what: 'timer', expiresAfterMs: HOUR_MS } },
    });
    const { id } = await say('geçici');
    clock.advance(HOUR_MS - 1);
    expect(seen(alice, 'expired')).toEqual([]);
    clock.advance(1);
    await untilSeen(alice, 'expired');
    expect(seen(alice, 'expired')).toMatchObject([{ conversation, message: { sender: 'alice', id } }]);
    // Bob has not seen it yet.
    expect(await readTexts(bob, 'alice')).toContain('geçici');
    await bob.sirdas.markRead(conversation);
    clock.advance(HOUR_MS);
    await untilSeen(bob, 'expired');
    const texts = await Promise.all([readTexts(alice, 'bob'), readTexts(bob, 'alice')]);
    expect(texts).toEqual([
      ['kalıcı', '(event)'],
      ['kalıcı', '(event)'],
    ]);
    expect(bob.sirdas.conversations()).toMatchObject([{ unread: 0 }]);
  });

  it('are gone when a client opens that was away, before anything is shown', async () => {
    const { conversation } = await say('kalıcı');
    await alice.sirdas.setTimer(conversation, HOUR_MS);
    await say('geçici');
    await alice.sirdas.close();
    clock.advance(HOUR_MS);
    const again = await openPerson(relay, clock, alice.memory);
    expect(await readTexts(again, 'bob')).toEqual(['kalıcı', '(event)']);
    expect(again.sirdas.conversations()[0]?.lastMessage?.body.kind).toBe('event');
  });

  it('CLI-003 do not come back when the relay sends them again', async () => {
    const { conversation } = await say('kalıcı');
    await alice.sirdas.setTimer(conversation, HOUR_MS);
    await say('geçici');
    await bob.sirdas.markRead(conversation);
    clock.advance(HOUR_MS);
    await untilSeen(bob, 'expired');
    const shown = seen(bob, 'message').length;
    await bob.sirdas.disconnect();
    bob.memory.cursors.clear();
    await bob.sirdas.close();
    const again = await openPerson(relay, clock, bob.memory);
    await again.sirdas.connect();
    await untilSeen(again, 'caught-up');
    expect(seen(again, 'message')).toEqual([]);
    expect(shown).toBe(3);
    expect(await readTexts(again, 'alice')).toEqual(['kalıcı', '(event)']);
  });

  it('leave answers that show nothing of them', async () => {
    const { conversation } = await say('kalıcı');
    await alice.sirdas.setTimer(conversation, HOUR_MS);
    const { id } = await say('geçici');
    await alice.sirdas.setTimer(conversation, 0);
    const replyTo = { sender: alicesName, id };
    const answer = await alice.sirdas.send('bob', 'yanıt', { replyTo });
    await alice.sirdas.waitUntilAccepted(answer.id);
    clock.advance(HOUR_MS);
    await untilSeen(alice, 'expired');
    expect(JSON.stringify([...alice.memory.messages.values()])).not.toContain('geçici');
    expect(await readTexts(alice, 'bob')).toContain('yanıt');
  });

  it.each([-1, 1.5, 31_536_000_001, Number.NaN])('not after %s ms', async (expiresAfterMs) => {
    const { conversation } = await say('kalıcı');
    const set = alice.sirdas.setTimer(conversation, expiresAfterMs);
    await expect(set).rejects.toMatchObject({ code: 'BAD_TIMER' });
  });
});

describe('a conversation', () => {
  it('takes texts by its id', async () => {
    const { conversation } = await say('bir');
    const { id } = await alice.sirdas.sendTo(conversation, 'iki');
    await alice.sirdas.waitUntilAccepted(id);
    await untilSeen(bob, 'message', 2);
    expect(seen(bob, 'message').map(({ message }) => textOf(message))).toEqual(['bir', 'iki']);
  });

  it('that nobody knows is refused', async () => {
    const { conversation } = await say('bir');
    const other = alice.sirdas.conversationWith('carol');
    expect(other).not.toBe(conversation);
    await expect(alice.sirdas.sendTo(other, 'x')).rejects.toMatchObject({ code: 'UNKNOWN_CONVERSATION' });
    await expect(alice.sirdas.setTimer(other, 1)).rejects.toMatchObject({ code: 'UNKNOWN_CONVERSATION' });
  });

  it('that is over takes nothing more', async () => {
    const { id, conversation } = await say('bir');
    await alice.sirdas.close();
    const state = alice.memory.conversations.get(conversation);
    if (state) alice.memory.conversations.set(conversation, { ...state, state: 'removed' });
    const again = await openPerson(relay, clock, alice.memory);
    const over = { code: 'CONVERSATION_OVER' };
    await expect(again.sirdas.sendTo(conversation, 'x')).rejects.toMatchObject(over);
    await expect(again.sirdas.send('bob', 'x')).rejects.toMatchObject(over);
    await expect(again.sirdas.edit(conversation, id, 'x')).rejects.toMatchObject(over);
    expect(await readTexts(again, 'bob')).toEqual(['bir']);
  });
});

describe('provenance', () => {
  it('tells device, key and since when it is verified', async () => {
    await say('kimden?');
    await bob.sirdas.markVerified('alice', bob.sirdas.safetyNumber('alice'));
    const [message] = await bob.sirdas.messages(talkOf(bob, 'alice'));
    expect(message && bob.sirdas.provenance(message)).toEqual({
      ...{ sender: 'alice', device: alice.sirdas.account?.device, deviceName: 'test', envelope: 'classic' },
      signatureKey: expect.any(Uint8Array),
      isRevoked: false,
      identityKey: alice.sirdas.account?.identityKey,
      verifiedMs: clock.nowMs(),
    });
  });
});

describe('preferences', () => {
  it('are on until the person says otherwise, and are kept', async () => {
    expect(alice.sirdas.preferences).toEqual({ sendReceipts: true, sendActivity: true });
    await alice.sirdas.setPreferences({ sendReceipts: false });
    await alice.sirdas.close();
    const again = await openPerson(relay, clock, alice.memory);
    expect(again.sirdas.preferences).toEqual({ sendReceipts: false, sendActivity: true });
    await again.sirdas.setPreferences({ sendReceipts: true });
    expect(again.memory.settings.has('send-receipts')).toBe(false);
  });
});
