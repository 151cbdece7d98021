// What it costs to make, enter and change a group, and what one takes up in a vault: by suite and number of members.
import {
  describeGroup,
  type MlsGroup,
  openCommit,
  openMessage,
  planCommit,
  sealMessage,
  splitGroup,
} from '@sirdas/crypto';
import type { MlsSuite } from '@sirdas/protocol';
import { addMembers, foundGroup, joinAs, makeBenchKeyPackage, makeMember, verifier } from './mls-members.ts';

export interface GroupCosts {
  readonly suite: MlsSuite;
  readonly members: number;
  readonly keyPackageMs: number;
  /** The commit that adds everybody else. */
  readonly createMs: number;
  readonly joinMs: number;
  /** An update of the own leaf: made, and applied by another member. */
  readonly commitMs: number;
  readonly applyMs: number;
  readonly welcomeBytes: number;
  readonly commitBytes: number;
  /** Everything a vault holds of the group; what one more message writes. */
  readonly vaultBytes: number;
  readonly messageWriteBytes: number;
}

export async function measureGroup(suite: MlsSuite, memberCount: number): Promise<GroupCosts> {
  const members = await Promise.all(Array.from({ length: memberCount }, (_, i) => makeMember(i, suite)));
  const [founder, second] = members;
  if (!founder || !second) throw new Error('a group has two members at least');
  const keyPackageMs = await time(() => makeBenchKeyPackage(founder.own, suite));
  const alone = await foundGroup(members, suite);
  const created = await timed(() => addMembers(alone, members));
  const { log } = describeGroup(alone);
  const welcome = created.result.welcomes.find(({ nickname }) => nickname === second.own.nickname)?.welcome;
  if (!welcome) throw new Error('nobody was added');
  const joined = await timed(() => joinAs(second, welcome, { log, suite }));
  // Everybody updates once in real life: until then the tree has blanks, and the first commit is the largest.
  const update = { add: [], remove: [], state: null, verifier, nowMs: Date.now() };
  const planned = await timed(() => planCommit(created.result.next, update));
  const applied = await timed(() => openCommit(joined.result, planned.result.commit, update));
  const receiver = applied.result.next;
  if (receiver === 'removed') throw new Error('an update removes nobody');
  return {
    ...{ suite, members: memberCount, keyPackageMs, createMs: created.ms, joinMs: joined.ms },
    ...{ commitMs: planned.ms, applyMs: applied.ms },
    welcomeBytes: welcome.length,
    commitBytes: planned.result.commit.length,
    vaultBytes: countBytes(receiver, null),
    messageWriteBytes: await countMessageWrite(planned.result.next, receiver),
  };
}

async function countMessageWrite(sender: MlsGroup, receiver: MlsGroup): Promise<number> {
  const { message } = await sealMessage(sender, new Uint8Array(1024));
  const { group } = await openMessage(receiver, message);
  return countBytes(group, receiver);
}

function countBytes(group: MlsGroup, before: MlsGroup | null): number {
  const { epochPart, ratchetParts } = splitGroup(group, before);
  return ratchetParts.reduce((sum, { bytes }) => sum + bytes.length, epochPart?.length ?? 0);
}

async function timed<Result>(work: () => Promise<Result>): Promise<{ ms: number; result: Result }> {
  const startedAtMs = performance.now();
  const result = await work();
  return { ms: performance.now() - startedAtMs, result };
}

async function time(work: () => Promise<unknown>): Promise<number> {
  return (await timed(work)).ms;
}
