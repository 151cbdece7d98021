// The group of a direct conversation: begun with the first message that is sent, by whoever sends first; when both do at the same
// moment there are two, and the present one is the same for both (SPEC §11.9). Called by the outbox.
import { describeGroup, directConversationId, type VerifiedAccount } from '@sirdas/crypto';
import {
  type ConversationId,
  compareUtf8,
  type DeviceId,
  equalBytes,
  fromId,
  type GroupState,
  type LogId,
  toDeviceId,
} from '@sirdas/protocol';
import { SirdasError } from '../errors.ts';
import type { Session } from '../session.ts';
import type { DevicesToAdd } from './commit-intent.ts';
import type { GroupCommits } from './group-commits.ts';
import type { GroupTools } from './group-tools.ts';
import { chooseSuite } from './suite-choice.ts';

export class DirectGroups {
  readonly #tools: GroupTools;
  readonly #commits: GroupCommits;

  constructor(tools: GroupTools, commits: GroupCommits) {
    this.#tools = tools;
    this.#commits = commits;
  }

  /**
   * The log of a group in which this account and `peer`, as pinned, can talk. Throws GROUP_BROKEN while this device has no state
   * of it, NO_KEY_PACKAGE, UNREACHABLE and what the relay answers.
   */
  async ensure(peer: VerifiedAccount, session: Session): Promise<LogId> {
    const { own, store } = this.#tools;
    const { relay, nickname } = own.need();
    const conversation = directConversationId(relay.fingerprint, [nickname, peer.record.nickname]);
    let present = store.presentOf(conversation);
    if (present?.epoch === 0) {
      await this.#commits.finish(present.log, session);
      present = store.presentOf(conversation);
    }
    if (!present) return this.#begin(conversation, peer, { generation: 0, session });
    if (!present.epochPart) throw new SirdasError('GROUP_BROKEN', 'this device has no state of the group');
    if (await this.#isWith(present.log, peer)) return present.log;
    // The person has accepted another identity key of the peer: a group with the former one is no place to talk.
    return this.#begin(conversation, peer, { generation: present.generation + 1, session });
  }

  #isWith(log: LogId, { record }: VerifiedAccount): Promise<boolean> {
    return this.#tools.store.use(log, async (inUse) => {
      if (!inUse?.group) return false;
      const { members } = describeGroup(inUse.group).state;
      const member = members.find(({ nickname }) => nickname === record.nickname);
      return member !== undefined && equalBytes(member.identityKey, record.identityKey);
    });
  }

  #begin(
    conversation: ConversationId,
    peer: VerifiedAccount,
    { generation, session }: { readonly generation: number; readonly session: Session },
  ): Promise<LogId> {
    const { own } = this.#tools;
    const self = own.needVerified();
    const accounts = self.record.nickname === peer.record.nickname ? [self] : [self, peer];
    const first: GroupState = {
      ...{ conversation: fromId(conversation), generation, direct: true, name: '' },
      members: listMembers(accounts),
    };
    const add = listDevices(accounts, own.need().device);
    const goal = { add, remove: [], state: null };
    return this.#commits.begin({ suite: chooseSuite(accounts), first, goal }, session);
  }
}

function listMembers(accounts: readonly VerifiedAccount[]): GroupState['members'] {
  const members = accounts.map(({ record: { nickname, identityKey } }) => ({
    ...{ nickname, identityKey, role: 'owner' as const },
  }));
  return members.sort((a, b) => compareUtf8(a.nickname, b.nickname));
}

/** All devices of these accounts but one. */
export function listDevices(accounts: readonly VerifiedAccount[], except: DeviceId | null): DevicesToAdd[] {
  const all = accounts.map(({ record }) => ({
    nickname: record.nickname,
    devices: record.devices.map(({ id }) => toDeviceId(id)).filter((device) => device !== except),
  }));
  return all.filter(({ devices }) => devices.length > 0);
}
