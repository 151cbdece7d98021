// publish_key_packages and claim_key_packages (SPEC §3.4), and the event that tells a device that it has few left.
import { type Frame, LIMITS, type Nickname } from '@sirdas/protocol';
import { toClaimed } from '../key-packages.ts';
import type { Peer } from '../peer.ts';
import type { Session } from '../sessions.ts';
import type { ClaimedKeyPackage } from '../store/store.ts';
import { readNickname } from './nickname-field.ts';

export async function handlePublishKeyPackages(
  peer: Peer,
  session: Session,
  frame: Frame<'publishKeyPackages'>,
): Promise<void> {
  const { limits, keyPackages, metrics } = peer.services;
  // RLY-125
  const waitMs = limits.tryPublishKeyPackages(session.nickname);
  if (waitMs > 0) return peer.refuse(frame.request, 'RATE_LIMITED', waitMs);
  const counts = await keyPackages.publish(session, frame);
  if ('refused' in counts) return peer.refuse(frame.request, counts.refused);
  metrics.keyPackagesPublished += frame.keyPackages.length;
  peer.reply(frame.request, counts);
}

export async function handleClaimKeyPackages(
  peer: Peer,
  session: Session,
  frame: Frame<'claimKeyPackages'>,
): Promise<void> {
  const { limits, keyPackages, metrics } = peer.services;
  const nickname = readNickname(frame.nickname);
  if (nickname === null) return peer.refuse(frame.request, 'NICKNAME_FORBIDDEN');
  // RLY-126: before anybody looks whether there is such an account, so that probing is as slow as claiming (THREATS 37).
  const waitMs = limits.tryClaimKeyPackages(session.nickname, nickname);
  if (waitMs > 0) return peer.refuse(frame.request, 'RATE_LIMITED', waitMs);
  const claimed = await keyPackages.claim({ nickname, devices: frame.devices, suite: frame.suite });
  if ('refused' in claimed) return peer.refuse(frame.request, claimed.refused);
  metrics.keyPackagesClaimed += claimed.length;
  peer.reply(frame.request, toClaimed(claimed));
  await tellLow(peer, nickname, claimed);
}

/** RLY-127: whose pool is running low learns of it at once, or with the next login. */
export async function tellIfLow(peer: Peer, session: Session): Promise<void> {
  const counts = await peer.services.keyPackages.findLow(session.nickname, session.device);
  if (counts !== null) peer.reply(0, counts);
}

async function tellLow(peer: Peer, nickname: Nickname, claimed: readonly ClaimedKeyPackage[]): Promise<void> {
  const { sessions, keyPackages } = peer.services;
  for (const { device, left } of claimed) {
    if (left >= LIMITS.LOW_KEY_PACKAGES) continue;
    const owner = sessions.find(nickname, device);
    const counts = owner && (await keyPackages.findLow(nickname, device));
    if (counts) owner.tell(counts);
  }
}
