import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { concatBytes, toBase64Url } from './bytes.ts';
import { InviteLinkSchema } from './gen/sirdas_pb.ts';
import { formatInviteLink, type InviteLink, parseInviteLink } from './invite-link.ts';

const invite: InviteLink = {
  host: 'relay.example',
  tcpPort: 6000,
  relayFingerprint: new Uint8Array(32).fill(1),
  token: new Uint8Array(16).fill(2),
  plaintext: false,
};
const badInvite = expect.objectContaining({ code: 'BAD_INVITE' });

describe('invite links', () => {
  test('survive a round trip, as a link, with spaces, and as the bare code', () => {
    const link = formatInviteLink('https://relay.example:6443', invite);
    expect(link).toMatch(/^https:\/\/relay\.example:6443\/i#[\w-]+$/);
    expect(parseInviteLink(link)).toEqual(invite);
    expect(parseInviteLink(`\n  ${link} `)).toEqual(invite);
    expect(parseInviteLink(link.replace(/^.*#/, ''))).toEqual(invite);
  });

  test('every truncation is refused', () => {
    const link = formatInviteLink('http://localhost:6080', invite);
    for (let length = 0; length < link.length; length++) {
      expect(() => parseInviteLink(link.slice(0, length)), link.slice(0, length)).toThrow(badInvite);
    }
  });

  test.each<[string, Partial<InviteLink>]>([
    ['an empty host', { host: '' }],
    ['a host with a space', { host: 'relay example' }],
    ['a host with an escape sequence', { host: '\u001b]8;;' }],
    ['no port', { tcpPort: 0 }],
    ['a port beyond 65535', { tcpPort: 65_536 }],
    ['a short fingerprint', { relayFingerprint: new Uint8Array(31) }],
    ['a short token', { token: new Uint8Array(15) }],
  ])('PRO-009 refuses %s', (_, change) => {
    expect(() => parseInviteLink(formatInviteLink('', { ...invite, ...change }))).toThrow(badInvite);
  });

  test('PRO-009 refuses an unknown field and plain nonsense', () => {
    const bytes = toBinary(InviteLinkSchema, create(InviteLinkSchema, invite));
    const extended = concatBytes([bytes, Uint8Array.of(0xf8, 0x3f, 0x01)]);
    expect(() => parseInviteLink(toBase64Url(extended))).toThrow(badInvite);
    for (const text of ['', '#', 'hello', 'https://relay.example:6443/i', 'javascript:alert(1)']) {
      expect(() => parseInviteLink(text)).toThrow(badInvite);
    }
  });
});
