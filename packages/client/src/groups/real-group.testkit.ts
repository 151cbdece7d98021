// Real groups between devices of test accounts, without a relay in between: what one of them commits is handed to the others.
import {
  createGroup,
  describeGroup,
  joinGroup,
  type LeafVerifier,
  type MadeKeyPackage,
  type MlsGroup,
  makeKeyPackage,
  type OpenedCommit,
  type OwnLeaf,
  openCommit,
  type PlannedCommit,
  planCommit,
  systemRandom,
} from '@sirdas/crypto';
import { type GroupRole, type GroupState, type LogId, X25519_SUITE } from '@sirdas/protocol';
import { TEST_RELAY, type TestAccount } from './group-people.testkit.ts';
import { knowing, SOME_SESSION } from './known-accounts.testkit.ts';
import { AccountLeafVerifiers } from './leaf-verifier.ts';

export const TEST_LOG = '11'.repeat(16) as LogId;
const TEST_NOW_MS = 1_800_000_000_000;
const LIFETIME_MS = 86_400_000;

/** One device of somebody. */
export interface TestDevice {
  readonly person: TestAccount;
  readonly name: string;
}

export function ownLeafOf({ person, name }: TestDevice): OwnLeaf {
  return {
    relayFingerprint: TEST_RELAY,
    nickname: person.nickname,
    device: person.device(name),
    recordIndex: person.now.record.index,
    signatureKey: person.deviceKey(name),
  };
}

/** Believes what the newest chains of these people say. */
export function verifierFor(people: readonly TestAccount[]): LeafVerifier {
  const [own] = people;
  if (!own) throw new Error('nobody');
  const pinned = new Map(people.map((person) => [person, person.now]));
  const { accounts } = knowing({ own, pinned, directory: people });
  return new AccountLeafVerifiers(accounts, () => {}).over(SOME_SESSION);
}

export function offerOf(device: TestDevice): Promise<MadeKeyPackage> {
  return makeKeyPackage({
    own: ownLeafOf(device),
    suite: X25519_SUITE,
    nowMs: TEST_NOW_MS,
    lifetimeMs: LIFETIME_MS,
    random: systemRandom,
  });
}

export function stateOf(people: readonly TestAccount[], roles: readonly GroupRole[] = []): GroupState {
  const members = people.map((person, i) => person.member(roles[i] ?? (i === 0 ? 'owner' : 'member')));
  return {
    conversation: new Uint8Array(16).fill(1),
    generation: 0,
    direct: false,
    name: 'Trip',
    members: members.toSorted((a, b) => (a.nickname < b.nickname ? -1 : 1)),
  };
}

/** The groups of these devices in one epoch, in their order: the first has made it and added the others. */
export async function makeRealGroup(devices: readonly TestDevice[], state?: GroupState): Promise<MlsGroup[]> {
  const [first, ...others] = devices;
  if (!first) throw new Error('nobody');
  const people = [...new Set(devices.map(({ person }) => person))];
  const verifier = verifierFor(people);
  const alone = await createGroup({
    log: TEST_LOG,
    suite: X25519_SUITE,
    own: ownLeafOf(first),
    state: state ?? stateOf(people),
    random: systemRandom,
  });
  const offers = await Promise.all(others.map(offerOf));
  const planned = await plan(alone, { add: offers.map(({ keyPackage }) => keyPackage) }, verifier);
  const joined = others.map((device, i) => joinAs(device, need(offers[i]), { planned, verifier }));
  return [planned.next, ...(await Promise.all(joined))];
}

export function plan(
  group: MlsGroup,
  change: {
    readonly add?: readonly Uint8Array[];
    readonly remove?: readonly number[];
    readonly state?: GroupState;
  },
  verifier: LeafVerifier,
): Promise<PlannedCommit> {
  const { add = [], remove = [], state = null } = change;
  return planCommit(group, { add, remove, state, verifier, nowMs: TEST_NOW_MS });
}

export function open(group: MlsGroup, commit: Uint8Array, verifier: LeafVerifier): Promise<OpenedCommit> {
  return openCommit(group, commit, { verifier, nowMs: TEST_NOW_MS });
}

export async function follow(group: MlsGroup, commit: Uint8Array, verifier: LeafVerifier): Promise<MlsGroup> {
  const { next } = await open(group, commit, verifier);
  if (next === 'removed') throw new Error('removed by this commit');
  return next;
}

export async function joinAs(
  device: TestDevice,
  offered: MadeKeyPackage,
  { planned, verifier }: { readonly planned: PlannedCommit; readonly verifier: LeafVerifier },
): Promise<MlsGroup> {
  const mine = planned.welcomes.find(({ nickname }) => nickname === device.person.nickname);
  const { group } = await joinGroup({
    welcome: need(mine).welcome,
    log: TEST_LOG,
    secrets: new Map([[offered.reference, offered.secret]]),
    verifier,
    signatureKey: ownLeafOf(device).signatureKey,
    relayFingerprint: TEST_RELAY,
    random: systemRandom,
  });
  return group;
}

/** The leaf index of a device. */
export function indexOf(group: MlsGroup, { person, name }: TestDevice): number {
  return need(describeGroup(group).leaves.find(({ device }) => device === person.device(name))).index;
}

function need<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the test names something that is not there');
  return value;
}
