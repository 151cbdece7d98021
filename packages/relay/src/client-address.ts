// Where a connection comes from, coarse enough to count by: an IPv4 address or an IPv6 /64, the smallest net that one
// customer gets. Used by limits.ts only; an address is never stored, logged or shown.
import { isIPv6 } from 'node:net';

export interface ClientAddress {
  /** Key for counting. */
  readonly net: string;
  /** Loopback is exempt from limits per address: a reverse proxy or everybody on one machine would share them. */
  readonly isLoopback: boolean;
}

/** Some proxies tell the port as well: `1.2.3.4:5678`, `[::1]:443`; brackets come without a port too. */
const IPV4_WITH_PORT = /^(\d+\.\d+\.\d+\.\d+):\d+$/;
const IPV6_IN_BRACKETS = /^\[([^[\]]*)\](?::\d+)?$/;
const IPV4_IN_IPV6 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** Takes what a socket or a proxy calls the remote address; anything else counts as one and the same unknown net. */
export function classifyAddress(remote: string | undefined): ClientAddress {
  const address = withoutPort(remote ?? '').split('%')[0] ?? '';
  const v4 = IPV4_IN_IPV6.exec(address)?.[1] ?? address;
  if (/^\d+\.\d+\.\d+\.\d+$/.test(v4)) return { net: v4, isLoopback: v4.startsWith('127.') };
  if (!isIPv6(address)) return { net: 'unknown', isLoopback: false };
  return { net: `${firstGroups(address)}/64`, isLoopback: address === '::1' };
}

function withoutPort(address: string): string {
  return IPV4_WITH_PORT.exec(address)?.[1] ?? IPV6_IN_BRACKETS.exec(address)?.[1] ?? address;
}

/** The first four of the eight groups of an IPv6 address. */
function firstGroups(address: string): string {
  const [before = '', after] = address.toLowerCase().split('::');
  const head = splitGroups(before);
  const tail = splitGroups(after ?? '');
  const zeros = after === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...Array<string>(Math.max(0, zeros)).fill('0'), ...tail];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/** A dotted IPv4 address at the end stands for two groups. */
function splitGroups(part: string): string[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]));
}
