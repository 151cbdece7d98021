import { parseNickname } from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import type { Sound } from '../sound/tone.ts';
import { wordsIn } from '../words/catalogue.ts';
import { ChatModel } from './chat-model.ts';
import { FakeClient } from './fake-client.testkit.ts';
import { AYSE } from './message.testkit.ts';

const CAN = parseNickname('can');

async function start(client: FakeClient) {
  const sounds: Sound[] = [];
  const model = ChatModel.start({
    client,
    words: wordsIn('en'),
    language: 'en',
    isSoundOn: true,
    playSound: (sound) => sounds.push(sound),
    saveSound: () => {},
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
    await model.select(AYSE);
    expect(textsOf(model)).toEqual(['a', 'b', 'c']);
    expect(model.view.open?.loaded.firstUnread).toBe(1);
    expect(client.calls).toEqual(['read 2']);
    expect(model.view.people[0]).toMatchObject({ nickname: AYSE, unread: 0 });
  });

  test('loads older messages a page at a time, each once', async () => {
    const client = new FakeClient();
    client.fill(
      AYSE,
      Array.from({ length: 450 }, (_, index) => `${index}`),
    );
    const { model } = await start(client);
    await model.select(AYSE);
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
    await model.select(AYSE);
    client.receive(AYSE, 'b');
    expect(textsOf(model)).toEqual(['a', 'b']);
    await expect.poll(() => client.calls).toEqual(['read 1']);
  });

  test('counts what arrives elsewhere as unread', async () => {
    const client = new FakeClient();
    client.fill(AYSE, ['a']);
    const { model } = await start(client);
    await model.select(AYSE);
    client.receive(CAN, 'hey');
    expect(textsOf(model)).toEqual(['a']);
    expect(model.view.people.map(({ nickname, unread }) => [nickname, unread])).toEqual([
      [CAN, 1],
      [AYSE, 0],
    ]);
  });

  test('shows what is sent at once, and how its delivery goes on', async () => {
    const client = new FakeClient();
    client.fill(AYSE, ['a'], 1);
    const { model } = await start(client);
    await model.select(AYSE);
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
    await model.select(AYSE);
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
    await model.select(AYSE);
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
    await model.select(AYSE);
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
