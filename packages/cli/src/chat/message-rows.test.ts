import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { widthOf } from '../terminal/text-layout.ts';
import { MEHMET, makeMessage, makeRowContext, NOON } from './message.testkit.ts';
import { rowsOf } from './message-rows.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: what the painter writes
const OWN_SEQUENCE = /\u001b\[[\d;]*m/g;
const context = makeRowContext(40);
const alone = { previous: null, isFirstUnread: false };

describe('rowsOf', () => {
  test('a first message has the day, a heading and its text', () => {
    expect(rowsOf(makeMessage(0, 'Merhaba'), alone, context)).toEqual([
      `${'─'.repeat(16)} Today ${'─'.repeat(17)}`,
      ' 12:00 ayşe',
      '       Merhaba',
    ]);
  });

  test('what the same person writes within five minutes stands under one heading', () => {
    const previous = makeMessage(1, 'a');
    expect(rowsOf(makeMessage(2, 'b'), { ...alone, previous }, context)).toEqual(['       b']);
    expect(rowsOf(makeMessage(7, 'b'), { ...alone, previous }, context)).toEqual([' 12:07 ayşe', '       b']);
    const other = makeMessage(2, 'b', { sender: MEHMET });
    expect(rowsOf(other, { ...alone, previous }, context)).toEqual([' 12:02 mehmet', '       b']);
  });

  test('the first unread message has a line above it and a heading of its own', () => {
    const rows = rowsOf(makeMessage(2, 'b'), { previous: makeMessage(1, 'a'), isFirstUnread: true }, context);
    expect(rows[0]).toContain('new messages');
    expect(rows.slice(1)).toEqual([' 12:02 ayşe', '       b']);
  });

  test.each([
    ['queued', '◌'],
    ['accepted', '✓'],
  ] as const)('an own message that is %s ends with %s', (delivery, mark) => {
    const message = makeMessage(2, 'hi', { direction: 'out', delivery });
    expect(rowsOf(message, { ...alone, previous: makeMessage(1, 'a') }, context).at(-1)).toBe(
      `       hi ${mark}`,
    );
  });

  test('a message that failed says why and what to do', () => {
    const message = makeMessage(2, 'hi', {
      direction: 'out',
      delivery: 'failed',
      failure: 'UNKNOWN_ACCOUNT',
    });
    const rows = rowsOf(message, { ...alone, previous: makeMessage(1, 'a') }, context);
    expect(rows[1]).toBe('       hi ✗');
    expect(rows.slice(2).join(' ').replaceAll(/ +/g, ' ')).toContain(
      'Nobody on this relay has this nickname. Check',
    );
  });

  test('missing messages are marked', () => {
    const message = makeMessage(2, 'b', { missingBefore: 2 });
    const rows = rowsOf(message, { ...alone, previous: makeMessage(1, 'a') }, context).join(' ');
    expect(rows).toContain('2 messages');
  });

  test('/me is an action', () => {
    const previous = makeMessage(1, 'a');
    expect(rowsOf(makeMessage(2, '/me el sallıyor'), { ...alone, previous }, context)).toEqual([
      ' 12:02 * ayşe el sallıyor',
    ]);
  });

  test('an unknown kind of message is said to need a newer version', () => {
    const message = makeMessage(0, '', { body: { kind: 'unsupported' } });
    expect(rowsOf(message, alone, context).at(-1)).toContain('newer version');
  });

  test('yesterday has its name, other days their date', () => {
    const dayOf = (sentMs: number) => rowsOf(makeMessage(0, 'x', { sentMs }), alone, context)[0];
    expect(dayOf(NOON - 86_400_000)).toContain(' Yesterday ');
    expect(dayOf(new Date(2026, 10, 2, 9).getTime())).toContain(' Monday 2 November ');
    expect(dayOf(new Date(2025, 0, 1).getTime())).toContain('2025');
  });

  test('a flood of lines is cut', () => {
    expect(rowsOf(makeMessage(0, 'x\n'.repeat(50_000)), alone, context).length).toBeLessThan(510);
  });

  test('CLI-101 rows of hostile texts hold no control bytes but our own, and never run over the edge', {
    timeout: 30_000,
  }, () => {
    const painted = makeRowContext(40, 'true');
    const hostile = fc.string({
      unit: fc.oneof(
        fc.constantFrom('\u001b', '\u009b', '\r', '\n', 'ab ', '漢'),
        fc.string({ unit: 'binary', maxLength: 1 }),
      ),
    });
    fc.assert(
      fc.property(hostile, (text) => {
        for (const row of rowsOf(
          makeMessage(0, text, { direction: 'out', delivery: 'queued' }),
          alone,
          painted,
        )) {
          const withoutOurs = row.replaceAll(OWN_SEQUENCE, '');
          expect(withoutOurs).not.toMatch(/\p{Cc}/u);
          expect(widthOf(withoutOurs)).toBeLessThanOrEqual(40);
        }
      }),
      { numRuns: 200 },
    );
  });
});
