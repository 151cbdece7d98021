// The conversations of this device, with their newest message and what is unread: kept in memory, as the vault last saved
// it. Used by sirdas.ts to answer, by messages/ and groups/ to know a conversation and to tell what was added.
import { directConversationId } from '@sirdas/crypto';
import { type ConversationId, compareUtf8, type Nickname } from '@sirdas/protocol';
import { SirdasError } from './errors.ts';
import type { Events } from './events.ts';
import type { Conversation, Member, Message, MessageReference } from './model.ts';
import type { OwnAccount } from './own-account.ts';
import { changeConversation, newConversation } from './vault/conversation-state.ts';
import type { ConversationChange, ConversationState, SavedChange, Vault } from './vault/vault.ts';

/** An incoming message that the person has not seen. */
export interface UnreadMessage extends MessageReference, Pick<Message, 'position' | 'expiresAfterMs'> {
  /** False: nobody knows what it says. */
  readonly isReadable: boolean;
}

interface Entry {
  readonly state: ConversationState;
  readonly lastMessage: Message | null;
  /** In order. */
  readonly unread: readonly UnreadMessage[];
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

  async load(conversations: readonly ConversationState[]): Promise<void> {
    this.#entries.clear();
    for (const state of conversations) {
      const [lastMessage = null] = await this.#vault.readMessages(state.id, null, 1);
      this.#entries.set(state.id, { state, lastMessage, unread: await this.#readUnread(state) });
    }
  }

  /** The id of the conversation with a person, whether there are messages in it or not. Throws NO_ACCOUNT. */
  identify(other: Nickname): ConversationId {
    const { relay, nickname } = this.#own.need();
    return directConversationId(relay.fingerprint, [nickname, other]);
  }

  find(id: ConversationId): ConversationState | null {
    return this.#entries.get(id)?.state ?? null;
  }

  /** Throws UNKNOWN_CONVERSATION. */
  need(id: ConversationId): ConversationState {
    const state = this.find(id);
    if (!state) throw new SirdasError('UNKNOWN_CONVERSATION', 'there is no such conversation');
    return state;
  }

  /** Throws UNKNOWN_CONVERSATION. */
  describe(id: ConversationId): Conversation {
    const entry = this.#entries.get(id);
    if (!entry) throw new SirdasError('UNKNOWN_CONVERSATION', 'there is no such conversation');
    return this.#describe(entry);
  }

  /** The one with the newest message first. */
  list(): Conversation[] {
    const all = [...this.#entries.values()].map((entry) => this.#describe(entry));
    return all.sort((a, b) => (b.lastMessage?.savedMs ?? 0) - (a.lastMessage?.savedMs ?? 0));
  }

  listUnread(id: ConversationId): readonly UnreadMessage[] {
    return this.#entries.get(id)?.unread ?? [];
  }

  /** Takes note of what the vault has saved, and of the changes that went with it. */
  note(saved: Omit<SavedChange, 'outbox'>, changes: readonly ConversationChange[]): void {
    for (const message of [...saved.deliveries, ...saved.amended]) this.#noteChanged(message);
    for (const change of changes) {
      const entry = this.#entries.get(change.id) ?? newEntry(change.id);
      const added = saved.messages.filter((message) => message.conversation === change.id);
      const state = changeConversation(entry.state, change, added);
      const unread = [...entry.unread, ...added.filter(isToBeRead).map(describeUnread)];
      this.#entries.set(change.id, {
        state,
        lastMessage: added.at(-1) ?? entry.lastMessage,
        unread: unread.filter(({ position }) => position > state.readPosition),
      });
      if (added.length > 0 || isOther(entry.state, state)) this.#announce(change.id);
    }
  }

  /** Messages have gone from the vault. */
  async noteRemoved(id: ConversationId, removed: readonly MessageReference[]): Promise<void> {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const isGone = (message: MessageReference) => removed.some((reference) => isSame(reference, message));
    const { lastMessage } = entry;
    const [newest = null] = await this.#vault.readMessages(id, null, 1);
    const now = this.#entries.get(id) ?? entry;
    const isLastGone = lastMessage !== null && isGone(lastMessage);
    const unread = now.unread.filter((message) => !isGone(message));
    this.#entries.set(id, { ...now, unread, lastMessage: isLastGone ? newest : now.lastMessage });
    if (isLastGone || unread.length < now.unread.length) this.#announce(id);
  }

  /** Edited, or the like. */
  #noteChanged(message: Message): void {
    const entry = this.#entries.get(message.conversation);
    if (!entry?.lastMessage || !isSame(entry.lastMessage, message)) return;
    this.#entries.set(entry.state.id, { ...entry, lastMessage: message });
  }

  async #readUnread({ id, readPosition, lastPosition }: ConversationState): Promise<UnreadMessage[]> {
    const beyond = lastPosition - readPosition;
    const messages = beyond > 0 ? await this.#vault.readMessages(id, null, beyond) : [];
    const unread = messages.filter((message) => isToBeRead(message) && message.position > readPosition);
    return unread.map(describeUnread).reverse();
  }

  #announce(id: ConversationId): void {
    const entry = this.#entries.get(id);
    if (entry) this.#events.emit({ type: 'conversation', conversation: this.#describe(entry) });
  }

  #describe({ state, lastMessage, unread }: Entry): Conversation {
    const { id, kind, with: other, name, members, group, postQuantum, expiresAfterMs } = state;
    return {
      ...{ id, kind, with: other, name, lastMessage, unread: unread.length, expiresAfterMs },
      members: members.length === 0 && other !== null ? this.#listPair(other) : members,
      forwardSecret: group !== null,
      ...{ postQuantum, state: state.state },
    };
  }

  /** Of a direct conversation without a group. */
  #listPair(other: Nickname): Member[] {
    const names = [...new Set([this.#own.need().nickname, other])].sort(compareUtf8);
    return names.map((nickname) => ({ nickname, role: 'owner', devices: [] }));
  }
}

function newEntry(id: ConversationId): Entry {
  return { state: newConversation(id), lastMessage: null, unread: [] };
}

function isToBeRead({ direction, body }: Message): boolean {
  return direction === 'in' && body.kind !== 'event';
}

function describeUnread({ sender, id, position, expiresAfterMs, body }: Message): UnreadMessage {
  return { sender, id, position, expiresAfterMs, isReadable: body.kind === 'text' };
}

function isSame(one: MessageReference, other: MessageReference): boolean {
  return one.id === other.id && one.sender === other.sender;
}

function isOther(before: ConversationState, after: ConversationState): boolean {
  return Object.entries(after).some(([name, value]) => before[name as keyof ConversationState] !== value);
}
