// What a person does with a group: made, enlarged, left, renamed. What the own role does not allow is refused here, before anything
// is bought or sent; the other members would refuse it too. Resolves when the log has it and this device has applied it.
// Called through `sirdas.groups`. SPEC §11.5, §11.9.
import type { GroupDescription, RandomSource, VerifiedAccount } from '@sirdas/crypto';
import {
  type ConversationId,
  compareUtf8,
  type GroupRole,
  type GroupState,
  LIMITS,
  type LogId,
  type Nickname,
  toConversationId,
} from '@sirdas/protocol';
import type { Clock } from '../clock.ts';
import type { Contacts } from '../contacts.ts';
import type { Conversations } from '../conversations.ts';
import { SirdasError } from '../errors.ts';
import type { EpochCheck } from '../model.ts';
import type { Outbox } from '../outbox.ts';
import type { OwnAccount } from '../own-account.ts';
import { readGroupName, readNickname } from '../read-input.ts';
import type { Session } from '../session.ts';
import { findMember, type GroupMember } from './commit-change.ts';
import type { CommitGoal, CommitIntent } from './commit-intent.ts';
import { mayAdd, mayRemove } from './commit-policy.ts';
import { listDevices } from './direct-groups.ts';
import type { GroupActions } from './group-actions.ts';
import type { GroupCommits } from './group-commits.ts';
import type { GroupStore } from './group-store.ts';
import { withoutMembers } from './group-upkeep.ts';
import { sayLeave } from './leaving.ts';
import { chooseSuite, countAccountsPerCommit } from './suite-choice.ts';

const CONVERSATION_ID_BYTES = 16;

export interface MemberActionsOptions {
  readonly own: OwnAccount;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly contacts: Contacts;
  readonly conversations: Conversations;
  readonly outbox: Outbox;
  readonly store: GroupStore;
  readonly commits: GroupCommits;
  /** Throws UNREACHABLE. */
  readonly session: () => Session;
  /** By resets.ts and epoch-check.ts. */
  readonly reset: (conversation: ConversationId, session: Session) => Promise<void>;
  readonly check: (conversation: ConversationId) => Promise<EpochCheck>;
}

export class MemberActions implements GroupActions {
  readonly #options: MemberActionsOptions;

  constructor(options: MemberActionsOptions) {
    this.#options = options;
  }

  async create({ name, members }: { readonly name: string; readonly members: readonly string[] }) {
    const { own, random, commits, conversations } = this.#options;
    const session = this.#options.session();
    const groupName = readGroupName(name);
    const others = await this.#lookUp(members, session);
    const self = own.needVerified();
    const suite = chooseSuite([self, ...others]);
    const conversation = random(CONVERSATION_ID_BYTES);
    const first: GroupState = {
      ...{ conversation, generation: 0, direct: false, name: groupName },
      members: [{ ...identify(self), role: 'owner' }],
    };
    const [now, later] = split(others, countAccountsPerCommit(suite, countDevices([self, ...others])));
    const ownDevices = listDevices([self], own.need().device);
    const goal = addMembers(first, now);
    const log = await commits.begin(
      { suite, first, goal: { ...goal, add: [...ownDevices, ...goal.add] } },
      session,
    );
    if (later.length > 0) await commits.commit(log, (group) => this.#planAdding(group, later), session);
    return conversations.describe(toConversationId(conversation));
  }

  async add(conversation: ConversationId, nicknames: readonly string[]): Promise<void> {
    const session = this.#options.session();
    const others = await this.#lookUp(nicknames, session);
    await this.#commit(conversation, (group) => this.#planAdding(group, others), session);
  }

  async remove(conversation: ConversationId, nickname: string): Promise<void> {
    const name = readNickname(nickname);
    await this.#commit(conversation, (group) => {
      const { member, self } = this.#find(group, name);
      if (member === self || !mayRemove(self.role, member)) throw notAllowed();
      const leaves = group.leaves.filter((leaf) => leaf.nickname === name);
      const state = withoutMembers(group.state, new Set([name]));
      return { add: [], remove: leaves.map(({ index }) => index), state };
    });
  }

  async leave(conversation: ConversationId): Promise<void> {
    const { conversations, outbox } = this.#options;
    const { kind, state } = conversations.need(conversation);
    if (kind === 'direct') throw notAllowed();
    if (state === 'left' || state === 'removed') throw over();
    const session = this.#options.session();
    const item = await sayLeave(conversation, this.#options);
    // Without this connection it is said over the next one.
    await session.untilClosed(outbox.whenGone(item));
  }

  async rename(conversation: ConversationId, name: string): Promise<void> {
    const groupName = readGroupName(name);
    await this.#commit(conversation, (group) => {
      if (this.#needSelf(group).role === 'member') throw notAllowed();
      return group.state.name === groupName ? null : change({ ...group.state, name: groupName });
    });
  }

  async setRole(conversation: ConversationId, nickname: string, role: GroupRole): Promise<void> {
    const name = readNickname(nickname);
    await this.#commit(conversation, (group) => {
      const { member, self } = this.#find(group, name);
      const members = group.state.members.map((one) => (one === member ? { ...one, role } : one));
      const hasOwner = members.some((one) => one.role === 'owner');
      if (self.role !== 'owner' || !hasOwner) throw notAllowed();
      return member.role === role ? null : change({ ...group.state, members });
    });
  }

  async reset(conversation: ConversationId): Promise<void> {
    await this.#options.reset(conversation, this.#options.session());
  }

  check(conversation: ConversationId): Promise<EpochCheck> {
    return this.#options.check(conversation);
  }

  async #commit(
    conversation: ConversationId,
    intent: CommitIntent,
    session = this.#options.session(),
  ): Promise<void> {
    await this.#options.commits.commit(this.#needLog(conversation), intent, session);
  }

  /** Of a group that one can do something with. */
  #needLog(id: ConversationId): LogId {
    const { conversations, store } = this.#options;
    const { kind, state } = conversations.need(id);
    if (state === 'left' || state === 'removed') throw over();
    if (kind === 'direct') throw notAllowed();
    const present = store.presentOf(id);
    if (state === 'broken' || !present)
      throw new SirdasError('GROUP_BROKEN', 'the group cannot be followed here');
    return present.log;
  }

  #planAdding(group: GroupDescription, accounts: readonly VerifiedAccount[]): CommitGoal | null {
    const self = this.#needSelf(group);
    const missing = accounts.filter(({ record }) => !findMember(group.state, record.nickname));
    if (missing.length === 0) return null;
    if (!mayAdd(self.role, 'member')) throw notAllowed();
    if (group.state.members.length + missing.length > LIMITS.MAX_GROUP_MEMBERS) {
      throw new SirdasError('GROUP_TOO_LARGE', 'more members than a group may have');
    }
    const leavesAfter = group.leaves.length + countDevices(missing);
    const [now, later] = split(missing, countAccountsPerCommit(group.suite, leavesAfter));
    return { ...addMembers(group.state, now), isPartial: later.length > 0 };
  }

  #find({ state }: GroupDescription, nickname: Nickname): { member: GroupMember; self: GroupMember } {
    const self = findMember(state, this.#options.own.need().nickname);
    const member = findMember(state, nickname);
    if (!self) throw over();
    if (!member) throw new SirdasError('UNKNOWN_ACCOUNT', 'not a member');
    return { member, self };
  }

  #needSelf(group: GroupDescription): GroupMember {
    return this.#find(group, this.#options.own.need().nickname).self;
  }

  /** As the directory has them now. Throws KEY_CHANGED, UNKNOWN_ACCOUNT, BAD_NICKNAME, UNREACHABLE. */
  async #lookUp(typed: readonly string[], session: Session): Promise<VerifiedAccount[]> {
    const { own, contacts } = this.#options;
    const names = new Set(typed.map(readNickname));
    names.delete(own.need().nickname);
    if (names.size >= LIMITS.MAX_GROUP_MEMBERS) {
      throw new SirdasError('GROUP_TOO_LARGE', 'more members than a group may have');
    }
    const accounts: VerifiedAccount[] = [];
    for (const name of names) {
      const { account, changed } = await contacts.refresh(session, name);
      // CLI-030
      if (changed) throw new SirdasError('KEY_CHANGED', 'the person has to see the changed key first');
      accounts.push(account);
    }
    return accounts;
  }
}

function addMembers(before: GroupState, accounts: readonly VerifiedAccount[]): CommitGoal {
  const added = accounts.map((account) => ({ ...identify(account), role: 'member' as const }));
  const members = [...before.members, ...added].sort((a, b) => compareUtf8(a.nickname, b.nickname));
  const state = accounts.length > 0 ? { ...before, members } : null;
  return { add: listDevices(accounts, null), remove: [], state };
}

function identify({ record: { nickname, identityKey } }: VerifiedAccount) {
  return { nickname, identityKey };
}

function countDevices(accounts: readonly VerifiedAccount[]): number {
  return accounts.reduce((sum, { record }) => sum + record.devices.length, 0);
}

function split<Item>(items: readonly Item[], count: number): [readonly Item[], readonly Item[]] {
  return [items.slice(0, count), items.slice(count)];
}

function change(state: GroupState): CommitGoal {
  return { add: [], remove: [], state };
}

function notAllowed(): SirdasError {
  return new SirdasError('NOT_ALLOWED', 'the own role in this group does not cover it');
}

function over(): SirdasError {
  return new SirdasError('CONVERSATION_OVER', 'this account is not in the conversation any more');
}
