// What a person does with groups, as programs see it: `sirdas.groups`. Each method resolves when the relay has accepted the change
// and this device has applied it. SPEC §11.5, §11.9.
import type { ConversationId, GroupRole } from '@sirdas/protocol';
import type { Conversation, EpochCheck } from '../model.ts';

/**
 * Besides what its comment names every method throws NO_ACCOUNT, UNREACHABLE, GROUP_BUSY, GROUP_BROKEN, and what the relay answers;
 * those that name a conversation UNKNOWN_CONVERSATION and CONVERSATION_OVER, those that name people BAD_NICKNAME.
 */
export interface GroupActions {
  /** Throws BAD_NAME, UNKNOWN_ACCOUNT, NO_KEY_PACKAGE, GROUP_TOO_LARGE, KEY_CHANGED, NO_USABLE_KEY. */
  create(group: { readonly name: string; readonly members: readonly string[] }): Promise<Conversation>;
  /** Throws NOT_ALLOWED, UNKNOWN_ACCOUNT, NO_KEY_PACKAGE, GROUP_TOO_LARGE, KEY_CHANGED, NO_USABLE_KEY. */
  add(conversation: ConversationId, nicknames: readonly string[]): Promise<void>;
  /** Throws NOT_ALLOWED, UNKNOWN_ACCOUNT. */
  remove(conversation: ConversationId, nickname: string): Promise<void>;
  leave(conversation: ConversationId): Promise<void>;
  /** Throws NOT_ALLOWED, BAD_NAME. */
  rename(conversation: ConversationId, name: string): Promise<void>;
  /** Throws NOT_ALLOWED, UNKNOWN_ACCOUNT. */
  setRole(conversation: ConversationId, nickname: string, role: GroupRole): Promise<void>;
  /** A new group in the place of a broken one. Throws NOT_ALLOWED. */
  reset(conversation: ConversationId): Promise<void>;
  /** What members compare: the same digits mean the same members and keys. */
  check(conversation: ConversationId): Promise<EpochCheck>;
}
