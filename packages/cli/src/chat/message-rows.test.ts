import type { Message } from '@sirdas/client';
import { parseNickname } from '@sirdas/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { widthOf } from '../terminal/text-layout.ts';
import { AYSE, MEHMET, makeEvent, makeMessage, makeRowContext, NOON } from './message.testkit.ts';
import { rowsOf } from './message-rows.ts';
import { createTimeWriter } from './time-writer.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: what the painter writes
const OWN_SEQUENCE = /\u001b\[[\d;]*m/g;
const context = makeRowContext(40);
const alone = { previous: null, isFirstUnread: false, quoted: null };

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
    const rows = rowsOf(
      makeMessage(2, 'b'),
      { ...alone, previous: makeMessage(1, 'a'), isFirstUnread: true },
      context,
    );
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
    expect(rowsOf(message, alone, makeRowContext(80)).at(-1)).toContain('newer version');
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

describe('what belongs to a message', () => {
  const wide = makeRowContext(60);
  const group = { ...wide, isGroup: true, recipients: 4 };
  const previous = makeMessage(0, 'a', { sender: MEHMET, direction: 'out' });
  const near = { ...alone, previous };
  const own = { sender: MEHMET, direction: 'out', delivery: 'accepted' } as const;
  const people = ['can', 'deniz', 'ümit', 'zeynep'].map((name) => parseNickname(name));
  const bodyOf = (message: Message, context = wide, quoted: Message | null = null) =>
    rowsOf(message, { ...near, quoted }, context);

  test('the heading names the sender, above a quote of what it answers', () => {
    const replyTo = { sender: MEHMET, id: previous.id };
    const answer = makeMessage(1, 'evet', { body: { kind: 'text', text: 'evet', replyTo } });
    const quoted = makeMessage(0, 'geliyor\nmusun? '.repeat(20), { sender: MEHMET });
    const rows = bodyOf(answer, wide, quoted);
    expect(rows[0]).toBe(' 12:01 ayşe');
    expect(rows[1]).toMatch(/^ {7}│ mehmet: geliyor musun\? geliyor .*…$/);
    expect(rows[2]).toBe('       evet');
    expect(bodyOf(answer, { ...wide })[1]).toBe(
      '       │ mehmet: an earlier message that is not loaded here',
    );
    const gone = makeMessage(0, '', { sender: MEHMET, body: { kind: 'deleted' } });
    expect(bodyOf(answer, { ...wide }, gone)[1]).toBe('       │ mehmet: deleted by its author');
  });

  test('an edited message says so, a deleted one says only that', () => {
    expect(bodyOf(makeMessage(1, 'x', { editedMs: NOON })).at(-1)).toBe('       x (edited)');
    const deleted = makeMessage(1, '', { body: { kind: 'deleted' }, editedMs: NOON, expiresAfterMs: 5 });
    expect(bodyOf(deleted).at(-1)).toBe('       ✕ deleted by its author');
  });

  test.each([
    [[], [], '✓', '✓'],
    [people.slice(0, 1), [], '✓✓', '✓✓ 1/4'],
    [people, [], '✓✓', '✓✓'],
    [people, people.slice(0, 3), '✓✓ read', '✓✓ read 3/4'],
    [people, people, '✓✓ read', '✓✓ read'],
  ] as const)('delivered to %j, read by %j: %s; in a group %s', (deliveredTo, readBy, direct, inGroup) => {
    const message = makeMessage(1, 'x', { ...own, deliveredTo, readBy });
    expect(bodyOf(message).at(-1)).toBe(`       x ${direct}`);
    expect(bodyOf(message, group).at(-1)).toBe(`       x ${inGroup}`);
  });

  test('who has left since does not make it more than all', () => {
    const message = makeMessage(1, 'x', { ...own, deliveredTo: people });
    expect(bodyOf(message, { ...group, recipients: 2 }).at(-1)).toBe('       x ✓✓');
  });

  test('reactions stand below it with their names, many of one as a number', () => {
    const reactions = [
      ...people.map((from) => ({ from, emoji: '👍' })),
      { from: MEHMET, emoji: '❤️' },
      { from: AYSE, emoji: '❤️' },
    ];
    expect(bodyOf(makeMessage(1, 'x', { reactions })).at(-1)).toBe('       👍 4  ❤️ mehmet, ayşe');
  });

  test('CLI-107 CLI-109 hostile reactions stay one sign each and two rows together', () => {
    const reactions = Array.from({ length: 60 }, (_, index) => ({
      from: AYSE,
      emoji: index === 0 ? '\u001b[2J' : String.fromCodePoint(0x1f300 + index),
    }));
    const rows = bodyOf(makeMessage(1, 'x', { reactions }));
    expect(rows.slice(2)).toHaveLength(2);
    expect(rows[2]).toContain('\ufffd ayşe');
    expect(rows.at(-1)).toMatch(/ …$/);
    expect(rows.join('')).not.toMatch(/\p{Cc}/u);
  });

  test('how long it stays is told, and counts down', () => {
    expect(bodyOf(makeMessage(1, 'x', { expiresAfterMs: 3_600_000 })).at(-1)).toBe('       x ◷');
    let nowMs = NOON;
    const times = createTimeWriter('en', wide.words, () => nowMs);
    const context = { ...wide, times };
    const message = makeMessage(1, 'x', { expiresAfterMs: 3_600_000, expiresMs: NOON + 3_600_000 });
    expect(bodyOf(message, context).at(-1)).toBe('       x ◷ 1h');
    nowMs += 60_000;
    expect(bodyOf(message, context).at(-1)).toBe('       x ◷ 59m');
  });

  test('marks that do not fit behind the text have a row of their own', () => {
    const message = makeMessage(1, 'x'.repeat(48), { ...own, editedMs: NOON, readBy: people });
    expect(bodyOf(message, group)).toEqual([`       ${'x'.repeat(48)}`, '       (edited) ✓✓ read']);
  });

  test('what happened is one calm line; what may be an attack has a sign', () => {
    expect(bodyOf(makeEvent(1, { what: 'added', members: people.slice(0, 2) }))).toEqual([
      ' 12:01 · ayşe added can and deniz',
    ]);
    const [first = ''] = bodyOf(makeEvent(1, { what: 'key-changed' }));
    expect(first).toContain(' 12:01 ⚠ The identity key of ayşe has changed.');
    expect(bodyOf(makeEvent(1, { what: 'undecryptable', cause: 'lost' }))[0]).toContain(' 12:01 ! A message');
  });

  test('after such a line a message has its heading again', () => {
    const neighbours = { ...alone, previous: makeEvent(1, { what: 'left' }) };
    expect(rowsOf(makeMessage(2, 'x'), neighbours, wide)).toEqual([' 12:02 ayşe', '       x']);
  });
});

test('CLI-101 CLI-106 CLI-107 CLI-108 hostile names, reactions and quotes hold no control bytes and stay in the window', {
  timeout: 30_000,
}, () => {
  const hostile = fc.string({
    unit: fc.oneof(
      fc.constantFrom('\u001b', '\u009b', '\r', '\n', 'ab ', '漢', '👨‍👩‍👧', '\u202e'),
      fc.string({ unit: 'binary', maxLength: 1 }),
    ),
  });
  fc.assert(
    fc.property(hostile, (text) => {
      const quoted = makeMessage(0, text, { sender: MEHMET });
      const replyTo = { sender: MEHMET, id: quoted.id };
      const reactions = [{ from: AYSE, emoji: text }];
      const rows = [
        ...rowsOf(
          makeMessage(1, '', { body: { kind: 'text', text, replyTo }, reactions }),
          { ...alone, quoted },
          context,
        ),
        ...rowsOf(makeEvent(2, { what: 'renamed', name: text }), alone, context),
        ...rowsOf(makeEvent(3, { what: 'created', name: text, members: [] }), alone, context),
      ];
      for (const row of rows) {
        expect(row).not.toMatch(/\p{Cc}|\u202e/u);
        expect(widthOf(row)).toBeLessThanOrEqual(40);
      }
    }),
    { numRuns: 200 },
  );
});
