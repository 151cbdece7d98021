// A commit with what follows from it: who goes, who comes, whose role is another one. The common ground of the policy and of
// the lines that a person sees. SPEC §11.5.
import type { Leaf } from '@sirdas/crypto';
import { equalBytes, type GroupState, type MlsSuite, type Nickname } from '@sirdas/protocol';
import type { ConversationEvent } from '../model.ts';

/** What a commit makes of a group, as `openCommit` tells it. */
export interface CommitChange {
  readonly suite: MlsSuite;
  readonly committer: Leaf;
  /** Before the commit. */
  readonly leaves: readonly Leaf[];
  readonly added: readonly Leaf[];
  readonly removed: readonly Leaf[];
  readonly before: GroupState;
  readonly after: GroupState;
}

export type GroupMember = GroupState['members'][number];

/** A commit with what follows from it. */
export interface ChangeInMembers extends CommitChange {
  readonly leavesAfter: readonly Leaf[];
  /** Members that go; who comes back with another identity key is in both. */
  readonly dropped: readonly GroupMember[];
  readonly joined: readonly GroupMember[];
  /** As they are afterwards. */
  readonly newRoles: readonly GroupMember[];
}

/** One visible line each. */
export interface CommitEvent {
  readonly sender: Nickname;
  readonly event: ConversationEvent;
}

export function compareMembers(commit: CommitChange): ChangeInMembers {
  const { before, after, leaves, added, removed } = commit;
  const gone = new Set(removed.map(({ index }) => index));
  return {
    ...commit,
    leavesAfter: [...leaves.filter(({ index }) => !gone.has(index)), ...added],
    dropped: before.members.filter((member) => !findSame(after, member)),
    joined: after.members.filter((member) => !findSame(before, member)),
    newRoles: after.members.filter((member) => {
      const known = findSame(before, member);
      return known !== null && known.role !== member.role;
    }),
  };
}

/** The same account: the name with the key. */
function findSame(state: GroupState, { nickname, identityKey }: GroupMember): GroupMember | null {
  const found = findMember(state, nickname);
  return found && equalBytes(found.identityKey, identityKey) ? found : null;
}

export function findMember(state: GroupState, nickname: Nickname): GroupMember | null {
  return state.members.find((member) => member.nickname === nickname) ?? null;
}

export function isAmong(members: readonly GroupMember[], nickname: Nickname): boolean {
  return members.some((member) => member.nickname === nickname);
}

/**
 * The same device comes in again with the same commit: how others bring a device back that has lost its state. Nobody asks for its
 * report here, since reports travel through inboxes and are not seen by all at the same time; the device has signed its new leaf.
 */
export function isReplaced({ added }: Pick<CommitChange, 'added'>, leaf: Leaf): boolean {
  return added.some(
    ({ device, nickname, signatureKey }) =>
      device === leaf.device && nickname === leaf.nickname && equalBytes(signatureKey, leaf.signatureKey),
  );
}
