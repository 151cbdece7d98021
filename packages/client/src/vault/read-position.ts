// How far a conversation counts as read after a change: one rule for every vault and for what the client keeps in memory.
import type { Message } from '../model.ts';
import type { ConversationChange } from './vault.ts';

/** `added` are the new messages of the conversation, in order. See ConversationChange. */
export function findReadPosition(
  before: number,
  change: Pick<ConversationChange, 'readPosition'>,
  added: readonly Message[],
): number {
  let readPosition = Math.max(before, change.readPosition);
  for (const { direction, delivery, position } of added) {
    if (direction !== 'out') continue;
    const isFromOtherDevice = delivery !== 'queued';
    if (isFromOtherDevice || position === readPosition + 1) readPosition = Math.max(readPosition, position);
  }
  return readPosition;
}
