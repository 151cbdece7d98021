// A Vault in memory, for tests of everything that stands on a vault and for browsers until they have their own. Passes the
// same contract suite. Records are copied through the codec on their way in and out, as a real adapter does.
import { type ConversationId, equalBytes, type LogId, type MessageId, type Nickname } from '@sirdas/protocol';
import { SirdasError } from '../errors.ts';
import type { Message, MessageReference } from '../model.ts';
import { amendMessage, deliverMessage } from './amend-message.ts';
import { changeConversation, newConversation } from './conversation-state.ts';
import { compareExpiry, describeExpiry } from './expiring.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';
import type {
  AccountState,
  ContactState,
  ConversationState,
  GroupChange,
  GroupPage,
  GroupRecord,
  HeldLetter,
  KeyPackageSecret,
  MessageCounter,
  OutboxItem,
  SavedChange,
  Vault,
  VaultChange,
  VaultContents,
} from './vault.ts';

/** What outlives a vault object: hand it to the next one to reopen the same vault. */
export class VaultMemory {
  account: AccountState | null = null;
  readonly contacts = new Map<Nickname, ContactState>();
  readonly conversations = new Map<ConversationId, ConversationState>();
  /** By sender and id; null: removed. */
  readonly messages = new Map<string, Message | null>();
  readonly lastPositions = new Map<ConversationId, number>();
  readonly groups = new Map<LogId, { record: GroupRecord; pages: Map<number, GroupPage> }>();
  readonly keyPackages = new Map<string, KeyPackageSecret>();
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
    const saved = this.#saveMessages(own);
    for (const conversation of own.conversations ?? []) {
      const { id } = conversation;
      const before = this.#memory.conversations.get(id) ?? newConversation(id);
      const added = saved.messages.filter((message) => message.conversation === id);
      this.#memory.conversations.set(id, changeConversation(before, conversation, added));
    }
    const outbox = (own.addToOutbox ?? []).map((item) => ({ ...item, order: ++this.#memory.lastOrder }));
    this.#saveOutbox(own, outbox);
    for (const group of own.groups ?? []) this.#saveGroup(group);
    this.#saveRest(own);
    return copy({ ...saved, outbox });
  }

  /** A slow disk: saves wait until the returned function is called. */
  holdSaves(): () => void {
    const held = Promise.withResolvers<void>();
    this.#holding = held.promise;
    return held.resolve;
  }

  async load(): Promise<VaultContents> {
    const { account, contacts, conversations, outbox, counters, settings, cursors, lastPositions } =
      this.#memory;
    const expiring = [...this.#memory.messages.values()].flatMap(
      (message) => (message && describeExpiry(message)) ?? [],
    );
    return this.#read({
      account,
      contacts: [...contacts.values()],
      conversations: [...conversations.values()].map((conversation) => ({
        ...conversation,
        lastPosition: lastPositions.get(conversation.id) ?? 0,
      })),
      outbox,
      counters: [...counters.values()],
      settings: Object.fromEntries(settings),
      groups: [...this.#memory.groups.values()].map(({ record }) => record),
      keyPackages: [...this.#memory.keyPackages.values()].map(({ secret, ...rest }) => rest),
      cursors: [...cursors].map(([log, seq]) => ({ log, seq })),
      expiring: expiring.sort(compareExpiry),
    });
  }

  async readMessages(
    conversation: ConversationId,
    before: number | null,
    limit: number,
  ): Promise<readonly Message[]> {
    const older = [...this.#memory.messages.values()].filter(
      (message): message is Message =>
        message?.conversation === conversation && (before === null || message.position < before),
    );
    return this.#read(older.sort((a, b) => b.position - a.position).slice(0, limit));
  }

  async readMessage(sender: Nickname, id: MessageId): Promise<Message | null> {
    this.#checkOpen();
    const message = this.#memory.messages.get(nameMessage({ sender, id }));
    return message ? copy(message) : null;
  }

  async readHeldLetters(sender: Nickname): Promise<readonly HeldLetter[]> {
    return this.#read(this.#memory.heldLetters.filter((letter) => letter.sender === sender));
  }

  async readGroupPages(log: LogId): Promise<readonly GroupPage[]> {
    const pages = this.#memory.groups.get(log)?.pages.values() ?? [];
    return this.#read([...pages].sort((a, b) => a.page - b.page));
  }

  async readKeyPackage(reference: string): Promise<KeyPackageSecret | null> {
    this.#checkOpen();
    const keyPackage = this.#memory.keyPackages.get(reference);
    return keyPackage ? copy(keyPackage) : null;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #saveMessages(change: VaultChange): Pick<SavedChange, 'messages' | 'deliveries' | 'amended'> {
    const added = new Set((change.messages ?? []).flatMap((message) => this.#addMessage(message)));
    const delivered = this.#changeEach(change.deliveries ?? [], deliverMessage);
    const amended = this.#changeEach(change.amendments ?? [], amendMessage).filter(
      (name) => !added.has(name),
    );
    const pick = (names: Iterable<string>) =>
      [...new Set(names)].flatMap((name) => this.#memory.messages.get(name) ?? []);
    const saved = { messages: pick(added), deliveries: pick(delivered), amended: pick(amended) };
    for (const reference of change.removeMessages ?? []) {
      const name = nameMessage(reference);
      if (this.#memory.messages.has(name)) this.#memory.messages.set(name, null);
    }
    return saved;
  }

  /** The names of those that became others. */
  #changeEach<Change extends MessageReference>(
    changes: readonly Change[],
    apply: (message: Message, change: Change) => Message,
  ): string[] {
    return changes.flatMap((change) => {
      const name = nameMessage(change);
      const before = this.#memory.messages.get(name);
      const after = before && apply(before, change);
      if (!after || after === before) return [];
      this.#memory.messages.set(name, after);
      return [name];
    });
  }

  #addMessage(message: Omit<Message, 'position'>): string[] {
    const name = nameMessage(message);
    // CLI-003
    if (this.#memory.messages.has(name)) return [];
    const position = (this.#memory.lastPositions.get(message.conversation) ?? 0) + 1;
    this.#memory.lastPositions.set(message.conversation, position);
    this.#memory.messages.set(name, { ...message, position });
    return [name];
  }

  #saveOutbox(change: VaultChange, added: readonly OutboxItem[]): void {
    const replaced = new Map(change.replaceInOutbox?.map((item) => [item.order, item]));
    const removed = new Set(change.removeFromOutbox);
    this.#memory.outbox = [...this.#memory.outbox, ...added]
      .map((item) => replaced.get(item.order) ?? item)
      .filter((item) => !removed.has(item.order));
  }

  #saveGroup({ log, record, pages }: GroupChange): void {
    const before = this.#memory.groups.get(log);
    if (record === null) {
      this.#memory.groups.delete(log);
      return;
    }
    const after = record ?? before?.record;
    if (!after) throw new Error('pages of a group that is not known');
    const isSameEpoch = before && isSameBytes(before.record.epochPart, after.epochPart);
    const kept = isSameEpoch ? before.pages : new Map<number, GroupPage>();
    for (const page of pages) kept.set(page.page, page);
    this.#memory.groups.set(log, { record: after, pages: kept });
  }

  #saveRest(change: VaultChange): void {
    const memory = this.#memory;
    if (change.account !== undefined) memory.account = change.account;
    for (const contact of change.contacts ?? []) memory.contacts.set(contact.nickname, contact);
    for (const reference of change.removeKeyPackages ?? []) memory.keyPackages.delete(reference);
    for (const added of change.addKeyPackages ?? []) memory.keyPackages.set(added.reference, added);
    memory.heldLetters = memory.heldLetters.filter((letter) => letter.sender !== change.releaseLettersOf);
    memory.heldLetters.push(...(change.holdLetters ?? []));
    for (const { log, seq } of change.cursors ?? []) memory.cursors.set(log, seq);
    for (const counter of change.counters ?? []) memory.counters.set(nameCounter(counter), counter);
    this.#saveSettings(change.settings ?? {});
  }

  #saveSettings(settings: NonNullable<VaultChange['settings']>): void {
    for (const [name, value] of Object.entries(settings)) {
      if (value === null) this.#memory.settings.delete(name);
      else this.#memory.settings.set(name, value);
    }
  }

  #read<Value extends object>(value: Value): Value {
    this.#checkOpen();
    return copy(value);
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new SirdasError('CLOSED', 'the vault is closed');
  }
}

function nameMessage({ sender, id }: MessageReference): string {
  return `${sender} ${id}`;
}

function nameCounter(of: MessageCounter): string {
  return `${of.conversation} ${of.sender} ${of.device}`;
}

function isSameBytes(one: Uint8Array | null, other: Uint8Array | null): boolean {
  return one === null || other === null ? one === other : equalBytes(one, other);
}

function copy<Value extends object>(value: Value): Value {
  return decodeRecord(encodeRecord(value)) as Value;
}
