// create_log and commit (SPEC §3.2): a conversation's log begins, and its epochs follow each other. The store decides who is first;
// here is what can be said without it: sizes and rates.
import { type Frame, LIMITS, toDeviceId, toLogId } from '@sirdas/protocol';
import type { NewCommit } from '../logs.ts';
import type { Peer } from '../peer.ts';
import type { Session } from '../sessions.ts';
import type { NewDelivery } from '../store/store.ts';

export async function handleCreateLog(
  peer: Peer,
  session: Session,
  frame: Frame<'createLog'>,
): Promise<void> {
  const { limits, logs, metrics } = peer.services;
  // RLY-115
  const waitMs = limits.tryCreateLog(session.nickname);
  if (waitMs > 0) return peer.refuse(frame.request, 'RATE_LIMITED', waitMs);
  const outcome = await logs.createLog({ log: toLogId(frame.log), creator: session.device });
  if (outcome.outcome === 'refused') return peer.refuse(frame.request, outcome.error);
  metrics.logsCreated++;
  peer.reply(frame.request, { kind: 'done' });
}

export async function handleCommit(peer: Peer, session: Session, frame: Frame<'commit'>): Promise<void> {
  const { limits, logs, metrics } = peer.services;
  const commit = readCommit(session, frame);
  // RLY-113
  if (commit === null) return peer.refuse(frame.request, 'READERS_INVALID');
  // RLY-116
  if (measureEnvelopes(commit.deliveries) > LIMITS.MAX_WELCOME_BYTES)
    return peer.refuse(frame.request, 'ENVELOPE_TOO_LARGE');
  // RLY-041
  const waitMs = limits.tryCommit(session.nickname, measureCommit(commit));
  if (waitMs > 0) return peer.refuse(frame.request, 'RATE_LIMITED', waitMs);
  metrics.commits++;
  const outcome = await logs.commit(commit);
  if (outcome.outcome === 'refused') return peer.refuse(frame.request, outcome.error);
  metrics.commitsAccepted++;
  peer.out.sendAccepted(frame.request, outcome.seq);
}

/** Null when a reader, or an inbox in one delivery, stands in it twice, or too many do. */
function readCommit(session: Session, { log, epoch, envelope, ...frame }: Frame<'commit'>): NewCommit | null {
  const readers = frame.readers.map(toDeviceId);
  const deliveries = frame.deliveries.map((delivery) => ({
    inboxes: delivery.inboxes.map(toLogId),
    envelope: delivery.envelope,
  }));
  const inboxCount = deliveries.reduce((sum, { inboxes }) => sum + inboxes.length, 0);
  if (Math.max(readers.length, inboxCount) > LIMITS.MAX_READERS) return null;
  const areDifferent = [readers, ...deliveries.map(({ inboxes }) => inboxes)].every(
    (ids) => new Set<string>(ids).size === ids.length,
  );
  if (!areDifferent) return null;
  return { log: toLogId(log), committer: session.device, epoch, envelope, deliveries, readers };
}

function measureEnvelopes(deliveries: readonly NewDelivery[]): number {
  return deliveries.reduce((sum, { envelope }) => sum + envelope.length, 0);
}

/** What it costs: an envelope that goes into many inboxes is stored in each. */
function measureCommit({ envelope, deliveries }: NewCommit) {
  const inboxCount = deliveries.reduce((sum, { inboxes }) => sum + inboxes.length, 0);
  const deliveredBytes = deliveries.reduce((sum, one) => sum + one.inboxes.length * one.envelope.length, 0);
  return { envelopeBytes: envelope.length, inboxCount, deliveredBytes };
}
