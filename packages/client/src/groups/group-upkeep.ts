// What a group needs, whoever does it first: leaves of revoked devices go, members who said that they leave go, own devices that
// are not in it yet come. Pure; carried out by reconcile.ts, and taken along by every other commit. SPEC §11.10.
import type { GroupDescription, Leaf, VerifiedAccount } from '@sirdas/crypto';
import {
  type DeviceId,
  equalBytes,
  type GroupState,
  LIMITS,
  type Nickname,
  toDeviceId,
  XWING_SUITE,
} from '@sirdas/protocol';
import { findByIdentityKey, wasRevokedSince } from './account-devices.ts';
import { findMember, type GroupMember } from './commit-change.ts';
import type { CommitGoal } from './commit-intent.ts';
import { findSuccessor, MAX_XWING_LEAVES, mayRemove } from './commit-policy.ts';

export interface UpkeepKnowledge {
  readonly own: Nickname;
  /** Every verified chain under a nickname, the pinned one first. */
  readonly accounts: (nickname: Nickname) => readonly VerifiedAccount[];
  readonly leaving: readonly Nickname[];
}

export interface Upkeep {
  readonly goal: CommitGoal;
  /** It is about devices of the own account: others give way. */
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
  const missing = listMissing(group, removed, knowledge);
  if (removed.length === 0 && missing.length === 0 && gone.length === 0) return null;
  return {
    goal: {
      add: missing.length > 0 ? [{ nickname: self.nickname, devices: missing }] : [],
      remove: removed.map(({ index }) => index),
      state: gone.length > 0 ? withoutMembers(state, goneNames) : null,
    },
    isOwn: missing.length > 0 || removed.some(({ nickname }) => nickname === self.nickname),
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

function isRevoked(state: GroupState, leaf: Leaf, { accounts }: UpkeepKnowledge): boolean {
  const identityKey = findMember(state, leaf.nickname)?.identityKey;
  const account = identityKey && findByIdentityKey(accounts(leaf.nickname), identityKey);
  return account ? wasRevokedSince(account, leaf) === true : false;
}

/** Devices of the own account without a leaf, as far as there is room. */
function listMissing(
  { suite, leaves }: GroupDescription,
  removed: readonly Leaf[],
  { own, accounts }: UpkeepKnowledge,
): DeviceId[] {
  const [account] = accounts(own);
  const stays = leaves.filter((leaf) => !removed.includes(leaf));
  const present = new Set(stays.map(({ device }) => device));
  const listed = account?.record.devices.map(({ id }) => toDeviceId(id)) ?? [];
  const max = suite === XWING_SUITE ? MAX_XWING_LEAVES : LIMITS.MAX_READERS;
  const room = Math.max(0, max - stays.length);
  return listed.filter((device) => !present.has(device)).slice(0, room);
}
