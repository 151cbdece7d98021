// The messages that another device may take over: all that are settled, or the newest ones of all conversations, bounded in age,
// number and size. Called by backup.ts.
import type { ConversationId } from '@sirdas/protocol';
import type { BackupMessage } from './backup-messages.ts';
import type { Message } from './model.ts';
import type { ConversationState, Vault } from './vault/vault.ts';

const PAGE = 500;
/** A message without text counts as one of this length, and every one with it. */
const CHARACTERS_WITHOUT_TEXT = 256;

export interface CopyBounds {
  /** By the clock of this device. */
  readonly sinceMs: number;
  readonly maxMessages: number;
  /** Of all texts together. */
  readonly maxCharacters: number;
  readonly isWanted: (message: Message) => boolean;
}

export interface MessageCopies {
  /** Of each conversation in order. */
  readonly messages: readonly BackupMessage[];
  /** By conversation: how many of these the person has seen, which is the position of the last of them elsewhere. */
  readonly readPositions: ReadonlyMap<ConversationId, number>;
}

/** Messages that still wait to be sent stay here: they are this device's to send. */
export async function copyMessages(
  vault: Vault,
  conversations: readonly ConversationState[],
  bounds: CopyBounds,
): Promise<MessageCopies> {
  const found: Message[] = [];
  for (const { id } of conversations) found.push(...(await readNewest(vault, id, bounds)));
  const newest = new Set(takeNewest(found, bounds));
  const copied = found.filter((message) => newest.has(message));
  const readPositions = conversations.map(({ id, readPosition }): [ConversationId, number] => {
    const seen = copied.filter(
      ({ conversation, position }) => conversation === id && position <= readPosition,
    );
    return [id, seen.length];
  });
  return {
    messages: copied.map(({ position, ...message }) => message),
    readPositions: new Map(readPositions),
  };
}

/** Oldest first. */
async function readNewest(
  vault: Vault,
  conversation: ConversationId,
  { sinceMs, maxMessages, isWanted }: CopyBounds,
): Promise<Message[]> {
  const newestFirst: Message[] = [];
  for (let before: number | null = null; newestFirst.length < maxMessages; ) {
    const page: readonly Message[] = await vault.readMessages(conversation, before, PAGE);
    const recent = page.filter(({ savedMs }) => savedMs >= sinceMs);
    newestFirst.push(...recent.filter((message) => message.delivery !== 'queued' && isWanted(message)));
    const oldest = page.at(-1);
    if (!oldest || recent.length < page.length) break;
    before = oldest.position;
  }
  return newestFirst.slice(0, maxMessages).reverse();
}

function takeNewest(messages: readonly Message[], { maxMessages, maxCharacters }: CopyBounds): Message[] {
  const newestFirst = messages.toSorted((one, other) => other.savedMs - one.savedMs).slice(0, maxMessages);
  let characters = 0;
  const firstTooMany = newestFirst.findIndex((message) => {
    characters += countCharacters(message);
    return characters > maxCharacters;
  });
  return firstTooMany < 0 ? newestFirst : newestFirst.slice(0, firstTooMany);
}

function countCharacters({ body }: Message): number {
  return CHARACTERS_WITHOUT_TEXT + (body.kind === 'text' ? body.text.length : 0);
}
