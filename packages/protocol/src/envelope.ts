// Envelopes: what clients put into logs (SPEC §6, §7, §11). Syntax only; the crypto package seals and opens them.
import type { MessageShape } from '@bufbuild/protobuf';
import {
  ClassicHeaderSchema,
  type ClassicLetterSchema,
  EnvelopeSchema,
  type MlsWelcomeSchema,
} from './gen/sirdas_pb.ts';
import type { Nickname } from './ids.ts';
import { LABELS, labelledInput } from './labelled-input.ts';
import { parseNickname } from './nickname.ts';
import { decodeCanonical, decodePlain, encodePlain, type Plain } from './plain-message.ts';

/** Fields as in sirdas.proto, `Envelope`. `kind.case` is undefined for an envelope of a later version. */
export type Envelope = Plain<MessageShape<typeof EnvelopeSchema>>;
export type ClassicLetter = Plain<MessageShape<typeof ClassicLetterSchema>>;
/** Fields as in sirdas.proto, `MlsWelcome`. */
export type MlsWelcome = Plain<MessageShape<typeof MlsWelcomeSchema>>;
export type ClassicHeader = Omit<Plain<MessageShape<typeof ClassicHeaderSchema>>, 'sender' | 'recipient'> & {
  readonly sender: Nickname;
  readonly recipient: Nickname;
};

export function encodeEnvelope(envelope: Envelope): Uint8Array<ArrayBuffer> {
  return encodePlain(EnvelopeSchema, envelope);
}

/** Throws MALFORMED or NOT_CANONICAL; an envelope of a later version has `kind.case` undefined. */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const envelope = decodePlain(EnvelopeSchema, bytes);
  return envelope.kind.case === undefined ? envelope : decodeCanonical(EnvelopeSchema, bytes);
}

export function encodeClassicHeader(header: ClassicHeader): Uint8Array<ArrayBuffer> {
  return encodePlain(ClassicHeaderSchema, header);
}

/** Throws MALFORMED, NOT_CANONICAL or BAD_NICKNAME. */
export function decodeClassicHeader(bytes: Uint8Array): ClassicHeader {
  const header = decodeCanonical(ClassicHeaderSchema, bytes);
  return { ...header, sender: parseNickname(header.sender), recipient: parseNickname(header.recipient) };
}

/** What the sender's identity key signs (SPEC §7.2). */
export function classicHeaderInput(headerBytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return labelledInput(LABELS.classicHeader, [headerBytes]);
}
