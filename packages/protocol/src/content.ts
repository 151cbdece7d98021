// What is inside an envelope: Content, its padding, its text (SPEC §6.2). Both ends use it; the relay never sees one.
import type { MessageShape } from '@bufbuild/protobuf';
import { encodeUtf8 } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import { ContentSchema } from './gen/sirdas_pb.ts';
import { LIMITS } from './limits.ts';
import { decodeCanonical, decodePlain, encodePlain, type Plain } from './plain-message.ts';

/** Fields as in sirdas.proto, `Content`. `body.case` is undefined for a body of a later version. */
export type Content = Plain<MessageShape<typeof ContentSchema>>;

const MIN_PADDED_BYTES = 256;
const PADDING_MARK = 0x80;

/** Encodes and pads; the result has 256, 512 … 65536 bytes. Throws BAD_TEXT. */
export function encodeContent(content: Content): Uint8Array<ArrayBuffer> {
  checkBody(content);
  return pad(encodePlain(ContentSchema, content));
}

/** Throws BAD_PADDING, MALFORMED, NOT_CANONICAL or BAD_TEXT. */
export function decodeContent(padded: Uint8Array): Content {
  const bytes = unpad(padded);
  const content = decodePlain(ContentSchema, bytes);
  // The body of a newer client is a field that is unknown here.
  if (content.body.case === undefined) return content;
  decodeCanonical(ContentSchema, bytes);
  checkBody(content);
  return content;
}

/** True when the text can be sent: 1 to MAX_TEXT_BYTES bytes of well-formed Unicode. */
export function isSendableText(text: string): boolean {
  return text.length > 0 && text.isWellFormed() && encodeUtf8(text).length <= LIMITS.MAX_TEXT_BYTES;
}

function checkBody(content: Content): void {
  // PRO-011
  if (content.body.case === 'text' && !isSendableText(content.body.value.text)) {
    throw new ProtocolError('BAD_TEXT', `text must have 1 to ${LIMITS.MAX_TEXT_BYTES} bytes of UTF-8`);
  }
}

function pad(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(paddedLength(bytes.length));
  padded.set(bytes);
  padded[bytes.length] = PADDING_MARK;
  return padded;
}

function unpad(padded: Uint8Array): Uint8Array {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end--;
  // PRO-008
  if (end < 0 || padded[end] !== PADDING_MARK || padded.length !== paddedLength(end)) {
    throw new ProtocolError('BAD_PADDING', 'padding is not as SPEC §6.2 says');
  }
  return padded.subarray(0, end);
}

/** The bucket for that many bytes and the padding mark. */
function paddedLength(contentBytes: number): number {
  let length = MIN_PADDED_BYTES;
  while (length < contentBytes + 1) length *= 2;
  // PRO-008
  if (length > LIMITS.MAX_CONTENT_BYTES) throw new ProtocolError('BAD_PADDING', 'content is too large');
  return length;
}
