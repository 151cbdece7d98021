import { expect, test } from 'vitest';
import { AYSE, MEHMET, makeMessage, makeRowContext } from './message.testkit.ts';
import { countRowsFrom, findReferenced, type LoadedMessages, selectRows } from './scrollback.ts';

const context = makeRowContext(40);
const intro = ['the beginning'];

/** Messages of the same person a minute apart: a heading every five, the day above the first. */
function load(count: number, hasOlder = false): LoadedMessages {
  const messages = Array.from({ length: count }, (_, index) => makeMessage(index, `text ${index}`));
  return { messages, hasOlder, isCleared: false, firstUnread: null };
}

test('offset 0 shows the newest', () => {
  const { rows, isAtTop } = selectRows(load(100), context, { height: 3, offset: 0, intro, selected: null });
  expect(rows.map((row) => row.trim())).toEqual(['text 97', 'text 98', 'text 99']);
  expect(isAtTop).toBe(false);
});

test('an offset shows what stands above', () => {
  const { rows } = selectRows(load(100), context, { height: 2, offset: 2, intro, selected: null });
  expect(rows.map((row) => row.trim())).toEqual(['text 96', 'text 97']);
});

test('an offset beyond the top is brought back, and the top is the beginning', () => {
  const { rows, offset, isAtTop } = selectRows(load(3), context, {
    height: 4,
    offset: 99,
    intro,
    selected: null,
  });
  expect(rows[0]).toBe('the beginning');
  expect(offset).toBe(2);
  expect(isAtTop).toBe(true);
});

test('the beginning is not shown while older messages are not loaded', () => {
  const { rows, isAtTop } = selectRows(load(2, true), context, {
    height: 10,
    offset: 0,
    intro,
    selected: null,
  });
  expect(rows).not.toContain('the beginning');
  expect(isAtTop).toBe(true);
});

test('a conversation shorter than the screen is shown whole', () => {
  expect(selectRows(load(1), context, { height: 10, offset: 0, intro, selected: null }).rows).toHaveLength(4);
});

test('new messages below move the view by their rows', () => {
  const loaded = load(3);
  expect(countRowsFrom(loaded, 1, context)).toBe(2);
});

test('10,000 messages: a screen is laid out from the visible ones only', () => {
  const loaded = load(10_000);
  let reads = 0;
  const counting = {
    ...context,
    times: { ...context.times, time: (ms: number) => `${++reads} ${ms}`.slice(0, 5) },
  };
  selectRows(loaded, counting, { height: 50, offset: 0, intro, selected: null });
  expect(reads).toBeLessThan(100);
});

test('a picked message is marked, and the view goes where it is', () => {
  const loaded = load(100);
  const { rows, offset } = selectRows(loaded, context, { height: 5, offset: 0, intro, selected: 50 });
  expect(rows.some((row) => row === '▌      text 50')).toBe(true);
  expect(rows.filter((row) => row.startsWith('▌'))).toHaveLength(rows.length - 4);
  // One step down needs no move.
  const next = selectRows(loaded, context, { height: 5, offset, intro, selected: 51 });
  expect(next.offset).toBe(offset);
  const newest = selectRows(loaded, context, { height: 5, offset, intro, selected: 99 });
  expect(newest.offset).toBe(0);
});

test('of a message larger than the screen its beginning is shown', () => {
  const messages = [makeMessage(0, 'line\n'.repeat(30)), makeMessage(1, 'after')];
  const loaded = { messages, hasOlder: false, isCleared: false, firstUnread: null };
  const { rows } = selectRows(loaded, context, { height: 5, offset: 0, intro, selected: 0 });
  expect(rows.slice(1, 3)).toEqual(['▌12:00 ayşe', '▌      line']);
});

test('a reference finds its message by sender and id', () => {
  const messages = [makeMessage(0, 'a'), makeMessage(0, 'b', { sender: MEHMET })];
  const [first, second] = messages;
  if (first === undefined || second === undefined) throw new Error('there are two');
  expect(findReferenced(messages, { sender: MEHMET, id: first.id })).toBe(second);
  expect(findReferenced(messages, { sender: AYSE, id: makeMessage(7, '').id })).toBeNull();
  expect(findReferenced(messages, null)).toBeNull();
});
