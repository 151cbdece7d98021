// Messages and contexts for the tests of the full-screen program.
import type { ConversationEvent, Message } from '@sirdas/client';
import { parseNickname, toConversationId, toDeviceId, toMessageId } from '@sirdas/protocol';
import { BLACK } from '../terminal/background.ts';
import { createPainter } from '../terminal/paint.ts';
import { wordsIn } from '../words/catalogue.ts';
import type { RowContext } from './row-context.ts';
import { createTimeWriter } from './time-writer.ts';

export const NOON = new Date(2026, 10, 22, 12, 0).getTime();
export const AYSE = parseNickname('ayşe');
export const MEHMET = parseNickname('mehmet');

const conversation = toConversationId(new Uint8Array(16));
const device = toDeviceId(new Uint8Array(16));

/** The `position`-th message, from ayşe, a minute after the one before. */
export function makeMessage(position: number, text: string, changes: Partial<Message> = {}): Message {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(0, position);
  const sentMs = NOON + position * 60_000;
  return {
    id: toMessageId(id),
    conversation,
    position,
    sender: AYSE,
    device,
    direction: 'in',
    sentMs,
    savedMs: sentMs,
    body: { kind: 'text', text, replyTo: null },
    missingBefore: 0,
    envelope: 'mls',
    editedMs: null,
    reactions: [],
    deliveredTo: [],
    readBy: [],
    expiresAfterMs: 0,
    expiresMs: null,
    ...changes,
  };
}

/** ayşe said something about a conversation: who came, who left. */
export function makeEvent(
  position: number,
  event: ConversationEvent,
  changes: Partial<Message> = {},
): Message {
  return makeMessage(position, '', { body: { kind: 'event', event }, ...changes });
}

/** English, without colours, on 22 November 2026. */
export function makeRowContext(columns: number, depth: 'none' | 'true' = 'none'): RowContext {
  const words = wordsIn('en');
  const paint = createPainter(depth, BLACK);
  return {
    columns,
    words,
    language: 'en',
    // Weights are escape sequences too; the tests that look at text alone do without.
    paint: depth === 'none' ? (text) => text : paint,
    times: createTimeWriter('en', words, () => NOON),
    self: MEHMET,
    isGroup: false,
    recipients: 1,
    colourOfName: () => 0xffffff,
  };
}
