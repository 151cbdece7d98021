// Invite links (SPEC §4.4): all a client needs to reach a relay and be admitted, in one line a person can paste.
import type { MessageShape } from '@bufbuild/protobuf';
import { fromBase64Url, toBase64Url } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import { InviteLinkSchema } from './gen/sirdas_pb.ts';
import { decodeCanonical, encodePlain, type Plain } from './plain-message.ts';

/** Fields as in sirdas.proto, `InviteLink`. */
export type InviteLink = Plain<MessageShape<typeof InviteLinkSchema>>;

const TOKEN_BYTES = 16;
const MAX_PORT = 65_535;
const MAX_HOST_LENGTH = 255;
/** A host name, an IPv4 address or an IPv6 address without brackets. */
const HOST = /^[A-Za-z0-9._:-]+$/;

/** `webAddress` is what stands before `/i#`: `https://relay.example:6443`. */
export function formatInviteLink(webAddress: string, invite: InviteLink): string {
  return `${webAddress}/i#${toBase64Url(encodePlain(InviteLinkSchema, invite))}`;
}

/** Takes a whole link or only the part behind `#`, with or without surrounding spaces; throws BAD_INVITE. */
export function parseInviteLink(link: string): InviteLink {
  const code = link.trim().replace(/^.*#/s, '');
  let invite: InviteLink;
  try {
    invite = decodeCanonical(InviteLinkSchema, fromBase64Url(code));
  } catch (cause) {
    throw new ProtocolError('BAD_INVITE', 'not an invite link, or only a part of one', { cause });
  }
  // PRO-009
  const hasHost = invite.host.length <= MAX_HOST_LENGTH && HOST.test(invite.host);
  const hasPort = invite.tcpPort >= 1 && invite.tcpPort <= MAX_PORT;
  const hasToken = invite.token.length === 0 || invite.token.length === TOKEN_BYTES;
  if (!hasHost || !hasPort || !hasToken) throw new ProtocolError('BAD_INVITE', 'the invite is incomplete');
  return invite;
}
