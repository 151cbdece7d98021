import { parseNickname } from '@sirdas/protocol';
import { expect, test } from 'vitest';
import { FakeClient } from './fake-client.testkit.ts';
import { AYSE, MEHMET, makeMessage } from './message.testkit.ts';
import { listPeople, orderConversations, stepThrough } from './people.ts';

const UMIT = parseNickname('ümit');
const CAN = parseNickname('can');

test('conversations come first, in their order; who is online without one follows by name', () => {
  const online = [UMIT, CAN, AYSE, MEHMET].map((nickname) => ({ nickname, chosenColour: null }));
  const people = listPeople([AYSE], new Map(), online, MEHMET);
  expect(people.map(({ nickname, hasConversation }) => [nickname, hasConversation])).toEqual([
    [AYSE, true],
    [CAN, false],
    [UMIT, false],
  ]);
});

test('the conversation with the newest message comes first', async () => {
  const client = new FakeClient();
  client.fill(AYSE, ['a']);
  client.fill(CAN, ['a', 'b']);
  expect(orderConversations(client.conversations())).toEqual([CAN, AYSE]);
  expect(makeMessage(0, 'a').savedMs).toBeLessThan(makeMessage(1, 'b').savedMs);
});

test('stepping goes around the ends and starts at the first or last', () => {
  const people = listPeople([AYSE, CAN, UMIT], new Map(), [], MEHMET);
  expect(stepThrough(people, AYSE, 1)).toBe(CAN);
  expect(stepThrough(people, UMIT, 1)).toBe(AYSE);
  expect(stepThrough(people, AYSE, -1)).toBe(UMIT);
  expect(stepThrough(people, null, 1)).toBe(AYSE);
  expect(stepThrough(people, null, -1)).toBe(UMIT);
  expect(stepThrough([], null, 1)).toBeNull();
});
