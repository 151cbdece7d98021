// What is inside an envelope: Content and the rules of its bodies (SPEC §6.2, §6.4). Both ends use it; the relay
// never sees one.
import type { MessageShape } from '@bufbuild/protobuf';
import { encodeUtf8 } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import { ContentSchema, type MessageReferenceSchema } from './gen/sirdas_pb.ts';
import type { Nickname } from './ids.ts';
import { LIMITS } from './limits.ts';
import { parseNickname } from './nickname.ts';
import { pad, unpad } from './padding.ts';
import { decodeCanonical, decodePlain, encodePlain, type Plain } from './plain-message.ts';
import { isPrintable } from './printable-text.ts';

/** Fields as in sirdas.proto, `Content`. `body.case` is undefined for a body of a later version. */
export type Content = WithNicknames<Plain<MessageShape<typeof ContentSchema>>>;

type Body = Extract<Content['body'], { case: string }>;
export type ContentKind = Body['case'];
/** What a content of one kind says: `ContentBody<'reaction'>`. */
export type ContentBody<Kind extends ContentKind = ContentKind> = Extract<Body, { case: Kind }>['value'];

/** Names a message: a peer may reuse an id that somebody else gave. */
export interface MessageReference {
  readonly sender: Nickname;
  /** 16 bytes. */
  readonly messageId: Uint8Array;
}

type WireReference = Plain<MessageShape<typeof MessageReferenceSchema>>;
type WithNicknames<T> = T extends WireReference
  ? MessageReference
  : T extends Uint8Array
    ? Uint8Array
    : T extends readonly (infer Item)[]
      ? readonly WithNicknames<Item>[]
      : T extends object
        ? { readonly [K in keyof T]: WithNicknames<T[K]> }
        : T;

/** Nothing that anybody would see, whatever the font. */
const INVISIBLE = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}\p{M}]*$/u;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Encodes and pads; the result has 256, 512 … 65536 bytes. Throws BAD_TEXT, BAD_CONTENT or BAD_PADDING. */
export function encodeContent(content: Content): Uint8Array<ArrayBuffer> {
  checkBody(content.body);
  return pad(encodePlain(ContentSchema, content));
}

/** Throws BAD_PADDING, MALFORMED, NOT_CANONICAL, BAD_TEXT, BAD_CONTENT or BAD_NICKNAME. */
export function decodeContent(padded: Uint8Array): Content {
  const bytes = unpad(padded);
  // The body of a newer client is a field that is unknown here.
  const isKnown = decodePlain(ContentSchema, bytes).body.case !== undefined;
  const content = (isKnown ? decodeCanonical : decodePlain)(ContentSchema, bytes) as Content;
  checkBody(content.body);
  return content;
}

/** True when the text can be sent: 1 to MAX_TEXT_BYTES bytes of well-formed Unicode. */
export function isSendableText(text: string): boolean {
  return text.length > 0 && text.isWellFormed() && encodeUtf8(text).length <= LIMITS.MAX_TEXT_BYTES;
}

/** True for what a reaction may be: one grapheme cluster that can be seen, of at most MAX_REACTION_BYTES bytes. */
export function isReactionEmoji(text: string): boolean {
  if (!isPrintable(text, LIMITS.MAX_REACTION_BYTES) || INVISIBLE.test(text)) return false;
  return [...graphemes.segment(text)].length === 1;
}

/** SPEC §6.4. */
function checkBody(body: Content['body']): void {
  switch (body.case) {
    case 'text':
      checkText(body.value.text);
      checkExpiry(body.value.expiresAfterMs);
      if (body.value.replyTo) checkReference(body.value.replyTo);
      return;
    case 'edit':
      checkText(body.value.text);
      return;
    case 'reaction':
      checkReaction(body.value);
      return;
    case 'receipt':
      checkReceipt(body.value);
      return;
    case 'timer':
      checkExpiry(body.value.expiresAfterMs);
      return;
    case 'delete':
    case 'leave':
    case undefined:
      return;
  }
}

function checkText(text: string): void {
  // PRO-011
  if (!isSendableText(text)) {
    throw new ProtocolError('BAD_TEXT', `text must have 1 to ${LIMITS.MAX_TEXT_BYTES} bytes of UTF-8`);
  }
}

function checkReaction({ message, emoji }: ContentBody<'reaction'>): void {
  // PRO-015
  if (!message) refuse('a reaction to nothing');
  if (emoji !== '' && !isReactionEmoji(emoji)) refuse('a reaction that is not one grapheme');
  checkReference(message);
}

function checkReceipt({ messages }: ContentBody<'receipt'>): void {
  // PRO-016
  if (messages.length < 1 || messages.length > LIMITS.MAX_RECEIPT_MESSAGES)
    refuse('a receipt of no or too many');
  for (const message of messages) checkReference(message);
}

function checkExpiry(expiresAfterMs: number): void {
  // PRO-017
  if (expiresAfterMs > LIMITS.MAX_EXPIRY_MS) refuse('a time to disappear beyond the limit');
}

/** PRO-018, by its nickname. */
function checkReference({ sender }: MessageReference): void {
  parseNickname(sender);
}

function refuse(what: string): never {
  throw new ProtocolError('BAD_CONTENT', `content: ${what}`);
}
