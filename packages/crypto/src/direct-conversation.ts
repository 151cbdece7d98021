// The id of the conversation of two accounts (SPEC §6.3). Both sides compute it; a letter names it inside, so that a token
// cannot be moved to another conversation.
import { type ConversationId, compareUtf8, LABELS, type Nickname, toConversationId } from '@sirdas/protocol';
import { hashLabelled } from './hash.ts';

const CONVERSATION_ID_BYTES = 16;

/** The order of the two nicknames does not matter; the same one twice is a note to oneself. */
export function directConversationId(
  relayFingerprint: Uint8Array,
  nicknames: readonly [Nickname, Nickname],
): ConversationId {
  const sorted = [...nicknames].sort(compareUtf8);
  const hash = hashLabelled(LABELS.directConversation, [relayFingerprint, ...sorted]);
  return toConversationId(hash.subarray(0, CONVERSATION_ID_BYTES));
}
