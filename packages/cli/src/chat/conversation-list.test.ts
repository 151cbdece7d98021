import { parseNickname } from '@sirdas/protocol';
import { expect, test } from 'vitest';
import { type ListSources, listEntries, orderConversations, stepThrough } from './conversation-list.ts';
import { FakeClient } from './fake-client.testkit.ts';
import { AYSE, MEHMET, makeMessage } from './message.testkit.ts';

const UMIT = parseNickname('ümit');
const CAN = parseNickname('can');

function list(client: FakeClient, changes: Partial<ListSources> = {}) {
  const conversations = new Map(
    client.conversations().map((conversation) => [conversation.id, conversation]),
  );
  return listEntries({
    order: [...conversations.keys()],
    conversations,
    online: client.people,
    forks: new Map(),
    self: MEHMET,
    unnamedGroup: 'unnamed',
    identify: (nickname) => client.conversationWith(nickname),
    ...changes,
  });
}

test('conversations come first, in their order; who is online without one follows by name', () => {
  const client = new FakeClient();
  client.fill(AYSE, ['a']);
  client.people = [UMIT, CAN, AYSE, MEHMET].map((nickname) => ({ nickname, chosenColour: null }));
  expect(list(client).map(({ title, hasConversation }) => [title, hasConversation])).toEqual([
    [AYSE, true],
    [CAN, false],
    [UMIT, false],
  ]);
});

test('CLI-106 a group stands in it with its name made safe, or the words for one without a name', () => {
  const client = new FakeClient();
  client.fillGroup('Aile\u001b[2J\n\u202e  x', [AYSE], []);
  client.fillGroup('\u200b \u2060', [AYSE], []);
  expect(list(client).map(({ kind, title, with: nickname }) => [kind, title, nickname])).toEqual([
    ['group', 'Aile␛[2J x', null],
    ['group', 'unnamed', null],
  ]);
});

test('what is broken or forked needs attention', () => {
  const client = new FakeClient();
  const group = client.fillGroup('Aile', [AYSE], []);
  expect(list(client)[0]?.needsAttention).toBe(false);
  expect(list(client, { forks: new Map([[group.id, AYSE]]) })[0]?.needsAttention).toBe(true);
  client.put({ ...group, state: 'broken' }, []);
  expect(list(client)[0]?.needsAttention).toBe(true);
});

test('the conversation with the newest message comes first', async () => {
  const client = new FakeClient();
  client.fill(AYSE, ['a']);
  client.fill(CAN, ['a', 'b']);
  expect(orderConversations(client.conversations())).toEqual([
    client.conversationWith(CAN),
    client.conversationWith(AYSE),
  ]);
  expect(makeMessage(0, 'a').savedMs).toBeLessThan(makeMessage(1, 'b').savedMs);
});

test('stepping goes around the ends and starts at the first or last', () => {
  const client = new FakeClient();
  for (const nickname of [AYSE, CAN, UMIT]) client.fill(nickname, []);
  const entries = list(client);
  const [ayse, can, umit] = [AYSE, CAN, UMIT].map((nickname) => client.conversationWith(nickname));
  expect(stepThrough(entries, ayse ?? null, 1)).toBe(can);
  expect(stepThrough(entries, umit ?? null, 1)).toBe(ayse);
  expect(stepThrough(entries, ayse ?? null, -1)).toBe(umit);
  expect(stepThrough(entries, null, 1)).toBe(ayse);
  expect(stepThrough(entries, null, -1)).toBe(umit);
  expect(stepThrough([], null, 1)).toBeNull();
});
