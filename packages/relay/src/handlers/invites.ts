// create_invite, list_invites, revoke_invite (SPEC §3.1, §4.3): for accounts that may invite, about their own invites.
import { type Frame, fromId, toInviteId } from '@sirdas/protocol';
import type { Peer } from '../peer.ts';
import type { Session } from '../sessions.ts';

export async function handleCreateInvite(
  peer: Peer,
  session: Session,
  frame: Frame<'createInvite'>,
): Promise<void> {
  // RLY-035
  if (!session.mayInvite) return peer.refuse(frame.request, 'NOT_ALLOWED');
  const waitMs = peer.services.limits.tryInvite(session.nickname);
  if (waitMs > 0) return peer.refuse(frame.request, 'RATE_LIMITED', waitMs);
  const { uses, ttlMs, grantsInvites } = frame;
  const invite = await peer.services.admission.createInvite(session.nickname, { uses, ttlMs, grantsInvites });
  if ('refused' in invite) return peer.refuse(frame.request, invite.refused);
  peer.reply(frame.request, { kind: 'inviteCreated', token: invite.token, id: fromId(invite.id) });
}

export async function handleListInvites(
  peer: Peer,
  session: Session,
  frame: Frame<'listInvites'>,
): Promise<void> {
  if (!session.mayInvite) return peer.refuse(frame.request, 'NOT_ALLOWED');
  const invites = await peer.services.admission.listInvites(session.nickname);
  peer.reply(frame.request, {
    kind: 'inviteList',
    invites: invites.map(({ id, usesLeft, expiresMs, grantsInvites }) => ({
      id: fromId(id),
      usesLeft,
      expiresMs,
      grantsInvites,
    })),
  });
}

export async function handleRevokeInvite(
  peer: Peer,
  session: Session,
  frame: Frame<'revokeInvite'>,
): Promise<void> {
  if (!session.mayInvite) return peer.refuse(frame.request, 'NOT_ALLOWED');
  // RLY-036
  const isRevoked = await peer.services.admission.revokeInvite(toInviteId(frame.id), session.nickname);
  if (isRevoked) peer.reply(frame.request, { kind: 'done' });
  else peer.refuse(frame.request, 'UNKNOWN_INVITE');
}
