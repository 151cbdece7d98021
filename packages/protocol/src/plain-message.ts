// Between protobuf-es messages and plain values: uint64 becomes a safe integer, byte fields get their lengths checked,
// `$typeName` goes away. All frames, records and contents pass here except the four hot frames (hot-frames.ts).
import {
  create,
  type DescField,
  type DescMessage,
  fromBinary,
  type Message,
  type MessageInitShape,
  type MessageShape,
  ScalarType,
  toBinary,
} from '@bufbuild/protobuf';
import { equalBytes } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import { byteLengthsOf } from './field-lengths.ts';

/** A protobuf message as a plain value. */
export type Plain<T> = T extends bigint
  ? number
  : T extends Uint8Array
    ? Uint8Array
    : T extends readonly (infer Item)[]
      ? readonly Plain<Item>[]
      : T extends object
        ? { readonly [K in keyof T as K extends '$typeName' | '$unknown' ? never : K]: Plain<T[K]> }
        : T;

/** Decodes one whole message; throws MALFORMED. */
export function decodePlain<Desc extends DescMessage>(
  desc: Desc,
  bytes: Uint8Array,
): Plain<MessageShape<Desc>> {
  return toPlain(desc, parse(desc, bytes)) as Plain<MessageShape<Desc>>;
}

/** The same for messages that are signed or sealed: only the canonical encoding is accepted; throws NOT_CANONICAL. */
export function decodeCanonical<Desc extends DescMessage>(
  desc: Desc,
  bytes: Uint8Array,
): Plain<MessageShape<Desc>> {
  const message = parse(desc, bytes);
  // PRO-006
  if (!equalBytes(toBinary(desc, message), bytes)) {
    throw new ProtocolError('NOT_CANONICAL', `${desc.name} is not in canonical form`);
  }
  return toPlain(desc, message) as Plain<MessageShape<Desc>>;
}

export function encodePlain<Desc extends DescMessage>(
  desc: Desc,
  value: Plain<MessageShape<Desc>>,
): Uint8Array<ArrayBuffer> {
  return toBinary(desc, create(desc, fromPlain(desc, value as PlainFields) as MessageInitShape<Desc>));
}

type PlainFields = Record<string, unknown>;

function parse<Desc extends DescMessage>(desc: Desc, bytes: Uint8Array): MessageShape<Desc> {
  try {
    // Unknown fields are not kept: nobody reads them, and they must not be written out again (PRO-006).
    return fromBinary(desc, bytes, { readUnknownFields: false });
  } catch (cause) {
    // PRO-002
    throw new ProtocolError('MALFORMED', `not a whole ${desc.name}`, { cause });
  }
}

function readField(message: Message, field: DescField): unknown {
  const fields = message as unknown as PlainFields;
  if (!field.oneof) return fields[field.localName];
  const oneof = fields[field.oneof.localName] as { case: string | undefined; value?: unknown };
  return oneof.case === field.localName ? oneof.value : undefined;
}

function toPlain(desc: DescMessage, message: Message): PlainFields {
  const plain: PlainFields = {};
  for (const oneof of desc.oneofs) plain[oneof.localName] = { case: undefined };
  for (const field of desc.fields) {
    const value = readField(message, field);
    if (value === undefined) continue;
    const converted = Array.isArray(value)
      ? value.map((item) => valueToPlain(desc, field, item))
      : valueToPlain(desc, field, value);
    if (field.oneof) plain[field.oneof.localName] = { case: field.localName, value: converted };
    else plain[field.localName] = converted;
  }
  return plain;
}

function valueToPlain(desc: DescMessage, field: DescField, value: unknown): unknown {
  if (field.message) return toPlain(field.message, value as Message);
  if (typeof value === 'bigint') return toSafeInteger(value);
  if (value instanceof Uint8Array) checkLength(desc, field, value);
  return value;
}

function toSafeInteger(value: bigint): number {
  // PRO-004
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw new ProtocolError('MALFORMED', 'an integer beyond 2^53 - 1');
  return Number(value);
}

function checkLength(desc: DescMessage, field: DescField, bytes: Uint8Array): void {
  const lengths = byteLengthsOf(desc.name, field.localName);
  // PRO-003
  if (lengths && (bytes.length < lengths.min || bytes.length > lengths.max)) {
    throw new ProtocolError('MALFORMED', `${desc.name}.${field.name} has a wrong length`);
  }
}

function fromPlain(desc: DescMessage, plain: PlainFields): PlainFields {
  const init: PlainFields = {};
  for (const field of desc.fields) {
    const holder = field.oneof ? (plain[field.oneof.localName] as { case?: string; value?: unknown }) : null;
    if (holder && holder.case !== field.localName) continue;
    const value = holder ? holder.value : plain[field.localName];
    if (value === undefined) continue;
    const converted = Array.isArray(value)
      ? value.map((item) => valueFromPlain(field, item))
      : valueFromPlain(field, value);
    if (field.oneof) init[field.oneof.localName] = { case: field.localName, value: converted };
    else init[field.localName] = converted;
  }
  return init;
}

function valueFromPlain(field: DescField, value: unknown): unknown {
  if (field.message) return fromPlain(field.message, value as PlainFields);
  const isUint64 = 'scalar' in field && field.scalar === ScalarType.UINT64;
  return isUint64 ? BigInt(value as number) : value;
}
