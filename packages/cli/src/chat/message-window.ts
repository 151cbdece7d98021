// The loaded part of a conversation as the model keeps it: what arrives is added once, what changes is replaced, what
// disappears goes, and it stays bounded while it follows the newest. Pure.
import type { Message, MessageReference } from '@sirdas/client';
import type { LoadedMessages } from './scrollback.ts';

/** Loaded at once; older ones when the person scrolls up to them. */
export const PAGE_SIZE = 200;
/** Kept in memory of one conversation while its newest messages are on the screen. */
const MAX_FOLLOWED = 1000;

/** Before the first page has been read. */
export const NOTHING_LOADED: LoadedMessages = {
  messages: [],
  hasOlder: true,
  isCleared: true,
  firstUnread: null,
};

/** `page` newest first, as the SDK gives it; what arrived while it was read stays behind it. */
export function loadFirstPage(
  loaded: LoadedMessages,
  page: readonly Message[],
  unread: number,
): LoadedMessages {
  const paged = page.toReversed();
  const newest = paged.at(-1)?.position ?? Number.NEGATIVE_INFINITY;
  const messages = [...paged, ...loaded.messages.filter(({ position }) => position > newest)];
  const firstUnread = unread === 0 ? null : (findFirstUnread(paged, unread) ?? null);
  return { messages, hasOlder: page.length === PAGE_SIZE, isCleared: false, firstUnread };
}

export function prependPage(loaded: LoadedMessages, page: readonly Message[]): LoadedMessages {
  const messages = [...page.toReversed(), ...loaded.messages];
  return { ...loaded, messages, hasOlder: page.length === PAGE_SIZE };
}

/** The same object when it is there already. */
export function appendMessage(loaded: LoadedMessages, message: Message): LoadedMessages {
  const newest = loaded.messages.at(-1);
  if (newest !== undefined && newest.position >= message.position) return loaded;
  const all = [...loaded.messages, message];
  const messages = all.length > 2 * MAX_FOLLOWED ? all.slice(-MAX_FOLLOWED) : all;
  return { ...loaded, messages, hasOlder: loaded.hasOlder || messages.length < all.length };
}

/** The same object when it is not loaded. */
export function replaceMessage(loaded: LoadedMessages, message: Message): LoadedMessages {
  const index = loaded.messages.findLastIndex(({ position }) => position === message.position);
  return index === -1 ? loaded : { ...loaded, messages: loaded.messages.with(index, message) };
}

/** The same object when it is not loaded. */
export function removeMessage(loaded: LoadedMessages, { sender, id }: MessageReference): LoadedMessages {
  const messages = loaded.messages.filter((message) => message.id !== id || message.sender !== sender);
  return messages.length === loaded.messages.length ? loaded : { ...loaded, messages };
}

/** Unread are messages of others: own ones and what happened may stand between them. */
function findFirstUnread(messages: readonly Message[], unread: number): number | undefined {
  const others = messages.filter(({ direction, body }) => direction === 'in' && body.kind !== 'event');
  return (others.at(-unread) ?? messages[0])?.position;
}
