// Identifiers as branded lower-case hexadecimal strings: cheap map keys that cannot be mixed up. On the wire they are
// bytes (SPEC §3); frames carry the bytes, everything above the codec uses these.
import { fromHex, toHex } from './bytes.ts';
import { ProtocolError } from './errors.ts';

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

/** 16 bytes. */
export type LogId = Id<'log'>;
/** 16 bytes. */
export type DeviceId = Id<'device'>;
/** 16 bytes, a UUID. */
export type MessageId = Id<'message'>;
/** 16 bytes. */
export type ConversationId = Id<'conversation'>;
/** 8 bytes. */
export type InviteId = Id<'invite'>;
/** A canonical nickname (SPEC §5.3), made by `parseNickname` only. */
export type Nickname = Id<'nickname'>;

const ID_BYTES = 16;
const INVITE_ID_BYTES = 8;

export const toLogId = (bytes: Uint8Array) => toId(bytes, ID_BYTES) as LogId;
export const toDeviceId = (bytes: Uint8Array) => toId(bytes, ID_BYTES) as DeviceId;
export const toMessageId = (bytes: Uint8Array) => toId(bytes, ID_BYTES) as MessageId;
export const toConversationId = (bytes: Uint8Array) => toId(bytes, ID_BYTES) as ConversationId;
export const toInviteId = (bytes: Uint8Array) => toId(bytes, INVITE_ID_BYTES) as InviteId;

/** The bytes of any id above. */
export function fromId(
  id: LogId | DeviceId | MessageId | ConversationId | InviteId,
): Uint8Array<ArrayBuffer> {
  return fromHex(id);
}

function toId(bytes: Uint8Array, length: number): string {
  // PRO-003
  if (bytes.length !== length) throw new ProtocolError('MALFORMED', `an id has ${length} bytes`);
  return toHex(bytes);
}
