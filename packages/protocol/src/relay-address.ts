// How links name a relay (SPEC §4.4): the rules that invites and linking offers share, and the code behind `#`.
import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { fromBase64Url, toBase64Url } from './bytes.ts';
import { decodeCanonical, encodePlain, type Plain } from './plain-message.ts';

const MAX_PORT = 65_535;
const MAX_HOST_LENGTH = 255;
/** A host name, an IPv4 address or an IPv6 address without brackets. */
const HOST = /^[A-Za-z0-9._:-]+$/;

export function isRelayAddress(address: { readonly host: string; readonly tcpPort: number }): boolean {
  const hasHost = address.host.length <= MAX_HOST_LENGTH && HOST.test(address.host);
  return hasHost && address.tcpPort >= 1 && address.tcpPort <= MAX_PORT;
}

/** What stands behind `#`. */
export function encodeLinkCode<Desc extends DescMessage>(
  desc: Desc,
  value: Plain<MessageShape<Desc>>,
): string {
  return toBase64Url(encodePlain(desc, value));
}

/** Takes a whole link or only the part behind `#`, with or without surrounding spaces; throws MALFORMED or NOT_CANONICAL. */
export function decodeLinkCode<Desc extends DescMessage>(
  desc: Desc,
  link: string,
): Plain<MessageShape<Desc>> {
  return decodeCanonical(desc, fromBase64Url(link.trim().replace(/^.*#/s, '')));
}
