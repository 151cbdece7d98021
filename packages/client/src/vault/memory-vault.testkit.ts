// A Vault in memory, for tests of everything that stands on a vault and for browsers until they have their own. Passes the
// same contract suite. Records are copied through the codec on their way in and out, as a real adapter does.
import type { ConversationId, LogId, MessageId, Nickname } from '@sirdas/protocol';
import { SirdasError } from '../errors.ts';
import type { Message } from '../model.ts';
import { findReadPosition } from './read-position.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';
import type {
  AccountState,
  ContactState,
  ConversationChange,
  ConversationState,
  HeldLetter,
  MessageCounter,
  OutboxItem,
  SavedChange,
  Vault,
  VaultChange,
} from './vault.ts';

/** What outlives a vault object: hand it to the next one to reopen the same vault. */
export class VaultMemory {
  account: AccountState | null = null;
  readonly contacts = new Map<Nickname, ContactState>();
  readonly conversations = new Map<ConversationId, Omit<ConversationState, 'lastPosition'>>();
  readonly messages = new Map<ConversationId, Message[]>();
  outbox: OutboxItem[] = [];
  lastOrder = 0;
  heldLetters: HeldLetter[] = [];
  readonly cursors = new Map<LogId, number>();
  readonly counters = new Map<string, MessageCounter>();
  readonly settings = new Map<string, string>();
}

export class MemoryVault implements Vault {
  readonly #memory: VaultMemory;
  /** Every change that was saved, for tests that look at what belonged together. */
  readonly changes: VaultChange[] = [];
  /** The next `save` throws this and changes nothing. */
  failNextSave: SirdasError | null = null;
  #isClosed = false;
  #holding: Promise<void> = Promise.resolve();

  constructor(memory = new VaultMemory()) {
    this.#memory = memory;
  }

  async save(change: VaultChange): Promise<SavedChange> {
    this.#checkOpen();
    await this.#holding;
    const failure = this.failNextSave;
    this.failNextSave = null;
    if (failure) throw failure;
    this.changes.push(change);
    const own = copy(change);
    const messages = (own.messages ?? []).flatMap((message) => this.#addMessage(message));
    const deliveries = (own.deliveries ?? []).flatMap(({ sender, id, ...delivery }) =>
      this.#replaceMessage(sender, id, delivery),
    );
    const outbox = (own.addToOutbox ?? []).map((item) => ({ ...item, order: ++this.#memory.lastOrder }));
    for (const conversation of own.conversations ?? []) this.#saveConversation(conversation, messages);
    this.#saveOutbox(own, outbox);
    this.#saveRest(own);
    return copy({ messages, deliveries, outbox });
  }

  /** A slow disk: saves wait until the returned function is called. */
  holdSaves(): () => void {
    const held = Promise.withResolvers<void>();
    this.#holding = held.promise;
    return held.resolve;
  }

  async readAccount(): Promise<AccountState | null> {
    this.#checkOpen();
    const { account } = this.#memory;
    return account && copy(account);
  }

  async readContacts(): Promise<readonly ContactState[]> {
    return this.#read([...this.#memory.contacts.values()]);
  }

  async readConversations(): Promise<readonly ConversationState[]> {
    const { conversations, messages } = this.#memory;
    const withLast = [...conversations.values()].map((conversation) => ({
      ...conversation,
      lastPosition: messages.get(conversation.id)?.length ?? 0,
    }));
    return this.#read(withLast);
  }

  async readMessages(
    conversation: ConversationId,
    before: number | null,
    limit: number,
  ): Promise<readonly Message[]> {
    const messages = this.#memory.messages.get(conversation) ?? [];
    const older = messages.filter((message) => before === null || message.position < before);
    return this.#read(older.reverse().slice(0, limit));
  }

  async readMessage(sender: Nickname, id: MessageId): Promise<Message | null> {
    const [message] = this.#read(this.#find(sender, id));
    return message ?? null;
  }

  async readOutbox(): Promise<readonly OutboxItem[]> {
    return this.#read(this.#memory.outbox);
  }

  async readHeldLetters(sender: Nickname): Promise<readonly HeldLetter[]> {
    return this.#read(this.#memory.heldLetters.filter((letter) => letter.sender === sender));
  }

  async readCursor(log: LogId): Promise<number | null> {
    this.#checkOpen();
    return this.#memory.cursors.get(log) ?? null;
  }

  async readCounters(): Promise<readonly MessageCounter[]> {
    return this.#read([...this.#memory.counters.values()]);
  }

  async readSettings(): Promise<Readonly<Record<string, string>>> {
    this.#checkOpen();
    return Object.fromEntries(this.#memory.settings);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #addMessage(message: Omit<Message, 'position'>): Message[] {
    // CLI-003
    if (this.#find(message.sender, message.id).length > 0) return [];
    const messages = this.#memory.messages.get(message.conversation) ?? [];
    const added = { ...message, position: messages.length + 1 };
    this.#memory.messages.set(message.conversation, [...messages, added]);
    return [added];
  }

  #replaceMessage(sender: Nickname, id: MessageId, change: Partial<Message>): Message[] {
    return this.#find(sender, id).map((before) => {
      const after = { ...before, ...change };
      const messages = this.#memory.messages.get(before.conversation) ?? [];
      this.#memory.messages.set(before.conversation, messages.with(before.position - 1, after));
      return after;
    });
  }

  #saveOutbox(change: VaultChange, added: readonly OutboxItem[]): void {
    const replaced = new Map(change.replaceInOutbox?.map((item) => [item.order, item]));
    const removed = new Set(change.removeFromOutbox);
    this.#memory.outbox = [...this.#memory.outbox, ...added]
      .map((item) => replaced.get(item.order) ?? item)
      .filter((item) => !removed.has(item.order));
  }

  #saveRest(change: VaultChange): void {
    const memory = this.#memory;
    if (change.account !== undefined) memory.account = change.account;
    for (const contact of change.contacts ?? []) memory.contacts.set(contact.nickname, contact);
    memory.heldLetters = memory.heldLetters.filter((letter) => letter.sender !== change.releaseLettersOf);
    memory.heldLetters.push(...(change.holdLetters ?? []));
    if (change.cursor) memory.cursors.set(change.cursor.log, change.cursor.seq);
    for (const counter of change.counters ?? []) memory.counters.set(nameCounter(counter), counter);
    for (const [name, value] of Object.entries(change.settings ?? {})) {
      if (value === null) memory.settings.delete(name);
      else memory.settings.set(name, value);
    }
  }

  #saveConversation(change: ConversationChange, messages: readonly Message[]): void {
    const added = messages.filter(({ conversation }) => conversation === change.id);
    const before = this.#memory.conversations.get(change.id)?.readPosition ?? 0;
    const readPosition = findReadPosition(before, change, added);
    this.#memory.conversations.set(change.id, { ...change, readPosition });
  }

  #find(sender: Nickname, id: MessageId): Message[] {
    const all = [...this.#memory.messages.values()].flat();
    return all.filter((message) => message.sender === sender && message.id === id);
  }

  #read<Value extends object>(value: Value): Value {
    this.#checkOpen();
    return copy(value);
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new SirdasError('CLOSED', 'the vault is closed');
  }
}

function nameCounter(of: MessageCounter): string {
  return `${of.conversation} ${of.sender} ${of.device}`;
}

function copy<Value extends object>(value: Value): Value {
  return decodeRecord(encodeRecord(value)) as Value;
}
