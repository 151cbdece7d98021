// A group of four (owner, admin, two members), a stranger, and a judge who knows everything unless told otherwise.
import type { Leaf, VerifiedAccount } from '@sirdas/crypto';
import { type GroupRole, type GroupState, X25519_SUITE } from '@sirdas/protocol';
import type { CommitChange, GroupMember } from './commit-change.ts';
import { type CommitJudgement, judgeCommit } from './commit-policy.ts';
import { TestAccount } from './group-people.testkit.ts';

export const [owner, admin, member, other, stranger] = await Promise.all([
  TestAccount.make('olivia', [['laptop'], ['laptop', 'phone']]),
  TestAccount.make('adam', [['laptop']]),
  TestAccount.make('mia', [
    ['laptop', 'old'],
    ['laptop', 'old', 'phone'],
    ['laptop', 'phone'],
  ]),
  TestAccount.make('noah', [['laptop'], ['laptop', 'phone']]),
  TestAccount.make('zoe', [['laptop']]),
]);
const PEOPLE = [owner, admin, member, other, stranger];
export const LEAVES = [
  owner.leaf('laptop', 0),
  admin.leaf('laptop', 1),
  member.leaf('laptop', 2),
  member.leaf('old', 3),
  other.leaf('laptop', 4),
];
export const STATE: GroupState = {
  conversation: new Uint8Array(16).fill(1),
  generation: 0,
  direct: false,
  name: 'Trip',
  members: sort([
    owner.member('owner'),
    admin.member('admin'),
    member.member('member'),
    other.member('member'),
  ]),
};

export interface Attempt {
  readonly by: TestAccount;
  readonly added?: readonly Leaf[];
  readonly removed?: readonly Leaf[];
  readonly state?: Partial<GroupState>;
  readonly from?: Partial<CommitChange>;
  readonly leaving?: readonly TestAccount[];
  /** What is known here of somebody, where it is not everything. */
  readonly known?: ReadonlyMap<TestAccount, readonly VerifiedAccount[]>;
}

export function judge({
  by,
  added = [],
  removed = [],
  state,
  from,
  leaving = [],
  known,
}: Attempt): CommitJudgement {
  const before = from?.before ?? STATE;
  return judgeCommit(
    {
      suite: X25519_SUITE,
      committer: by.leaf('laptop', 0),
      leaves: LEAVES,
      added,
      removed,
      before,
      after: { ...before, ...state },
      ...from,
    },
    {
      accounts: (nickname) => {
        const person = PEOPLE.find((one) => one.nickname === nickname);
        return person ? (known?.get(person) ?? [person.now]) : [];
      },
      leaving: new Set(leaving.map(({ nickname }) => nickname)),
    },
  );
}

export function sort(members: readonly GroupMember[]): GroupMember[] {
  return members.toSorted((a, b) => (a.nickname < b.nickname ? -1 : 1));
}

export function without(...gone: readonly TestAccount[]): readonly GroupMember[] {
  return STATE.members.filter(({ nickname }) => !gone.some((person) => person.nickname === nickname));
}

export function withRole(person: TestAccount, role: GroupRole, members = STATE.members): GroupMember[] {
  return members.map((one) => (one.nickname === person.nickname ? { ...one, role } : one));
}

export const leavesOf = (person: TestAccount) =>
  LEAVES.filter(({ nickname }) => nickname === person.nickname);

export const refused = (error: string) => ({ allowed: false, error });
