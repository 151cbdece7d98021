// The state of the full-screen program: who is there, which conversation is open, which messages of it are loaded, what
// to tell the person. It listens to the SDK, does what the person asks, and gives React one immutable view after every
// change (useSyncExternalStore). It draws nothing and knows no keys; slash-commands.ts and chat-screen.tsx call it.
import {
  type Account,
  type Contact,
  type Conversation,
  type ConversationId,
  describeError,
  type Language,
  type LinkState,
  type Message,
  type Nickname,
  type OnlinePerson,
  SirdasError,
} from '@sirdas/client';
import type { Sound } from '../sound/tone.ts';
import type { Words } from '../words/words.ts';
import type { ChatClient } from './chat-client.ts';
import type { Panel } from './panel.ts';
import { listPeople, orderConversations, type PersonEntry } from './people.ts';
import type { LoadedMessages } from './scrollback.ts';

/** Loaded at once; older ones when the person scrolls up to them. */
const PAGE_SIZE = 200;
/** Kept in memory of one conversation while its newest messages are on the screen. */
const MAX_FOLLOWED = 1000;

export interface OpenConversation {
  readonly with: Nickname;
  readonly id: ConversationId;
  readonly loaded: LoadedMessages;
  readonly contact: Contact | null;
  readonly forwardSecret: boolean;
}

export interface Notice {
  readonly kind: 'error' | 'info';
  readonly text: string;
}

/** Everything there is to draw. */
export interface ChatView {
  readonly account: Account;
  readonly link: LinkState;
  readonly people: readonly PersonEntry[];
  readonly open: OpenConversation | null;
  readonly notice: Notice | null;
  readonly panel: Panel | null;
  readonly isSoundOn: boolean;
  /** 0xRRGGBB of everybody known who chose one; the same object until one changes. */
  readonly chosenColours: ChosenColours;
}

export type ChosenColours = ReadonlyMap<Nickname, number>;

export interface ChatModelOptions {
  readonly client: ChatClient;
  readonly words: Words;
  readonly language: Language;
  readonly isSoundOn: boolean;
  readonly playSound: (sound: Sound) => void;
  readonly saveSound: (isOn: boolean) => void;
}

export class ChatModel {
  readonly #options: ChatModelOptions;
  readonly #listeners = new Set<() => void>();
  readonly #conversations = new Map<Nickname, Conversation>();
  readonly #contacts = new Map<Nickname, Contact>();
  readonly #subscriptions: readonly (() => void)[];
  #order: Nickname[] = [];
  #view: ChatView;
  #isLoadingOlder = false;
  #isCaughtUp = false;
  #hasMissedSound = false;

  private constructor(options: ChatModelOptions) {
    this.#options = options;
    this.#view = {
      account: needAccount(options.client),
      link: options.client.link,
      people: [],
      open: null,
      notice: null,
      panel: null,
      isSoundOn: options.isSoundOn,
      chosenColours: new Map(),
    };
    this.#subscriptions = this.#listen(options.client);
  }

  /** Throws NO_ACCOUNT. */
  static start(options: ChatModelOptions): ChatModel {
    const { client } = options;
    const model = new ChatModel(options);
    for (const contact of client.contacts()) model.#contacts.set(contact.nickname, contact);
    for (const conversation of client.conversations())
      model.#conversations.set(conversation.with, conversation);
    model.#order = orderConversations([...model.#conversations.values()]);
    model.#change({ people: model.#listPeople(), chosenColours: model.#collectColours() });
    return model;
  }

  get view(): ChatView {
    return this.#view;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    for (const unsubscribe of this.#subscriptions) unsubscribe();
    this.#listeners.clear();
  }

  /** Opens the conversation with a name that a person typed; a name nobody has is an error notice. */
  async talkTo(typed: string): Promise<boolean> {
    return await this.#attempt(async () => {
      const name = typed.trim();
      const known = this.#order.find((nickname) => nickname === name);
      const nickname = known ?? (await this.#options.client.lookUp(name)).nickname;
      await this.#open(nickname);
    });
  }

  /** Opens a conversation of the list. */
  async select(nickname: Nickname): Promise<void> {
    await this.#attempt(() => this.#open(nickname));
  }

  async send(text: string): Promise<void> {
    const recipient = this.#view.open?.with;
    if (recipient === undefined) {
      this.tell('info', this.#options.words.chat.sendNobody);
      return;
    }
    await this.#attempt(async () => {
      const message = await this.#options.client.send(recipient, text);
      this.#append(message);
      this.#forgetUnreadLine();
      this.#play('sent');
    });
  }

  /** The page before the oldest loaded message; does nothing while one is on its way. */
  async loadOlder(): Promise<void> {
    const open = this.#view.open;
    if (open === null || !open.loaded.hasOlder || this.#isLoadingOlder) return;
    this.#isLoadingOlder = true;
    await this.#attempt(async () => {
      const before = open.loaded.messages[0]?.position;
      const page = await this.#options.client.messages(open.id, {
        limit: PAGE_SIZE,
        ...(before === undefined ? {} : { before }),
      });
      this.#updateLoaded(open.id, (loaded) => ({
        ...loaded,
        messages: [...page.toReversed(), ...loaded.messages],
        hasOlder: page.length === PAGE_SIZE,
      }));
    });
    this.#isLoadingOlder = false;
  }

  tell(kind: Notice['kind'], text: string): void {
    this.#change({ notice: { kind, text } });
  }

  forgetNotice(): void {
    if (this.#view.notice !== null) this.#change({ notice: null });
  }

  showPanel(panel: Panel | null): void {
    this.#change({ panel });
  }

  setSound(isOn: boolean): void {
    this.#change({ isSoundOn: isOn });
    this.#options.saveSound(isOn);
  }

  /** The own account as it is after a change of the profile. */
  refreshAccount(): void {
    this.#change({ account: needAccount(this.#options.client), chosenColours: this.#collectColours() });
  }

  /** Empties the screen, nothing else: opening the conversation again shows everything. */
  clearScreen(): void {
    const open = this.#view.open;
    if (open === null) return;
    this.#updateLoaded(open.id, () => ({
      messages: [],
      hasOlder: false,
      firstUnread: null,
      isCleared: true,
    }));
  }

  /** Does something with the SDK; what goes wrong is told as a sentence. Resolves to whether it worked. */
  async attempt(action: (client: ChatClient) => Promise<void>): Promise<boolean> {
    return await this.#attempt(() => action(this.#options.client));
  }

  async #open(nickname: Nickname): Promise<void> {
    const { client } = this.#options;
    const conversation = this.#conversations.get(nickname) ?? null;
    const id = conversation?.id ?? client.conversationWith(nickname);
    const page = await client.messages(id, { limit: PAGE_SIZE });
    const messages = page.toReversed();
    const unread = conversation?.unread ?? 0;
    if (!this.#order.includes(nickname)) this.#order = [nickname, ...this.#order];
    this.#change({
      open: {
        with: nickname,
        id,
        contact: this.#contacts.get(nickname) ?? null,
        forwardSecret: conversation?.forwardSecret ?? false,
        loaded: {
          messages,
          hasOlder: page.length === PAGE_SIZE,
          isCleared: false,
          firstUnread:
            unread === 0 ? null : (messages.at(-unread)?.position ?? messages[0]?.position ?? null),
        },
      },
      people: this.#listPeople(),
      panel: null,
      notice: null,
    });
    await this.#markRead();
  }

  async #markRead(): Promise<void> {
    const open = this.#view.open;
    const newest = open?.loaded.messages.at(-1);
    const unread = open === null ? 0 : (this.#conversations.get(open.with)?.unread ?? 0);
    if (open === null || newest === undefined || unread === 0) return;
    await this.#options.client.markRead(open.id, newest.position);
  }

  #listen(client: ChatClient): (() => void)[] {
    const { gapExpired, gapRolledBack } = this.#options.words.chat;
    return [
      client.on('link', ({ link }) => this.#follow(link)),
      client.on('message', ({ message }) => this.#receive(message)),
      client.on('delivery', ({ message }) => this.#replace(message)),
      client.on('conversation', ({ conversation }) => this.#keepConversation(conversation)),
      client.on('contact', ({ contact }) => this.#keepContact(contact)),
      client.on('presence', ({ online }) =>
        this.#change({ people: this.#listPeople(online), chosenColours: this.#collectColours() }),
      ),
      client.on('caught-up', () => this.#endCatchUp()),
      client.on('refused', ({ error, from }) => this.#tellRefused(error, from)),
      client.on('gap', ({ reason, count }) =>
        this.tell('error', reason === 'expired' ? gapExpired(count) : gapRolledBack),
      ),
    ];
  }

  /** What the link cannot mend by itself is told; the countdown of the rest stands in the status line. */
  #follow(link: LinkState): void {
    this.#change({ link });
    if (link.state !== 'offline' || link.error === null || link.retryAtMs !== null) return;
    const { what, advice } = describeError(link.error, this.#options.language);
    this.tell('error', `${what} ${advice}`);
  }

  /** What waited at the relay is one sound. */
  #endCatchUp(): void {
    this.#isCaughtUp = true;
    if (this.#hasMissedSound) this.#play('received');
    this.#hasMissedSound = false;
  }

  #receive(message: Message): void {
    this.#append(message);
    if (message.direction === 'out') return;
    if (this.#isCaughtUp) this.#play('received');
    else this.#hasMissedSound = true;
  }

  #tellRefused(error: Parameters<typeof describeError>[0], from: Nickname | null): void {
    const { words, language } = this.#options;
    const { what, advice } = describeError(error, language);
    if (error === 'KEY_CHANGED' && from !== null) this.tell('info', words.chat.heldNow(from));
    else
      this.tell('error', from === null ? `${what} ${advice}` : words.chat.refused(from, `${what} ${advice}`));
  }

  #append(message: Message): void {
    this.#updateLoaded(message.conversation, (loaded) => {
      const newest = loaded.messages.at(-1);
      if (newest !== undefined && newest.position >= message.position) return loaded;
      const all = [...loaded.messages, message];
      const messages = all.length > 2 * MAX_FOLLOWED ? all.slice(-MAX_FOLLOWED) : all;
      return { ...loaded, messages, hasOlder: loaded.hasOlder || messages.length < all.length };
    });
  }

  #replace(message: Message): void {
    this.#updateLoaded(message.conversation, (loaded) => {
      const index = loaded.messages.findLastIndex(({ position }) => position === message.position);
      return index === -1 ? loaded : { ...loaded, messages: loaded.messages.with(index, message) };
    });
  }

  #keepConversation(conversation: Conversation): void {
    this.#conversations.set(conversation.with, conversation);
    if (!this.#order.includes(conversation.with)) this.#order = [conversation.with, ...this.#order];
    const open = this.#view.open;
    const isOpen = open?.id === conversation.id;
    this.#change({
      people: this.#listPeople(),
      ...(isOpen ? { open: { ...open, forwardSecret: conversation.forwardSecret } } : {}),
    });
    if (isOpen && conversation.unread > 0) void this.#attempt(() => this.#markRead());
  }

  #keepContact(contact: Contact): void {
    this.#contacts.set(contact.nickname, contact);
    const open = this.#view.open;
    this.#change({
      chosenColours: this.#collectColours(),
      ...(open?.with === contact.nickname ? { open: { ...open, contact } } : {}),
    });
  }

  #forgetUnreadLine(): void {
    const open = this.#view.open;
    if (open !== null) this.#updateLoaded(open.id, (loaded) => ({ ...loaded, firstUnread: null }));
  }

  #updateLoaded(conversation: ConversationId, update: (loaded: LoadedMessages) => LoadedMessages): void {
    const open = this.#view.open;
    if (open?.id !== conversation) return;
    const loaded = update(open.loaded);
    if (loaded !== open.loaded) this.#change({ open: { ...open, loaded } });
  }

  #listPeople(online: readonly OnlinePerson[] = this.#options.client.online()): readonly PersonEntry[] {
    return listPeople(this.#order, this.#conversations, online, this.#view.account.nickname);
  }

  /** The newest that is known: people online before contacts. The same object when nothing has changed. */
  #collectColours(): ChosenColours {
    const { client } = this.#options;
    const colours = new Map<Nickname, number>();
    for (const { nickname, chosenColour } of [
      ...this.#contacts.values(),
      ...client.online(),
      needAccount(client),
    ]) {
      if (chosenColour === null) colours.delete(nickname);
      else colours.set(nickname, chosenColour);
    }
    const known = this.#view.chosenColours;
    const isSame =
      colours.size === known.size && [...colours].every(([name, colour]) => known.get(name) === colour);
    return isSame ? known : colours;
  }

  #play(sound: Sound): void {
    if (this.#view.isSoundOn) this.#options.playSound(sound);
  }

  async #attempt(action: () => Promise<void>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      if (!(error instanceof SirdasError)) throw error;
      const { what, advice } = describeError(error.code, this.#options.language);
      this.tell('error', `${what} ${advice}`);
      return false;
    }
  }

  #change(changes: Partial<ChatView>): void {
    this.#view = { ...this.#view, ...changes };
    for (const listener of this.#listeners) listener();
  }
}

function needAccount({ account }: ChatClient): Account {
  if (account === null) throw new SirdasError('NO_ACCOUNT', 'join a relay first');
  return account;
}
