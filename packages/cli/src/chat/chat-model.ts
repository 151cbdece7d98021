// The state of the full-screen program: who is there, which conversation is open, which messages of it are loaded, what
// to tell the person. It listens to the SDK, does what the person asks, and gives React one immutable view after every
// change (useSyncExternalStore). It draws nothing and knows no keys; the slash commands and chat-screen.tsx call it.
import {
  type Account,
  type Contact,
  type Conversation,
  type ConversationId,
  type Language,
  type Message,
  type MessageReference,
  type Nickname,
  type OnlinePerson,
  SirdasError,
} from '@sirdas/client';
import type { Sound } from '../sound/tone.ts';
import type { Words } from '../words/words.ts';
import { forgetActivity, noteActivity } from './activity-board.ts';
import { ArrivalSounds } from './arrival-sounds.ts';
import type { ChatClient } from './chat-client.ts';
import {
  type Beginning,
  type ChatView,
  describeBeginning,
  describeOpen,
  keepMembers,
  type Notice,
} from './chat-view.ts';
import { collectColours } from './chosen-colours.ts';
import { listEntries, orderConversations } from './conversation-list.ts';
import {
  appendMessage,
  loadFirstPage,
  NOTHING_LOADED,
  PAGE_SIZE,
  prependPage,
  removeMessage,
  replaceMessage,
} from './message-window.ts';
import {
  noticeOfDevices,
  noticeOfError,
  noticeOfGap,
  noticeOfGroup,
  noticeOfLink,
  noticeOfRefusal,
} from './notices.ts';
import type { Panel } from './panel.ts';
import type { LoadedMessages } from './scrollback.ts';

export interface ChatModelOptions {
  readonly client: ChatClient;
  readonly words: Words;
  readonly language: Language;
  readonly isSoundOn: boolean;
  readonly playSound: (sound: Sound) => void;
  readonly saveSound: (isOn: boolean) => void;
  readonly now: () => number;
}

export class ChatModel {
  readonly #options: ChatModelOptions;
  readonly #listeners = new Set<() => void>();
  readonly #conversations = new Map<ConversationId, Conversation>();
  /** Opened by name, nothing sent yet. */
  readonly #beginnings = new Map<ConversationId, Beginning>();
  readonly #forks = new Map<ConversationId, Nickname>();
  readonly #subscriptions: readonly (() => void)[];
  readonly #sounds = new ArrivalSounds(() => this.#play('received'));
  #order: ConversationId[] = [];
  #view: ChatView;
  #onYes: (() => Promise<void>) | null = null;
  #isLoadingOlder = false;
  #isTyping = false;

  private constructor(options: ChatModelOptions) {
    const { client } = options;
    this.#options = options;
    this.#view = {
      account: needAccount(client),
      link: client.link,
      entries: [],
      open: null,
      notice: null,
      question: null,
      panel: null,
      activities: [],
      contacts: new Map(client.contacts().map((contact) => [contact.nickname, contact])),
      devices: client.devices.list(),
      isSoundOn: options.isSoundOn,
      chosenColours: new Map(),
    };
    this.#subscriptions = this.#listen(client);
  }

  /** Throws NO_ACCOUNT. */
  static start(options: ChatModelOptions): ChatModel {
    const model = new ChatModel(options);
    const conversations = options.client.conversations();
    for (const conversation of conversations) model.#conversations.set(conversation.id, conversation);
    model.#order = orderConversations(conversations);
    model.#change({ entries: model.#listEntries(), chosenColours: model.#collectColours() });
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

  /** Opens the conversation with a name that a person typed, or `#` and a group; what nobody has is an error notice. */
  async talkTo(typed: string): Promise<boolean> {
    return await this.attempt(async (client) => {
      const name = typed.trim();
      const known = this.#view.entries.find((entry) =>
        entry.kind === 'group' ? name === `#${entry.title}` : entry.hasConversation && entry.with === name,
      );
      await this.open(known?.id ?? this.#begin((await client.lookUp(name)).nickname));
    });
  }

  /** Opens a conversation of the list, or of a group that was just made; its messages follow as soon as they are read. */
  async open(id: ConversationId): Promise<void> {
    const facts = this.#describe(id);
    if (facts === null) return;
    this.setTyping(false);
    const open = { ...facts, forkSeenBy: this.#forks.get(id) ?? null, loaded: NOTHING_LOADED };
    this.#change({ open, panel: null, notice: null, question: null });
    await this.attempt(async (client) => {
      const page = await client.messages(id, { limit: PAGE_SIZE });
      const unread = this.#conversations.get(id)?.unread ?? 0;
      this.#updateLoaded(id, (loaded) => loadFirstPage(loaded, page, unread));
      await this.#markRead(id);
    });
  }

  /** False when it could not be sent: the text is still the person's to change. */
  async send(text: string, replyTo: MessageReference | null = null): Promise<boolean> {
    const { open } = this.#view;
    if (open === null) {
      this.tell('info', this.#options.words.chat.sendNobody);
      return false;
    }
    this.#isTyping = false;
    return await this.attempt(async (client) => {
      const options = replyTo === null ? {} : { replyTo: { sender: replyTo.sender, id: replyTo.id } };
      const message =
        open.with === null
          ? await client.sendTo(open.id, text, options)
          : await client.send(open.with, text, options);
      this.#updateLoaded(open.id, (loaded) => ({ ...appendMessage(loaded, message), firstUnread: null }));
      this.#play('sent');
    });
  }

  /** A hint for the others; whether they get it is up to the preferences. */
  setTyping(isTyping: boolean): void {
    const { open } = this.#view;
    if (open === null || !this.#conversations.has(open.id)) return;
    if (!isTyping && !this.#isTyping) return;
    this.#isTyping = isTyping;
    this.#options.client.setActivity(open.id, isTyping ? 'typing' : 'stopped');
  }

  /** The page before the oldest loaded message; does nothing while one is on its way. */
  async loadOlder(): Promise<void> {
    const { open } = this.#view;
    const before = open?.loaded.messages[0]?.position;
    if (open === null || before === undefined || !open.loaded.hasOlder || this.#isLoadingOlder) return;
    this.#isLoadingOlder = true;
    await this.attempt(async (client) => {
      const page = await client.messages(open.id, { limit: PAGE_SIZE, before });
      this.#updateLoaded(open.id, (loaded) => prependPage(loaded, page));
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

  /** Before what cannot be undone: `onYes` happens only when the person says so. */
  ask(text: string, onYes: () => Promise<void>): void {
    this.#onYes = onYes;
    this.#change({ question: { text }, notice: null });
  }

  async answer(isYes: boolean): Promise<void> {
    const onYes = this.#onYes;
    this.#onYes = null;
    this.#change({ question: null });
    if (isYes && onYes !== null) await onYes();
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
    const { open } = this.#view;
    if (open === null) return;
    this.#updateLoaded(open.id, () => ({
      messages: [],
      hasOlder: false,
      firstUnread: null,
      isCleared: true,
    }));
  }

  /** Does something with the SDK; what goes wrong is told as a sentence. Resolves to whether it worked. */
  async attempt(action: (client: ChatClient) => Promise<unknown>): Promise<boolean> {
    try {
      await action(this.#options.client);
      return true;
    } catch (error) {
      if (!(error instanceof SirdasError)) throw error;
      this.#tellNotice(noticeOfError(error.code, this.#options));
      return false;
    }
  }

  #begin(nickname: Nickname): ConversationId {
    const id = this.#options.client.conversationWith(nickname);
    this.#beginnings.set(id, { id, with: nickname });
    return id;
  }

  /** Somebody of the list who is online counts as well. */
  #findBeginning(id: ConversationId): Beginning | null {
    const stranger = this.#view.entries.find((entry) => entry.id === id)?.with ?? null;
    return this.#beginnings.get(id) ?? (stranger === null ? null : { id, with: stranger });
  }

  #describe(id: ConversationId): ReturnType<typeof describeOpen> | null {
    const { account } = this.#view;
    const conversation = this.#conversations.get(id);
    if (conversation !== undefined)
      return describeOpen(conversation, account.nickname, this.#options.words.chat.unnamedGroup);
    const beginning = this.#findBeginning(id);
    return beginning === null ? null : describeBeginning(beginning, account);
  }

  async #markRead(id: ConversationId): Promise<void> {
    const { open } = this.#view;
    const newest = open?.loaded.messages.at(-1);
    const unread = this.#conversations.get(id)?.unread ?? 0;
    if (open?.id !== id || newest === undefined || unread === 0) return;
    await this.#options.client.markRead(id, newest.position);
  }

  #listen(client: ChatClient): (() => void)[] {
    return [
      client.on('link', ({ link }) => {
        this.#change({ link });
        this.#tellNotice(noticeOfLink(link, this.#options));
      }),
      client.on('message', ({ message }) => this.#receive(message)),
      client.on('delivery', ({ message }) => this.#replace(message)),
      client.on('changed', ({ message }) => this.#replace(message)),
      client.on('expired', ({ conversation, message }) =>
        this.#updateLoaded(conversation, (loaded) => removeMessage(loaded, message)),
      ),
      client.on('activity', (event) =>
        this.#change({ activities: noteActivity(this.#view.activities, event, this.#options.now()) }),
      ),
      client.on('conversation', ({ conversation }) => this.#keepConversation(conversation)),
      client.on('contact', ({ contact }) => this.#keepContact(contact)),
      client.on('presence', ({ online }) =>
        this.#change({ entries: this.#listEntries(online), chosenColours: this.#collectColours() }),
      ),
      client.on('devices', ({ devices }) => {
        this.#tellNotice(noticeOfDevices(devices, this.#view.devices, this.#options));
        this.#change({ devices });
      }),
      client.on('fork', ({ conversation, from }) => this.#keepFork(conversation, from)),
      client.on('caught-up', () => this.#sounds.catchUp()),
      client.on('refused', ({ error, from }) =>
        this.#tellNotice(noticeOfRefusal(error, from, this.#options)),
      ),
      client.on('gap', (gap) => this.#tellNotice(noticeOfGap(gap, this.#options))),
    ];
  }

  #receive(message: Message): void {
    const { conversation, sender, body } = message;
    this.#updateLoaded(conversation, (loaded) => appendMessage(loaded, message));
    const activities = forgetActivity(this.#view.activities, conversation, sender);
    if (activities !== this.#view.activities) this.#change({ activities });
    if (body.kind === 'event' && body.event.what === 'reset') this.#keepFork(conversation, null);
    if (message.direction === 'out' || body.kind === 'event') return;
    this.#sounds.arrive();
  }

  /** `from` null: it has begun anew. */
  #keepFork(conversation: ConversationId, from: Nickname | null): void {
    if (from === null) this.#forks.delete(conversation);
    else this.#forks.set(conversation, from);
    const entries = this.#listEntries();
    const { open } = this.#view;
    if (open?.id === conversation) {
      this.#change({ entries, open: { ...open, forkSeenBy: from } });
      return;
    }
    this.#change({ entries });
    const title = entries.find(({ id }) => id === conversation)?.title;
    if (from !== null) this.tell('error', this.#options.words.chat.forkIn(title ?? from));
  }

  #tellNotice(notice: Notice | null): void {
    if (notice !== null) this.#change({ notice });
  }

  #replace(message: Message): void {
    this.#updateLoaded(message.conversation, (loaded) => replaceMessage(loaded, message));
  }

  #keepConversation(conversation: Conversation): void {
    const { id } = conversation;
    this.#conversations.set(id, conversation);
    const isNew = !this.#order.includes(id);
    if (isNew) this.#order = [id, ...this.#order];
    const { open } = this.#view;
    const facts = open?.id === id ? this.#describe(id) : null;
    this.#change({
      entries: this.#listEntries(),
      ...(open === null || facts === null ? {} : { open: { ...open, ...keepMembers(open, facts) } }),
    });
    if (isNew) this.#tellNotice(noticeOfGroup(conversation, this.#options));
    if (open?.id === id && conversation.unread > 0) void this.attempt(() => this.#markRead(id));
  }

  #keepContact(contact: Contact): void {
    const contacts = new Map(this.#view.contacts).set(contact.nickname, contact);
    this.#change({ contacts, chosenColours: this.#collectColours(contacts) });
  }

  #updateLoaded(conversation: ConversationId, update: (loaded: LoadedMessages) => LoadedMessages): void {
    const { open } = this.#view;
    if (open?.id !== conversation) return;
    const loaded = update(open.loaded);
    if (loaded !== open.loaded) this.#change({ open: { ...open, loaded } });
  }

  #listEntries(online: readonly OnlinePerson[] = this.#options.client.online()): ChatView['entries'] {
    const { client, words } = this.#options;
    return listEntries({
      order: this.#order,
      conversations: this.#conversations,
      online,
      forks: this.#forks,
      self: this.#view.account.nickname,
      unnamedGroup: words.chat.unnamedGroup,
      identify: (nickname) => client.conversationWith(nickname),
    });
  }

  #collectColours(contacts: ChatView['contacts'] = this.#view.contacts): ChatView['chosenColours'] {
    const { client } = this.#options;
    const people = [...contacts.values(), ...client.online(), needAccount(client)];
    return collectColours(people, this.#view.chosenColours);
  }

  #play(sound: Sound): void {
    if (this.#view.isSoundOn) this.#options.playSound(sound);
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
