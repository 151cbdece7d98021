// What a conversation is before anything is known of it, and what a change makes of it: one rule for every vault and for what
// the client keeps in memory.
import type { Message } from '../model.ts';
import { findReadPosition } from './read-position.ts';
import type { ConversationChange, ConversationState } from './vault.ts';

/** Without messages. */
export function newConversation(id: ConversationState['id']): ConversationState {
  return {
    id,
    kind: 'direct',
    with: null,
    name: '',
    members: [],
    group: null,
    postQuantum: false,
    state: 'active',
    expiresAfterMs: 0,
    hasWritten: false,
    readPosition: 0,
    lastPosition: 0,
  };
}

/** `added` are the new messages of the conversation, in order; `readPosition` never goes back. */
export function changeConversation(
  before: ConversationState,
  change: ConversationChange,
  added: readonly Message[],
): ConversationState {
  const readPosition = Math.max(before.readPosition, change.readPosition ?? 0);
  return {
    ...before,
    ...change,
    readPosition: findReadPosition(readPosition, added),
    lastPosition: added.at(-1)?.position ?? before.lastPosition,
  };
}
