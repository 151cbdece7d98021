// append, read, ack (SPEC §3.1). The path of every message: connection.ts → here → logs.ts → store, and back to the sender as
// `accepted`.
import type { Frame, HotEntry } from '@sirdas/protocol';
import type { Peer } from '../peer.ts';
import type { Session } from '../sessions.ts';
import type { EntrySink } from '../subscription.ts';

export function handleAppend(peer: Peer, session: Session, frame: Frame<'append'>): void {
  const { logs, limits, metrics, config, clock } = peer.services;
  const { request, envelope, epoch } = frame;
  // RLY-040
  if (envelope.length > config.maxEnvelope) {
    peer.refuse(request, 'ENVELOPE_TOO_LARGE');
    return;
  }
  // RLY-041
  const waitMs = limits.trySend(session.nickname, envelope.length);
  if (waitMs > 0) {
    peer.refuse(request, 'RATE_LIMITED', waitMs);
    return;
  }
  metrics.appends++;
  metrics.appendedBytes += envelope.length;
  const log = session.logIds.read(frame.log);
  const entry = { log, timeMs: clock.nowMs(), envelope, writer: session.device, epoch };
  const hasRoom = logs.append(entry, (outcome) => {
    if (outcome.outcome === 'refused') {
      peer.refuse(request, outcome.error);
      return;
    }
    metrics.accepted++;
    peer.out.sendAccepted(request, outcome.seq);
  });
  if (hasRoom) return;
  peer.pauseReading();
  logs.whenRoom(() => peer.resumeReading());
}

export async function handleRead(peer: Peer, session: Session, frame: Frame<'read'>): Promise<void> {
  const { logs, limits } = peer.services;
  // RLY-119
  const waitMs = limits.tryReadLog(session.nickname);
  if (waitMs > 0) return peer.refuse(frame.request, 'RATE_LIMITED', waitMs);
  const log = session.logIds.read(frame.log);
  const sink = new DeliverySink(peer);
  const reading = await logs.read(log, session.device, frame.after, sink);
  // RLY-042
  if (reading === null) return peer.refuse(frame.request, 'UNKNOWN_LOG');
  const { head, first, epoch, acknowledged, subscription } = reading;
  if (peer.isEnding) return subscription.stop();
  session.readings.get(log)?.subscription.stop();
  const newestKnownSeq = Math.min(frame.after, head);
  session.readings.set(log, {
    subscription,
    ackableSeq: () => Math.max(newestKnownSeq, sink.newestSeq),
  });
  peer.reply(frame.request, { kind: 'reading', head, first, epoch, acknowledged });
  subscription.start();
}

export function handleAck(peer: Peer, session: Session, frame: Frame<'ack'>): void {
  const log = session.logIds.read(frame.log);
  const reading = session.readings.get(log);
  // RLY-043: acknowledging what was never delivered would throw away what comes later.
  if (!reading || frame.seq > reading.ackableSeq()) {
    peer.endWith('WRONG_STATE');
    return;
  }
  peer.services.logs.acknowledge(log, session.device, frame.seq);
}

/** Counts what goes out and remembers how far. */
class DeliverySink implements EntrySink {
  readonly #peer: Peer;
  newestSeq = 0;

  constructor(peer: Peer) {
    this.#peer = peer;
  }

  sendDeliver(log: Uint8Array, entries: readonly HotEntry[]): void {
    this.newestSeq = entries.at(-1)?.seq ?? this.newestSeq;
    this.#peer.services.metrics.delivered += entries.length;
    this.#peer.out.sendDeliver(log, entries);
  }

  sendSignal(frame: Uint8Array): void {
    this.#peer.out.sendEncoded(frame);
  }

  get isFull(): boolean {
    return this.#peer.out.isFull;
  }

  whenDrained(resume: () => void): void {
    this.#peer.out.whenDrained(resume);
  }
}
