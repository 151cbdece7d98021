// The list on the left: conversations, then everybody else who is online. Conversations are ordered by their newest
// message when the program starts and stay in place, so that Alt-1 to Alt-9 mean the same for the whole session; new
// ones come to the top. Pure. Names of groups pass the gate here.
import type { Conversation, ConversationId, Nickname, OnlinePerson } from '@sirdas/client';
import { toSafeName } from '../terminal/safe-text.ts';

export interface ListEntry {
  readonly id: ConversationId;
  readonly kind: Conversation['kind'];
  /** Safe text: a nickname, or the name of a group. */
  readonly title: string;
  /** Direct ones: the other person. */
  readonly with: Nickname | null;
  readonly isOnline: boolean;
  readonly unread: number;
  readonly hasConversation: boolean;
  /** The own account: notes to oneself. */
  readonly isSelf: boolean;
  /** Broken, or the relay has shown somebody another history. */
  readonly needsAttention: boolean;
}

export interface ListSources {
  readonly order: readonly ConversationId[];
  readonly conversations: ReadonlyMap<ConversationId, Conversation>;
  readonly online: readonly OnlinePerson[];
  readonly forks: ReadonlyMap<ConversationId, Nickname>;
  readonly self: Nickname;
  readonly unnamedGroup: string;
  readonly identify: (nickname: Nickname) => ConversationId;
}

export function listEntries(sources: ListSources): ListEntry[] {
  const { order, conversations, online, self, identify } = sources;
  const onlineNames = new Set(online.map(({ nickname }) => nickname));
  const talkingTo = order
    .map((id) => conversations.get(id))
    .filter((conversation) => conversation !== undefined)
    .map((conversation) => describeEntry(conversation, sources, onlineNames));
  const others = [...onlineNames]
    .filter((nickname) => nickname !== self)
    .map((nickname) => ({ nickname, id: identify(nickname) }))
    .filter(({ id }) => !conversations.has(id))
    .sort((one, other) => one.nickname.localeCompare(other.nickname, 'tr'))
    .map(({ nickname, id }) => describeStranger(nickname, id));
  return [...talkingTo, ...others];
}

/** The order at the start: newest message first. */
export function orderConversations(conversations: readonly Conversation[]): ConversationId[] {
  return [...conversations]
    .sort((one, other) => (other.lastMessage?.savedMs ?? 0) - (one.lastMessage?.savedMs ?? 0))
    .map(({ id }) => id);
}

/** The next or previous entry after `from`, around the ends; null in an empty list. */
export function stepThrough(
  entries: readonly ListEntry[],
  from: ConversationId | null,
  step: 1 | -1,
): ConversationId | null {
  if (entries.length === 0) return null;
  const index = entries.findIndex(({ id }) => id === from);
  const start = index === -1 && step === -1 ? 0 : index;
  return entries[(start + step + entries.length) % entries.length]?.id ?? null;
}

/** Safe text. */
export function titleOf({ with: nickname, name }: Conversation, unnamedGroup: string): string {
  return nickname ?? toSafeName(name, unnamedGroup);
}

function describeEntry(
  conversation: Conversation,
  { forks, self, unnamedGroup }: ListSources,
  onlineNames: ReadonlySet<Nickname>,
): ListEntry {
  const { id, kind, with: nickname, unread, state } = conversation;
  return {
    id,
    kind,
    title: titleOf(conversation, unnamedGroup),
    with: nickname,
    isOnline: nickname !== null && onlineNames.has(nickname),
    unread,
    hasConversation: true,
    isSelf: nickname === self,
    needsAttention: state === 'broken' || forks.has(id),
  };
}

function describeStranger(nickname: Nickname, id: ConversationId): ListEntry {
  return {
    id,
    kind: 'direct',
    title: nickname,
    with: nickname,
    isOnline: true,
    unread: 0,
    hasConversation: false,
    isSelf: false,
    needsAttention: false,
  };
}
