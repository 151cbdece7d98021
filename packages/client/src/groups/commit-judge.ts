// The policy for commits together with what the directory knows: nothing is refused before everybody was looked up who could
// make the difference. Called by whoever applies commits of a log. SPEC §11.5.
import type { Nickname } from '@sirdas/protocol';
import type { Session } from '../session.ts';
import type { CommitChange } from './commit-change.ts';
import { type CommitJudgement, judgeCommit } from './commit-policy.ts';
import type { CommitJudge } from './group-trust.ts';
import type { KnownAccounts } from './known-accounts.ts';
import type { RecentLeaves } from './recent-leaves.ts';

export class DirectoryCommitJudge implements CommitJudge {
  readonly #accounts: KnownAccounts;
  readonly #leaves: RecentLeaves;

  constructor(accounts: KnownAccounts, leaves: RecentLeaves) {
    this.#accounts = accounts;
    this.#leaves = leaves;
  }

  async judge(
    commit: CommitChange,
    leaving: ReadonlySet<Nickname>,
    session: Session | null,
  ): Promise<CommitJudgement> {
    const judgement = await this.foresee(commit, leaving, session);
    if (judgement.allowed) this.#leaves.noteCommit(commit);
    return judgement;
  }

  async foresee(
    commit: CommitChange,
    leaving: ReadonlySet<Nickname>,
    session: Session | null,
  ): Promise<CommitJudgement> {
    const knowledge = { accounts: (nickname: Nickname) => this.#accounts.list(nickname), leaving };
    const judgement = judgeCommit(commit, knowledge);
    if (judgement.allowed || judgement.unsure.length === 0) return judgement;
    for (const nickname of judgement.unsure) await this.#accounts.refresh(nickname, session);
    return judgeCommit(commit, knowledge);
  }
}
