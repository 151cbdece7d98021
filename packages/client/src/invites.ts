// Invites that this account makes for others (SPEC §4.3, §4.4). Called by sirdas.ts.
import { formatInviteLink, fromId, type InviteId, toInviteId } from '@sirdas/protocol';
import type { Clock } from './clock.ts';
import type { Invite } from './model.ts';
import type { ClaimedAccount } from './own-account.ts';
import type { Session } from './session.ts';

export interface InviteToMake {
  /** How many accounts it admits, 1 to 1000. */
  readonly uses: number;
  /** How long it lasts, at most a year. */
  readonly ttlMs: number;
  readonly grantsInvites: boolean;
}

export interface NewInvite extends Invite {
  /** Whoever has it can join: shown once, kept nowhere. */
  readonly link: string;
}

/** Throws NOT_ALLOWED and what else the relay answers. */
export async function createInvite(
  session: Session,
  own: ClaimedAccount,
  clock: Clock,
  invite: InviteToMake,
): Promise<NewInvite> {
  const { uses, ttlMs, grantsInvites } = invite;
  const { id, token } = await session.request({ kind: 'createInvite', uses, ttlMs, grantsInvites });
  const { host, port, fingerprint, plaintext } = own.relay;
  const link = formatInviteLink(own.webAddress, {
    host,
    tcpPort: port,
    relayFingerprint: fingerprint,
    token,
    plaintext,
  });
  const expiresMs = clock.nowMs() + ttlMs;
  return { id: toInviteId(id), usesLeft: uses, expiresMs, grantsInvites, link };
}

export async function listInvites(session: Session): Promise<Invite[]> {
  const { invites } = await session.request({ kind: 'listInvites' });
  return invites.map((invite) => ({ ...invite, id: toInviteId(invite.id) }));
}

/** Throws UNKNOWN_INVITE. */
export async function revokeInvite(session: Session, id: InviteId): Promise<void> {
  await session.request({ kind: 'revokeInvite', id: fromId(id) });
}
