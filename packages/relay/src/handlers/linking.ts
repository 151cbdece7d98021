// open_linking, join_linking, linking_message and linking_ended (SPEC §4.5).
import { equalBytes, type Frame } from '@sirdas/protocol';
import type { LinkingChannel } from '../linking.ts';
import type { Peer } from '../peer.ts';
import type { Session } from '../sessions.ts';

/** The channel of a connection that is not logged in; null when it was refused. */
export function handleOpenLinking(peer: Peer, { request }: Frame<'openLinking'>): LinkingChannel | null {
  const { linking } = peer.services;
  const channel = linking.open(peer);
  if ('waitMs' in channel) {
    peer.refuse(request, 'RATE_LIMITED', channel.waitMs);
    return null;
  }
  peer.reply(request, { kind: 'linkingOpened', channel: channel.id, ttlMs: linking.ttlMs });
  return channel;
}

/** A second channel takes the place of the first. */
export function handleJoinLinking(peer: Peer, session: Session, frame: Frame<'joinLinking'>): void {
  const channel = peer.services.linking.join(frame.channel, peer);
  // RLY-141
  if (channel === null) {
    peer.refuse(frame.request, 'UNKNOWN_CHANNEL');
    return;
  }
  session.linking?.end(peer);
  session.linking = channel;
  peer.reply(frame.request, { kind: 'done' });
}

/** `channel` is the one that this connection is an end of. */
export async function handleLinkingMessage(
  peer: Peer,
  channel: LinkingChannel | null,
  frame: Frame<'linkingMessage'>,
): Promise<void> {
  // RLY-142
  if (channel === null || !equalBytes(frame.channel, channel.id)) {
    return peer.refuse(frame.request, 'UNKNOWN_CHANNEL');
  }
  // RLY-143: not read any faster than the other end reads.
  if (channel.isFullFor(peer)) {
    peer.pauseReading();
    await channel.whenRoom(peer);
    peer.resumeReading();
  }
  if (!channel.isOpenFor(peer)) return peer.refuse(frame.request, 'UNKNOWN_CHANNEL');
  channel.send(peer, frame.payload);
  peer.services.metrics.linkingBytes += frame.payload.length;
  peer.reply(frame.request, { kind: 'done' });
}

export function handleLinkingEnded(
  peer: Peer,
  channel: LinkingChannel | null,
  frame: Frame<'linkingEnded'>,
): void {
  // One that has ended already: both ends may say so at the same time.
  if (channel !== null && equalBytes(frame.channel, channel.id)) channel.end(peer);
}
