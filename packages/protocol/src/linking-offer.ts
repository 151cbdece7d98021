// What a new device shows so that a device of the account can find it: as a QR code and as a link (SPEC §12.1). It holds no
// secret, and by itself it links nothing.
import type { MessageShape } from '@bufbuild/protobuf';
import { ProtocolError } from './errors.ts';
import { LinkingOfferSchema } from './gen/sirdas_pb.ts';
import type { Plain } from './plain-message.ts';
import { decodeLinkCode, encodeLinkCode, isRelayAddress } from './relay-address.ts';

/** Fields as in sirdas.proto, `LinkingOffer`. */
export type LinkingOffer = Plain<MessageShape<typeof LinkingOfferSchema>>;

/** `webAddress` is what stands before `/l#`: `https://relay.example:6443`. */
export function formatLinkingOffer(webAddress: string, offer: LinkingOffer): string {
  return `${webAddress}/l#${encodeLinkCode(LinkingOfferSchema, offer)}`;
}

/** Takes a whole link or only the part behind `#`, with or without surrounding spaces; throws BAD_LINKING_OFFER. */
export function parseLinkingOffer(link: string): LinkingOffer {
  let offer: LinkingOffer;
  try {
    offer = decodeLinkCode(LinkingOfferSchema, link);
  } catch (cause) {
    throw new ProtocolError('BAD_LINKING_OFFER', 'not a linking code, or only a part of one', { cause });
  }
  // PRO-020
  if (!isRelayAddress(offer)) throw new ProtocolError('BAD_LINKING_OFFER', 'the linking code is incomplete');
  return offer;
}
