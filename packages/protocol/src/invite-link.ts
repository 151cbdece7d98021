// Invite links (SPEC §4.4): all a client needs to reach a relay and be admitted, in one line a person can paste.
import type { MessageShape } from '@bufbuild/protobuf';
import { ProtocolError } from './errors.ts';
import { InviteLinkSchema } from './gen/sirdas_pb.ts';
import type { Plain } from './plain-message.ts';
import { decodeLinkCode, encodeLinkCode, isRelayAddress } from './relay-address.ts';

/** Fields as in sirdas.proto, `InviteLink`. */
export type InviteLink = Plain<MessageShape<typeof InviteLinkSchema>>;

const TOKEN_BYTES = 16;

/** `webAddress` is what stands before `/i#`: `https://relay.example:6443`. */
export function formatInviteLink(webAddress: string, invite: InviteLink): string {
  return `${webAddress}/i#${encodeLinkCode(InviteLinkSchema, invite)}`;
}

/** Takes a whole link or only the part behind `#`, with or without surrounding spaces; throws BAD_INVITE. */
export function parseInviteLink(link: string): InviteLink {
  let invite: InviteLink;
  try {
    invite = decodeLinkCode(InviteLinkSchema, link);
  } catch (cause) {
    throw new ProtocolError('BAD_INVITE', 'not an invite link, or only a part of one', { cause });
  }
  // PRO-009
  const hasToken = invite.token.length === 0 || invite.token.length === TOKEN_BYTES;
  if (!isRelayAddress(invite) || !hasToken) throw new ProtocolError('BAD_INVITE', 'the invite is incomplete');
  return invite;
}
