// The Vault on SQLite: every record sealed by RecordCipher, ids as HMACs. A change is first planned (existing records read,
// new ones encrypted: asynchronous), then written in one transaction; changes wait for each other, and no other process has
// the file, so what was planned still holds when it is written. IndexedDB, whose transactions do not wait for encryption,
// will need the same order. Made by open-vault.ts. SQL stands in vault-statements.ts.
import type { ConversationId, LogId, MessageId, Nickname } from '@sirdas/protocol';
import { SirdasError } from '../errors.ts';
import type { Message } from '../model.ts';
import { SerialQueue } from '../serial-queue.ts';
import { findReadPosition } from '../vault/read-position.ts';
import type { RecordCipher } from '../vault/record-cipher.ts';
import { decodeRecord, encodeRecord } from '../vault/record-codec.ts';
import type {
  AccountState,
  ContactState,
  ConversationChange,
  ConversationState,
  Cursor,
  DeliveryChange,
  HeldLetter,
  MessageCounter,
  OutboxItem,
  SavedChange,
  Vault,
  VaultChange,
} from '../vault/vault.ts';
import type { VaultDatabase } from './vault-database.ts';
import { type KeyedTable, prepareStatements, type Statements } from './vault-statements.ts';

/** What happens inside the transaction; synchronous. */
type Write = () => void;

/** One change while it is planned. */
interface Plan {
  readonly writes: Write[];
  readonly messages: Message[];
  readonly deliveries: Message[];
  readonly outbox: OutboxItem[];
  /** Position of the newest message of the conversations that this change adds to, by id. */
  readonly lastPositions: Map<ConversationId, number>;
}

type NewMessage = Omit<Message, 'position'>;

/** Which row a message is, and of which conversation. */
interface MessageLocation {
  readonly key: Uint8Array;
  readonly conversation: Uint8Array;
}

type StoredConversation = Omit<ConversationState, 'lastPosition'>;
type Setting = readonly [name: string, value: string];

const ACCOUNT_ID = Uint8Array.of(1);

export class SqliteVault implements Vault {
  readonly #database: VaultDatabase;
  readonly #statements: Statements;
  readonly #cipher: RecordCipher;
  #lastOrder: number;
  readonly #saves = new SerialQueue();
  /** Needed for every message; there are only so many conversations. */
  readonly #conversationKeys = new Map<ConversationId, Promise<Uint8Array>>();
  #isClosed = false;

  constructor(database: VaultDatabase, cipher: RecordCipher) {
    this.#database = database;
    this.#statements = prepareStatements(database);
    this.#cipher = cipher;
    this.#lastOrder = this.#statements.lastOutboxPosition.get()?.position ?? 0;
  }

  save(change: VaultChange): Promise<SavedChange> {
    this.#checkOpen();
    return this.#saves.run(() => this.#save(change));
  }

  async #save(change: VaultChange): Promise<SavedChange> {
    const plan: Plan = { writes: [], messages: [], deliveries: [], outbox: [], lastPositions: new Map() };
    await this.#planAccount(plan, change.account);
    await this.#planMessages(plan, change.messages ?? []);
    await this.#planDeliveries(plan, change.deliveries ?? []);
    await this.#planConversations(plan, change.conversations ?? []);
    await this.#planOutbox(plan, change);
    await this.#planHeldLetters(plan, change);
    await this.#planKeyed(plan, change);
    this.#database.transact(() => {
      for (const write of plan.writes) write();
    });
    return { messages: plan.messages, deliveries: plan.deliveries, outbox: plan.outbox };
  }

  async readAccount(): Promise<AccountState | null> {
    const row = this.#read(() => this.#statements.account.get());
    return row ? ((await this.#open('account', ACCOUNT_ID, row.sealed)) as AccountState) : null;
  }

  async readContacts(): Promise<readonly ContactState[]> {
    return (await this.#openAll('contacts')) as ContactState[];
  }

  async readConversations(): Promise<readonly ConversationState[]> {
    const stored = (await this.#openAll('conversations')) as StoredConversation[];
    return Promise.all(
      stored.map(async (conversation) => {
        const key = await this.#conversationKey(conversation.id);
        return { ...conversation, lastPosition: this.#lastPosition(key) };
      }),
    );
  }

  async readMessages(
    conversation: ConversationId,
    before: number | null,
    limit: number,
  ): Promise<readonly Message[]> {
    const key = await this.#conversationKey(conversation);
    const from = before ?? Number.MAX_SAFE_INTEGER;
    const rows = this.#read(() => this.#statements.messagesBefore.all(key, from, limit));
    return Promise.all(rows.map((row) => this.#openMessage(row)));
  }

  async readMessage(sender: Nickname, id: MessageId): Promise<Message | null> {
    const key = await this.#messageKey(sender, id);
    const row = this.#read(() => this.#statements.message.get(key));
    return row ? this.#openMessage(row) : null;
  }

  async readOutbox(): Promise<readonly OutboxItem[]> {
    const rows = this.#read(() => this.#statements.outbox.all());
    return Promise.all(
      rows.map(async ({ position, sealed }) => {
        const item = (await this.#open('outbox', encodePosition(position), sealed)) as OutboxItem;
        return { ...item, order: position };
      }),
    );
  }

  async readHeldLetters(sender: Nickname): Promise<readonly HeldLetter[]> {
    const key = await this.#cipher.index('held_letters', [sender]);
    const rows = this.#read(() => this.#statements.heldLetters.all(key));
    return Promise.all(
      rows.map(async ({ sealed }) => (await this.#open('held_letters', key, sealed)) as HeldLetter),
    );
  }

  async readCursor(log: LogId): Promise<number | null> {
    const cursor = (await this.#readKeyed('cursors', [log])) as Cursor | null;
    return cursor?.seq ?? null;
  }

  async readCounters(): Promise<readonly MessageCounter[]> {
    return (await this.#openAll('counters')) as MessageCounter[];
  }

  async readSettings(): Promise<Readonly<Record<string, string>>> {
    return Object.fromEntries((await this.#openAll('settings')) as Setting[]);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#saves.settle();
    this.#database.close();
  }

  async #planAccount(plan: Plan, account: AccountState | null | undefined): Promise<void> {
    if (account === undefined) return;
    if (account === null) {
      plan.writes.push(() => this.#statements.removeAccount.run());
      return;
    }
    const sealed = await this.#seal('account', ACCOUNT_ID, account);
    plan.writes.push(() => this.#statements.putAccount.run(sealed));
  }

  async #planMessages(plan: Plan, messages: readonly NewMessage[]): Promise<void> {
    const inThisChange = new Set<string>();
    const sealing: Promise<void>[] = [];
    const located = messages.map(async (message) => ({ message, ...(await this.#locate(message)) }));
    for (const { message, key, conversation } of await Promise.all(located)) {
      const name = `${message.sender} ${message.id}`;
      // CLI-003
      if (inThisChange.has(name) || this.#statements.message.get(key)) continue;
      inThisChange.add(name);
      const last = plan.lastPositions.get(message.conversation) ?? this.#lastPosition(conversation);
      plan.lastPositions.set(message.conversation, last + 1);
      const added: Message = { ...message, position: last + 1 };
      plan.messages.push(added);
      sealing.push(this.#planMessage(plan, added, { key, conversation }));
    }
    await Promise.all(sealing);
  }

  async #locate({ sender, id, conversation }: NewMessage): Promise<MessageLocation> {
    return {
      key: await this.#messageKey(sender, id),
      conversation: await this.#conversationKey(conversation),
    };
  }

  async #planMessage(plan: Plan, message: Message, { key, conversation }: MessageLocation): Promise<void> {
    const sealed = await this.#seal('messages', messageRecordId(key, message.position), message);
    plan.writes.push(() =>
      this.#statements.putMessage.run({ key, conversation, position: message.position, sealed }),
    );
  }

  async #planDeliveries(plan: Plan, deliveries: readonly DeliveryChange[]): Promise<void> {
    for (const { sender, id, delivery, failure } of deliveries) {
      const before = await this.readMessage(sender, id);
      if (!before) continue;
      const message: Message = { ...before, delivery, ...(failure === undefined ? {} : { failure }) };
      await this.#planMessage(plan, message, await this.#locate(message));
      plan.deliveries.push(message);
    }
  }

  async #planConversations(plan: Plan, changes: readonly ConversationChange[]): Promise<void> {
    for (const change of changes) {
      const before = (await this.#readKeyed('conversations', [change.id])) as StoredConversation | null;
      const added = plan.messages.filter((message) => message.conversation === change.id);
      const readPosition = findReadPosition(before?.readPosition ?? 0, change, added);
      const stored: StoredConversation = { ...change, readPosition };
      await this.#planPut(plan, 'conversations', [change.id], stored);
    }
  }

  async #planOutbox(plan: Plan, change: VaultChange): Promise<void> {
    for (const item of change.addToOutbox ?? []) plan.outbox.push({ ...item, order: ++this.#lastOrder });
    for (const item of plan.outbox) {
      const sealed = await this.#seal('outbox', encodePosition(item.order), item);
      plan.writes.push(() => this.#statements.addOutboxItem.run(item.order, sealed));
    }
    for (const item of change.replaceInOutbox ?? []) {
      const sealed = await this.#seal('outbox', encodePosition(item.order), item);
      plan.writes.push(() => this.#statements.replaceOutboxItem.run(sealed, item.order));
    }
    for (const order of change.removeFromOutbox ?? []) {
      plan.writes.push(() => this.#statements.removeOutboxItem.run(order));
    }
  }

  async #planHeldLetters(plan: Plan, change: VaultChange): Promise<void> {
    if (change.releaseLettersOf !== undefined) {
      const sender = await this.#cipher.index('held_letters', [change.releaseLettersOf]);
      plan.writes.push(() => this.#statements.removeHeldLetters.run(sender));
    }
    for (const letter of change.holdLetters ?? []) {
      const sender = await this.#cipher.index('held_letters', [letter.sender]);
      const sealed = await this.#seal('held_letters', sender, letter);
      plan.writes.push(() => this.#statements.addHeldLetter.run(sender, sealed));
    }
  }

  async #planKeyed(plan: Plan, change: VaultChange): Promise<void> {
    const { contacts = [], counters = [], cursor, settings = {} } = change;
    await Promise.all([
      ...contacts.map((contact) => this.#planPut(plan, 'contacts', [contact.nickname], contact)),
      ...counters.map((counter) => this.#planPut(plan, 'counters', counterParts(counter), counter)),
      ...(cursor ? [this.#planPut(plan, 'cursors', [cursor.log], cursor)] : []),
      ...Object.entries(settings).map((setting) => this.#planSetting(plan, setting)),
    ]);
  }

  async #planSetting(plan: Plan, [name, value]: readonly [string, string | null]): Promise<void> {
    if (value !== null) return this.#planPut(plan, 'settings', [name], [name, value]);
    const key = await this.#cipher.index('settings', [name]);
    plan.writes.push(() => this.#statements.removeSetting.run(key));
  }

  async #planPut(plan: Plan, table: KeyedTable, parts: readonly string[], value: object): Promise<void> {
    const key = await this.#cipher.index(table, parts);
    const sealed = await this.#seal(table, key, value);
    plan.writes.push(() => this.#statements.keyed[table].put.run(key, sealed));
  }

  async #readKeyed(table: KeyedTable, parts: readonly string[]): Promise<unknown> {
    const key = await this.#cipher.index(table, parts);
    const row = this.#read(() => this.#statements.keyed[table].get.get(key));
    return row ? this.#open(table, key, row.sealed) : null;
  }

  async #openAll(table: KeyedTable): Promise<unknown[]> {
    const rows = this.#read(() => this.#statements.keyed[table].all.all());
    return Promise.all(rows.map((row) => this.#open(table, row.key, row.sealed)));
  }

  async #openMessage(row: { key: Uint8Array; position: number; sealed: Uint8Array }): Promise<Message> {
    return (await this.#open('messages', messageRecordId(row.key, row.position), row.sealed)) as Message;
  }

  #seal(table: string, id: Uint8Array, value: object): Promise<Uint8Array> {
    return this.#cipher.seal({ table, id }, encodeRecord(value));
  }

  async #open(table: string, id: Uint8Array, sealed: Uint8Array): Promise<unknown> {
    return decodeRecord(await this.#cipher.open({ table, id }, sealed));
  }

  /** A person may use the same message id as somebody else: an id is known or not per sender. */
  #messageKey(sender: Nickname, id: MessageId): Promise<Uint8Array> {
    return this.#cipher.index('messages', [sender, id]);
  }

  #conversationKey(id: ConversationId): Promise<Uint8Array> {
    return this.#conversationKeys.get(id) ?? this.#computeConversationKey(id);
  }

  #computeConversationKey(id: ConversationId): Promise<Uint8Array> {
    const key = this.#cipher.index('conversations', [id]);
    this.#conversationKeys.set(id, key);
    return key;
  }

  #lastPosition(conversation: Uint8Array): number {
    return this.#read(() => this.#statements.lastPosition.get(conversation)?.position ?? 0);
  }

  #read<Result>(statement: () => Result): Result {
    this.#checkOpen();
    return statement();
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new SirdasError('CLOSED', 'the vault is closed');
  }
}

function counterParts(of: MessageCounter): string[] {
  return [of.conversation, of.sender, of.device];
}

function messageRecordId(key: Uint8Array, position: number): Uint8Array {
  return Uint8Array.of(...key, ...encodePosition(position));
}

/** 8 bytes big-endian. */
function encodePosition(position: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(position));
  return bytes;
}
