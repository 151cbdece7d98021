// The list on the left: conversations, then everybody else who is online. Conversations are ordered by their newest
// message when the program starts and stay in place, so that Alt-1 to Alt-9 mean the same for the whole session; new
// ones come to the top. Pure.
import type { Conversation, Nickname, OnlinePerson } from '@sirdas/client';

export interface PersonEntry {
  readonly nickname: Nickname;
  readonly isOnline: boolean;
  readonly unread: number;
  readonly hasConversation: boolean;
  /** The own account: notes to oneself. */
  readonly isSelf: boolean;
}

export function listPeople(
  order: readonly Nickname[],
  conversations: ReadonlyMap<Nickname, Conversation>,
  online: readonly OnlinePerson[],
  self: Nickname,
): PersonEntry[] {
  const onlineNames = new Set(online.map(({ nickname }) => nickname));
  const talkingTo = order.map((nickname) => ({
    nickname,
    isOnline: onlineNames.has(nickname),
    unread: conversations.get(nickname)?.unread ?? 0,
    hasConversation: true,
    isSelf: nickname === self,
  }));
  const others = [...onlineNames]
    .filter((nickname) => nickname !== self && !order.includes(nickname))
    .sort((one, other) => one.localeCompare(other, 'tr'))
    .map((nickname) => ({ nickname, isOnline: true, unread: 0, hasConversation: false, isSelf: false }));
  return [...talkingTo, ...others];
}

/** The order at the start: newest message first. */
export function orderConversations(conversations: readonly Conversation[]): Nickname[] {
  return [...conversations]
    .sort((one, other) => (other.lastMessage?.savedMs ?? 0) - (one.lastMessage?.savedMs ?? 0))
    .map(({ with: nickname }) => nickname);
}

/** The next or previous entry after `from`, around the ends; null in an empty list. */
export function stepThrough(
  people: readonly PersonEntry[],
  from: Nickname | null,
  step: 1 | -1,
): Nickname | null {
  if (people.length === 0) return null;
  const index = people.findIndex(({ nickname }) => nickname === from);
  const start = index === -1 && step === -1 ? 0 : index;
  return people[(start + step + people.length) % people.length]?.nickname ?? null;
}
