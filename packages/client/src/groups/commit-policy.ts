// Who may change what in a group (SPEC §11.5), judged by every member for itself from the states before and after a commit.
// The answer depends on nothing but the group, the Leaves of its epoch and verified account chains, and never on when it is asked: members
// that answer differently would part for ever. Called by commit-judge.ts, and by whoever plans a commit before it is made.
import type { Leaf, VerifiedAccount } from '@sirdas/crypto';
import {
  equalBytes,
  type GroupRole,
  type GroupState,
  LIMITS,
  type Nickname,
  XWING_SUITE,
} from '@sirdas/protocol';
import { findByIdentityKey, wasListedAt, wasRevokedSince } from './account-devices.ts';
import {
  type ChangeInMembers,
  type CommitChange,
  type CommitEvent,
  compareMembers,
  findMember,
  type GroupMember,
  isAmong,
  isReplaced,
} from './commit-change.ts';
import { describeChange } from './commit-events.ts';

/** A hybrid leaf is some 1.2 kB: beyond this many, commits outgrow what a phone should load. */
export const MAX_XWING_LEAVES = 64;

export interface PolicyKnowledge {
  /** Every verified chain under a nickname: the pinned one, and the one of a changed key that nobody has accepted yet. */
  readonly accounts: (nickname: Nickname) => readonly VerifiedAccount[];
  /** Who has said in this epoch that they leave. */
  readonly leaving: ReadonlySet<Nickname>;
}

export type PolicyError =
  /** The role of the committer does not cover it. */
  | 'CHANGE_NOT_ALLOWED'
  /** A device that its account has not, or had not any more, in its records. */
  | 'DEVICE_NOT_LISTED'
  /** Members, leaves and what never changes do not fit each other. */
  | 'GROUP_INCONSISTENT'
  | 'GROUP_TOO_LARGE';

export type CommitJudgement =
  | { readonly allowed: true; readonly events: readonly CommitEvent[] }
  /** Newer records of the accounts in `unsure` could still allow it: look them up before the answer counts. */
  | { readonly allowed: false; readonly error: PolicyError; readonly unsure: readonly Nickname[] };

type Refusal = Extract<CommitJudgement, { allowed: false }>;

export function judgeCommit(commit: CommitChange, knowledge: PolicyKnowledge): CommitJudgement {
  const change = compareMembers(commit);
  const refusal =
    judgeConstants(change) ??
    judgeShape(change) ??
    judgeSize(change) ??
    judgeMembers(change, knowledge.leaving) ??
    judgeNameAndRoles(change) ??
    judgeRemovedLeaves(change, knowledge) ??
    judgeAddedLeaves(change, knowledge);
  return refusal ?? { allowed: true, events: describeChange(change, knowledge.leaving) };
}

/** Who becomes owner when the last one goes: the first admin in the order of the list, else the first member. */
export function findSuccessor(
  before: GroupState,
  gone: (member: GroupMember) => boolean,
): GroupMember | null {
  const rest = before.members.filter((member) => !gone(member));
  if (rest.some(({ role }) => role === 'owner')) return null;
  return rest.find(({ role }) => role === 'admin') ?? rest[0] ?? null;
}

/** Whether somebody with this role may remove that member, with all devices. */
export function mayRemove(role: GroupRole, member: GroupMember): boolean {
  return role === 'owner' || (role === 'admin' && member.role === 'member');
}

/** Whether somebody with this role may bring in a member with that one. */
export function mayAdd(role: GroupRole, newRole: GroupRole): boolean {
  return role === 'owner' || (role === 'admin' && newRole === 'member');
}

function judgeConstants({ before, after, dropped, joined, newRoles }: ChangeInMembers): Refusal | null {
  const isSameGroup =
    equalBytes(before.conversation, after.conversation) &&
    before.direct === after.direct &&
    before.generation === after.generation;
  // A direct conversation is that of its two accounts: with others, or with other keys, it is another group.
  const isSameDirect = before.name === after.name && [...dropped, ...joined, ...newRoles].length === 0;
  // CLI-050
  return isSameGroup && (!before.direct || isSameDirect) ? null : refuse('GROUP_INCONSISTENT');
}

function judgeShape({
  leaves,
  leavesAfter,
  removed,
  joined,
  dropped,
  after,
}: ChangeInMembers): Refusal | null {
  const accounts = new Set(after.members.map(({ nickname }) => nickname));
  const devices = new Set(leavesAfter.map(({ device }) => device));
  const removedIndexes = new Set(removed.map(({ index }) => index));
  const staysBehind = leaves.some(
    ({ nickname, index }) => isAmong(dropped, nickname) && !removedIndexes.has(index),
  );
  const kept = new Set(leaves.map(({ index }) => index));
  const isListed =
    // CLI-051
    leavesAfter.every(({ nickname }) => accounts.has(nickname)) &&
    joined.every(({ nickname }) => leavesAfter.some((leaf) => leaf.nickname === nickname)) &&
    !staysBehind &&
    removed.every(({ index }) => kept.has(index)) &&
    // CLI-052
    devices.size === leavesAfter.length;
  return isListed ? null : refuse('GROUP_INCONSISTENT');
}

function judgeSize({ suite, leavesAfter, added }: ChangeInMembers): Refusal | null {
  const max = suite === XWING_SUITE ? MAX_XWING_LEAVES : LIMITS.MAX_READERS;
  // CLI-053
  return added.length > 0 && leavesAfter.length > max ? refuse('GROUP_TOO_LARGE') : null;
}

function judgeMembers(change: ChangeInMembers, leaving: ReadonlySet<Nickname>): Refusal | null {
  const role = roleOf(change);
  const isAllowed =
    role !== null &&
    change.dropped.every((member) => mayRemove(role, member) || leaving.has(member.nickname)) &&
    change.joined.every((member) => mayAdd(role, member.role));
  // CLI-054
  return isAllowed ? null : refuse('CHANGE_NOT_ALLOWED');
}

function judgeNameAndRoles(change: ChangeInMembers): Refusal | null {
  const { before, after, dropped, newRoles } = change;
  const role = roleOf(change);
  if (role === 'owner') return null;
  // CLI-055
  if (before.name !== after.name && role !== 'admin') return refuse('CHANGE_NOT_ALLOWED');
  const successor = findSuccessor(before, (member) => isAmong(dropped, member.nickname));
  const expected = successor ? [successor.nickname] : [];
  const isAsExpected =
    newRoles.length === expected.length &&
    newRoles.every((member) => expected.includes(member.nickname) && member.role === 'owner');
  // CLI-055
  return isAsExpected ? null : refuse('CHANGE_NOT_ALLOWED');
}

function judgeRemovedLeaves(change: ChangeInMembers, { accounts }: PolicyKnowledge): Refusal | null {
  const unsure: Nickname[] = [];
  for (const leaf of change.removed) {
    const { nickname } = leaf;
    const isOwn = nickname === change.committer.nickname;
    if (isOwn || isAmong(change.dropped, nickname) || isReplaced(change, leaf)) continue;
    const identityKey = findMember(change.before, nickname)?.identityKey;
    const account = identityKey && findByIdentityKey(accounts(nickname), identityKey);
    // CLI-056
    if (!account || !wasRevokedSince(account, leaf)) unsure.push(nickname);
  }
  return unsure.length > 0 ? refuse('CHANGE_NOT_ALLOWED', unsure) : null;
}

function judgeAddedLeaves(change: ChangeInMembers, { accounts }: PolicyKnowledge): Refusal | null {
  const unsure: Nickname[] = [];
  for (const leaf of change.added) {
    const { nickname } = leaf;
    const identityKey = findMember(change.after, nickname)?.identityKey;
    const account = identityKey && findByIdentityKey(accounts(nickname), identityKey);
    const isListed = account ? wasListedAt(account, leaf, findKnownIndex(change, leaf)) : null;
    // CLI-057
    if (isListed === false) return refuse('DEVICE_NOT_LISTED');
    if (isListed === null) unsure.push(nickname);
  }
  return unsure.length > 0 ? refuse('DEVICE_NOT_LISTED', unsure) : null;
}

/** The newest record of a leaf's account that the leaf or the group speaks of: a device that was revoked before does not come in. */
function findKnownIndex({ leaves, joined }: ChangeInMembers, leaf: Leaf): number {
  // Leaves under an older identity key belong to another chain.
  const others = isAmong(joined, leaf.nickname) ? [] : leaves;
  const indexes = others
    .filter(({ nickname }) => nickname === leaf.nickname)
    .map(({ recordIndex }) => recordIndex);
  return Math.max(leaf.recordIndex, ...indexes);
}

function roleOf({ before, committer }: ChangeInMembers): GroupRole | null {
  return findMember(before, committer.nickname)?.role ?? null;
}

function refuse(error: PolicyError, unsure: readonly Nickname[] = []): Refusal {
  return { allowed: false, error, unsure: [...new Set(unsure)] };
}
