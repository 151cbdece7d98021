// Whether something may be sent to a group at all: not while the identity key of a member has changed and the person has not
// accepted that. Asked by the outbox and by signals.ts. SPEC §5.4.
import type { Nickname } from '@sirdas/protocol';
import type { Contacts } from '../contacts.ts';

/** The first member for whom the person has to decide; null: nothing stands in the way. */
export function findUndecided(
  members: readonly { readonly nickname: Nickname }[],
  contacts: Pick<Contacts, 'get'>,
): Nickname | null {
  // CLI-069
  return members.find(({ nickname }) => contacts.get(nickname)?.changed)?.nickname ?? null;
}
