// What a group needs, whoever does it first: leaves of revoked devices go, members who said that they leave go, own devices that
// are not in it yet come, and so do members without any leaf. Pure; carried out by reconcile.ts. SPEC §11.10.
import type { GroupDescription, Leaf, VerifiedAccount } from '@sirdas/crypto';
import {
  equalBytes,
  type GroupState,
  LIMITS,
  type Nickname,
  toDeviceId,
  XWING_SUITE,
} from '@sirdas/protocol';
import { findByIdentityKey, wasRevokedSince } from './account-devices.ts';
import { findMember, type GroupMember } from './commit-change.ts';
import type { CommitGoal, DevicesToAdd } from './commit-intent.ts';
import { findSuccessor, MAX_XWING_LEAVES, mayRemove } from './commit-policy.ts';
import { countAccountsPerCommit } from './suite-choice.ts';

export interface UpkeepKnowledge {
  readonly own: Nickname;
  /** Every verified chain under a nickname, the pinned one first. */
  readonly accounts: (nickname: Nickname) => readonly VerifiedAccount[];
  readonly leaving: readonly Nickname[];
}

export interface Upkeep {
  readonly goal: CommitGoal;
  /** It is about devices of the own account, or follows from what this person has decided: others give way. */
  readonly isOwn: boolean;
}

/** Null: nothing to do, or not for this account. */
export function planUpkeep(group: GroupDescription, knowledge: UpkeepKnowledge): Upkeep | null {
  const { state, leaves, ownLeafIndex } = group;
  const self = findMember(state, knowledge.own);
  // Who has said goodbye does nothing more here.
  if (!self || knowledge.leaving.includes(self.nickname)) return null;
  const gone = state.direct ? [] : state.members.filter((member) => isGone(member, self, knowledge));
  const goneNames = new Set(gone.map(({ nickname }) => nickname));
  const removed = leaves.filter(
    (leaf) =>
      leaf.index !== ownLeafIndex && (goneNames.has(leaf.nickname) || isRevoked(state, leaf, knowledge)),
  );
  const kept = leaves.filter((leaf) => !removed.includes(leaf));
  const missing = state.members
    .filter((member) => !goneNames.has(member.nickname) && mayBringIn(state, self, member))
    .map((member) => findMissing(member, kept, knowledge))
    .filter(({ devices }) => devices.length > 0)
    // The own ones first.
    .sort((a, b) => Number(b.nickname === self.nickname) - Number(a.nickname === self.nickname));
  const { add, isPartial } = fitInto(group, kept.length, missing);
  if (removed.length === 0 && add.length === 0 && gone.length === 0) return null;
  return {
    goal: {
      add,
      remove: removed.map(({ index }) => index),
      state: gone.length > 0 ? withoutMembers(state, goneNames) : null,
      isPartial,
    },
    isOwn:
      [...add, ...removed].some(({ nickname }) => nickname === self.nickname) ||
      gone.some(({ nickname }) => !knowledge.leaving.includes(nickname)),
  };
}

/** The same group without these members; when the last owner is among them there is a new one. */
export function withoutMembers(state: GroupState, gone: ReadonlySet<Nickname>): GroupState {
  const successor = findSuccessor(state, ({ nickname }) => gone.has(nickname));
  const members = state.members
    .filter(({ nickname }) => !gone.has(nickname))
    .map((member) => (member === successor ? { ...member, role: 'owner' as const } : member));
  return { ...state, members };
}

function isGone(member: GroupMember, self: GroupMember, { accounts, leaving }: UpkeepKnowledge): boolean {
  if (member === self) return false;
  if (leaving.includes(member.nickname)) return true;
  // The person has accepted another key under this name: the devices of the old one have no business here any more.
  const [pinned] = accounts(member.nickname);
  const isReplaced = pinned !== undefined && !equalBytes(pinned.record.identityKey, member.identityKey);
  return isReplaced && mayRemove(self.role, member);
}

/** A device that knows a former group follows into the next one only whom it knows as owner or admin (SPEC §11.9). */
function mayBringIn({ direct, generation }: GroupState, self: GroupMember, member: GroupMember): boolean {
  return member === self || direct || generation === 0 || self.role !== 'member';
}

function isRevoked(state: GroupState, leaf: Leaf, { accounts }: UpkeepKnowledge): boolean {
  const identityKey = findMember(state, leaf.nickname)?.identityKey;
  const account = identityKey && findByIdentityKey(accounts(leaf.nickname), identityKey);
  return account ? wasRevokedSince(account, leaf) === true : false;
}

/** Devices of the own account without a leaf; of another one only where none is in: the others say themselves when they are there. */
function findMissing(
  { nickname, identityKey }: GroupMember,
  kept: readonly Leaf[],
  { own, accounts }: UpkeepKnowledge,
): DevicesToAdd {
  const present = kept.filter((leaf) => leaf.nickname === nickname).map(({ device }) => device);
  const account = findByIdentityKey(accounts(nickname).slice(0, 1), identityKey);
  const isWanted = nickname === own || present.length === 0;
  const listed = isWanted && account ? account.record.devices.map(({ id }) => toDeviceId(id)) : [];
  return { nickname, devices: listed.filter((device) => !present.includes(device)) };
}

/** As many as there is room for in the group, and in the Welcomes of one commit. */
function fitInto(
  { suite }: GroupDescription,
  leafCount: number,
  missing: readonly DevicesToAdd[],
): { readonly add: DevicesToAdd[]; readonly isPartial: boolean } {
  let room = Math.max(0, (suite === XWING_SUITE ? MAX_XWING_LEAVES : LIMITS.MAX_READERS) - leafCount);
  const fitting: DevicesToAdd[] = [];
  for (const { nickname, devices } of missing) {
    const some = devices.slice(0, room);
    room -= some.length;
    if (some.length > 0) fitting.push({ nickname, devices: some });
  }
  const count = fitting.reduce((sum, { devices }) => sum + devices.length, leafCount);
  const add = fitting.slice(0, countAccountsPerCommit(suite, count));
  return { add, isPartial: add.length < fitting.length };
}
