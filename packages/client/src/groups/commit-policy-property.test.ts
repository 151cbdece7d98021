// Random states before and after a commit: a plain member never gets more than the rules of SPEC §11.5 give.
import { encodeGroupState, type GroupRole, type GroupState, type Nickname } from '@sirdas/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GroupMember } from './commit-change.ts';
import {
  admin,
  judge,
  LEAVES,
  member,
  other,
  owner,
  STATE,
  sort,
  stranger,
} from './commit-policy.testkit.ts';

describe('whatever a plain member commits', () => {
  const roles = fc.constantFrom<GroupRole>('member', 'admin', 'owner');
  const people = [owner, admin, member, other, stranger] as const;
  const anything = fc
    .record({
      name: fc.constantFrom('Trip', 'Journey', ''),
      roles: fc.tuple(roles, roles, roles, roles, roles),
      isIn: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()),
    })
    .map(({ name, roles: given, isIn }) => ({
      name,
      members: sort(people.flatMap((person, i) => (isIn[i] ? [person.member(given[i] ?? 'member')] : []))),
    }))
    .filter(({ members }) => members.some(({ role }) => role === 'owner'));
  const states: fc.Arbitrary<Partial<GroupState>> = fc.oneof(fc.constant({}), anything);
  const pool = [...LEAVES, owner.leaf('phone', 6, 1), member.leaf('phone', 7, 2), stranger.leaf('laptop', 8)];

  it('name, roles and members stay, but for those who left and the heir of the last owner', () => {
    let allowedCount = 0;
    fc.assert(
      fc.property(
        states,
        fc.subarray(pool),
        fc.subarray(LEAVES),
        fc.subarray([...people]),
        (state, added, removed, leaving) => {
          const judgement = judge({ by: member, added, removed, leaving, state });
          if (!judgement.allowed) return;
          allowedCount++;
          const after = { ...STATE, ...state };
          const gone = STATE.members.filter(
            ({ nickname }) => !after.members.some((one) => one.nickname === nickname),
          );
          expect(after.name).toBe(STATE.name);
          expect(gone.every(({ nickname }) => leaving.some((one) => one.nickname === nickname))).toBe(true);
          const heir = gone.some(({ role }) => role === 'owner') ? firstHeir(gone) : null;
          const expected = STATE.members
            .filter((one) => !gone.includes(one))
            .map((one) => (one.nickname === heir ? { ...one, role: 'owner' as const } : one));
          expect(encodeGroupState({ ...after })).toEqual(encodeGroupState({ ...STATE, members: expected }));
        },
      ),
      { numRuns: 20_000, seed: 20_261_122 },
    );
    // Otherwise it would have shown nothing.
    expect(allowedCount).toBeGreaterThan(100);
  });

  /** By hand, for the four of them. */
  function firstHeir(gone: readonly GroupMember[]): Nickname | undefined {
    const stays = [admin, member, other].map(({ nickname }) => nickname);
    return stays.find((nickname) => !gone.some((one) => one.nickname === nickname));
  }
});
