// The policy with a directory behind it: looked up before anything is refused, and only then.
import { X25519_SUITE } from '@sirdas/protocol';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../manual-clock.testkit.ts';
import type { CommitChange } from './commit-change.ts';
import { DirectoryCommitJudge } from './commit-judge.ts';
import { LEAVES, member, other, STATE, stranger } from './commit-policy.testkit.ts';
import { knowing, SOME_SESSION } from './known-accounts.testkit.ts';
import type { KnownAccounts } from './known-accounts.ts';
import { RecentLeaves } from './recent-leaves.ts';

const change: CommitChange = {
  suite: X25519_SUITE,
  committer: other.leaf('laptop', 4),
  leaves: LEAVES,
  added: [],
  removed: [],
  before: STATE,
  after: STATE,
};
const judgeWith = (accounts: KnownAccounts) =>
  new DirectoryCommitJudge(accounts, new RecentLeaves(new ManualClock()));
const nobodyLeaves = new Set<never>();

describe('a commit that newer records could allow', () => {
  const revoked = { ...change, removed: [member.leaf('old', 3)] };

  it('is judged again with them: a revoked device may go', async () => {
    const behind = new Map([[member, member.at(1)]]);
    const { accounts, lookedUp } = knowing({ own: other, pinned: behind, directory: [member] });
    const judgement = await judgeWith(accounts).judge(revoked, nobodyLeaves, SOME_SESSION);
    expect(judgement.allowed).toBe(true);
    expect(lookedUp).toEqual([member.nickname]);
  });

  it('is refused when they do not, CLI-056', async () => {
    const { accounts, lookedUp } = knowing({
      own: other,
      pinned: new Map([[member, member.now]]),
      directory: [member],
    });
    const healthy = { ...change, removed: [member.leaf('laptop', 2)] };
    const judgement = await judgeWith(accounts).judge(healthy, nobodyLeaves, SOME_SESSION);
    expect(judgement).toMatchObject({ allowed: false, error: 'CHANGE_NOT_ALLOWED' });
    expect(lookedUp).toEqual([member.nickname]);
  });

  it('is not judged while the directory cannot be asked', async () => {
    const { accounts } = knowing({ own: other, pinned: new Map([[member, member.at(1)]]) });
    const judging = judgeWith(accounts).judge(revoked, nobodyLeaves, null);
    await expect(judging).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});

it('a commit that nothing could allow is refused without a look-up', async () => {
  const { accounts, lookedUp } = knowing({ own: other });
  const renamed = { ...change, after: { ...STATE, name: 'Mine' } };
  const judgement = await judgeWith(accounts).judge(renamed, nobodyLeaves, SOME_SESSION);
  expect(judgement).toMatchObject({ allowed: false, error: 'CHANGE_NOT_ALLOWED' });
  const ghost = { ...change, added: [stranger.leaf('laptop', 5)] };
  await judgeWith(accounts).judge(ghost, nobodyLeaves, SOME_SESSION);
  expect(lookedUp).toEqual([]);
});
