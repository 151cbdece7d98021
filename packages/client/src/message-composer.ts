// Makes the messages of one vault change out of opened letters, and with them what belongs to the same change: counters,
// from which holes show (SPEC §6.2), and conversations. Used by letter-settler.ts.
import type { OpenedLetter } from '@sirdas/crypto';
import {
  type Content,
  type ConversationId,
  type Nickname,
  toConversationId,
  toDeviceId,
  toMessageId,
} from '@sirdas/protocol';
import type { Counters } from './counters.ts';
import type { Message, MessageBody } from './model.ts';
import type { ClaimedAccount } from './own-account.ts';
import type { ConversationChange, MessageCounter } from './vault/vault.ts';

type NewMessage = Omit<Message, 'position'>;

export interface MessageComposerOptions {
  readonly own: ClaimedAccount;
  readonly counters: Counters;
  readonly nowMs: number;
}

export class MessageComposer {
  readonly #options: MessageComposerOptions;
  readonly #messages: NewMessage[] = [];
  readonly #conversations = new Map<ConversationId, ConversationChange>();
  readonly #counters = new Map<string, MessageCounter>();

  constructor(options: MessageComposerOptions) {
    this.#options = options;
  }

  add({ header, direction, content }: OpenedLetter): void {
    const conversation = toConversationId(content.conversation);
    const message: NewMessage = {
      id: toMessageId(header.messageId),
      conversation,
      sender: header.sender,
      device: toDeviceId(content.device),
      direction,
      sentMs: header.timeMs,
      savedMs: this.#options.nowMs,
      body: readBody(content),
      ...(direction === 'out' ? { delivery: 'accepted' } : {}),
      missingBefore: this.#countMissing(header.sender, content),
      envelope: 'classic',
    };
    const other: Nickname = direction === 'out' ? header.recipient : header.sender;
    this.#messages.push(message);
    this.#conversations.set(conversation, { id: conversation, with: other, readPosition: 0 });
  }

  finish() {
    return {
      messages: this.#messages,
      conversations: [...this.#conversations.values()],
      counters: [...this.#counters.values()],
    };
  }

  /** How many of this device's messages before this one have not come. */
  #countMissing(sender: Nickname, content: Content): number {
    const of = {
      conversation: toConversationId(content.conversation),
      sender,
      device: toDeviceId(content.device),
    };
    // The counter of this very device is the outbox's: an own letter that the relay sends back must not touch it.
    const isOwnDevice = sender === this.#options.own.nickname && of.device === this.#options.own.device;
    if (isOwnDevice) return 0;
    // CLI-027: kept per sender, so that nobody can move the counters of somebody else's device.
    const key = `${of.conversation} ${of.sender} ${of.device}`;
    const seen = this.#counters.get(key)?.counter ?? this.#options.counters.get(of);
    if (content.counter <= seen) return 0;
    this.#counters.set(key, { ...of, counter: content.counter });
    // CLI-032
    return content.counter - seen - 1;
  }
}

function readBody({ body }: Content): MessageBody {
  return body.case === 'text' ? { kind: 'text', text: body.value.text } : { kind: 'unsupported' };
}
