import { parseNickname } from '@sirdas/protocol';
import { expect, test } from 'vitest';
import { ACTIVITY_MS, activitiesIn, forgetActivity, noteActivity } from './activity-board.ts';
import { AYSE, makeMessage, NOON } from './message.testkit.ts';

const CAN = parseNickname('can');
const { conversation } = makeMessage(0, '');

function note(...names: (typeof AYSE)[]) {
  return names.reduce<ReturnType<typeof noteActivity>>(
    (board, from) => noteActivity(board, { conversation, from, activity: 'typing' }, NOON),
    [],
  );
}

test('several people type at once, each once', () => {
  expect(activitiesIn(note(AYSE, CAN, AYSE), conversation, NOON).map(({ from }) => from)).toEqual([
    CAN,
    AYSE,
  ]);
});

test('a hint is forgotten after a while, when its end is told, and when a message comes', () => {
  const board = note(AYSE);
  expect(activitiesIn(board, conversation, NOON + ACTIVITY_MS - 1)).toHaveLength(1);
  expect(activitiesIn(board, conversation, NOON + ACTIVITY_MS)).toEqual([]);
  expect(noteActivity(board, { conversation, from: AYSE, activity: 'stopped' }, NOON)).toEqual([]);
  expect(forgetActivity(board, conversation, AYSE)).toEqual([]);
  expect(forgetActivity(board, conversation, CAN)).toBe(board);
});
