// What a group needs, and that every commit made for it passes the policy of all members.
import type { GroupDescription, VerifiedAccount } from '@sirdas/crypto';
import {
  type DeviceId,
  type LogId,
  type Nickname,
  toDeviceId,
  X25519_SUITE,
  XWING_SUITE,
} from '@sirdas/protocol';
import { describe, expect, it } from 'vitest';
import { findMember } from './commit-change.ts';
import {
  admin,
  LEAVES,
  leavesOf,
  member,
  other,
  owner,
  STATE,
  stranger,
  withRole,
} from './commit-policy.testkit.ts';
import { judgeCommit, MAX_XWING_LEAVES } from './commit-policy.ts';
import { TestAccount } from './group-people.testkit.ts';
import { planUpkeep, type Upkeep } from './group-upkeep.ts';
import { countAccountsPerCommit } from './suite-choice.ts';

const PEOPLE = [owner, admin, member, other, stranger];
const GROUP: GroupDescription = {
  log: '11'.repeat(16) as LogId,
  suite: X25519_SUITE,
  epoch: 3,
  ownLeafIndex: 0,
  leaves: LEAVES,
  state: STATE,
  authenticatorHash: new Uint8Array(32),
  ownGeneration: 0,
};
/** mia's old device is revoked with her record 2; olivia's and noah's phones are in their records 1. */
const HEALTHY = new Map([
  [owner, owner.at(0)],
  [member, member.at(0)],
  [other, other.at(0)],
]);

interface Situation {
  readonly as: TestAccount;
  readonly known?: ReadonlyMap<TestAccount, VerifiedAccount>;
  readonly leaving?: readonly TestAccount[];
  readonly group?: Partial<GroupDescription>;
}

function look({ as, known = new Map(), leaving = [], group = {} }: Situation) {
  const accounts = (nickname: Nickname) => {
    const person = PEOPLE.find((one) => one.nickname === nickname);
    return person ? [known.get(person) ?? person.now] : [];
  };
  const ownLeaf = LEAVES.find(({ nickname }) => nickname === as.nickname);
  const described = { ...GROUP, ownLeafIndex: ownLeaf?.index ?? 0, ...group };
  const names = leaving.map(({ nickname }) => nickname);
  const upkeep = planUpkeep(described, { own: as.nickname, accounts, leaving: names });
  if (upkeep) expect(judgePlan(described, upkeep, { accounts, leaving: names })).toBe(true);
  return upkeep;
}

/** As every other member would. */
function judgePlan(
  group: GroupDescription,
  { goal }: Upkeep,
  {
    accounts,
    leaving,
  }: { accounts: (nickname: Nickname) => readonly VerifiedAccount[]; leaving: Nickname[] },
): boolean {
  const committer = group.leaves.find(({ index }) => index === group.ownLeafIndex);
  if (!committer) throw new Error('nobody commits');
  const added = goal.add.flatMap(({ nickname, devices }) =>
    devices.map((device, i) => {
      const record = accounts(nickname)[0]?.record;
      const listed = record?.devices.find(({ id }) => device === toDeviceId(id));
      const recordIndex = record?.index ?? 0;
      return {
        ...{ nickname, device, recordIndex, index: 1000 + i },
        signatureKey: listed?.signatureKey ?? new Uint8Array(),
      };
    }),
  );
  return judgeCommit(
    {
      ...{ suite: group.suite, leaves: group.leaves, committer, added },
      removed: group.leaves.filter(({ index }) => goal.remove.includes(index)),
      before: group.state,
      after: goal.state ?? group.state,
    },
    { accounts, leaving: new Set(leaving) },
  ).allowed;
}

describe('the upkeep of a group', () => {
  it('is nothing while everybody is where they belong', () => {
    for (const as of [owner, admin, member, other]) expect(look({ as, known: HEALTHY })).toBeNull();
  });

  it('removes the leaves of revoked devices, whoever looks', () => {
    const known = new Map([...HEALTHY, [member, member.now]]);
    expect(look({ as: admin, known })).toEqual({
      goal: { add: [], remove: [3], state: null, isPartial: false },
      isOwn: false,
    });
  });

  it('sees to the own account first: revoked devices go, new ones come', () => {
    const known = new Map([...HEALTHY, [member, member.now]]);
    expect(look({ as: member, known })).toEqual({
      goal: {
        add: [{ nickname: member.nickname, devices: [member.device('phone')] }],
        remove: [3],
        state: null,
        isPartial: false,
      },
      isOwn: true,
    });
  });

  it('does not add devices of others: they say themselves when they are there', () => {
    expect(look({ as: admin, known: new Map([...HEALTHY, [other, other.now]]) })).toBeNull();
  });

  it('brings in members without any leaf, as after a reset, the own account first', () => {
    const known = new Map([...HEALTHY, [admin, admin.now], [owner, owner.now]]);
    const group = { leaves: LEAVES.filter(({ index }) => index === 0) };
    expect(look({ as: owner, known, group })).toEqual({
      goal: {
        add: [
          { nickname: owner.nickname, devices: [owner.device('phone')] },
          { nickname: admin.nickname, devices: [admin.device('laptop')] },
          { nickname: member.nickname, devices: [member.device('laptop'), member.device('old')] },
          { nickname: other.nickname, devices: [other.device('laptop')] },
        ],
        remove: [],
        state: null,
        isPartial: false,
      },
      isOwn: true,
    });
  });

  it('leaves it to owners and admins to bring them into a group that took the place of another one', () => {
    const leaves = LEAVES.filter(({ nickname }) => nickname !== other.nickname);
    const names = (as: TestAccount, generation: number) => {
      const group = { leaves, state: { ...STATE, generation } };
      return look({ as, known: HEALTHY, group })?.goal.add.map(({ nickname }) => nickname) ?? [];
    };
    expect(names(member, 0)).toEqual([other.nickname]);
    expect(names(owner, 1)).toEqual([other.nickname]);
    expect(names(member, 1)).toEqual([]);
  });

  it('takes several commits where the Welcomes of one would be too large', () => {
    const filled = Array.from({ length: 500 }, (_, i) => ({
      ...owner.leaf('laptop', 10 + i),
      device: `${i}`.padStart(32, '0') as DeviceId,
      // Of a record that is not known here: nothing says that they are revoked.
      recordIndex: 99,
    }));
    const leaves = [...leavesOf(owner), ...filled];
    const { goal } = look({ as: owner, known: HEALTHY, group: { leaves } }) ?? {};
    // Adam, Mia and Noah are missing, with four devices.
    const count = countAccountsPerCommit(X25519_SUITE, leaves.length + 4);
    expect(count).toBeLessThan(3);
    expect(goal?.add).toHaveLength(count);
    expect(goal?.isPartial).toBe(true);
  });

  it('never removes the own leaf, which no device can', () => {
    // The old device itself has not heard yet that it was revoked.
    expect(
      look({ as: member, known: new Map([...HEALTHY, [member, member.now]]), group: { ownLeafIndex: 3 } }),
    ).toEqual({
      goal: {
        add: [{ nickname: member.nickname, devices: [member.device('phone')] }],
        remove: [],
        state: null,
        isPartial: false,
      },
      isOwn: true,
    });
  });

  it('removes who said that they leave, and makes an heir of the last owner', () => {
    const upkeep = look({ as: other, known: HEALTHY, leaving: [owner] });
    expect(upkeep?.goal.remove).toEqual(leavesOf(owner).map(({ index }) => index));
    expect(upkeep?.goal.state && findMember(upkeep.goal.state, owner.nickname)).toBeNull();
    expect(upkeep?.goal.state && findMember(upkeep.goal.state, admin.nickname)?.role).toBe('owner');
    expect(upkeep?.isOwn).toBe(false);
  });

  it('is no business of who leaves, nor of who is not in it', () => {
    const known = new Map([...HEALTHY, [member, member.now]]);
    expect(look({ as: other, known, leaving: [other] })).toBeNull();
    expect(look({ as: stranger, known, leaving: [other] })).toBeNull();
  });

  it('takes the old devices out once another key of a member has been accepted, by those who may', async () => {
    const again = await TestAccount.make('noah', [['laptop']]);
    const known = new Map([...HEALTHY, [other, again.now]]);
    expect(look({ as: admin, known })?.goal.remove).toEqual([4]);
    expect(look({ as: owner, known })?.goal.state?.members).toHaveLength(3);
    expect(look({ as: member, known })).toBeNull();
    const promoted = { ...STATE, members: withRole(other, 'admin') };
    expect(look({ as: admin, known, group: { state: promoted } })).toBeNull();
  });

  it('of a hybrid group brings in only as many own devices as there is room for', () => {
    const filled = Array.from({ length: MAX_XWING_LEAVES - LEAVES.length }, (_, i) => ({
      ...stranger.leaf('laptop', 10 + i),
      nickname: admin.nickname,
      recordIndex: 99,
    }));
    const group = { leaves: [...LEAVES, ...filled], suite: XWING_SUITE } as const;
    const known = new Map([...HEALTHY, [owner, owner.now]]);
    expect(look({ as: owner, known })?.goal.add).toHaveLength(1);
    expect(look({ as: owner, known, group })).toBeNull();
  });
});
