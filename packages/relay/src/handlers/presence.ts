// watch_presence and set_visibility (SPEC §3.1).
import type { Frame } from '@sirdas/protocol';
import type { Peer } from '../peer.ts';
import type { Session } from '../sessions.ts';

export function handleWatchPresence(peer: Peer, session: Session, frame: Frame<'watchPresence'>): void {
  const { presence } = peer.services;
  session.watcher ??= (frames) => {
    for (const change of frames) peer.out.sendEncoded(change);
  };
  peer.reply(frame.request, { kind: 'presenceList', online: presence.watch(session.watcher) });
}

export function handleSetVisibility(peer: Peer, session: Session, frame: Frame<'setVisibility'>): void {
  peer.services.presence.setVisible(session.member, frame.visible);
  peer.reply(frame.request, { kind: 'done' });
}
