// What a person says in a conversation, and about messages that are there: texts, edits, deletions, reactions, timers. Checked
// against the same rules that receivers apply (vault/amend-message.ts), saved together with the outbox item, and seen here at once.
// Called by sirdas.ts. SPEC §6.5, §6.6.

import type { RandomSource } from '@sirdas/crypto';
import { isReactionEmoji, LIMITS, type MessageId, type Nickname, toMessageId } from '@sirdas/protocol';
import type { Clock } from '../clock.ts';
import type { Conversations } from '../conversations.ts';
import { SirdasError } from '../errors.ts';
import type { Message, MessageBody, MessageReference } from '../model.ts';
import type { Outbox } from '../outbox.ts';
import type { OwnAccount } from '../own-account.ts';
import { amendMessage } from '../vault/amend-message.ts';
import type { Amendment, ConversationState, MessageAmendment, OutboxItem, Vault } from '../vault/vault.ts';
import { type Draft, encodeDraft, writeReference } from './content-maker.ts';
import { untouched } from './message-composer.ts';
import type { MessageTeller } from './message-teller.ts';
import type { Receipts } from './receipts.ts';

const MESSAGE_ID_BYTES = 16;

export interface MessageActionsOptions {
  readonly own: OwnAccount;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly conversations: Conversations;
  readonly outbox: Outbox;
  readonly teller: MessageTeller;
  readonly receipts: Receipts;
}

export type Place = Pick<ConversationState, 'id' | 'with'>;

export class MessageActions {
  readonly #options: MessageActionsOptions;

  constructor(options: MessageActionsOptions) {
    this.#options = options;
  }

  /** Throws NO_ACCOUNT, CONVERSATION_OVER. */
  async sendToPerson(nickname: Nickname, text: string, replyTo?: MessageReference): Promise<Message> {
    const id = this.#options.conversations.identify(nickname);
    const place = this.#options.conversations.find(id) ? this.#needOpen(id) : { id, with: nickname };
    return this.#sendText(place, { kind: 'text', text, replyTo: replyTo ?? null });
  }

  /** Throws UNKNOWN_CONVERSATION, CONVERSATION_OVER. */
  async send(conversation: Place['id'], text: string, replyTo?: MessageReference): Promise<Message> {
    return this.#sendText(this.#needOpen(conversation), { kind: 'text', text, replyTo: replyTo ?? null });
  }

  /** Throws UNKNOWN_CONVERSATION, CONVERSATION_OVER, NOT_YOURS, TOO_LATE. */
  async edit(conversation: Place['id'], id: MessageId, text: string): Promise<void> {
    const place = this.#needOpen(conversation);
    const message = await this.#needOwn(place, id);
    const editedMs = this.#options.clock.nowMs();
    const amendment = { what: 'edit', text, editedMs } as const;
    // CLI-071
    if (!this.#changes(message, amendment)) {
      throw new SirdasError('TOO_LATE', 'this message cannot be edited any more');
    }
    const body = { case: 'edit', value: { messageId: writeReference(message).messageId, text } } as const;
    await this.#say(place, { body, about: [refer(message, amendment)], timeMs: editedMs });
  }

  /** Throws UNKNOWN_CONVERSATION, CONVERSATION_OVER, NOT_YOURS. */
  async deleteForAll(conversation: Place['id'], id: MessageId): Promise<void> {
    const place = this.#needOpen(conversation);
    const message = await this.#needOwn(place, id);
    const amendment = { what: 'delete' } as const;
    if (!this.#changes(message, amendment)) return;
    const { messageId } = writeReference(message);
    await this.#say(place, {
      body: { case: 'delete', value: { messageId } },
      about: [refer(message, amendment)],
    });
  }

  /** Empty: takes the own one back. Throws UNKNOWN_CONVERSATION, CONVERSATION_OVER, UNKNOWN_MESSAGE, BAD_REACTION. */
  async react(conversation: Place['id'], reference: MessageReference, emoji: string): Promise<void> {
    const place = this.#needOpen(conversation);
    if (emoji !== '' && !isReactionEmoji(emoji)) {
      throw new SirdasError('BAD_REACTION', 'a reaction is one emoji');
    }
    const message = await this.#need(place, reference);
    const amendment = { what: 'reaction', from: this.#options.own.need().nickname, emoji } as const;
    if (!this.#changes(message, amendment)) return;
    const body = { case: 'reaction', value: { message: writeReference(reference), emoji } } as const;
    await this.#say(place, { body, about: [refer(message, amendment)] });
  }

  /** 0: what is sent from now on stays. Throws UNKNOWN_CONVERSATION, CONVERSATION_OVER, BAD_TIMER. */
  async setTimer(conversation: Place['id'], expiresAfterMs: number): Promise<void> {
    const place = this.#needOpen(conversation);
    const isTimer = Number.isSafeInteger(expiresAfterMs) && expiresAfterMs >= 0;
    if (!isTimer || expiresAfterMs > LIMITS.MAX_EXPIRY_MS) {
      throw new SirdasError('BAD_TIMER', 'a time that messages cannot have');
    }
    if (place.expiresAfterMs === expiresAfterMs) return;
    const line = { kind: 'event', event: { what: 'timer', expiresAfterMs } } as const;
    const { delivery: _, ...message } = this.#newMessage(place, line, 0);
    const body = { case: 'timer', value: { expiresAfterMs } } as const;
    await this.#queue(message, place, encodeDraft(this.#describe(message, body)), {
      conversations: [{ id: place.id, expiresAfterMs }],
    });
  }

  /** `position` null: everything. What disappears begins to go. A conversation without messages is left alone. */
  async markRead(id: Place['id'], position: number | null): Promise<void> {
    const { conversations, vault, clock, teller } = this.#options;
    const state = conversations.find(id);
    if (!state) return;
    const readPosition = Math.min(position ?? state.lastPosition, state.lastPosition);
    if (readPosition <= state.readPosition) return;
    const read = conversations.listUnread(id).filter((message) => message.position <= readPosition);
    const nowMs = clock.nowMs();
    const amendments = read
      .filter(({ expiresAfterMs }) => expiresAfterMs > 0)
      .map(({ sender, id: message, expiresAfterMs }) => ({
        ...{ sender, id: message, conversation: id },
        amendment: { what: 'expires', expiresMs: nowMs + expiresAfterMs } as const,
      }));
    const change = { id, readPosition };
    teller.tell(await vault.save({ conversations: [change], amendments }), [change]);
    this.#options.receipts.noteRead(id, read);
  }

  async #sendText(place: Place, body: MessageBody): Promise<Message> {
    const known = this.#options.conversations.find(place.id);
    const message = this.#newMessage(place, body, known?.expiresAfterMs ?? 0);
    const change = { id: place.id, hasWritten: true, ...(place.with === null ? {} : { with: place.with }) };
    const { messages } = await this.#queue(message, place, null, { conversations: [change] });
    const [added] = messages;
    if (!added) throw new Error('a new message id was known already');
    return added;
  }

  /** Says something about messages that are there: no line of its own. */
  async #say(
    place: Place,
    said: {
      readonly body: Draft['body'];
      readonly about: readonly MessageAmendment[];
      readonly timeMs?: number;
    },
  ): Promise<void> {
    const id = this.#drawId();
    const timeMs = said.timeMs ?? this.#options.clock.nowMs();
    const content = encodeDraft({ id, conversation: place.id, timeMs, body: said.body });
    const item = { message: id, conversation: place.id, recipient: place.with, content };
    await this.#options.outbox.add(null, item, { amendments: said.about });
  }

  #queue(
    message: Omit<Message, 'position'>,
    place: Place,
    content: OutboxItem['content'],
    change: Parameters<Outbox['add']>[2],
  ) {
    const { id, conversation } = message;
    return this.#options.outbox.add(
      message,
      { message: id, conversation, recipient: place.with, content },
      change,
    );
  }

  #newMessage(place: Place, body: MessageBody, expiresAfterMs: number): Omit<Message, 'position'> {
    const { own, clock, conversations } = this.#options;
    const { nickname: sender, device } = own.need();
    const nowMs = clock.nowMs();
    return {
      ...{ id: this.#drawId(), conversation: place.id, sender, device, direction: 'out' },
      ...{ sentMs: nowMs, savedMs: nowMs, body, delivery: 'queued', missingBefore: 0 },
      envelope: conversations.find(place.id)?.group ? 'mls' : 'classic',
      ...untouched,
      expiresAfterMs,
    };
  }

  #describe({ id, conversation, sentMs }: Omit<Message, 'position'>, body: Draft['body']): Draft {
    return { id, conversation, timeMs: sentMs, body };
  }

  async #needOwn(place: Place, id: MessageId): Promise<Message> {
    const { nickname } = this.#options.own.need();
    const found = await this.#options.vault.readMessage(nickname, id);
    if (found?.conversation === place.id) return this.#needSaid(found);
    throw new SirdasError('NOT_YOURS', 'an account changes its own messages only');
  }

  async #need(place: Place, { sender, id }: MessageReference): Promise<Message> {
    const message = await this.#options.vault.readMessage(sender, id);
    if (message?.conversation === place.id) return this.#needSaid(message);
    throw new SirdasError('UNKNOWN_MESSAGE', 'there is no such message');
  }

  #needSaid(message: Message): Message {
    if (message.body.kind !== 'event') return message;
    throw new SirdasError('UNKNOWN_MESSAGE', 'what happened is no message');
  }

  #changes(message: Message, amendment: Amendment): boolean {
    return amendMessage(message, refer(message, amendment)) !== message;
  }

  #needOpen(id: Place['id']): ConversationState {
    this.#options.own.need();
    const state = this.#options.conversations.need(id);
    if (state.state !== 'left' && state.state !== 'removed') return state;
    throw new SirdasError('CONVERSATION_OVER', 'this account is not in the conversation any more');
  }

  #drawId(): MessageId {
    return toMessageId(this.#options.random(MESSAGE_ID_BYTES));
  }
}

function refer({ sender, id, conversation }: Message, amendment: Amendment): MessageAmendment {
  return { sender, id, conversation, amendment };
}
