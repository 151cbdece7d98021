// signal (SPEC §3.3): handed to the devices that read the log now, never stored. Whatever is wrong with one, nobody is told.
import { encodeFrame, type Frame } from '@sirdas/protocol';
import type { Peer } from '../peer.ts';
import type { Session } from '../sessions.ts';

export function handleSignal(peer: Peer, session: Session, { log, payload }: Frame<'signal'>): void {
  const { logs, limits, metrics } = peer.services;
  const logId = session.logIds.read(log);
  // RLY-132: only who reads the log, and was not removed from it.
  if (session.readings.get(logId)?.subscription.isLive !== true) return;
  // RLY-133
  if (limits.trySignal(session.nickname) > 0) return;
  metrics.signals++;
  logs.signal(logId, session.device, encodeFrame({ request: 0, kind: 'signal', log, payload }));
}
