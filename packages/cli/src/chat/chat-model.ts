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
  prepareNickname,
  SirdasError,
  type SirdasEvent,
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
  readonly #stopListening: () => void;
  #order: Nickname[] = [];
  #view: ChatView;
  #isLoadingOlder = false;
  #isCaughtUp = false;
  #hasMissedSound = false;

  private constructor(options: ChatModelOptions) {
    this.#options = options;
    const { account, link } = options.client;
    this.#view = {
      account,
      link,
      people: [],
      open: null,
      notice: null,
      panel: null,
      isSoundOn: options.isSoundOn,
      chosenColours: new Map(),
    };
    this.#stopListening = options.client.onEvent((event) => this.#handle(event));
  }

  static async start(options: ChatModelOptions): Promise<ChatModel> {
    const model = new ChatModel(options);
    const [conversations, contacts] = await Promise.all([
      options.client.conversations(),
      options.client.contacts(),
    ]);
    for (const contact of contacts) model.#contacts.set(contact.nickname, contact);
    for (const conversation of conversations) model.#conversations.set(conversation.with, conversation);
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
    this.#stopListening();
    this.#listeners.clear();
  }

  /** Opens the conversation with a name that a person typed; a name nobody has is an error notice. */
  async talkTo(typed: string): Promise<boolean> {
    return await this.#attempt(async () => {
      const nickname = prepareNickname(typed);
      if (!this.#conversations.has(nickname) && nickname !== this.#view.account.nickname) {
        this.#keepContact(await this.#options.client.lookUp(nickname));
      }
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
      const oldest = open.loaded.messages[0]?.position ?? null;
      const page = await this.#options.client.messages(open.id, oldest, PAGE_SIZE);
      this.#updateLoaded(open.id, (loaded) => ({
        ...loaded,
        messages: [...page.toReversed(), ...loaded.messages],
        hasOlder: page.length === PAGE_SIZE,
      }));
    });
    this.#isLoadingOlder = false;
  }

  async verify(nickname: Nickname): Promise<boolean> {
    return await this.#attempt(() => this.#options.client.markVerified(nickname));
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
    this.#change({ account: this.#options.client.account, chosenColours: this.#collectColours() });
  }

  /** Forgets what is on the screen, not what is kept: scrolling up brings it back. */
  clearScreen(): void {
    const open = this.#view.open;
    if (open === null) return;
    this.#updateLoaded(open.id, (loaded) => ({
      messages: [],
      hasOlder: true,
      firstUnread: loaded.firstUnread,
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
    const page = await client.messages(id, null, PAGE_SIZE);
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

  #handle(event: SirdasEvent): void {
    switch (event.type) {
      case 'link':
        this.#change({ link: event.link });
        return;
      case 'message':
        this.#receive(event.message);
        return;
      case 'delivery':
        this.#replace(event.message);
        return;
      case 'conversation':
        this.#keepConversation(event.conversation);
        return;
      case 'contact':
        this.#keepContact(event.contact);
        return;
      case 'presence':
        this.#change({ people: this.#listPeople(event.online), chosenColours: this.#collectColours() });
        return;
      case 'caught-up':
        this.#isCaughtUp = true;
        if (this.#hasMissedSound) this.#play('received');
        return;
      case 'refused':
        this.#tellRefused(event.error, event.from);
        return;
      case 'gap': {
        const { gapExpired, gapRolledBack } = this.#options.words.chat;
        this.tell('error', event.reason === 'expired' ? gapExpired(event.count) : gapRolledBack);
        return;
      }
    }
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

  #listPeople(online: readonly OnlinePerson[] = this.#options.client.online): readonly PersonEntry[] {
    return listPeople(this.#order, this.#conversations, online, this.#options.client.account.nickname);
  }

  /** The newest that is known: people online before contacts. The same object when nothing has changed. */
  #collectColours(): ChosenColours {
    const { account, online } = this.#options.client;
    const colours = new Map<Nickname, number>();
    for (const { nickname, chosenColour } of [...this.#contacts.values(), ...online, account]) {
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
      const code = error instanceof SirdasError ? error.code : toNicknameError(error);
      const { what, advice } = describeError(code, this.#options.language);
      this.tell('error', `${what} ${advice}`);
      return false;
    }
  }

  #change(changes: Partial<ChatView>): void {
    this.#view = { ...this.#view, ...changes };
    for (const listener of this.#listeners) listener();
  }
}

/** What a person typed as a name may be no nickname (ProtocolError); anything else is a fault and is thrown on. */
function toNicknameError(error: unknown): 'BAD_NICKNAME' {
  if (error instanceof Error && 'code' in error && error.code === 'BAD_NICKNAME') return 'BAD_NICKNAME';
  throw error;
}
