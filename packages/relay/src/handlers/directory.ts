// look_up and publish_record (SPEC §5).
import { type Frame, fromId, type Nickname, toDeviceId } from '@sirdas/protocol';
import type { Peer } from '../peer.ts';
import type { Session } from '../sessions.ts';
import { readNickname } from './nickname-field.ts';

export async function handleLookUp(peer: Peer, session: Session, frame: Frame<'lookUp'>): Promise<void> {
  // RLY-050
  const waitMs = peer.services.limits.tryLookUp(session.nickname);
  if (waitMs > 0) return peer.refuse(frame.request, 'RATE_LIMITED', waitMs);
  const nickname = readNickname(frame.nickname);
  if (nickname === null) return peer.refuse(frame.request, 'NICKNAME_FORBIDDEN');
  // One after the other: an answer can be large, and a client that does not read must not pile them up in memory.
  const answered = session.lookUps.then(() => answerLookUp(peer, nickname, frame));
  session.lookUps = answered.catch(() => {});
  await answered;
}

async function answerLookUp(peer: Peer, nickname: Nickname, frame: Frame<'lookUp'>): Promise<void> {
  if (peer.out.isFull) await new Promise<void>((resume) => peer.out.whenDrained(resume));
  const page = await peer.services.directory.lookUp(nickname, frame.fromIndex);
  if (page === null) return peer.refuse(frame.request, 'UNKNOWN_ACCOUNT');
  const { inbox, entries, headIndex } = page;
  peer.reply(frame.request, { kind: 'account', nickname, inbox: fromId(inbox), entries, headIndex });
}

export async function handlePublishRecord(
  peer: Peer,
  session: Session,
  frame: Frame<'publishRecord'>,
): Promise<void> {
  const { directory, presence, sessions, limits } = peer.services;
  // RLY-005
  if (!frame.record) return peer.endWith('BAD_FRAME');
  // RLY-051
  const waitMs = limits.tryPublish(session.nickname);
  if (waitMs > 0) return peer.refuse(frame.request, 'RATE_LIMITED', waitMs);
  const published = await directory.publish(session.nickname, frame.record);
  if ('refused' in published) return peer.refuse(frame.request, published.refused);
  peer.reply(frame.request, { kind: 'done' });
  presence.update(session.nickname, { colour: published.profile?.colour, recordIndex: published.index });
  // RLY-027
  const devices = published.devices.map((device) => toDeviceId(device.id));
  sessions.endDevicesExcept(session.nickname, new Set(devices));
}
