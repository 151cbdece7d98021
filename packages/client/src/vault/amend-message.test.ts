// What may happen to a message that is there, and what may not.
import { parseNickname } from '@sirdas/protocol';
import { describe, expect, it } from 'vitest';
import type { Message } from '../model.ts';
import { amendMessage, deliverMessage, EDIT_WINDOW_MS } from './amend-message.ts';
import type { Amendment } from './vault.ts';
import { alice, bob, otherTalk, sampleMessage, talk } from './vault-samples.testkit.ts';

const carol = parseNickname('carol');

function message(change: Partial<Message> = {}): Message {
  return { ...sampleMessage(1, change), position: 1 };
}

function amend(before: Message, ...amendments: readonly Amendment[]): Message {
  return amendments.reduce(
    (result, amendment) =>
      amendMessage(result, { sender: before.sender, id: before.id, conversation: talk, amendment }),
    before,
  );
}

const own = message({ sender: alice, direction: 'out', delivery: 'accepted' });
const line = message({ body: { kind: 'event', event: { what: 'left' } } });
const edit = (text: string, editedMs = 1500) => ({ what: 'edit', text, editedMs }) as const;
const react = (from: typeof alice, emoji: string) => ({ what: 'reaction', from, emoji }) as const;

describe('an amendment', () => {
  it('CLI-070 said in another conversation changes nothing', () => {
    const before = message();
    const reference = { sender: before.sender, id: before.id, conversation: otherTalk };
    expect(amendMessage(before, { ...reference, amendment: { what: 'delete' } })).toBe(before);
  });

  it('does not change what it was given', () => {
    const before = Object.freeze(message({ reactions: Object.freeze([{ from: bob, emoji: '👍' }]) }));
    expect(amend(before, react(carol, '❤️')).reactions).toHaveLength(2);
    expect(before.reactions).toHaveLength(1);
  });
});

describe('an edit', () => {
  it('that is there already changes nothing', () => {
    const edited = amend(message(), edit('iki', 1500));
    expect(amend(edited, edit('iki', 1500))).toBe(edited);
    expect(amend(edited, edit('iki', 1600))).toMatchObject({ editedMs: 1600 });
  });

  it('replaces the text, keeps answers and reactions, and the last one wins', () => {
    const replyTo = { sender: alice, id: own.id };
    const before = message({ body: { kind: 'text', text: 'bir', replyTo } });
    const after = amend(before, react(alice, '👍'), edit('iki', 1500), edit('üç', 1400));
    expect(after).toEqual({
      ...{ ...before, editedMs: 1400, reactions: [{ from: alice, emoji: '👍' }] },
      body: { kind: 'text', text: 'üç', replyTo },
    });
  });

  it('CLI-071 comes too late after a day', () => {
    const before = message();
    const { sentMs } = before;
    expect(amend(before, edit('x', sentMs + EDIT_WINDOW_MS))).not.toBe(before);
    expect(amend(before, edit('x', sentMs + EDIT_WINDOW_MS + 1))).toBe(before);
  });

  it('is for texts only', () => {
    expect(amend(line, edit('x'))).toBe(line);
    const unsupported = message({ body: { kind: 'unsupported' } });
    expect(amend(unsupported, edit('x'))).toBe(unsupported);
  });
});

describe('a deletion', () => {
  it('takes text and reactions away, and wins over everything later', () => {
    const after = amend(message(), react(alice, '👍'), edit('iki'), { what: 'delete' });
    expect(after).toMatchObject({ body: { kind: 'deleted' }, editedMs: null, reactions: [] });
    expect(amend(after, edit('üç'), react(carol, '👎'), { what: 'delete' })).toBe(after);
  });

  it('does not take back what happened', () => {
    expect(amend(line, { what: 'delete' })).toBe(line);
  });
});

describe('a reaction', () => {
  it('is one for each account, the last one; empty takes it back', () => {
    const two = amend(message(), react(alice, '👍'), react(carol, '👍'));
    expect(amend(two, react(alice, '❤️')).reactions).toEqual([
      { from: carol, emoji: '👍' },
      { from: alice, emoji: '❤️' },
    ]);
    expect(amend(two, react(carol, '👍'))).toBe(two);
    expect(amend(two, react(alice, '')).reactions).toEqual([{ from: carol, emoji: '👍' }]);
    const before = message();
    expect(amend(before, react(alice, ''))).toBe(before);
  });

  it('is for what somebody said', () => {
    expect(amend(line, react(alice, '👍'))).toBe(line);
  });
});

describe('a receipt', () => {
  it('counts each account once; what was read was delivered', () => {
    const after = amend(
      own,
      { what: 'delivered', by: bob },
      { what: 'read', by: carol },
      { what: 'read', by: bob },
    );
    expect(after).toMatchObject({ deliveredTo: [bob, carol], readBy: [carol, bob] });
    expect(amend(after, { what: 'delivered', by: bob }, { what: 'read', by: carol })).toBe(after);
  });

  it('CLI-073 is nothing for messages of others, from oneself, or for what happened', () => {
    const theirs = message();
    expect(amend(theirs, { what: 'read', by: carol })).toBe(theirs);
    expect(amend(own, { what: 'read', by: alice })).toBe(own);
    const ownLine = { ...line, sender: alice, direction: 'out' as const };
    expect(amend(ownLine, { what: 'read', by: bob })).toBe(ownLine);
  });
});

describe('the time of a message that disappears', () => {
  it('begins once, with reading or with acceptance', () => {
    const disappearing = message({ expiresAfterMs: 100 });
    const read = amend(disappearing, { what: 'expires', expiresMs: 500 });
    expect(read.expiresMs).toBe(500);
    expect(amend(read, { what: 'expires', expiresMs: 900 })).toBe(read);
    const { sender, id } = own;
    const accepted = { sender, id, delivery: 'accepted', acceptedMs: 1000 } as const;
    expect(deliverMessage({ ...own, expiresAfterMs: 100 }, accepted).expiresMs).toBe(1100);
    expect(deliverMessage(own, accepted).expiresMs).toBeNull();
  });

  it('does not begin for one that stays', () => {
    const before = message();
    expect(amend(before, { what: 'expires', expiresMs: 500 })).toBe(before);
  });
});
