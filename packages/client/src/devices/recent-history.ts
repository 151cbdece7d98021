// The messages that go along to a new device: the newest ones of all conversations, bounded in age, number and size. Called by
// linking-old.ts, when the person wants it. SPEC §12.3.
import type { ConversationId } from '@sirdas/protocol';
import type { Message } from '../model.ts';
import type { ConversationState, Vault } from '../vault/vault.ts';

export const HISTORY_MS = 30 * 86_400_000;
export const MAX_HISTORY_MESSAGES = 5000;
/** Of text. A message without text counts as one of this length. */
const MAX_HISTORY_CHARACTERS = 8_388_608;
const CHARACTERS_WITHOUT_TEXT = 256;
const PAGE = 500;

export interface RecentHistory {
  /** Of each conversation in order. */
  readonly messages: readonly Omit<Message, 'position'>[];
  /** By conversation: how many of these the person has seen; what `readPosition` is where only they are. */
  readonly readPositions: ReadonlyMap<ConversationId, number>;
}

/** Messages that still wait to be sent stay here: they are this device's to send. */
export async function readRecentHistory(
  vault: Vault,
  conversations: readonly ConversationState[],
  nowMs: number,
): Promise<RecentHistory> {
  const found: Message[] = [];
  for (const { id } of conversations) found.push(...(await readSince(vault, id, nowMs - HISTORY_MS)));
  const chosen = new Set(chooseNewest(found));
  const messages = found.filter((message) => chosen.has(message));
  const readPositions = conversations.map(({ id, readPosition }): [ConversationId, number] => {
    const seen = messages.filter(
      ({ conversation, position }) => conversation === id && position <= readPosition,
    );
    return [id, seen.length];
  });
  return {
    messages: messages.map(({ position, ...message }) => message),
    readPositions: new Map(readPositions),
  };
}

/** Oldest first. */
async function readSince(vault: Vault, conversation: ConversationId, sinceMs: number): Promise<Message[]> {
  const newestFirst: Message[] = [];
  for (;;) {
    const page = await vault.readMessages(conversation, newestFirst.at(-1)?.position ?? null, PAGE);
    const recent = page.filter(({ savedMs }) => savedMs >= sinceMs);
    newestFirst.push(...recent.slice(0, MAX_HISTORY_MESSAGES - newestFirst.length));
    const isWhole = page.length < PAGE || recent.length < page.length;
    if (isWhole || newestFirst.length === MAX_HISTORY_MESSAGES) break;
  }
  return newestFirst.filter(({ delivery }) => delivery !== 'queued').reverse();
}

function chooseNewest(messages: readonly Message[]): Message[] {
  const newestFirst = messages.toSorted((one, other) => other.savedMs - one.savedMs);
  let characters = 0;
  const firstTooMany = newestFirst.findIndex((message, i) => {
    characters += countCharacters(message);
    return i === MAX_HISTORY_MESSAGES || characters > MAX_HISTORY_CHARACTERS;
  });
  return firstTooMany < 0 ? newestFirst : newestFirst.slice(0, firstTooMany);
}

function countCharacters({ body }: Message): number {
  return CHARACTERS_WITHOUT_TEXT + (body.kind === 'text' ? body.text.length : 0);
}
