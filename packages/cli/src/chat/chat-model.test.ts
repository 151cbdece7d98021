import { SirdasError } from '@sirdas/client';
import { parseNickname } from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import type { Sound } from '../sound/tone.ts';
import { wordsIn } from '../words/catalogue.ts';
import { ChatModel } from './chat-model.ts';
import { FakeClient, makeContact, makeDevice } from './fake-client.testkit.ts';
import { AYSE, MEHMET, makeEvent, makeMessage, NOON } from './message.testkit.ts';

const CAN = parseNickname('can');
const nowMs = NOON;

async function start(client: FakeClient) {
  const sounds: Sound[] = [];
  const model = ChatModel.start({
    client,
    words: wordsIn('en'),
    language: 'en',
    isSoundOn: true,
    playSound: (sound) => sounds.push(sound),
    saveSound: () => {},
    now: () => nowMs,
  });
  return { model, sounds };
}

function textsOf(model: ChatModel): string[] {
  return (model.view.open?.loaded.messages ?? []).map(({ body }) => (body.kind === 'text' ? body.text : ''));
}

describe('a conversation', () => {
  test('opens with its newest messages, marks where the unread ones begin, and is read', async () => {
    const client = new FakeClient();
    client.fill(AYSE, ['a', 'b', 'c'], 2);
    const { model } = await start(client);
    await model.open(client.conversationWith(AYSE));
    expect(textsOf(model)).toEqual(['a', 'b', 'c']);
    expect(model.view.open?.loaded.firstUnread).toBe(1);
    expect(client.calls).toEqual(['read 2']);
    expect(model.view.entries[0]).toMatchObject({ with: AYSE, unread: 0 });
  });

  test('loads older messages a page at a time, each once', async () => {
    const client = new FakeClient();
    client.fill(
      AYSE,
      Array.from({ length: 450 }, (_, index) => `${index}`),
    );
    const { model } = await start(client);
    await model.open(client.conversationWith(AYSE));
    expect(textsOf(model).at(0)).toBe('250');
    await Promise.all([model.loadOlder(), model.loadOlder()]);
    expect(textsOf(model).at(0)).toBe('50');
    await model.loadOlder();
    await model.loadOlder();
    expect(textsOf(model)).toEqual(Array.from({ length: 450 }, (_, index) => `${index}`));
    expect(model.view.open?.loaded.hasOlder).toBe(false);
  });

  test('shows what arrives while it is open, and reads it', async () => {
    const client = new FakeClient();
    client.fill(AYSE, ['a']);
    const { model } = await start(client);
    await model.open(client.conversationWith(AYSE));
    client.receive(AYSE, 'b');
    expect(textsOf(model)).toEqual(['a', 'b']);
    await expect.poll(() => client.calls).toEqual(['read 1']);
  });

  test('counts what arrives elsewhere as unread', async () => {
    const client = new FakeClient();
    client.fill(AYSE, ['a']);
    const { model } = await start(client);
    await model.open(client.conversationWith(AYSE));
    client.receive(CAN, 'hey');
    expect(textsOf(model)).toEqual(['a']);
    expect(model.view.entries.map(({ with: nickname, unread }) => [nickname, unread])).toEqual([
      [CAN, 1],
      [AYSE, 0],
    ]);
  });

  test('shows what is sent at once, and how its delivery goes on', async () => {
    const client = new FakeClient();
    client.fill(AYSE, ['a'], 1);
    const { model } = await start(client);
    await model.open(client.conversationWith(AYSE));
    await model.send('hello');
    const sent = model.view.open?.loaded.messages.at(-1);
    expect(sent).toMatchObject({ direction: 'out', delivery: 'queued' });
    expect(model.view.open?.loaded.firstUnread).toBeNull();
    if (sent === undefined) throw new Error('nothing was sent');
    client.emit({ type: 'delivery', message: { ...sent, delivery: 'accepted' } });
    expect(model.view.open?.loaded.messages.at(-1)?.delivery).toBe('accepted');
  });

  test('shows a message that the SDK also announces only once', async () => {
    const client = new FakeClient();
    client.fill(AYSE, []);
    const { model } = await start(client);
    await model.open(client.conversationWith(AYSE));
    await model.send('hello');
    const [sent] = model.view.open?.loaded.messages ?? [];
    if (sent === undefined) throw new Error('nothing was sent');
    client.emit({ type: 'message', message: sent });
    expect(textsOf(model)).toEqual(['hello']);
  });

  test('keeps a bounded number of messages while it is followed', async () => {
    const client = new FakeClient();
    client.fill(AYSE, []);
    const { model } = await start(client);
    await model.open(client.conversationWith(AYSE));
    for (let i = 0; i < 5000; i++) client.receive(AYSE, `${i}`);
    expect(textsOf(model).length).toBeLessThanOrEqual(2000);
    expect(textsOf(model).at(-1)).toBe('4999');
    expect(model.view.open?.loaded.hasOlder).toBe(true);
  });
});

describe('typing a name', () => {
  test('opens a conversation with somebody the directory knows, however it is typed', async () => {
    const client = new FakeClient();
    client.known.add(AYSE);
    const { model } = await start(client);
    expect(await model.talkTo(' AYŞE ')).toBe(true);
    expect(model.view.open?.with).toBe(AYSE);
  });

  test.each([
    ['nobody', 'Nobody on this relay has this nickname.'],
    ['a b!', 'That cannot be a nickname.'],
  ])('says what is wrong with "%s"', async (typed, sentence) => {
    const { model } = await start(new FakeClient());
    expect(await model.talkTo(typed)).toBe(false);
    expect(model.view.notice).toMatchObject({ kind: 'error', text: expect.stringContaining(sentence) });
    expect(model.view.open).toBeNull();
  });
});

describe('sounds', () => {
  test('what arrives and what is sent sound different; what waited at the relay is one sound', async () => {
    const client = new FakeClient();
    client.fill(AYSE, []);
    const { model, sounds } = await start(client);
    client.receive(AYSE, 'waited');
    client.receive(AYSE, 'waited too');
    expect(sounds).toEqual([]);
    client.emit({ type: 'caught-up' });
    client.receive(AYSE, 'now');
    await model.open(client.conversationWith(AYSE));
    await model.send('hello');
    expect(sounds).toEqual(['received', 'received', 'sent']);
  });

  test('can be switched off', async () => {
    const client = new FakeClient();
    const { model, sounds } = await start(client);
    client.emit({ type: 'caught-up' });
    model.setSound(false);
    client.receive(AYSE, 'a');
    expect(sounds).toEqual([]);
  });
});

test('refused letters and gaps are told', async () => {
  const client = new FakeClient();
  const { model } = await start(client);
  client.emit({ type: 'refused', error: 'LETTER_FORGED', from: null });
  expect(model.view.notice?.text).toContain('its signature is not that of its sender');
  client.emit({ type: 'refused', error: 'KEY_CHANGED', from: AYSE });
  expect(model.view.notice?.text).toContain('held back');
  client.emit({ type: 'gap', reason: 'expired', count: 3 });
  expect(model.view.notice?.text).toContain('3 entries');
});

test('colours are the same object until one changes', async () => {
  const client = new FakeClient();
  const { model } = await start(client);
  const before = model.view.chosenColours;
  client.emit({ type: 'presence', online: [], change: null });
  expect(model.view.chosenColours).toBe(before);
  client.people = [{ nickname: CAN, chosenColour: 0xff8800 }];
  client.emit({ type: 'presence', online: client.people, change: null });
  expect(model.view.chosenColours.get(CAN)).toBe(0xff8800);
});

describe('groups', () => {
  test('a group opens with its members, is sent to, and shows what is changed in it', async () => {
    const client = new FakeClient();
    const { id } = client.fillGroup('Aile', [AYSE, CAN], [makeMessage(0, 'a')]);
    const { model } = await start(client);
    await model.open(id);
    expect(model.view.open).toMatchObject({
      kind: 'group',
      title: 'Aile',
      with: null,
      members: [AYSE, CAN, MEHMET],
      protection: 'post-quantum',
    });
    await model.send('hello', makeMessage(0, 'a'));
    const sent = model.view.open?.loaded.messages.at(-1);
    expect(sent?.body).toEqual({
      kind: 'text',
      text: 'hello',
      replyTo: { sender: AYSE, id: makeMessage(0, 'a').id },
    });
    if (sent === undefined) throw new Error('nothing was sent');
    client.emit({ type: 'changed', message: { ...sent, readBy: [AYSE] } });
    expect(model.view.open?.loaded.messages.at(-1)?.readBy).toEqual([AYSE]);
    client.emit({ type: 'expired', conversation: id, message: sent });
    expect(textsOf(model)).toEqual(['a']);
  });

  test('the list of members is the same object until one changes', async () => {
    const client = new FakeClient();
    const group = client.fillGroup('Aile', [AYSE], []);
    const { model } = await start(client);
    await model.open(group.id);
    const before = model.view.open?.members;
    client.put({ ...group, name: 'Yeni' }, []);
    expect(model.view.open?.title).toBe('Yeni');
    expect(model.view.open?.members).toBe(before);
    client.put({ ...group, members: group.members.slice(1) }, []);
    expect(model.view.open?.members).toEqual([MEHMET]);
  });

  test('a group is opened by its name with # before it', async () => {
    const client = new FakeClient();
    client.fillGroup('Aile', [AYSE], []);
    const { model } = await start(client);
    expect(await model.talkTo('#Aile')).toBe(true);
    expect(model.view.open?.title).toBe('Aile');
  });

  test('a group that one was added to is told', async () => {
    const client = new FakeClient();
    const { model } = await start(client);
    const group = client.fillGroup('Aile', [AYSE], []);
    expect(model.view.notice?.text).toBe('You are in the group Aile now. #Aile opens it.');
    model.forgetNotice();
    client.put({ ...group, name: 'Yeni' }, []);
    client.fill(AYSE, []);
    expect(model.view.notice).toBeNull();
  });

  test('what happened in it makes no sound', async () => {
    const client = new FakeClient();
    const { model, sounds } = await start(client);
    client.emit({ type: 'caught-up' });
    client.emit({ type: 'message', message: makeEvent(0, { what: 'left' }) });
    expect(sounds).toEqual([]);
    expect(model.view.notice).toBeNull();
  });

  test('a fork is told, stands in the list and in the conversation, and ends with a reset', async () => {
    const client = new FakeClient();
    const { id } = client.fillGroup('Aile', [AYSE], []);
    const { model } = await start(client);
    client.emit({ type: 'fork', conversation: id, from: AYSE });
    expect(model.view.notice?.text).toContain('another history of Aile');
    expect(model.view.entries[0]?.needsAttention).toBe(true);
    await model.open(id);
    expect(model.view.open?.forkSeenBy).toBe(AYSE);
    client.emit({
      type: 'message',
      message: makeEvent(0, { what: 'reset', reason: 'fork' }, { conversation: id }),
    });
    expect(model.view.open?.forkSeenBy).toBeNull();
    expect(model.view.entries[0]?.needsAttention).toBe(false);
  });
});

describe('hints', () => {
  test('who is typing is kept for a while, and ends with their message', async () => {
    const client = new FakeClient();
    client.fill(AYSE, []);
    const { model } = await start(client);
    const conversation = client.conversationWith(AYSE);
    client.emit({ type: 'activity', conversation, from: AYSE, activity: 'typing' });
    expect(model.view.activities).toMatchObject([{ from: AYSE, untilMs: NOON + 8000 }]);
    client.receive(AYSE, 'x');
    expect(model.view.activities).toEqual([]);
  });

  test('others are told that one is typing and that one has stopped; a message says so by itself', async () => {
    const client = new FakeClient();
    client.fill(AYSE, []);
    const { model } = await start(client);
    model.setTyping(true);
    await model.open(client.conversationWith(AYSE));
    model.setTyping(false);
    expect(client.calls).toEqual([]);
    model.setTyping(true);
    model.setTyping(false);
    model.setTyping(false);
    expect(client.calls).toEqual(['activity typing', 'activity stopped']);
    model.setTyping(true);
    await model.send('x');
    model.setTyping(false);
    expect(client.calls).toEqual(['activity typing', 'activity stopped', 'activity typing']);
  });
});

test('CLI-106 a new device of the own account is told, with its name made safe', async () => {
  const client = new FakeClient();
  const { model } = await start(client);
  client.emit({ type: 'devices', devices: client.ownDevices });
  expect(model.view.notice).toBeNull();
  client.emit({ type: 'devices', devices: [...client.ownDevices, makeDevice('evil\u001b[2J')] });
  expect(model.view.notice?.text).toContain('“evil␛[2J”');
  model.forgetNotice();
  client.emit({ type: 'devices', devices: client.ownDevices });
  expect(model.view.notice).toBeNull();
});

test('what cannot be undone is asked first', async () => {
  const { model } = await start(new FakeClient());
  const done: string[] = [];
  const ask = (name: string) =>
    model.ask(name, async () => {
      done.push(name);
    });
  ask('one');
  expect(model.view.question).toEqual({ text: 'one' });
  await model.answer(false);
  ask('two');
  await model.answer(true);
  await model.answer(true);
  expect(done).toEqual(['two']);
  expect(model.view.question).toBeNull();
});

test('contacts are kept, with keys that have changed', async () => {
  const client = new FakeClient();
  const { model } = await start(client);
  client.emit({ type: 'contact', contact: makeContact(AYSE, { changedKey: new Uint8Array(32) }) });
  expect(model.view.contacts.get(AYSE)?.changedKey).not.toBeNull();
});

test('what could not be sent is told, and says so', async () => {
  const client = new FakeClient();
  client.fill(AYSE, []);
  const { model } = await start(client);
  await model.open(client.conversationWith(AYSE));
  client.failure = new SirdasError('TEXT_TOO_LARGE', 'too large');
  expect(await model.send('x')).toBe(false);
  expect(model.view.notice?.kind).toBe('error');
  expect(await model.send('x')).toBe(true);
});
