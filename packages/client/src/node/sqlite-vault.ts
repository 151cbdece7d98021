// The Vault on SQLite: every record sealed by RecordCipher, ids as HMACs. A change is first planned (existing records read,
// new ones encrypted: asynchronous), then written in one transaction; changes wait for each other, and no other process has
// the file, so what was planned still holds when it is written. IndexedDB, whose transactions do not wait for encryption,
// will need the same order. Made by open-vault.ts. Messages and groups are planned in vault-messages.ts and
// vault-groups.ts; SQL stands in vault-statements.ts.
import type { ConversationId, LogId, MessageId, Nickname } from '@sirdas/protocol';
import { SirdasError } from '../errors.ts';
import type { Member, Message } from '../model.ts';
import { SerialQueue } from '../serial-queue.ts';
import { changeConversation, newConversation } from '../vault/conversation-state.ts';
import {
  completeConversation,
  completeCounter,
  completeOutboxItem,
  type StoredConversation,
  type StoredCounter,
  type StoredItem,
} from '../vault/earlier-records.ts';
import { compareExpiry, type ExpiringMessage } from '../vault/expiring.ts';
import type { RecordCipher } from '../vault/record-cipher.ts';
import type {
  AccountState,
  ContactState,
  ConversationState,
  Cursor,
  GroupPage,
  HeldLetter,
  KeyPackageSecret,
  MessageCounter,
  OutboxItem,
  SavedChange,
  Vault,
  VaultChange,
  VaultContents,
} from '../vault/vault.ts';
import type { VaultDatabase } from './vault-database.ts';
import { VaultGroups } from './vault-groups.ts';
import { VaultMessages } from './vault-messages.ts';
import { encodePosition, VaultRecords, type Writes } from './vault-records.ts';
import { prepareStatements } from './vault-statements.ts';

type Setting = readonly [name: string, value: string];
type PublicKeyPackage = VaultContents['keyPackages'][number];

const ACCOUNT_ID = Uint8Array.of(1);
/** So often at least, what messages have replaced is made to go from the write-ahead log. */
const SAVES_UNTIL_FORGOTTEN = 64;

export class SqliteVault implements Vault {
  readonly #database: VaultDatabase;
  readonly #records: VaultRecords;
  readonly #messages: VaultMessages;
  readonly #groups: VaultGroups;
  readonly #saves = new SerialQueue();
  readonly #conversations = new Map<ConversationId, ConversationState>();
  #lastOrder: number;
  #replacingSaves = 0;
  #isClosed = false;

  constructor(database: VaultDatabase, cipher: RecordCipher) {
    this.#database = database;
    this.#records = new VaultRecords(prepareStatements(database), cipher);
    this.#messages = new VaultMessages(this.#records);
    this.#groups = new VaultGroups(this.#records);
    this.#lastOrder = this.#records.statements.lastOutboxPosition.get()?.position ?? 0;
  }

  save(change: VaultChange): Promise<SavedChange> {
    this.#checkOpen();
    return this.#saves.run(() => this.#save(change));
  }

  /** Waits for saves that are under way: what it gives belongs together. */
  load(): Promise<VaultContents> {
    this.#checkOpen();
    return this.#saves.run(() => this.#load());
  }

  async readMessages(
    conversation: ConversationId,
    before: number | null,
    limit: number,
  ): Promise<readonly Message[]> {
    this.#checkOpen();
    return this.#messages.readPage(conversation, before, limit);
  }

  async readMessage(sender: Nickname, id: MessageId): Promise<Message | null> {
    this.#checkOpen();
    return this.#messages.read(sender, id);
  }

  async readHeldLetters(sender: Nickname): Promise<readonly HeldLetter[]> {
    this.#checkOpen();
    const key = await this.#records.index('held_letters', [sender]);
    const rows = this.#records.statements.heldLetters.all(key);
    return Promise.all(
      rows.map(async ({ sealed }) => (await this.#records.open('held_letters', key, sealed)) as HeldLetter),
    );
  }

  async readGroupPages(log: LogId): Promise<readonly GroupPage[]> {
    this.#checkOpen();
    return this.#groups.readPages(log);
  }

  async readKeyPackage(reference: string): Promise<KeyPackageSecret | null> {
    this.#checkOpen();
    return (await this.#records.get('key_package_secrets', [reference])) as KeyPackageSecret | null;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#saves.settle();
    this.#database.close();
  }

  async #load(): Promise<VaultContents> {
    const records = this.#records;
    const account = await this.#readAccount();
    const stored = (await records.all('conversations')) as StoredConversation[];
    const [contacts, counters, settings, groups, keyPackages, cursors, expiring] = await Promise.all([
      records.all('contacts'),
      records.all('counters'),
      records.all('settings'),
      this.#groups.load(),
      records.all('key_packages'),
      records.all('cursors'),
      records.all('expiring'),
    ]);
    return {
      account,
      contacts: contacts as ContactState[],
      conversations: await Promise.all(stored.map((conversation) => this.#complete(conversation))),
      outbox: await this.#readOutbox(account),
      counters: (counters as StoredCounter[]).map(completeCounter),
      settings: Object.fromEntries(settings as Setting[]),
      groups,
      keyPackages: keyPackages as PublicKeyPackage[],
      cursors: cursors as Cursor[],
      expiring: (expiring as ExpiringMessage[]).sort(compareExpiry),
    };
  }

  async #save(change: VaultChange): Promise<SavedChange> {
    const writes: Writes = [];
    await this.#planAccount(writes, change.account);
    const messages = await this.#messages.plan(writes, change);
    const conversations = await this.#planConversations(writes, change, messages.saved.messages);
    const groups = await this.#groups.plan(writes, change.groups ?? []);
    const outbox = await this.#planOutbox(writes, change);
    await this.#planHeldLetters(writes, change);
    await this.#planKeyPackages(writes, change);
    await this.#planKeyed(writes, change);
    this.#database.transact(() => {
      for (const write of writes) write();
    });
    messages.commit();
    groups.commit();
    for (const conversation of conversations) this.#conversations.set(conversation.id, conversation);
    this.#forgetReplaced(change, groups.replacesKeys);
    return { ...messages.saved, outbox };
  }

  /** Keys and texts that nobody shall find any more go from the disk at once, used message keys soon. */
  #forgetReplaced(change: VaultChange, replacesKeys: boolean): void {
    const { account, removeMessages, removeKeyPackages, amendments, groups } = change;
    const removes = [removeMessages, removeKeyPackages].some((list) => (list?.length ?? 0) > 0);
    const takesBack = amendments?.some(({ amendment: { what } }) => what === 'delete' || what === 'edit');
    if (groups?.length) this.#replacingSaves++;
    const isDue = this.#replacingSaves >= SAVES_UNTIL_FORGOTTEN;
    if (account !== null && !removes && !takesBack && !replacesKeys && !isDue) return;
    this.#database.forgetReplaced();
    this.#replacingSaves = 0;
  }

  async #readAccount(): Promise<AccountState | null> {
    const row = this.#records.statements.account.get();
    return row ? ((await this.#records.open('account', ACCOUNT_ID, row.sealed)) as AccountState) : null;
  }

  async #readOutbox(account: AccountState | null): Promise<readonly OutboxItem[]> {
    const rows = this.#records.statements.outbox.all();
    const items = rows.map(async ({ position, sealed }) => {
      const stored = (await this.#records.open('outbox', encodePosition(position), sealed)) as StoredItem;
      return completeOutboxItem({ ...stored, order: position }, async () => {
        const message = account && (await this.#messages.read(account.nickname, stored.message));
        return message?.conversation ?? null;
      });
    });
    return (await Promise.all(items)).filter((item) => item !== null);
  }

  async #complete(stored: StoredConversation): Promise<ConversationState> {
    const members = (await this.#records.get('conversation_members', [stored.id])) as Member[] | null;
    return {
      ...completeConversation(stored),
      members: members ?? [],
      lastPosition: await this.#messages.lastPosition(stored.id),
    };
  }

  async #planAccount(writes: Writes, account: AccountState | null | undefined): Promise<void> {
    if (account === undefined) return;
    const { putAccount, removeAccount } = this.#records.statements;
    if (account === null) {
      writes.push(() => removeAccount.run());
      return;
    }
    const sealed = await this.#records.seal('account', ACCOUNT_ID, account);
    writes.push(() => putAccount.run(sealed));
  }

  /** What the changed conversations will be. Only what is another one is written, and the list of members by itself. */
  async #planConversations(
    writes: Writes,
    { conversations = [] }: VaultChange,
    messages: readonly Message[],
  ): Promise<readonly ConversationState[]> {
    const changed = new Map<ConversationId, ConversationState>();
    for (const change of conversations) {
      const { id } = change;
      const known = changed.get(id) ?? (await this.#readConversation(id));
      const before = known ?? { ...newConversation(id), lastPosition: await this.#messages.lastPosition(id) };
      const added = messages.filter(({ conversation }) => conversation === id);
      const after = changeConversation(before, change, added);
      changed.set(id, after);
      await this.#planConversation(writes, known, after);
    }
    return [...changed.values()];
  }

  async #planConversation(
    writes: Writes,
    known: ConversationState | null,
    after: ConversationState,
  ): Promise<void> {
    const { members, lastPosition: _, ...stored } = after;
    if (!known || !isSameRecord(withoutMembers(known), stored)) {
      await this.#records.put(writes, 'conversations', [after.id], stored);
    }
    if (!isSameRecord(known?.members ?? [], members)) {
      await this.#records.put(writes, 'conversation_members', [after.id], members);
    }
  }

  async #readConversation(id: ConversationId): Promise<ConversationState | null> {
    const known = this.#conversations.get(id);
    if (known) return known;
    const stored = (await this.#records.get('conversations', [id])) as StoredConversation | null;
    return stored && this.#complete(stored);
  }

  async #planOutbox(writes: Writes, change: VaultChange): Promise<readonly OutboxItem[]> {
    const { addOutboxItem, replaceOutboxItem, removeOutboxItem } = this.#records.statements;
    const added = (change.addToOutbox ?? []).map((item) => ({ ...item, order: ++this.#lastOrder }));
    for (const item of added) {
      const sealed = await this.#records.seal('outbox', encodePosition(item.order), item);
      writes.push(() => addOutboxItem.run(item.order, sealed));
    }
    for (const item of change.replaceInOutbox ?? []) {
      const sealed = await this.#records.seal('outbox', encodePosition(item.order), item);
      writes.push(() => replaceOutboxItem.run(sealed, item.order));
    }
    for (const order of change.removeFromOutbox ?? []) writes.push(() => removeOutboxItem.run(order));
    return added;
  }

  async #planHeldLetters(writes: Writes, change: VaultChange): Promise<void> {
    const { addHeldLetter, removeHeldLetters } = this.#records.statements;
    if (change.releaseLettersOf !== undefined) {
      const sender = await this.#records.index('held_letters', [change.releaseLettersOf]);
      writes.push(() => removeHeldLetters.run(sender));
    }
    for (const letter of change.holdLetters ?? []) {
      const sender = await this.#records.index('held_letters', [letter.sender]);
      const sealed = await this.#records.seal('held_letters', sender, letter);
      writes.push(() => addHeldLetter.run(sender, sealed));
    }
  }

  /** What is told about a key package and its secret are two records: nobody reads all secrets to count what is left. */
  async #planKeyPackages(writes: Writes, change: VaultChange): Promise<void> {
    for (const reference of change.removeKeyPackages ?? []) {
      await this.#records.remove(writes, 'key_packages', [reference]);
      await this.#records.remove(writes, 'key_package_secrets', [reference]);
    }
    for (const keyPackage of change.addKeyPackages ?? []) {
      const { secret: _, ...told } = keyPackage;
      await this.#records.put(writes, 'key_packages', [told.reference], told satisfies PublicKeyPackage);
      await this.#records.put(writes, 'key_package_secrets', [told.reference], keyPackage);
    }
  }

  async #planKeyed(writes: Writes, change: VaultChange): Promise<void> {
    const { contacts = [], counters = [], cursors = [], settings = {} } = change;
    const put = this.#records.put.bind(this.#records, writes);
    await Promise.all([
      ...contacts.map((contact) => put('contacts', [contact.nickname], contact)),
      ...counters.map((counter) => put('counters', counterParts(counter), counter)),
      ...cursors.map((cursor) => put('cursors', [cursor.log], cursor)),
      ...Object.entries(settings).map(([name, value]) =>
        value === null
          ? this.#records.remove(writes, 'settings', [name])
          : put('settings', [name], [name, value]),
      ),
    ]);
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new SirdasError('CLOSED', 'the vault is closed');
  }
}

function counterParts(of: MessageCounter): string[] {
  return [of.conversation, of.sender, of.device];
}

function withoutMembers({ members: _, lastPosition: __, ...stored }: ConversationState): object {
  return stored;
}

/** Of plain data whose fields stand in the same order. */
function isSameRecord(one: object, other: object): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
