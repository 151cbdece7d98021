// Who may change what in a group: every role against every change, and that nobody's answer depends on when they look.
import type { Leaf } from '@sirdas/crypto';
import { type GroupRole, X25519_SUITE, XWING_SUITE } from '@sirdas/protocol';
import { describe, expect, it } from 'vitest';
import type { CommitChange, GroupMember } from './commit-change.ts';
import {
  type Attempt,
  admin,
  judge,
  LEAVES,
  leavesOf,
  member,
  other,
  owner,
  refused,
  STATE,
  sort,
  stranger,
  without,
  withRole,
} from './commit-policy.testkit.ts';
import { MAX_XWING_LEAVES } from './commit-policy.ts';
import { TestAccount } from './group-people.testkit.ts';

const BY_ROLE: Readonly<Record<GroupRole, TestAccount>> = { owner, admin, member };

describe('CLI-054, CLI-055 what each role may change', () => {
  const added = [stranger.leaf('laptop', 5)];
  const bringIn = (role: GroupRole) => ({
    added,
    state: { members: sort([...STATE.members, stranger.member(role)]) },
  });
  const putOut = (person: TestAccount) => ({
    removed: leavesOf(person),
    state: { members: without(person) },
  });
  const setRole = (person: TestAccount, role: GroupRole) => ({ state: { members: withRole(person, role) } });

  const changes: readonly [string, Omit<Attempt, 'by'>, readonly GroupRole[]][] = [
    ['nothing but new keys', {}, ['owner', 'admin', 'member']],
    ['another name', { state: { name: 'Journey' } }, ['owner', 'admin']],
    ['a new member', bringIn('member'), ['owner', 'admin']],
    ['a new admin', bringIn('admin'), ['owner']],
    ['a new owner', bringIn('owner'), ['owner']],
    ['a member less', putOut(other), ['owner', 'admin']],
    ['an admin less', putOut(admin), ['owner']],
    ['a member becomes admin', setRole(other, 'admin'), ['owner']],
    ['a member becomes owner', setRole(other, 'owner'), ['owner']],
    ['an admin becomes member', setRole(admin, 'member'), ['owner']],
    ['the owner becomes member, the admin owner', { state: { members: swapOwner() } }, ['owner']],
  ];
  for (const [what, change, allowed] of changes) {
    for (const role of ['owner', 'admin', 'member'] as const) {
      // Nobody removes themselves: MLS does not let them.
      const isSelf = change.removed?.some(({ nickname }) => nickname === BY_ROLE[role].nickname);
      if (isSelf) continue;
      const isAllowed = allowed.includes(role);
      it(`${what}: ${isAllowed ? 'allowed to' : 'refused from'} the ${role}`, () => {
        const judgement = judge({ by: BY_ROLE[role], ...change });
        if (isAllowed) expect(judgement.allowed).toBe(true);
        else expect(judgement).toEqual({ ...refused('CHANGE_NOT_ALLOWED'), unsure: [] });
      });
    }
  }

  function swapOwner(): GroupMember[] {
    return withRole(admin, 'owner', withRole(owner, 'member'));
  }

  it('an owner is removed by another owner only', () => {
    const before = { ...STATE, members: withRole(other, 'owner') };
    const members = before.members.filter(({ nickname }) => nickname !== other.nickname);
    const attempt = { from: { before }, removed: leavesOf(other), state: { members } };
    expect(judge({ by: owner, ...attempt }).allowed).toBe(true);
    expect(judge({ by: admin, ...attempt })).toMatchObject(refused('CHANGE_NOT_ALLOWED'));
  });

  it('somebody who is no member changes nothing', () => {
    expect(judge({ by: stranger })).toMatchObject(refused('CHANGE_NOT_ALLOWED'));
  });
});

describe('leaving', () => {
  const bye = { removed: leavesOf(other), state: { members: without(other) } };

  it('CLI-054 whoever said so is removed by anybody, as the line of whoever left', () => {
    expect(judge({ by: member, ...bye, leaving: [other] })).toEqual({
      allowed: true,
      events: [{ sender: other.nickname, event: { what: 'left' } }],
    });
    expect(judge({ by: member, ...bye })).toMatchObject(refused('CHANGE_NOT_ALLOWED'));
    expect(judge({ by: member, ...bye, leaving: [admin] })).toMatchObject(refused('CHANGE_NOT_ALLOWED'));
  });

  it('CLI-051 takes all devices along', () => {
    const removed = leavesOf(member).slice(1);
    const attempt = { by: other, removed, state: { members: without(member) }, leaving: [member] };
    expect(judge(attempt)).toMatchObject(refused('GROUP_INCONSISTENT'));
  });

  const heir = (person: TestAccount) => ({
    by: member,
    removed: leavesOf(owner),
    leaving: [owner],
    state: { members: withRole(person, 'owner', without(owner)) },
  });

  it('CLI-055 the last owner that leaves is followed by the first admin', () => {
    expect(judge(heir(admin))).toEqual({
      allowed: true,
      events: [
        { sender: owner.nickname, event: { what: 'left' } },
        { sender: member.nickname, event: { what: 'role', member: admin.nickname, role: 'owner' } },
      ],
    });
  });

  it('CLI-055 nobody else becomes owner then, not even together with the first admin', () => {
    expect(judge(heir(member))).toMatchObject(refused('CHANGE_NOT_ALLOWED'));
    const both = withRole(member, 'admin', withRole(admin, 'owner', without(owner)));
    const attempt = { ...heir(admin), state: { members: both } };
    expect(judge(attempt)).toMatchObject(refused('CHANGE_NOT_ALLOWED'));
  });

  it('CLI-055 without an admin the first member follows', () => {
    const before = { ...STATE, members: withRole(admin, 'member') };
    const members = (person: TestAccount) =>
      withRole(
        person,
        'owner',
        before.members.filter(({ nickname }) => nickname !== owner.nickname),
      );
    // adam sorts before mia and noah.
    const attempt = (person: TestAccount) => ({
      ...heir(person),
      from: { before },
      state: { members: members(person) },
    });
    expect(judge(attempt(admin)).allowed).toBe(true);
    expect(judge(attempt(other))).toMatchObject(refused('CHANGE_NOT_ALLOWED'));
  });

  it('CLI-055 an owner that leaves while another stays has no heir', () => {
    const before = { ...STATE, members: withRole(other, 'owner') };
    const rest = before.members.filter(({ nickname }) => nickname !== owner.nickname);
    const attempt = (members: readonly GroupMember[]) => ({
      by: member,
      removed: leavesOf(owner),
      leaving: [owner],
      from: { before },
      state: { members },
    });
    expect(judge(attempt(rest)).allowed).toBe(true);
    expect(judge(attempt(withRole(admin, 'owner', rest)))).toMatchObject(refused('CHANGE_NOT_ALLOWED'));
  });
});

describe('devices of members', () => {
  it('the own ones come and go as their account likes', () => {
    const attempt = { by: member, removed: [member.leaf('old', 3)], added: [member.leaf('phone', 5, 1)] };
    expect(judge(attempt)).toEqual({
      allowed: true,
      events: [
        { sender: member.nickname, event: { what: 'device-removed', device: member.device('old') } },
        { sender: member.nickname, event: { what: 'device-added', device: member.device('phone') } },
      ],
    });
  });

  it('one that is in the record of its account is added by any member', () => {
    expect(judge({ by: member, added: [other.leaf('phone', 5, 1)] }).allowed).toBe(true);
  });

  it('those of a member who had none in a new group arrive without a line', () => {
    const leaves = LEAVES.filter(({ nickname }) => nickname !== other.nickname);
    const attempt = { by: member, from: { leaves }, added: [other.leaf('laptop', 4)] };
    expect(judge(attempt)).toEqual({ allowed: true, events: [] });
  });

  it('CLI-057 one that no record has is refused: a ghost', async () => {
    const ghost = await TestAccount.make('ghost', [['laptop']]);
    const leaf = { ...ghost.leaf('laptop', 5), nickname: other.nickname };
    for (const by of [owner, member, other]) {
      expect(judge({ by, added: [leaf] })).toEqual({ ...refused('DEVICE_NOT_LISTED'), unsure: [] });
    }
  });

  it('CLI-057 the id of a listed device with another key, or its key with another id, is refused', () => {
    const good = other.leaf('phone', 5, 1);
    const wrongKey = { ...good, signatureKey: stranger.leaf('laptop', 5).signatureKey };
    const wrongId = { ...good, device: stranger.device('laptop') };
    for (const leaf of [wrongKey, wrongId]) {
      expect(judge({ by: owner, added: [leaf] })).toMatchObject(refused('DEVICE_NOT_LISTED'));
    }
  });

  it('CLI-057 a device of another identity key than the one of the member is refused', async () => {
    const impostor = await TestAccount.make('noah', [['laptop', 'tablet']]);
    const attempt = { by: owner, added: [impostor.leaf('tablet', 5)] };
    expect(judge({ ...attempt, known: new Map([[other, [other.now, impostor.now]]]) })).toMatchObject(
      refused('DEVICE_NOT_LISTED'),
    );
  });

  it('CLI-057 a device of a record that is not known here yet is not refused for good', () => {
    const attempt = { by: member, added: [other.leaf('phone', 5, 1)] };
    const known = new Map([[other, [other.at(0)]]]);
    expect(judge({ ...attempt, known })).toEqual({
      ...refused('DEVICE_NOT_LISTED'),
      unsure: [other.nickname],
    });
  });

  it('CLI-057 one that has been revoked since is judged as on the day it was added', () => {
    // mia's old device is in records 0 and 1, and was removed with record 2.
    const leaves = LEAVES.filter(({ device }) => device !== member.device('old'));
    const attempt = (recordIndex: number, kept = leaves) => ({
      by: member,
      from: { leaves: kept },
      added: [member.leaf('old', 3, recordIndex)],
    });
    expect(judge(attempt(0)).allowed).toBe(true);
    expect(judge({ ...attempt(0), known: new Map([[member, [member.at(1)]]]) }).allowed).toBe(true);
    expect(judge(attempt(2))).toMatchObject(refused('DEVICE_NOT_LISTED'));
    // The group speaks of record 2 already: it does not come back by an old key package.
    const newer = leaves.map((leaf) =>
      leaf.device === member.device('laptop') ? { ...leaf, recordIndex: 2 } : leaf,
    );
    expect(judge(attempt(0, newer))).toMatchObject(refused('DEVICE_NOT_LISTED'));
  });

  it('CLI-057 one that was added later than its leaf says is refused, whenever one looks', () => {
    const attempt = { by: member, added: [other.leaf('phone', 5, 0)] };
    for (const account of [other.at(0), other.now]) {
      const judgement = judge({ ...attempt, known: new Map([[other, [account]]]) });
      expect(judgement).toEqual({ ...refused('DEVICE_NOT_LISTED'), unsure: [] });
    }
  });

  it('CLI-056 one that its account has revoked is removed by anybody', () => {
    const attempt = { by: other, removed: [member.leaf('old', 3)] };
    expect(judge(attempt).allowed).toBe(true);
    expect(judge({ ...attempt, known: new Map([[member, [member.at(1)]]]) })).toEqual({
      ...refused('CHANGE_NOT_ALLOWED'),
      unsure: [member.nickname],
    });
  });

  it('CLI-056 a healthy one of somebody else is removed by nobody, whatever their role', () => {
    for (const by of [owner, admin, other]) {
      expect(judge({ by, removed: [member.leaf('laptop', 2)] })).toMatchObject(refused('CHANGE_NOT_ALLOWED'));
    }
  });

  it('one that lost its state is replaced by anybody, without a line', () => {
    const attempt = { by: other, removed: [member.leaf('laptop', 2)], added: [member.leaf('laptop', 2, 2)] };
    expect(judge(attempt)).toEqual({ allowed: true, events: [] });
  });

  it('CLI-056 one is not replaced by another one of its account', () => {
    const attempt = { by: other, removed: [member.leaf('laptop', 2)], added: [member.leaf('phone', 2, 2)] };
    expect(judge(attempt)).toMatchObject(refused('CHANGE_NOT_ALLOWED'));
  });

  it('CLI-052 none is in a group twice', () => {
    const attempt = { by: other, added: [member.leaf('laptop', 5, 2)] };
    expect(judge(attempt)).toMatchObject(refused('GROUP_INCONSISTENT'));
  });
});

describe('members and leaves belong together', () => {
  it('CLI-051 no leaf of somebody who is no member', () => {
    const attempt = { by: owner, added: [stranger.leaf('laptop', 5)] };
    expect(judge(attempt)).toMatchObject(refused('GROUP_INCONSISTENT'));
  });

  it('CLI-051 no member without a leaf comes in', () => {
    const members = sort([...STATE.members, stranger.member('member')]);
    expect(judge({ by: owner, state: { members } })).toMatchObject(refused('GROUP_INCONSISTENT'));
  });

  it('CLI-051 no member goes without their leaves', () => {
    expect(judge({ by: owner, state: { members: without(other) } })).toMatchObject(
      refused('GROUP_INCONSISTENT'),
    );
  });

  it('CLI-050 nobody changes what a group is', () => {
    for (const state of [
      { conversation: new Uint8Array(16).fill(2) },
      { generation: 1 },
      { direct: true, name: '', members: [owner.member('owner')] },
    ]) {
      expect(judge({ by: owner, state })).toMatchObject(refused('GROUP_INCONSISTENT'));
    }
  });

  it('a member whose identity key changed goes and comes back, with new leaves and by those who may', async () => {
    const again = await TestAccount.make('noah', [['laptop']]);
    const members = sort([...without(other), again.member('member')]);
    const known = new Map([[other, [other.now, again.now]]]);
    const swap = { removed: leavesOf(other), added: [again.leaf('laptop', 5)], state: { members }, known };
    expect(judge({ by: admin, ...swap })).toEqual({
      allowed: true,
      events: [
        { sender: admin.nickname, event: { what: 'removed', members: [other.nickname] } },
        { sender: admin.nickname, event: { what: 'added', members: [other.nickname] } },
      ],
    });
    expect(judge({ by: member, ...swap })).toMatchObject(refused('CHANGE_NOT_ALLOWED'));
    expect(judge({ by: admin, ...swap, removed: [] })).toMatchObject(refused('GROUP_INCONSISTENT'));
  });

  it('CLI-053 a hybrid group does not grow beyond its bound, an ordinary one does', () => {
    const crowd = Array.from({ length: MAX_XWING_LEAVES - LEAVES.length }, (_, i) => ({
      ...other.leaf('laptop', 10 + i),
      device: `${i}`.padStart(32, '0') as Leaf['device'],
    }));
    const leaves = [...LEAVES, ...crowd];
    const attempt = (suite: CommitChange['suite']) => ({
      by: member,
      from: { leaves, suite },
      added: [other.leaf('phone', 99, 1)],
    });
    expect(judge(attempt(XWING_SUITE))).toMatchObject(refused('GROUP_TOO_LARGE'));
    expect(judge(attempt(X25519_SUITE)).allowed).toBe(true);
  });
});

describe('a direct conversation', () => {
  const before = {
    ...STATE,
    direct: true,
    name: '',
    members: [member.member('owner'), other.member('owner')],
  };
  const leaves = [...leavesOf(member), ...leavesOf(other)];

  it('gains and loses devices of its two accounts', () => {
    expect(judge({ by: member, from: { before, leaves }, removed: [member.leaf('old', 3)] }).allowed).toBe(
      true,
    );
    expect(judge({ by: member, from: { before, leaves }, added: [other.leaf('phone', 9, 1)] }).allowed).toBe(
      true,
    );
  });

  it('CLI-050 has no third account and loses none', () => {
    const added = [stranger.leaf('laptop', 9)];
    const members = sort([...before.members, stranger.member('owner')]);
    const others = [
      { added, state: { members } },
      { removed: leavesOf(other), state: { members: [member.member('owner')] }, leaving: [other] },
      { added },
    ];
    for (const attempt of others) {
      expect(judge({ by: member, from: { before, leaves }, ...attempt })).toMatchObject(
        refused('GROUP_INCONSISTENT'),
      );
    }
  });
});
