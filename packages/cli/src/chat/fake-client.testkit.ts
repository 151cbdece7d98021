// Stands in for the SDK in the tests of the full-screen program: conversations in memory, and a way to let things happen.
import {
  type Account,
  type Contact,
  type Conversation,
  type ConversationId,
  type Device,
  type EventOf,
  type LinkState,
  type Message,
  type NewInvite,
  type Nickname,
  type OnlinePerson,
  type Profile,
  SirdasError,
  type SirdasEvent,
  type SirdasEventType,
} from '@sirdas/client';
import { parseNickname, prepareNickname, toConversationId, toDeviceId, toInviteId } from '@sirdas/protocol';
import type { ChatClient } from './chat-client.ts';
import { makeMessage } from './message.testkit.ts';

const device = toDeviceId(new Uint8Array(16));

export class FakeClient implements ChatClient {
  account: Account = {
    nickname: parseNickname('mehmet'),
    displayName: '',
    chosenColour: null,
    device,
    deviceName: 'test',
    identityKey: new Uint8Array(32),
    relay: { host: 'localhost', port: 6000, fingerprint: new Uint8Array(32), plaintext: false },
    mayInvite: true,
    classicOnly: false,
  };
  link: LinkState = { state: 'online' };
  people: readonly OnlinePerson[] = [];
  ownDevices: readonly Device[] = [makeDevice('laptop', true)];
  pinned: readonly Contact[] = [];
  /** Names that the directory knows. */
  known = new Set<Nickname>();
  /** What was asked for, in words. */
  readonly calls: string[] = [];
  /** The next call that changes something throws this. */
  failure: SirdasError | null = null;
  readonly #messages = new Map<ConversationId, Message[]>();
  readonly #conversations = new Map<ConversationId, Conversation>();
  readonly #listeners = new Set<(event: SirdasEvent) => void>();

  readonly groups: ChatClient['groups'] = {
    create: async ({ name, members }) => {
      this.#note(`create ${name}: ${members.join(' ')}`);
      return this.fillGroup(name, members.map(prepareName), []);
    },
    add: async (_group, names) => this.#note(`add ${names.join(' ')}`),
    remove: async (_group, name) => this.#note(`remove ${name}`),
    leave: async () => this.#note('leave'),
    rename: async (_group, name) => this.#note(`rename ${name}`),
    setRole: async (_group, name, role) => this.#note(`role ${name} ${role}`),
    reset: async () => this.#note('reset'),
    check: async () => ({ epoch: 7, digits: Array(6).fill('54321').join(' ') }),
  };

  readonly devices: ChatClient['devices'] = {
    list: () => this.ownDevices,
    revoke: async (id) => this.#note(`revoke ${this.ownDevices.find((own) => own.id === id)?.name}`),
  };

  /** Puts `texts` into the conversation with `nickname`, `unread` of them unread; says nothing. */
  fill(nickname: Nickname, texts: readonly string[], unread = 0): void {
    const id = this.conversationWith(nickname);
    const messages = texts.map((text, position) =>
      makeMessage(position, text, { conversation: id, sender: nickname }),
    );
    this.put({ ...makeConversation(id, nickname), lastMessage: messages.at(-1) ?? null, unread }, messages);
    this.known.add(nickname);
  }

  /** A group of which the own account is the owner. */
  fillGroup(name: string, members: readonly Nickname[], messages: readonly Message[]): Conversation {
    const id = this.conversationWith(`# ${name}`);
    const conversation: Conversation = {
      ...makeConversation(id, null),
      kind: 'group',
      name,
      members: [...members, this.account.nickname].map((nickname) => ({
        nickname,
        role: nickname === this.account.nickname ? 'owner' : 'member',
        devices: [device],
      })),
      lastMessage: messages.at(-1) ?? null,
    };
    this.put(conversation, messages);
    return conversation;
  }

  /** Replaces what is known of a conversation and tells it. */
  put(conversation: Conversation, messages: readonly Message[]): void {
    this.#messages.set(
      conversation.id,
      messages.map((message) => ({ ...message, conversation: conversation.id })),
    );
    this.#update(conversation);
  }

  /** A message arrives, with the event about its conversation. */
  receive(nickname: Nickname, text: string): Message {
    const id = this.conversationWith(nickname);
    const message = this.#save(
      id,
      makeMessage(this.#count(id), text, { conversation: id, sender: nickname }),
    );
    this.emit({ type: 'message', message });
    const known = this.#conversations.get(id) ?? makeConversation(id, nickname);
    this.#update({ ...known, lastMessage: message, unread: known.unread + 1 });
    return message;
  }

  emit(event: SirdasEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  online(): readonly OnlinePerson[] {
    return this.people;
  }

  conversations(): readonly Conversation[] {
    return [...this.#conversations.values()];
  }

  contacts(): readonly Contact[] {
    return this.pinned;
  }

  async messages(
    id: ConversationId,
    { before = Number.POSITIVE_INFINITY, limit = 50 } = {},
  ): Promise<readonly Message[]> {
    const older = (this.#messages.get(id) ?? []).filter(({ position }) => position < before);
    return older.slice(-limit).toReversed();
  }

  async markRead(id: ConversationId, position?: number): Promise<void> {
    this.calls.push(`read ${position}`);
    const conversation = this.#conversations.get(id);
    if (conversation !== undefined) this.#update({ ...conversation, unread: 0 });
  }

  async lookUp(typed: string): Promise<Contact> {
    const nickname = prepareName(typed);
    if (!this.known.has(nickname)) throw new SirdasError('UNKNOWN_ACCOUNT', 'nobody');
    return makeContact(nickname);
  }

  conversationWith(nickname: string): ConversationId {
    const bytes = new Uint8Array(16);
    bytes.set(new TextEncoder().encode(nickname).subarray(0, 16));
    return toConversationId(bytes);
  }

  async send(typed: string, text: string, options: Parameters<ChatClient['send']>[2] = {}): Promise<Message> {
    const recipient = prepareName(typed);
    const id = this.conversationWith(recipient);
    return this.#say(this.#conversations.get(id) ?? makeConversation(id, recipient), text, options);
  }

  async sendTo(
    id: ConversationId,
    text: string,
    options: Parameters<ChatClient['sendTo']>[2] = {},
  ): Promise<Message> {
    const conversation = this.#conversations.get(id);
    if (conversation === undefined) throw new SirdasError('UNKNOWN_CONVERSATION', 'none');
    return this.#say(conversation, text, options);
  }

  async edit(_id: ConversationId, _message: Message['id'], text: string): Promise<void> {
    this.#note(`edit ${text}`);
  }

  async deleteForAll(): Promise<void> {
    this.#note('delete');
  }

  async react(_id: ConversationId, { sender }: { readonly sender: Nickname }, emoji: string): Promise<void> {
    this.#note(`react ${sender} ${emoji}`);
  }

  async setTimer(_id: ConversationId, ms: number): Promise<void> {
    this.#note(`timer ${ms}`);
  }

  setActivity(_id: ConversationId, activity: string): void {
    this.calls.push(`activity ${activity}`);
  }

  async setPreferences(preferences: object): Promise<void> {
    this.#note(`preferences ${JSON.stringify(preferences)}`);
  }

  provenance({ sender, device: from, envelope }: Message) {
    const key = new Uint8Array(32).fill(0xab);
    return {
      ...{ sender, device: from, deviceName: 'phone', signatureKey: key, isRevoked: false },
      ...{ identityKey: key, verifiedMs: null, envelope },
    };
  }

  safetyNumber(): string {
    return Array(12).fill('12345').join(' ');
  }

  async markVerified(nickname: string, safetyNumber: string): Promise<void> {
    this.calls.push(`verified ${nickname} ${safetyNumber === this.safetyNumber()}`);
  }

  async acceptKeyChange(nickname: string): Promise<void> {
    this.calls.push(`accepted ${nickname}`);
  }

  async setProfile(profile: Profile): Promise<void> {
    this.account = { ...this.account, ...profile };
  }

  async setVisible(visible: boolean): Promise<void> {
    this.calls.push(`visible ${visible}`);
  }

  async createInvite(): Promise<NewInvite> {
    const link = 'http://localhost:6080/i#AAAA';
    return { id: toInviteId(new Uint8Array(8)), usesLeft: 1, expiresMs: 0, grantsInvites: false, link };
  }

  on<Type extends SirdasEventType>(type: Type, handler: (event: EventOf<Type>) => void): () => void {
    const listener = (event: SirdasEvent) => {
      if (isOfType(event, type)) handler(event);
    };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #say(
    conversation: Conversation,
    text: string,
    { replyTo }: NonNullable<Parameters<ChatClient['send']>[2]>,
  ): Message {
    this.#fail();
    const { id } = conversation;
    const message = makeMessage(this.#count(id), text, {
      conversation: id,
      sender: this.account.nickname,
      direction: 'out',
      delivery: 'queued',
      body: { kind: 'text', text, replyTo: replyTo ?? null },
    });
    this.#save(id, message);
    this.emit({ type: 'message', message });
    this.#update({ ...conversation, lastMessage: message, unread: 0 });
    return message;
  }

  #note(call: string): void {
    this.#fail();
    this.calls.push(call);
  }

  #fail(): void {
    const { failure } = this;
    this.failure = null;
    if (failure !== null) throw failure;
  }

  #count(id: ConversationId): number {
    return this.#messages.get(id)?.length ?? 0;
  }

  #save(id: ConversationId, message: Message): Message {
    this.#messages.set(id, [...(this.#messages.get(id) ?? []), message]);
    return message;
  }

  #update(conversation: Conversation): void {
    this.#conversations.set(conversation.id, conversation);
    this.emit({ type: 'conversation', conversation });
  }
}

export function makeContact(nickname: Nickname, changes: Partial<Contact> = {}): Contact {
  return {
    nickname,
    displayName: '',
    chosenColour: null,
    identityKey: new Uint8Array(32),
    verifiedMs: null,
    changedKey: null,
    heldLetters: 0,
    ...changes,
  };
}

export function makeDevice(name: string, isThis = false): Device {
  const bytes = new TextEncoder().encode(name.padEnd(16, '.')).subarray(0, 16);
  return { id: toDeviceId(bytes), name, signatureKey: new Uint8Array(32), addedMs: 0, isThis };
}

/** Without messages; `nickname` null: to become a group. */
function makeConversation(id: ConversationId, nickname: Nickname | null): Conversation {
  return {
    id,
    kind: 'direct',
    with: nickname,
    name: '',
    members: [],
    lastMessage: null,
    unread: 0,
    forwardSecret: true,
    postQuantum: true,
    expiresAfterMs: 0,
    state: 'active',
  };
}

function prepareName(typed: string): Nickname {
  try {
    return prepareNickname(typed);
  } catch (cause) {
    throw new SirdasError('BAD_NICKNAME', 'no nickname', { cause });
  }
}

function isOfType<Type extends SirdasEventType>(event: SirdasEvent, type: Type): event is EventOf<Type> {
  return event.type === type;
}
