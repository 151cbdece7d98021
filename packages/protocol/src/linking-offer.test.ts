import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { concatBytes, toBase64Url } from './bytes.ts';
import { LinkingOfferSchema } from './gen/sirdas_pb.ts';
import { formatInviteLink } from './invite-link.ts';
import { formatLinkingOffer, type LinkingOffer, parseLinkingOffer } from './linking-offer.ts';

const offer: LinkingOffer = {
  host: 'relay.example',
  tcpPort: 6000,
  relayFingerprint: new Uint8Array(32).fill(1),
  plaintext: false,
  channel: new Uint8Array(16).fill(2),
  keyHash: new Uint8Array(32).fill(3),
};
const badOffer = expect.objectContaining({ code: 'BAD_LINKING_OFFER' });

describe('linking offers', () => {
  test('survive a round trip, as a link, with spaces, and as the bare code', () => {
    const link = formatLinkingOffer('https://relay.example:6443', offer);
    expect(link).toMatch(/^https:\/\/relay\.example:6443\/l#[\w-]+$/);
    expect(parseLinkingOffer(link)).toEqual(offer);
    expect(parseLinkingOffer(`\n  ${link} `)).toEqual(offer);
    expect(parseLinkingOffer(link.replace(/^.*#/, ''))).toEqual(offer);
    const local = { ...offer, host: '::1', plaintext: true };
    expect(parseLinkingOffer(formatLinkingOffer('http://localhost:6080', local))).toEqual(local);
  });

  test('PRO-020 every truncation is refused', () => {
    const link = formatLinkingOffer('http://localhost:6080', offer);
    for (let length = 0; length < link.length; length++) {
      expect(() => parseLinkingOffer(link.slice(0, length)), link.slice(0, length)).toThrow(badOffer);
    }
  });

  test.each<[string, Partial<LinkingOffer>]>([
    ['an empty host', { host: '' }],
    ['a host that is too long', { host: 'x'.repeat(256) }],
    ['a host with an escape sequence', { host: '\u001b]8;;' }],
    ['no port', { tcpPort: 0 }],
    ['a port beyond 65535', { tcpPort: 65_536 }],
    ['a short fingerprint', { relayFingerprint: new Uint8Array(31) }],
    ['no channel', { channel: new Uint8Array(0) }],
    ['a long key hash', { keyHash: new Uint8Array(33) }],
  ])('PRO-020 refuses %s', (_, change) => {
    expect(() => parseLinkingOffer(formatLinkingOffer('', { ...offer, ...change }))).toThrow(badOffer);
  });

  test('PRO-020 refuses an unknown field, an invite and plain nonsense', () => {
    const bytes = toBinary(LinkingOfferSchema, create(LinkingOfferSchema, offer));
    const extended = concatBytes([bytes, Uint8Array.of(0xf8, 0x3f, 0x01)]);
    const { host, tcpPort, relayFingerprint, plaintext } = offer;
    const token = new Uint8Array(16).fill(4);
    const invite = formatInviteLink('', { host, tcpPort, relayFingerprint, plaintext, token });
    for (const text of [toBase64Url(extended), invite, '', '#', 'hello', 'javascript:alert(1)']) {
      expect(() => parseLinkingOffer(text), text).toThrow(badOffer);
    }
  });
});
