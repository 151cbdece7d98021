// Puts a new group in the place of one that cannot be repaired: the same conversation, members and roles, one generation on. It begins
// with the whole list of members and no leaf but the own one; the upkeep brings the others in, so that a crash in between leaves
// nobody out for good. Called for the person by member-actions.ts, and by report-sender.ts where nobody else could help. SPEC §11.9.
import type { VerifiedAccount } from '@sirdas/crypto';
import { type ConversationId, compareUtf8, fromId, type GroupState } from '@sirdas/protocol';
import { SirdasError } from '../errors.ts';
import { MessageComposer } from '../messages/message-composer.ts';
import type { GroupTrouble } from '../model.ts';
import type { Session } from '../session.ts';
import type { ConversationState } from '../vault/vault.ts';
import type { GroupCommits } from './group-commits.ts';
import { drawLineId } from './group-draft.ts';
import type { GroupTools } from './group-tools.ts';
import { findUndecided } from './key-change.ts';
import type { KnownAccounts } from './known-accounts.ts';
import type { Reconciler } from './reconcile.ts';
import { chooseSuite } from './suite-choice.ts';

type Tools = Pick<
  GroupTools,
  'own' | 'vault' | 'clock' | 'random' | 'conversations' | 'contacts' | 'counters' | 'teller' | 'store'
>;

export interface ResetsOptions extends Tools {
  readonly accounts: Pick<KnownAccounts, 'list' | 'refresh'>;
  readonly commits: Pick<GroupCommits, 'begin'>;
  readonly reconciler: Pick<Reconciler, 'tidy'>;
}

type Member = ConversationState['members'][number];

export class Resets {
  readonly #options: ResetsOptions;

  constructor(options: ResetsOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the new group is at the relay and everybody has been asked in who has left a key package. Throws
   * UNKNOWN_CONVERSATION, CONVERSATION_OVER, NOT_ALLOWED, KEY_CHANGED, UNKNOWN_ACCOUNT, NO_USABLE_KEY, UNREACHABLE and what the relay
   * answers.
   */
  async reset(id: ConversationId, reason: GroupTrouble, session: Session): Promise<void> {
    const { conversations, contacts, store, commits, reconciler } = this.#options;
    const conversation = conversations.need(id);
    if (conversation.state === 'left' || conversation.state === 'removed') {
      throw new SirdasError('CONVERSATION_OVER', 'this account is not in the conversation any more');
    }
    const members = this.#listMembers(conversation);
    this.#checkRole(conversation, members);
    if (findUndecided(members, contacts))
      throw new SirdasError('KEY_CHANGED', 'the key of a member has changed');
    const accounts: VerifiedAccount[] = [];
    for (const { nickname } of members) accounts.push(await this.#find(nickname, session));
    const generation = (store.presentOf(id)?.generation ?? 0) + 1;
    const first = this.#describe(conversation, { members, accounts, generation });
    const goal = { add: [], remove: [], state: null };
    const log = await commits.begin({ suite: chooseSuite(accounts), first, goal }, session);
    await this.#tell(id, reason);
    await reconciler.tidy(log);
  }

  /** As this device last knew them; of a conversation with one person these two. */
  #listMembers({ kind, with: peer, members }: ConversationState): Member[] {
    const { nickname: self } = this.#options.own.need();
    const known = members.filter(
      ({ nickname }) => kind === 'group' || nickname === self || nickname === peer,
    );
    const names = new Set(known.map(({ nickname }) => nickname));
    const needed = kind === 'direct' ? [self, ...(peer ? [peer] : [])] : [self];
    const missing = [...new Set(needed)].filter((nickname) => !names.has(nickname));
    const role = kind === 'direct' ? 'owner' : 'member';
    const all = [...known, ...missing.map((nickname): Member => ({ nickname, role, devices: [] }))];
    return all.sort((a, b) => compareUtf8(a.nickname, b.nickname));
  }

  #checkRole({ kind }: ConversationState, members: readonly Member[]): void {
    const { nickname: self } = this.#options.own.need();
    const role = members.find(({ nickname }) => nickname === self)?.role;
    // CLI-065
    if (kind === 'direct' || role === 'owner' || role === 'admin') return;
    throw new SirdasError('NOT_ALLOWED', 'only owners and admins replace a group');
  }

  async #find(nickname: Member['nickname'], session: Session): Promise<VerifiedAccount> {
    const { accounts } = this.#options;
    if (accounts.list(nickname).length === 0) await accounts.refresh(nickname, session);
    const [account] = accounts.list(nickname);
    if (!account) throw new SirdasError('UNKNOWN_ACCOUNT', 'a member is not in the directory');
    return account;
  }

  #describe(
    { id, kind, name }: ConversationState,
    {
      members,
      accounts,
      generation,
    }: {
      readonly members: readonly Member[];
      readonly accounts: readonly VerifiedAccount[];
      readonly generation: number;
    },
  ): GroupState {
    return {
      ...{ conversation: fromId(id), generation, direct: kind === 'direct' },
      name: kind === 'direct' ? '' : name,
      members: accounts.map(({ record: { nickname, identityKey } }, i) => ({
        ...{ nickname, identityKey },
        role: members[i]?.role ?? 'member',
      })),
    };
  }

  async #tell(id: ConversationId, reason: GroupTrouble): Promise<void> {
    const { own, vault, clock, random, counters, teller } = this.#options;
    const { nickname: sender, device } = own.need();
    const nowMs = clock.nowMs();
    const composer = new MessageComposer({ own: own.need(), counters, nowMs });
    const line = { id: drawLineId(random), conversation: id, sender, device, sentMs: nowMs };
    composer.change({ id, state: 'active' });
    composer.addEvent({ ...line, event: { what: 'reset', reason } });
    const change = composer.finish();
    teller.tell(await vault.save(change), change.conversations);
  }
}
