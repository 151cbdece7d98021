// Contents of this device, before they are sealed (SPEC §6.2, §6.4): what a message of the vault says, or what is said about one.
// A draft waits in the outbox without counter, since that is given when it is sealed. Used by message-actions.ts, receipts.ts
// and by what seals: letter-sealer.ts and groups/.
import {
  type Content,
  type MessageReference as ContentReference,
  type DeviceId,
  decodeContent,
  encodeContent,
  fromId,
  type MessageId,
  toMessageId,
} from '@sirdas/protocol';
import { SirdasError } from '../errors.ts';
import type { Message, MessageReference } from '../model.ts';
import type { OutboxItem } from '../vault/vault.ts';

const DEVICE_BYTES = 16;

export interface Draft {
  readonly id: MessageId;
  readonly conversation: OutboxItem['conversation'];
  readonly timeMs: number;
  readonly body: Content['body'];
}

/** What is known only when it is sealed. */
export interface Stamp {
  readonly device: DeviceId;
  readonly counter: number;
  readonly nowMs: number;
}

/** For `OutboxItem.content`. */
export function encodeDraft({ id, conversation, timeMs, body }: Draft): Uint8Array<ArrayBuffer> {
  return encodeContent({
    messageId: fromId(id),
    timeMs,
    conversation: fromId(conversation),
    // Replaced when it is sealed.
    device: new Uint8Array(DEVICE_BYTES),
    counter: 0,
    body,
  });
}

/** `message` is the one that the item names, as the vault has it. Throws UNKNOWN_MESSAGE. */
export function makeContent(item: OutboxItem, message: Message | null, stamp: Stamp): Content {
  const draft = item.content ? decodeContent(item.content) : describeMessage(message);
  return {
    ...draft,
    // Something from a time when this clock was ahead would be refused as from the future.
    timeMs: Math.min(draft.timeMs, stamp.nowMs),
    device: fromId(stamp.device),
    counter: stamp.counter,
  };
}

/** The last thing that an account says in a group. */
export function isLeave({ content }: OutboxItem): boolean {
  return content !== null && decodeContent(content).body.case === 'leave';
}

export function writeReference({ sender, id }: MessageReference): ContentReference {
  return { sender, messageId: fromId(id) };
}

export function readReference({ sender, messageId }: ContentReference): MessageReference {
  return { sender, id: toMessageId(messageId) };
}

function describeMessage(
  message: Message | null,
): Pick<Content, 'messageId' | 'timeMs' | 'conversation' | 'body'> {
  if (message?.body.kind !== 'text') {
    throw new SirdasError('UNKNOWN_MESSAGE', 'the message to send is not in the vault any more');
  }
  const { text, replyTo } = message.body;
  const { expiresAfterMs } = message;
  return {
    messageId: fromId(message.id),
    timeMs: message.sentMs,
    conversation: fromId(message.conversation),
    body: {
      case: 'text',
      value: { text, expiresAfterMs, ...(replyTo ? { replyTo: writeReference(replyTo) } : {}) },
    },
  };
}
