import { readFileSync } from 'node:fs';
import type { Message } from '@sirdas/client';
import { describe, expect, test } from 'vitest';
import { FakeClient, makeDevice } from '../chat/fake-client.testkit.ts';
import { AYSE, MEHMET, makeEvent, makeMessage, NOON } from '../chat/message.testkit.ts';
import { describeChanged, describeEvent, describeMessage } from './listen-json.ts';

const group = new FakeClient().fillGroup('Aile', [AYSE], []);
const original = makeMessage(0, 'soru');
const replyTo = { sender: AYSE, id: original.id };
const message: Message = makeMessage(1, 'cevap', {
  body: { kind: 'text', text: 'cevap', replyTo },
  reactions: [{ from: MEHMET, emoji: '👍' }],
  editedMs: NOON,
});

describe('an object for scripts', () => {
  test('of a message has every field that is documented', () => {
    expect(describeMessage(message, group)).toEqual({
      v: 1,
      type: 'message',
      id: message.id,
      conversation: message.conversation,
      group: 'Aile',
      from: AYSE,
      device: message.device,
      direction: 'in',
      sentMs: message.sentMs,
      sent: new Date(message.sentMs).toISOString(),
      kind: 'text',
      text: 'cevap',
      replyTo: { from: AYSE, id: original.id },
      editedMs: NOON,
      expiresAfterMs: 0,
      expiresMs: null,
      envelope: 'mls',
      forwardSecret: true,
      postQuantum: true,
      missingBefore: 0,
    });
  });

  test('of a classic message says that it has no forward secrecy', () => {
    const classic = makeMessage(0, 'x', { envelope: 'classic' });
    expect(describeMessage(classic, null)).toMatchObject({
      group: null,
      forwardSecret: false,
      postQuantum: false,
    });
  });

  test('of a deleted message, and of one that needs a newer version, has no text', () => {
    for (const kind of ['deleted', 'unsupported'] as const) {
      expect(describeMessage(makeMessage(0, '', { body: { kind } }), null)).toMatchObject({
        kind,
        text: null,
      });
    }
  });

  test('of something that happened is of another type, with its own fields', () => {
    const happened = makeEvent(2, { what: 'role', member: MEHMET, role: 'admin' });
    expect(describeMessage(happened, group)).toEqual({
      v: 1,
      type: 'event',
      id: happened.id,
      conversation: happened.conversation,
      group: 'Aile',
      from: AYSE,
      device: happened.device,
      direction: 'in',
      sentMs: happened.sentMs,
      sent: new Date(happened.sentMs).toISOString(),
      what: 'role',
      member: MEHMET,
      role: 'admin',
    });
  });

  test('of a changed message has also who reacted, got and read it', () => {
    expect(describeChanged({ ...message, delivery: 'accepted', readBy: [AYSE] }, group)).toMatchObject({
      type: 'changed',
      text: 'cevap',
      reactions: [{ from: MEHMET, emoji: '👍' }],
      delivery: 'accepted',
      deliveredTo: [],
      readBy: [AYSE],
    });
  });

  test('of an event with --events', () => {
    const conversation = group.id;
    const expired = { type: 'expired', conversation, message: replyTo } as const;
    expect(describeEvent(expired)).toEqual({
      ...{ v: 1, type: 'expired', conversation, from: AYSE, id: original.id },
    });
    expect(describeEvent({ type: 'activity', conversation, from: AYSE, activity: 'typing' })).toEqual({
      ...{ v: 1, type: 'activity', conversation, from: AYSE, activity: 'typing' },
    });
    expect(describeEvent({ type: 'fork', conversation, from: AYSE })).toEqual({
      ...{ v: 1, type: 'fork', conversation, from: AYSE },
    });
    const device = makeDevice('laptop', true);
    expect(describeEvent({ type: 'devices', devices: [device] })).toEqual({
      v: 1,
      type: 'devices',
      devices: [{ ...device, signatureKey: '00'.repeat(32) }],
    });
  });
});

test('docs/scripting.md names every field of every object', () => {
  const document = readFileSync(new URL('../../../../docs/scripting.md', import.meta.url), 'utf8');
  const sectionOf = (type: string) =>
    document.split('\n').find((line) => line.startsWith(`| \`${type}\` `)) ?? '';
  const objects = [
    describeMessage(message, group),
    describeEvent({ type: 'activity', conversation: group.id, from: AYSE, activity: 'typing' }),
    describeEvent({ type: 'expired', conversation: group.id, message: replyTo }),
    describeEvent({ type: 'fork', conversation: group.id, from: AYSE }),
    describeEvent({ type: 'devices', devices: [] }),
    describeEvent({ type: 'refused', error: 'UNREADABLE', from: null }),
    describeEvent({ type: 'gap', reason: 'expired', count: 1 }),
    describeEvent({ type: 'presence', online: [], change: null }),
    describeEvent({ type: 'link', link: { state: 'online' } }),
  ];
  for (const object of objects) {
    const { v: _, type, ...fields } = Object.fromEntries(Object.entries(object ?? {}));
    for (const field of Object.keys(fields))
      expect(sectionOf(String(type)), String(type)).toContain(`\`${field}\``);
  }
  const added = Object.keys(describeChanged(message, group)).filter(
    (field) => !(field in describeMessage(message, group)),
  );
  for (const field of added) expect(sectionOf('changed')).toContain(`\`${field}\``);
  for (const what of ['created', 'joined', 'added', 'removed', 'left', 'renamed', 'role', 'timer']) {
    expect(sectionOf('event')).toContain(`\`${what}\``);
  }
});
