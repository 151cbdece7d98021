// The conversations of this device, with their newest message and what is unread: kept in memory, as the vault last saved
// it. Used by sirdas.ts to answer, by the outbox and the inbox to tell what was added.
import { directConversationId } from '@sirdas/crypto';
import type { ConversationId, Nickname } from '@sirdas/protocol';
import type { Events } from './events.ts';
import type { Conversation, Message } from './model.ts';
import type { OwnAccount } from './own-account.ts';
import { findReadPosition } from './vault/read-position.ts';
import type { ConversationChange, ConversationState, Vault } from './vault/vault.ts';

interface Entry extends ConversationState {
  readonly lastMessage: Message | null;
  /** Of the incoming messages beyond `readPosition`, in order. */
  readonly unreadPositions: readonly number[];
}

export interface ConversationsOptions {
  readonly vault: Vault;
  readonly events: Events;
  readonly own: OwnAccount;
}

export class Conversations {
  readonly #vault: Vault;
  readonly #events: Events;
  readonly #own: OwnAccount;
  readonly #entries = new Map<ConversationId, Entry>();

  constructor({ vault, events, own }: ConversationsOptions) {
    this.#vault = vault;
    this.#events = events;
    this.#own = own;
  }

  async load(): Promise<void> {
    for (const state of await this.#vault.readConversations()) {
      const [lastMessage = null] = await this.#vault.readMessages(state.id, null, 1);
      const unreadPositions = await this.#readUnreadPositions(state);
      this.#entries.set(state.id, { ...state, lastMessage, unreadPositions });
    }
  }

  /** The id of the conversation with a person, whether there are messages in it or not. Throws NO_ACCOUNT. */
  identify(other: Nickname): ConversationId {
    const { relay, nickname } = this.#own.need();
    return directConversationId(relay.fingerprint, [nickname, other]);
  }

  /** The one with the newest message first. */
  list(): Conversation[] {
    const all = [...this.#entries.values()].map(describe);
    return all.sort((a, b) => (b.lastMessage?.savedMs ?? 0) - (a.lastMessage?.savedMs ?? 0));
  }

  /** Takes note of what the vault has saved: the messages, and the changes that went with them. */
  note(messages: readonly Message[], changes: readonly ConversationChange[]): void {
    for (const change of changes) {
      const entry = this.#entries.get(change.id) ?? newEntry(change);
      const added = messages.filter((message) => message.conversation === change.id);
      const readPosition = findReadPosition(entry.readPosition, change, added);
      const lastMessage = added.at(-1) ?? entry.lastMessage;
      const lastPosition = lastMessage?.position ?? 0;
      const arrived = added.filter(({ direction }) => direction === 'in').map(({ position }) => position);
      const unreadPositions = [...entry.unreadPositions, ...arrived].filter(
        (position) => position > readPosition,
      );
      this.#entries.set(change.id, { ...entry, lastMessage, lastPosition, readPosition, unreadPositions });
      const isNews = added.length > 0 || readPosition > entry.readPosition;
      if (isNews) this.#announce(change.id);
    }
  }

  /** The newest message of a conversation was delivered, or failed. */
  noteDelivery(message: Message): void {
    const entry = this.#entries.get(message.conversation);
    if (entry?.lastMessage?.position !== message.position) return;
    this.#entries.set(entry.id, { ...entry, lastMessage: message });
  }

  /** `position` null: everything. A conversation without messages is left alone. */
  async markRead(id: ConversationId, position: number | null): Promise<void> {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const readPosition = Math.min(position ?? entry.lastPosition, entry.lastPosition);
    if (readPosition <= entry.readPosition) return;
    const change = { id, with: entry.with, readPosition };
    await this.#vault.save({ conversations: [change] });
    this.note([], [change]);
  }

  async #readUnreadPositions({ id, readPosition, lastPosition }: ConversationState): Promise<number[]> {
    const beyond = lastPosition - readPosition;
    const messages = beyond > 0 ? await this.#vault.readMessages(id, null, beyond) : [];
    const incoming = messages.filter(({ direction }) => direction === 'in');
    return incoming.map(({ position }) => position).reverse();
  }

  #announce(id: ConversationId): void {
    const entry = this.#entries.get(id);
    if (entry) this.#events.emit({ type: 'conversation', conversation: describe(entry) });
  }
}

function newEntry(change: ConversationChange): Entry {
  return {
    ...{ id: change.id, with: change.with, readPosition: 0, lastPosition: 0 },
    ...{ lastMessage: null, unreadPositions: [] },
  };
}

function describe(entry: Entry): Conversation {
  return {
    id: entry.id,
    with: entry.with,
    lastMessage: entry.lastMessage,
    unread: entry.unreadPositions.length,
    // Classic letters are all there is until the account speaks a stronger suite.
    forwardSecret: false,
  };
}
