// What a member of a group can try, with real commits: everybody else refuses it alike, their group stays as it was and follows the
// next honest commit. And what somebody who copied a device's state can read once that device has refreshed its leaf: nothing.
import {
  CryptoError,
  describeGroup,
  type LeafVerifier,
  type MlsGroup,
  openMessage,
  type PlannedCommit,
  sealMessage,
} from '@sirdas/crypto';
import { type GroupState, type Nickname, X25519_SUITE } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { type CommitJudgement, judgeCommit } from './commit-policy.ts';
import { describeEpoch } from './epoch-check.ts';
import { TestAccount } from './group-people.testkit.ts';
import {
  follow,
  indexOf,
  joinAs,
  makeRealGroup,
  offerOf,
  open,
  plan,
  stateOf,
  type TestDevice,
  verifierFor,
} from './real-group.testkit.ts';

const [olivia, mia, noah, zoe, otherNoah] = await Promise.all([
  TestAccount.make('olivia', [['laptop']]),
  TestAccount.make('mia', [['laptop', 'phone'], ['laptop']]),
  TestAccount.make('noah', [['laptop'], ['laptop', 'phone']]),
  TestAccount.make('zoe', [['laptop']]),
  TestAccount.make('noah', [['laptop']]),
]);
const PEOPLE = [olivia, mia, noah, zoe];
const DEVICES: readonly TestDevice[] = [
  { person: olivia, name: 'laptop' },
  { person: mia, name: 'laptop' },
  { person: noah, name: 'laptop' },
];
const honest = verifierFor(PEOPLE);
/** What a member believes who wants to. */
const gullible: LeafVerifier = { verify: async () => true };

let group: { owner: MlsGroup; attacker: MlsGroup; other: MlsGroup };

beforeEach(async () => {
  const [owner, attacker, other] = await makeRealGroup(DEVICES);
  if (!owner || !attacker || !other) throw new Error('no group');
  group = { owner, attacker, other };
});

/** As an honest client: decode, verify, judge. A code of the crypto package where it did not get as far as the policy. */
async function receive(at: MlsGroup, commit: Uint8Array): Promise<CommitJudgement | string> {
  try {
    const opened = await open(at, commit, honest);
    const accounts = (nickname: Nickname) =>
      PEOPLE.filter((person) => person.nickname === nickname).map((person) => person.now);
    const { leaves } = describeGroup(at);
    return judgeCommit({ suite: X25519_SUITE, leaves, ...opened }, { accounts, leaving: new Set() });
  } catch (cause) {
    if (cause instanceof CryptoError) return cause.code;
    throw cause;
  }
}

const withState = (state: Partial<GroupState>): GroupState => ({
  ...describeGroup(group.attacker).state,
  ...state,
});

async function expectRefused(planned: PlannedCommit, reason: string): Promise<void> {
  const epoch = describeGroup(group.other).epoch;
  for (const at of [group.owner, group.other]) {
    const verdict = await receive(at, planned.commit);
    expect(typeof verdict === 'string' ? verdict : verdict.allowed ? 'allowed' : verdict.error).toBe(reason);
    expect(describeGroup(at).epoch).toBe(epoch);
  }
  // The conversation goes on, also with whoever tried it.
  const next = await plan(group.owner, {}, honest);
  for (const at of [group.other, planned.spent]) await follow(at, next.commit, honest);
}

describe('a member that commits', () => {
  it('CLI-055 another name or role is refused', async () => {
    await expectRefused(
      await plan(group.attacker, { state: withState({ name: 'Mine' }) }, honest),
      'CHANGE_NOT_ALLOWED',
    );
    const { state } = describeGroup(group.attacker);
    const members = state.members.map((one) =>
      one.nickname === mia.nickname ? { ...one, role: 'owner' as const } : one,
    );
    await expectRefused(
      await plan(group.attacker, { state: withState({ members }) }, honest),
      'CHANGE_NOT_ALLOWED',
    );
  });

  it('CLI-054 somebody new is refused (THREATS 3), and so is somebody less', async () => {
    const { keyPackage } = await offerOf({ person: zoe, name: 'laptop' });
    const members = stateOf([olivia, mia, noah, zoe]).members;
    await expectRefused(
      await plan(group.attacker, { add: [keyPackage], state: withState({ members }) }, honest),
      'CHANGE_NOT_ALLOWED',
    );
    const without = stateOf([olivia, mia]).members;
    const remove = [indexOf(group.attacker, { person: noah, name: 'laptop' })];
    await expectRefused(
      await plan(group.attacker, { remove, state: withState({ members: without }) }, honest),
      'CHANGE_NOT_ALLOWED',
    );
  });

  it('CLI-051 a leaf of somebody who is not in the list is refused (THREATS 3)', async () => {
    const { keyPackage } = await offerOf({ person: zoe, name: 'laptop' });
    await expectRefused(await plan(group.attacker, { add: [keyPackage] }, gullible), 'GROUP_INCONSISTENT');
  });

  it('CLI-056 a healthy device of somebody else out is refused', async () => {
    const remove = [indexOf(group.attacker, { person: noah, name: 'laptop' })];
    await expectRefused(await plan(group.attacker, { remove }, honest), 'CHANGE_NOT_ALLOWED');
  });

  it('CLI-058 a ghost device in, which its account never listed, is refused (THREATS 2)', async () => {
    const ghost = await TestAccount.make('noah', [['ghost']]);
    const { keyPackage } = await offerOf({ person: ghost, name: 'ghost' });
    await expectRefused(await plan(group.attacker, { add: [keyPackage] }, gullible), 'BAD_COMMIT');
  });

  it('CLI-058 a device of another chain under the same name is refused: two directories for two members (THREATS 7)', async () => {
    const { keyPackage } = await offerOf({ person: otherNoah, name: 'laptop' });
    await expectRefused(await plan(group.attacker, { add: [keyPackage] }, gullible), 'BAD_COMMIT');
  });

  it('CLI-058 a device that was revoked before, by its old key package, is refused', async () => {
    const { keyPackage } = await offerOf({ person: mia, name: 'phone' });
    await expectRefused(await plan(group.attacker, { add: [keyPackage] }, gullible), 'BAD_COMMIT');
  });
});

describe('a listed device of a member', () => {
  it('is brought in by any member, and all see the same epoch then', async () => {
    const device = { person: noah, name: 'phone' };
    const offered = await offerOf(device);
    const planned = await plan(group.attacker, { add: [offered.keyPackage] }, honest);
    expect(await receive(group.owner, planned.commit)).toMatchObject({ allowed: true });
    const others = [group.owner, group.other].map((at) => follow(at, planned.commit, honest));
    const all = [
      planned.next,
      ...(await Promise.all(others)),
      await joinAs(device, offered, { planned, verifier: honest }),
    ];
    const digits = all.map((at) => describeEpoch(describeGroup(at)).digits);
    expect(new Set(digits).size).toBe(1);
  });
});

describe('a copied state (stolen device data)', () => {
  it('reads nothing any more once its victim has refreshed its leaf', async () => {
    const stolen = group.other;
    const sealBefore = await sealMessage(group.owner, new Uint8Array(256));
    expect((await openMessage(stolen, sealBefore.message)).content).toHaveLength(256);
    // Noah's update, as every own commit is one.
    const update = await plan(group.other, {}, honest);
    const [owner, attacker] = await Promise.all(
      [sealBefore.group, group.attacker].map((at) => follow(at, update.commit, honest)),
    );
    if (!owner || !attacker) throw new Error('nobody followed');
    expect(await countRead(stolen, [owner, attacker])).toBe(0);
    // Nor does the thief follow the update with what was stolen: the victim's own path is not for its old keys.
    await expect(open(stolen, update.commit, honest)).rejects.toMatchObject({ code: 'FROM_SELF' });
    // A later commit of somebody else does not bring the thief back in either.
    const later = await plan(attacker, {}, honest);
    await expect(open(stolen, later.commit, honest)).rejects.toBeInstanceOf(CryptoError);
    await expect(follow(owner, later.commit, honest)).resolves.toBeDefined();
  });
});

/** How many of twenty messages of these two somebody can open. */
async function countRead(reader: MlsGroup, writers: readonly MlsGroup[]): Promise<number> {
  let read = 0;
  for (const writer of writers) {
    let at = writer;
    for (let i = 0; i < 10; i++) {
      const sealed = await sealMessage(at, new Uint8Array(256));
      at = sealed.group;
      const opened = await openMessage(reader, sealed.message).catch((cause: unknown) => cause);
      if (!(opened instanceof CryptoError)) read++;
    }
  }
  return read;
}
