// Whether a Welcome is one to follow: the group is what it says, whoever added this device may do so, and it does not lead back
// behind what is known. Nothing is asked and nothing is changed here. Called by welcomes.ts. SPEC §11.4, §11.7, §11.9.
import { directConversationId, type GroupDescription, type Leaf } from '@sirdas/crypto';
import {
  equalBytes,
  type GroupRole,
  type GroupState,
  type Nickname,
  toConversationId,
} from '@sirdas/protocol';
import type { ConversationState, GroupRecord } from '../vault/vault.ts';
import { findMember, type GroupMember } from './commit-change.ts';
import { comparePrecedence } from './group-store.ts';

/** What the group is to this device. */
export type WelcomeKind =
  | 'new'
  /** The same group again: this device had no state of it, or one that it could not follow. */
  | 'repair'
  /** In the place of a broken one. */
  | 'reset'
  /** Begun at the same moment as another one. */
  | 'twin';

export type WelcomeVerdict =
  | { readonly outcome: 'accepted'; readonly kind: WelcomeKind }
  | { readonly outcome: 'refused' }
  /** Good for an identity key that the person has not accepted yet. */
  | { readonly outcome: 'held'; readonly sender: Nickname };

export interface WelcomeKnowledge {
  readonly relayFingerprint: Uint8Array;
  readonly own: { readonly nickname: Nickname; readonly identityKey: Uint8Array };
  /** The pinned identity key, and one that waits to be accepted; null: nobody that is known. */
  readonly keysOf: (
    nickname: Nickname,
  ) => { readonly pinned: Uint8Array; readonly changed: Uint8Array | null } | null;
  /** Null: never heard of. */
  readonly conversation: ConversationState | null;
  /** Of the same conversation. */
  readonly groups: readonly GroupRecord[];
}

export interface ArrivedGroup {
  readonly group: GroupDescription;
  readonly addedBy: Leaf;
  /** As the envelope names it. */
  readonly suite: string;
}

const REFUSED: WelcomeVerdict = { outcome: 'refused' };

/** CLI-046 */
export function judgeWelcome(arrived: ArrivedGroup, knowledge: WelcomeKnowledge): WelcomeVerdict {
  const { group, addedBy, suite } = arrived;
  const { state } = group;
  const self = findMember(state, knowledge.own.nickname);
  const isSound =
    suite === group.suite &&
    self !== null &&
    equalBytes(self.identityKey, knowledge.own.identityKey) &&
    group.leaves.every(({ nickname }) => findMember(state, nickname) !== null) &&
    isOfKind(state, knowledge);
  if (!isSound) return REFUSED;
  const kind = findKind(arrived, knowledge);
  if (!kind || !mayAdd(kind, addedBy.nickname, state, knowledge)) return REFUSED;
  return judgeKeys(state, knowledge) ?? { outcome: 'accepted', kind };
}

/** A direct conversation has the id of its members; any other one is not known as a direct one. */
function isOfKind(state: GroupState, { own, relayFingerprint, conversation }: WelcomeKnowledge): boolean {
  const id = toConversationId(state.conversation);
  if (!state.direct) return conversation === null || conversation.kind === 'group';
  const peer = state.members.find(({ nickname }) => nickname !== own.nickname)?.nickname ?? own.nickname;
  return id === directConversationId(relayFingerprint, [own.nickname, peer]);
}

function findKind({ group }: ArrivedGroup, { groups }: WelcomeKnowledge): WelcomeKind | null {
  const { log, state, epoch } = group;
  const known = groups.find((record) => record.log === log);
  // A Welcome that was used before, or leads to where this device has been, is a replay.
  if (known) return epoch > known.epoch && known.generation === state.generation ? 'repair' : null;
  const [present] = [...groups].sort(comparePrecedence);
  if (!present) return 'new';
  if (state.generation > present.generation) return 'reset';
  // Only what may begin at the same moment at two places has a twin.
  const mayHaveTwin = state.direct || state.generation > 0;
  return state.generation === present.generation && mayHaveTwin ? 'twin' : null;
}

/** By the roles in the group as this device knew it, where it did. */
function mayAdd(
  kind: WelcomeKind,
  adder: Nickname,
  state: GroupState,
  { own, conversation }: WelcomeKnowledge,
): boolean {
  if (state.direct || adder === own.nickname) return true;
  const isLeading = (role: GroupRole | undefined) => role === 'owner' || role === 'admin';
  const known = conversation?.members.find(({ nickname }) => nickname === adder)?.role;
  const isMember = conversation !== null && conversation.state !== 'left' && conversation.state !== 'removed';
  if (kind === 'reset' || kind === 'twin')
    return isLeading(known) && couldHaveMade(known, state, conversation);
  // Any member may bring back a device of a member, and only those that are known here: a Welcome can say of anybody that they are one.
  if (isMember) return known !== undefined;
  // Only who leads the group brings in an account; one that was in it before, only somebody it has met there.
  const isStranger = conversation !== null && known === undefined;
  return !isStranger && isLeading(findMember(state, adder)?.role);
}

/**
 * The list may be another one than this device knows: its Welcome comes before the last changes of the former group. What the new list
 * differs in must be what its maker could have changed there, too.
 */
function couldHaveMade(
  role: GroupRole | undefined,
  { members }: GroupState,
  conversation: ConversationState | null,
): boolean {
  if (role === 'owner') return true;
  const listLeaders = (list: readonly Pick<GroupMember, 'nickname' | 'role'>[]) =>
    list.filter((one) => one.role !== 'member').map((one) => `${one.role} ${one.nickname}`);
  const [before, after] = [listLeaders(conversation?.members ?? []), listLeaders(members)];
  return before.length === after.length && before.every((leader) => after.includes(leader));
}

/** Null: all of them are the ones that are pinned, or nobody that is known. */
function judgeKeys({ members }: GroupState, { own, keysOf }: WelcomeKnowledge): WelcomeVerdict | null {
  for (const { nickname, identityKey } of members) {
    const keys = nickname === own.nickname ? null : keysOf(nickname);
    if (!keys || equalBytes(keys.pinned, identityKey)) continue;
    // CLI-031
    if (keys.changed && equalBytes(keys.changed, identityKey)) return { outcome: 'held', sender: nickname };
    return REFUSED;
  }
  return null;
}
