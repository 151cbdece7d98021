// Records as earlier versions wrote them, brought into today's shape when they are read. A record of today passes unchanged.
// Called by the vault adapters and, for messages, by the reader of backups.
import type { ConversationId } from '@sirdas/protocol';
import type { Message, MessageBody } from '../model.ts';
import { newConversation } from './conversation-state.ts';
import type { ConversationState, MessageCounter, OutboxItem, SealedItem } from './vault.ts';

type Optional<Value, Names extends keyof Value> = Omit<Value, Names> & Partial<Pick<Value, Names>>;

type LaterFields = 'editedMs' | 'reactions' | 'deliveredTo' | 'readBy' | 'expiresAfterMs' | 'expiresMs';
type EarlierText = Optional<Extract<MessageBody, { kind: 'text' }>, 'replyTo'>;
type EarlierBody = EarlierText | Exclude<MessageBody, { kind: 'text' }>;
type EarlierMessage = Omit<Optional<Message, LaterFields>, 'body'> & { readonly body: EarlierBody };
type EarlierSealed = Optional<Extract<SealedItem, { kind: 'classic' }>, 'kind'>;

export type StoredConversation = Pick<ConversationState, 'id'> & Partial<ConversationState>;
export type StoredCounter = Optional<MessageCounter, 'untold'>;
export type StoredItem = Omit<Optional<OutboxItem, 'conversation' | 'content' | 'counter'>, 'sealed'> & {
  readonly sealed: SealedItem | EarlierSealed | null;
};

/** `stored` is a decoded message record. */
export function completeMessage(stored: unknown): Message {
  const message = stored as EarlierMessage;
  const { body } = message;
  return {
    editedMs: null,
    reactions: [],
    deliveredTo: [],
    readBy: [],
    expiresAfterMs: 0,
    expiresMs: null,
    ...message,
    body: body.kind === 'text' ? { ...body, replyTo: body.replyTo ?? null } : body,
  };
}

export function completeConversation(stored: StoredConversation): ConversationState {
  return { ...newConversation(stored.id), ...stored };
}

export function completeCounter(stored: StoredCounter): MessageCounter {
  return { untold: 0, ...stored };
}

/** Null: nobody knows any more to which conversation it belongs. */
export async function completeOutboxItem(
  stored: StoredItem,
  findConversation: () => Promise<ConversationId | null>,
): Promise<OutboxItem | null> {
  const conversation = stored.conversation ?? (await findConversation());
  if (conversation === null) return null;
  const { sealed } = stored;
  return {
    content: null,
    counter: null,
    ...stored,
    conversation,
    sealed: sealed && (sealed.kind === undefined ? { ...sealed, kind: 'classic' } : sealed),
  };
}
