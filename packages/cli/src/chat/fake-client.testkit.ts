// Stands in for the SDK in the tests of the full-screen program: conversations in memory, and a way to let things happen.
import {
  type Account,
  type Contact,
  type Conversation,
  type ConversationId,
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
    classicOnly: true,
  };
  link: LinkState = { state: 'online' };
  people: readonly OnlinePerson[] = [];
  /** Names that the directory knows. */
  known = new Set<Nickname>();
  readonly calls: string[] = [];
  readonly #messages = new Map<ConversationId, Message[]>();
  readonly #conversations = new Map<ConversationId, Conversation>();
  readonly #listeners = new Set<(event: SirdasEvent) => void>();

  /** Puts `texts` into the conversation with `nickname`, `unread` of them unread; says nothing. */
  fill(nickname: Nickname, texts: readonly string[], unread = 0): void {
    const id = this.conversationWith(nickname);
    const messages = texts.map((text, position) =>
      makeMessage(position, text, { conversation: id, sender: nickname }),
    );
    this.#messages.set(id, messages);
    this.#conversations.set(id, {
      id,
      with: nickname,
      lastMessage: messages.at(-1) ?? null,
      unread,
      forwardSecret: false,
    });
    this.known.add(nickname);
  }

  /** A message arrives, with the event about its conversation. */
  receive(nickname: Nickname, text: string): Message {
    const id = this.conversationWith(nickname);
    const message = this.#save(
      id,
      makeMessage(this.#count(id), text, { conversation: id, sender: nickname }),
    );
    this.emit({ type: 'message', message });
    const unread = (this.#conversations.get(id)?.unread ?? 0) + 1;
    this.#update({ id, with: nickname, lastMessage: message, unread, forwardSecret: false });
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
    return [];
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
    return {
      nickname,
      displayName: '',
      chosenColour: null,
      identityKey: new Uint8Array(32),
      verifiedMs: null,
      changedKey: null,
      heldLetters: 0,
    };
  }

  conversationWith(nickname: string): ConversationId {
    const bytes = new Uint8Array(16);
    bytes.set(new TextEncoder().encode(nickname).subarray(0, 16));
    return toConversationId(bytes);
  }

  async send(typed: string, text: string): Promise<Message> {
    const recipient = prepareName(typed);
    const id = this.conversationWith(recipient);
    const { nickname } = this.account;
    const message = makeMessage(this.#count(id), text, {
      conversation: id,
      sender: nickname,
      direction: 'out',
    });
    const queued = this.#save(id, { ...message, delivery: 'queued' });
    this.emit({ type: 'message', message: queued });
    this.#update({ id, with: recipient, lastMessage: queued, unread: 0, forwardSecret: false });
    return queued;
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
