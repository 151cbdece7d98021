// The outermost fields of a frame, read without decoding anything inside them: a megabyte can hold half a million messages
// of no bytes, and making those takes a second. Called by frame.ts for frames that come to a relay. SPEC §3.
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { ProtocolError } from './errors.ts';

/** A frame has one field or two; a later version may add some. */
const MAX_FIELDS = 16;

/** The numbers of the outermost fields in their order, at most 16; throws MALFORMED. */
export function readFieldNumbers(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      // PRO-012
      if (numbers.length === MAX_FIELDS) throw new Error('too many fields');
      const [number, wireType] = reader.tag();
      // Nobody writes groups any more, and skipping one means reading all of it.
      if (wireType === WireType.StartGroup) throw new Error('a group');
      reader.skip(wireType, number);
      numbers.push(number);
    }
  } catch (cause) {
    throw new ProtocolError('MALFORMED', 'not a whole Frame', { cause });
  }
  return numbers;
}
