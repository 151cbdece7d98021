// Makes one vault change out of opened contents and of things that happened: messages and event lines, what is said about
// messages that are there already, counters from which holes show (SPEC §6.2), and conversations. Knows nothing of how a content
// travelled: letters and groups use the same code (letter-settler.ts, groups/). SPEC §6.5, §6.6.
import {
  type Content,
  type ContentBody,
  type ConversationId,
  type DeviceId,
  type MessageId,
  type Nickname,
  toConversationId,
  toDeviceId,
  toMessageId,
} from '@sirdas/protocol';
import { type CounterName, type Counters, nameCounter } from '../counters.ts';
import type { ConversationEvent, Message, MessageBody } from '../model.ts';
import type { ClaimedAccount } from '../own-account.ts';
import type {
  Amendment,
  ConversationChange,
  MessageAmendment,
  MessageCounter,
  VaultChange,
} from '../vault/vault.ts';
import { readReference } from './content-maker.ts';

type NewMessage = Omit<Message, 'position'>;

export interface MessageComposerOptions {
  readonly own: Pick<ClaimedAccount, 'nickname' | 'device'>;
  readonly counters: Counters;
  readonly nowMs: number;
}

/** A content whose sender is certain. */
export interface ArrivedContent {
  readonly content: Content;
  readonly sender: Nickname;
  /** `out`: from an own device. */
  readonly direction: 'in' | 'out';
  /** What is known of its conversation, at least the id. */
  readonly conversation: ConversationChange;
  readonly envelope: 'classic' | 'mls';
  readonly savedMs: number;
}

export interface HappenedEvent {
  /** Made from where it happened. */
  readonly id: MessageId;
  readonly conversation: ConversationId;
  /** Who did it. */
  readonly sender: Nickname;
  readonly device: DeviceId;
  readonly sentMs: number;
  readonly event: ConversationEvent;
  readonly envelope?: 'classic' | 'mls';
}

export type ComposedChange = Required<
  Pick<VaultChange, 'messages' | 'conversations' | 'counters' | 'amendments'>
>;

/** What a content's counter says. */
interface Count {
  readonly of: CounterName;
  /** False: this content, or a later one of its device, has been here before. */
  readonly isNew: boolean;
  /** How many before it have not come and were not told yet. */
  readonly missing: number;
}

type SaidContent = Pick<ArrivedContent, 'content' | 'sender'>;

export class MessageComposer {
  readonly #options: MessageComposerOptions;
  readonly #messages: NewMessage[] = [];
  readonly #amendments: MessageAmendment[] = [];
  readonly #conversations = new Map<ConversationId, ConversationChange>();
  readonly #counters = new Map<string, MessageCounter>();
  #ignored = 0;

  constructor(options: MessageComposerOptions) {
    this.#options = options;
  }

  /** How many contents said what their senders may not say: they leave no trace. */
  get ignored(): number {
    return this.#ignored;
  }

  add(arrived: ArrivedContent): void {
    const { body } = arrived.content;
    const count = this.#count(arrived);
    this.change(arrived.conversation);
    switch (body.case) {
      case 'text':
      case undefined:
        this.#addMessage(
          arrived,
          count,
          body.case === 'text' ? readText(body.value) : { kind: 'unsupported' },
        );
        return;
      case 'timer':
        this.#setTimer(arrived, count, body.value);
        return;
      case 'edit': {
        this.#amend(arrived, count, [this.#readEdit(arrived, body.value)]);
        return;
      }
      case 'delete':
        this.#amend(arrived, count, [this.#ofSender(arrived, body.value.messageId, { what: 'delete' })]);
        return;
      case 'reaction':
        this.#amend(arrived, count, this.#readReaction(arrived, body.value));
        return;
      case 'receipt':
        this.#amend(arrived, count, this.#readReceipt(arrived, body.value));
        return;
      // Whoever removes the sender writes the line.
      case 'leave':
        this.#amend(arrived, count, []);
        return;
    }
  }

  /**
   * An own content has been met in its place in the log. What it says about a message was done here when it was written; own other devices
   * may have said something else since, which stands before it for everybody else.
   */
  confirm(said: SaidContent): void {
    const { body } = said.content;
    if (body.case === 'edit') this.#amendments.push(this.#readEdit(said, body.value));
    if (body.case === 'reaction') this.#amendments.push(...this.#readReaction(said, body.value));
  }

  /** A line that tells what happened. */
  addEvent(happened: HappenedEvent): void {
    const { envelope = 'mls', event, ...rest } = happened;
    const direction = happened.sender === this.#options.own.nickname ? 'out' : 'in';
    this.change({ id: happened.conversation });
    this.#messages.push({
      ...rest,
      ...{ direction, envelope, savedMs: this.#options.nowMs, body: { kind: 'event', event } },
      ...{ missingBefore: 0, ...untouched },
    });
  }

  /** Devices that were in the conversation before this one: nobody here knows how much they have said. */
  meetDevices(conversation: ConversationId, devices: readonly Omit<CounterName, 'conversation'>[]): void {
    for (const { sender, device } of devices) {
      const of = { conversation, sender, device };
      if (!this.#findCounter(of)) this.#counters.set(nameCounter(of), { ...of, counter: null, untold: 0 });
    }
  }

  change(conversation: ConversationChange): void {
    this.#conversations.set(conversation.id, {
      ...this.#conversations.get(conversation.id),
      ...conversation,
    });
  }

  finish(): ComposedChange {
    return {
      messages: this.#messages,
      conversations: [...this.#conversations.values()],
      counters: [...this.#counters.values()],
      amendments: this.#amendments,
    };
  }

  #addMessage(arrived: ArrivedContent, count: Count, body: MessageBody): void {
    const { content, sender, direction, envelope, savedMs } = arrived;
    const expiresAfterMs = content.body.case === 'text' ? content.body.value.expiresAfterMs : 0;
    const isOwn = direction === 'out';
    this.#messages.push({
      ...describeContent(content),
      ...{ sender, direction, savedMs, body, envelope, missingBefore: this.#tellMissing(count) },
      ...(isOwn ? { delivery: 'accepted' } : {}),
      ...untouched,
      expiresAfterMs,
      // Another own device has sent it: it is at the relay.
      expiresMs: isOwn && expiresAfterMs > 0 ? savedMs + expiresAfterMs : null,
    });
    if (isOwn) this.change({ id: toConversationId(content.conversation), hasWritten: true });
  }

  #setTimer(arrived: ArrivedContent, count: Count, { expiresAfterMs }: ContentBody<'timer'>): void {
    const { content, sender, direction, envelope, savedMs } = arrived;
    // CLI-074
    if (!count.isNew) return;
    this.change({ id: toConversationId(content.conversation), expiresAfterMs });
    this.#messages.push({
      ...describeContent(content),
      ...{ sender, direction, savedMs, envelope, missingBefore: this.#tellMissing(count) },
      body: { kind: 'event', event: { what: 'timer', expiresAfterMs } },
      ...untouched,
    });
  }

  #amend(arrived: ArrivedContent, count: Count, amendments: readonly MessageAmendment[]): void {
    if (!count.isNew) return;
    const { content } = arrived;
    if (amendments.length === 0 && content.body.case !== 'leave') this.#ignored++;
    this.#amendments.push(...amendments);
  }

  #readEdit(said: SaidContent, { text, messageId }: ContentBody<'edit'>): MessageAmendment {
    return this.#ofSender(said, messageId, { what: 'edit', text, editedMs: said.content.timeMs });
  }

  /** CLI-072: of the sender's own messages, by the way they are named. */
  #ofSender({ content, sender }: SaidContent, messageId: Uint8Array, amendment: Amendment): MessageAmendment {
    return {
      ...{ sender, id: toMessageId(messageId), amendment },
      conversation: toConversationId(content.conversation),
    };
  }

  #readReaction(arrived: SaidContent, { message, emoji }: ContentBody<'reaction'>): MessageAmendment[] {
    if (!message) return [];
    const conversation = toConversationId(arrived.content.conversation);
    const amendment = { what: 'reaction', from: arrived.sender, emoji } as const;
    return [{ ...readReference(message), conversation, amendment }];
  }

  /** CLI-073: others tell about own messages; what they say about those of third ones is nothing to this account. */
  #readReceipt(arrived: ArrivedContent, { messages, read }: ContentBody<'receipt'>): MessageAmendment[] {
    if (arrived.direction === 'out') return [];
    const conversation = toConversationId(arrived.content.conversation);
    const amendment = { what: read ? 'read' : 'delivered', by: arrived.sender } as const;
    return messages
      .filter(({ sender }) => sender === this.#options.own.nickname)
      .map((message) => ({ ...readReference(message), conversation, amendment }));
  }

  #count({ content, sender }: ArrivedContent): Count {
    const conversation = toConversationId(content.conversation);
    const of = { conversation, sender, device: toDeviceId(content.device) };
    // The counter of this very device is the sealer's: an own content that the relay sends back must not touch it.
    const isOwnDevice = sender === this.#options.own.nickname && of.device === this.#options.own.device;
    if (isOwnDevice) return { of, isNew: false, missing: 0 };
    // CLI-027: kept per sender, so that nobody can move the counters of somebody else's device.
    const known = this.#findCounter(of);
    const seen = known ? known.counter : 0;
    const untold = known?.untold ?? 0;
    // CLI-074
    if (seen !== null && content.counter <= seen) return { of, isNew: false, missing: 0 };
    // CLI-032
    const missing = untold + (seen === null ? 0 : content.counter - seen - 1);
    this.#counters.set(nameCounter(of), { ...of, counter: content.counter, untold: missing });
    return { of, isNew: true, missing };
  }

  /** The message that shows a hole is the next one with a line of its own. */
  #tellMissing({ of, missing }: Count): number {
    const counter = this.#counters.get(nameCounter(of));
    if (counter && missing > 0) this.#counters.set(nameCounter(of), { ...counter, untold: 0 });
    return missing;
  }

  #findCounter(of: CounterName): MessageCounter | null {
    return this.#counters.get(nameCounter(of)) ?? this.#options.counters.find(of);
  }
}

/** Of a message to which nothing has happened yet. */
export const untouched = {
  editedMs: null,
  reactions: [],
  deliveredTo: [],
  readBy: [],
  expiresAfterMs: 0,
  expiresMs: null,
} as const satisfies Partial<Message>;

function describeContent(content: Content) {
  return {
    id: toMessageId(content.messageId),
    conversation: toConversationId(content.conversation),
    device: toDeviceId(content.device),
    sentMs: content.timeMs,
  };
}

function readText({ text, replyTo }: ContentBody<'text'>): MessageBody {
  return { kind: 'text', text, replyTo: replyTo ? readReference(replyTo) : null };
}
