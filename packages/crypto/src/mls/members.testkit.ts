// Devices with keys of their own for tests of groups, and the steps that every such test takes. Everybody is believed unless
// a test says otherwise.
import {
  fromHex,
  type GroupState,
  type MlsSuite,
  type Nickname,
  parseNickname,
  toDeviceId,
  toLogId,
} from '@sirdas/protocol';
import { systemRandom } from '../random.ts';
import { SecretBytes } from '../secret-bytes.ts';
import { importSignatureKey } from '../signature-key.ts';
import { createGroup } from './create-group.ts';
import type { MlsGroup } from './group.ts';
import { type MadeKeyPackage, makeKeyPackage } from './key-package.ts';
import type { LeafVerifier, OwnLeaf } from './leaf.ts';
import { openCommit } from './open-commit.ts';
import { type CommitToPlan, type PlannedCommit, planCommit } from './plan-commit.ts';
import { joinGroup } from './welcome.ts';

export const RELAY = fromHex('11'.repeat(32));
export const LOG = toLogId(fromHex('22'.repeat(16)));
export const NOW_MS = 1_790_000_600_000;
export const DAY_MS = 86_400_000;

export const everybody: LeafVerifier = { verify: async () => true };

/** One device; the number tells the devices of an account apart. */
export async function makeDevice(name: string, number = 1): Promise<OwnLeaf> {
  const nickname = parseNickname(name);
  const seed = new Uint8Array(32);
  seed.set([...name].map((letter) => letter.charCodeAt(0) & 0xff));
  seed[31] = number;
  const device = seed.slice(0, 16);
  device[15] = number;
  return {
    relayFingerprint: RELAY,
    nickname,
    device: toDeviceId(device),
    recordIndex: 0,
    signatureKey: await importSignatureKey(new SecretBytes(Uint8Array.from(seed))),
  };
}

/** A group state with these members, the first of them its owner. */
export function makeState(names: readonly string[], name = 'friends'): GroupState {
  const sorted = [...names].sort();
  return {
    conversation: fromHex('33'.repeat(16)),
    generation: 0,
    direct: false,
    name,
    members: sorted.map((nickname) => ({
      nickname: nickname as Nickname,
      identityKey: fromHex('44'.repeat(32)),
      role: nickname === names[0] ? 'owner' : 'member',
    })),
  };
}

export function beginGroup(own: OwnLeaf, suite: MlsSuite, names: readonly string[]): Promise<MlsGroup> {
  return createGroup({ log: LOG, suite, own, state: makeState(names), random: systemRandom });
}

export function offer(own: OwnLeaf, suite: MlsSuite, nowMs = NOW_MS): Promise<MadeKeyPackage> {
  return makeKeyPackage({ own, suite, nowMs, lifetimeMs: 30 * DAY_MS, random: systemRandom });
}

/** A plan with nothing in it but what is given. */
export function toPlan(plan: Partial<CommitToPlan>): CommitToPlan {
  return { add: [], remove: [], state: null, verifier: everybody, nowMs: NOW_MS, ...plan };
}

export async function follow(group: MlsGroup, { commit }: PlannedCommit): Promise<MlsGroup> {
  const { next } = await openCommit(group, commit, { verifier: everybody, nowMs: NOW_MS });
  if (next === 'removed') throw new Error('removed');
  return next;
}

export async function join(
  own: OwnLeaf,
  offered: MadeKeyPackage,
  welcome: Uint8Array,
  verifier: LeafVerifier = everybody,
): Promise<MlsGroup> {
  const { group } = await joinGroup({
    welcome,
    log: LOG,
    secrets: new Map([[offered.reference, offered.secret]]),
    verifier,
    signatureKey: own.signatureKey,
    relayFingerprint: RELAY,
    random: systemRandom,
  });
  return group;
}

/** A group of these devices, all in the same epoch: the first one made it and added the others in one commit. */
export async function makeMembers(suite: MlsSuite, devices: readonly OwnLeaf[]): Promise<MlsGroup[]> {
  const [first, ...others] = devices;
  if (!first) throw new Error('nobody');
  const names = [...new Set(devices.map(({ nickname }) => nickname))];
  const alone = await beginGroup(first, suite, names);
  if (others.length === 0) return [alone];
  const offers = await Promise.all(others.map((own) => offer(own, suite)));
  const plan = await planCommit(alone, toPlan({ add: offers.map(({ keyPackage }) => keyPackage) }));
  const joined = await Promise.all(
    others.map((own, i) => {
      const welcome = plan.welcomes.find(({ nickname }) => nickname === own.nickname)?.welcome;
      const offered = offers[i];
      if (!welcome || !offered) throw new Error('not welcome');
      return join(own, offered, welcome);
    }),
  );
  return [plan.next, ...joined];
}
