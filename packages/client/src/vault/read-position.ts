// How far a conversation counts as read after a change: one rule for every vault and for what the client keeps in memory.
import type { Message } from '../model.ts';

/** `before` is where it stood with the change applied, `added` are the new messages of the conversation, in order. See ConversationChange. */
export function findReadPosition(before: number, added: readonly Message[]): number {
  let readPosition = before;
  for (const { direction, delivery, position, body } of added) {
    if (direction !== 'out' || body.kind === 'event') continue;
    const isFromOtherDevice = delivery !== 'queued';
    if (isFromOtherDevice || position === readPosition + 1) readPosition = Math.max(readPosition, position);
  }
  return readPosition;
}
