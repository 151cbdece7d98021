// watch_presence and set_visibility (SPEC §3.1).
import { encodePresenceList, type Frame } from '@sirdas/protocol';
import type { Peer } from '../peer.ts';
import type { Session } from '../sessions.ts';

export async function handleWatchPresence(
  peer: Peer,
  session: Session,
  frame: Frame<'watchPresence'>,
): Promise<void> {
  const { presence } = peer.services;
  session.watcher ??= (frames) => {
    for (const change of frames) peer.out.sendEncoded(change);
  };
  const online = await presence.watch(session.watcher);
  if (peer.isEnding) presence.unwatch(session.watcher);
  else peer.out.sendEncoded(encodePresenceList(frame.request, online));
}

export function handleSetVisibility(peer: Peer, session: Session, frame: Frame<'setVisibility'>): void {
  peer.services.presence.setVisible(session.member, frame.visible);
  peer.reply(frame.request, { kind: 'done' });
}
