// The outermost fields of a frame, read without decoding anything inside them: a megabyte can hold half a million messages
// of no bytes, and making those takes a second. And what the few large requests hold besides the bytes that they are there to
// carry. Called by frame.ts for frames that come to a relay. SPEC §3.
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { ProtocolError } from './errors.ts';

/** A frame has one field or two; a later version may add some. */
const MAX_FIELDS = 16;

export interface OutermostField {
  readonly number: number;
  /** Empty when the field is not length-delimited. */
  readonly body: Uint8Array;
}

/** Field numbers that lead from a message down to a byte field; the last one is that field's. */
export type FieldPath = readonly number[];

/** The outermost fields in their order, at most 16; throws MALFORMED. */
export function readOutermostFields(bytes: Uint8Array): OutermostField[] {
  const fields: OutermostField[] = [];
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      // PRO-012
      if (fields.length === MAX_FIELDS) throw new Error('too many fields');
      const [number, wireType] = reader.tag();
      // Nobody writes groups any more, and skipping one means reading all of it.
      if (wireType === WireType.StartGroup) throw new Error('a group');
      const isDelimited = wireType === WireType.LengthDelimited;
      const body = isDelimited ? reader.bytes() : new Uint8Array();
      if (!isDelimited) reader.skip(wireType, number);
      fields.push({ number, body });
    }
  } catch (cause) {
    throw new ProtocolError('MALFORMED', 'not a whole Frame', { cause });
  }
  return fields;
}

/** True when a message has more than `maxBytes` besides the content of the byte fields at these paths; throws MALFORMED. */
export function hasMoreBeside(
  message: Uint8Array,
  bulkPaths: readonly FieldPath[],
  maxBytes: number,
): boolean {
  try {
    return countDown(message, bulkPaths, maxBytes) < 0;
  } catch (cause) {
    throw new ProtocolError('MALFORMED', 'not a whole Frame', { cause });
  }
}

/** What of `leftBytes` remains; stops as soon as nothing does. */
function countDown(message: Uint8Array, bulkPaths: readonly FieldPath[], leftBytes: number): number {
  const reader = new BinaryReader(message);
  let left = leftBytes;
  while (reader.pos < reader.len && left >= 0) {
    const start = reader.pos;
    const [number, wireType] = reader.tag();
    const inner = bulkPaths.filter(([first]) => first === number).map((path) => path.slice(1));
    if (inner.length === 0 || wireType !== WireType.LengthDelimited) {
      reader.skip(wireType, number);
      left -= reader.pos - start;
      continue;
    }
    const value = reader.bytes();
    left -= reader.pos - start - value.length;
    if (!inner.some((path) => path.length === 0)) left = countDown(value, inner, left);
  }
  return left;
}
