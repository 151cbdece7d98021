// What opened contents become: messages, amendments, counters; and what nobody may say leaves no trace.
import {
  type Content,
  type ConversationId,
  type DeviceId,
  fromId,
  type MessageId,
  type Nickname,
  parseNickname,
  toConversationId,
  toDeviceId,
  toMessageId,
} from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { Counters } from '../counters.ts';
import { MemoryVault } from '../vault/memory-vault.testkit.ts';
import { type ArrivedContent, MessageComposer } from './message-composer.ts';

const bytes = (value: number) => new Uint8Array(16).fill(value);
const alice = parseNickname('alice');
const bob = parseNickname('bob');
const carol = parseNickname('carol');
const talk = toConversationId(bytes(1));
const otherTalk = toConversationId(bytes(2));
const own = { nickname: alice, device: toDeviceId(bytes(3)) };
const bobsPhone = toDeviceId(bytes(4));

const idOf = (value: number): MessageId => toMessageId(bytes(value));
const reference = (sender: Nickname, value: number) => ({ sender, messageId: bytes(value) });

let counters: Counters;
let vault: MemoryVault;
let nextCounter: number;
let nextId: number;

beforeEach(() => {
  counters = new Counters();
  vault = new MemoryVault();
  nextCounter = 1;
  nextId = 100;
});

interface Said {
  readonly id?: number;
  readonly counter?: number;
  readonly sender?: Nickname;
  readonly device?: DeviceId;
  readonly conversation?: ConversationId;
  readonly timeMs?: number;
}

function say(body: Content['body'], said: Said = {}): ArrivedContent {
  const { id = nextId++, counter = nextCounter++, sender = bob } = said;
  const { device = bobsPhone, conversation = talk, timeMs = 1000 } = said;
  const content = {
    ...{ messageId: bytes(id), timeMs, conversation: fromId(conversation) },
    ...{ device: fromId(device), counter, body },
  };
  const direction = sender === own.nickname ? 'out' : 'in';
  return { content, sender, direction, conversation: { id: conversation }, envelope: 'mls', savedMs: 2000 };
}

const text = (words: string, expiresAfterMs = 0): Content['body'] => ({
  case: 'text',
  value: { text: words, expiresAfterMs },
});
const edit = (id: number, words: string): Content['body'] => ({
  case: 'edit',
  value: { messageId: bytes(id), text: words },
});
const deletion = (id: number): Content['body'] => ({ case: 'delete', value: { messageId: bytes(id) } });
const reaction = (sender: Nickname, id: number, emoji: string): Content['body'] => ({
  case: 'reaction',
  value: { message: reference(sender, id), emoji },
});

/** Composes, saves and takes note, as everybody who uses a composer does. */
async function settle(...arrived: readonly ArrivedContent[]) {
  const composer = new MessageComposer({ own, counters, nowMs: 2000 });
  for (const content of arrived) composer.add(content);
  const change = composer.finish();
  const saved = await vault.save(change);
  counters.note(change.counters);
  return { ...saved, ignored: composer.ignored, change };
}

const read = async (sender: Nickname, id: number) => vault.readMessage(sender, idOf(id));

describe('a text', () => {
  it('is a message, with what it answers and how long it stays', async () => {
    const body = {
      case: 'text',
      value: { text: 'evet', expiresAfterMs: 500, replyTo: reference(alice, 9) },
    } as const;
    const { messages } = await settle(say(body, { id: 10 }));
    expect(messages).toMatchObject([
      {
        ...{
          id: idOf(10),
          conversation: talk,
          sender: bob,
          device: bobsPhone,
          direction: 'in',
          sentMs: 1000,
        },
        body: { kind: 'text', text: 'evet', replyTo: { sender: alice, id: idOf(9) } },
        ...{ savedMs: 2000, envelope: 'mls', expiresAfterMs: 500, expiresMs: null, missingBefore: 0 },
      },
    ]);
  });

  it('from another own device is accepted, begins to disappear, and means that this account has written here', async () => {
    const fromTablet = { sender: alice, device: toDeviceId(bytes(5)) };
    const { messages } = await settle(say(text('ben', 500), fromTablet));
    expect(messages).toMatchObject([{ direction: 'out', delivery: 'accepted', expiresMs: 2500 }]);
    expect((await vault.load()).conversations).toMatchObject([{ id: talk, hasWritten: true }]);
  });

  it('of a kind that a newer client knows is shown as such', async () => {
    const { messages } = await settle(say({ case: undefined }));
    expect(messages).toMatchObject([{ body: { kind: 'unsupported' } }]);
  });
});

describe('what is said about a message', () => {
  it('changes it: edits, reactions, deletion, also within one batch', async () => {
    const { messages } = await settle(say(text('bir'), { id: 10 }), say(edit(10, 'iki'), { timeMs: 1500 }));
    expect(messages).toMatchObject([{ body: { text: 'iki' }, editedMs: 1500 }]);
    const { amended } = await settle(say(reaction(bob, 10, '👍'), { sender: carol }));
    expect(amended).toMatchObject([{ reactions: [{ from: carol, emoji: '👍' }] }]);
    await settle(say(deletion(10)));
    expect(await read(bob, 10)).toMatchObject({ body: { kind: 'deleted' }, reactions: [] });
  });

  it('CLI-072 is not heard when somebody else edits or deletes it', async () => {
    await settle(say(text('benim'), { id: 10 }));
    const before = await read(bob, 10);
    await settle(say(edit(10, 'senin'), { sender: carol }), say(deletion(10), { sender: carol }));
    expect(await read(bob, 10)).toEqual(before);
    expect(await vault.readMessages(talk, null, 10)).toHaveLength(1);
  });

  it('CLI-070 is not heard in another conversation', async () => {
    await settle(say(text('burada'), { id: 10 }));
    const before = await read(bob, 10);
    const elsewhere = { conversation: otherTalk };
    await settle(
      say(edit(10, 'orada'), { ...elsewhere, counter: 1 }),
      say(deletion(10), { ...elsewhere, counter: 2 }),
      say(reaction(bob, 10, '👍'), { ...elsewhere, counter: 3 }),
    );
    expect(await read(bob, 10)).toEqual(before);
  });

  it('of a message that is not here changes nothing', async () => {
    const { messages, amended } = await settle(say(edit(99, 'x')), say(reaction(alice, 98, '👍')));
    expect([...messages, ...amended]).toEqual([]);
  });

  it('CLI-074 is not heard again when it comes again', async () => {
    const first = say(edit(10, 'bir'), { counter: 2 });
    await settle(say(text('sıfır'), { id: 10, counter: 1 }), first);
    await settle(say(edit(10, 'iki'), { counter: 3 }));
    await settle(first);
    expect(await read(bob, 10)).toMatchObject({ body: { text: 'iki' } });
  });

  it('is not heard when the own device hears itself', async () => {
    await settle(say(text('bir'), { id: 10, sender: alice, device: toDeviceId(bytes(5)) }));
    const { amended } = await settle(say(edit(10, 'eski'), { sender: alice, device: own.device }));
    expect(amended).toEqual([]);
  });
});

describe('a receipt', () => {
  const receipt = (read: boolean, ...names: readonly [Nickname, number][]): Content['body'] => ({
    case: 'receipt',
    value: { messages: names.map(([sender, id]) => reference(sender, id)), read },
  });

  beforeEach(async () => {
    const fromTablet = { sender: alice, device: toDeviceId(bytes(5)) };
    await settle(say(text('benim'), { ...fromTablet, id: 10, counter: 1 }));
    await settle(say(text('onun'), { id: 11, counter: 1 }));
    nextCounter = 2;
  });

  it('is noted at own messages', async () => {
    await settle(say(receipt(false, [alice, 10])), say(receipt(true, [alice, 10]), { sender: carol }));
    expect(await read(alice, 10)).toMatchObject({ deliveredTo: [bob, carol], readBy: [carol] });
  });

  it('CLI-073 for messages of others is ignored and counted', async () => {
    const { ignored, change } = await settle(say(receipt(true, [bob, 11]), { sender: carol }));
    expect(change.amendments).toEqual([]);
    expect(ignored).toBe(1);
    expect(await read(bob, 11)).toMatchObject({ readBy: [] });
  });

  it('of another own device tells nothing about own messages', async () => {
    const fromTablet = { sender: alice, device: toDeviceId(bytes(5)) };
    await settle(say(receipt(true, [alice, 10]), fromTablet));
    expect(await read(alice, 10)).toMatchObject({ readBy: [], deliveredTo: [] });
  });
});

describe('a timer', () => {
  const timer = (expiresAfterMs: number): Content['body'] => ({ case: 'timer', value: { expiresAfterMs } });

  it('is a visible line and holds for the conversation', async () => {
    const { messages } = await settle(say(timer(5000)));
    expect(messages).toMatchObject([
      { sender: bob, body: { kind: 'event', event: { what: 'timer', expiresAfterMs: 5000 } } },
    ]);
    expect((await vault.load()).conversations).toMatchObject([{ id: talk, expiresAfterMs: 5000 }]);
  });

  it('CLI-074 that comes again does not turn the clock back', async () => {
    const first = say(timer(5000));
    await settle(first, say(timer(0)));
    await settle(first);
    expect((await vault.load()).conversations).toMatchObject([{ expiresAfterMs: 0 }]);
    expect(await vault.readMessages(talk, null, 10)).toHaveLength(2);
  });
});

describe('counters', () => {
  it('CLI-032 show holes, each once', async () => {
    const { messages } = await settle(
      say(text('1')),
      say(text('4'), { counter: 4 }),
      say(text('5'), { counter: 5 }),
    );
    expect(messages.map(({ missingBefore }) => missingBefore)).toEqual([0, 2, 0]);
  });

  it('carry a hole that nothing visible has shown to the next message', async () => {
    await settle(say(text('1'), { id: 10, counter: 1 }));
    await settle(say(reaction(bob, 10, '👍'), { counter: 4 }));
    const { messages } = await settle(say(text('6'), { counter: 6 }), say(text('7'), { counter: 7 }));
    expect(messages.map(({ missingBefore }) => missingBefore)).toEqual([3, 0]);
  });

  it('begin where a device was met that had been there before', async () => {
    const composer = new MessageComposer({ own, counters, nowMs: 1 });
    composer.meetDevices(talk, [{ sender: bob, device: bobsPhone }]);
    const change = composer.finish();
    await vault.save(change);
    counters.note(change.counters);
    const { messages } = await settle(say(text('57'), { counter: 57 }), say(text('59'), { counter: 59 }));
    expect(messages.map(({ missingBefore }) => missingBefore)).toEqual([0, 1]);
  });

  it('do not begin anew for a device that is known', async () => {
    await settle(say(text('1')));
    const composer = new MessageComposer({ own, counters, nowMs: 1 });
    composer.meetDevices(talk, [{ sender: bob, device: bobsPhone }]);
    expect(composer.finish().counters).toEqual([]);
    const { messages } = await settle(say(text('5'), { counter: 5 }));
    expect(messages.map(({ missingBefore }) => missingBefore)).toEqual([3]);
  });

  it('CLI-027 of one device do not touch those of another, nor of another conversation', async () => {
    await settle(say(text('a'), { counter: 9 }));
    const others = [
      say(text('b'), { counter: 1, sender: carol }),
      say(text('c'), { counter: 1, device: toDeviceId(bytes(6)) }),
      say(text('d'), { counter: 1, conversation: otherTalk }),
    ];
    const { messages } = await settle(...others);
    expect(messages.map(({ missingBefore }) => missingBefore)).toEqual([0, 0, 0]);
  });
});

describe('what happened', () => {
  it('is a line of whoever did it', async () => {
    const composer = new MessageComposer({ own, counters, nowMs: 2000 });
    const where = { conversation: talk, device: bobsPhone, sentMs: 1500 };
    composer.addEvent({ ...where, id: idOf(20), sender: bob, event: { what: 'renamed', name: 'ev' } });
    composer.addEvent({ ...where, id: idOf(21), sender: alice, event: { what: 'left' } });
    const { messages } = await vault.save(composer.finish());
    expect(messages).toMatchObject([
      { direction: 'in', body: { kind: 'event', event: { what: 'renamed', name: 'ev' } }, position: 1 },
      { direction: 'out', body: { kind: 'event', event: { what: 'left' } }, position: 2 },
    ]);
    expect(messages[1]).not.toHaveProperty('delivery');
  });

  it('does not count as read, nor as written', async () => {
    const composer = new MessageComposer({ own, counters, nowMs: 2000 });
    const where = { conversation: talk, device: own.device, sentMs: 1500 };
    composer.addEvent({ ...where, id: idOf(20), sender: alice, event: { what: 'joined' } });
    await vault.save(composer.finish());
    expect((await vault.load()).conversations).toMatchObject([{ readPosition: 0, hasWritten: false }]);
  });
});

it('a wish to leave is nothing that is shown', async () => {
  const { messages, amended, ignored } = await settle(say({ case: 'leave', value: {} }));
  expect([...messages, ...amended]).toEqual([]);
  expect(ignored).toBe(0);
});

describe('what two own devices said about one message', () => {
  it('ends as the log has it, on the device that was first as well', async () => {
    const mine = { sender: own.nickname, device: toDeviceId(bytes(9)) };
    await settle(say(text('first'), { ...mine, id: 1 }));
    // Done here when it was written; the other device's stands before it in the log.
    const here = say(edit(1, 'from here'), mine);
    await settle(say(edit(1, 'from there'), { ...mine, device: toDeviceId(bytes(10)) }));
    const composer = new MessageComposer({ own, counters, nowMs: 2000 });
    composer.confirm(here);
    await vault.save(composer.finish());
    expect((await read(own.nickname, 1))?.body).toMatchObject({ text: 'from here' });
  });
});
