import { expect, test } from 'vitest';
import { EMPTY_HISTORY, recall, remember } from './history.ts';

test('goes back to older entries and forward to what was being written', () => {
  const history = remember(remember(EMPTY_HISTORY, 'first'), 'second');
  const newest = recall(history, 1, 'draft');
  expect(newest?.text).toBe('second');
  const oldest = newest && recall(newest.history, 1, 'second');
  expect(oldest?.text).toBe('first');
  expect(oldest && recall(oldest.history, 1, 'first')).toBeNull();
  const back = oldest && recall(oldest.history, -1, 'first');
  expect(back?.text).toBe('second');
  expect(back && recall(back.history, -1, 'second')?.text).toBe('draft');
});

test('the same text twice is one entry, the newest', () => {
  expect(remember(remember(remember(EMPTY_HISTORY, 'a'), 'b'), 'a').entries).toEqual(['a', 'b']);
});

test('there is nothing newer than what is being written', () => {
  expect(recall(EMPTY_HISTORY, -1, '')).toBeNull();
});
