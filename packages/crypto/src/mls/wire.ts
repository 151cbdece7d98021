// The outermost form of everything that comes from the wire (RFC 9420 §6): one whole MLSMessage in the one encoding that we
// would write ourselves. The library's decoder tolerates trailing bytes and lengths written longer than needed.
import { equalBytes } from '@sirdas/protocol';
import type { Decoder } from 'ts-mls/codec/tlsDecoder.js';
import type { Encoder } from 'ts-mls/codec/tlsEncoder.js';
import { decodeMlsMessage, encodeMlsMessage, type MLSMessage } from 'ts-mls/message.js';

/** One encoding that is decoded strictly. */
export interface StrictCodec<T> {
  readonly decode: Decoder<T>;
  readonly encode: Encoder<T>;
}

const MESSAGE_CODEC: StrictCodec<MLSMessage> = { decode: decodeMlsMessage, encode: encodeMlsMessage };

/** Null unless the bytes are exactly one value in its canonical encoding. */
export function decodeStrictly<T>(codec: StrictCodec<T>, bytes: Uint8Array): T | null {
  try {
    const decoded = codec.decode(bytes, 0);
    // CRY-031: a byte that was not read is missing in what is written.
    return decoded && equalBytes(codec.encode(decoded[0]), bytes) ? decoded[0] : null;
  } catch {
    return null;
  }
}

/** Null unless the bytes are exactly one MLSMessage of that kind. */
export function decodeMessage<Kind extends MLSMessage['wireformat']>(
  kind: Kind,
  bytes: Uint8Array,
): (MLSMessage & { wireformat: Kind }) | null {
  const message = decodeStrictly(MESSAGE_CODEC, bytes);
  return message !== null && isKind(message, kind) ? message : null;
}

export function encodeMessage(message: MLSMessage): Uint8Array {
  return encodeMlsMessage(message);
}

function isKind<Kind extends MLSMessage['wireformat']>(
  message: MLSMessage,
  kind: Kind,
): message is MLSMessage & { wireformat: Kind } {
  return message.wireformat === kind;
}
