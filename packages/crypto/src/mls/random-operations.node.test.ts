// Many members, many commits of every kind in an order drawn from a seed: all members must always come to the same epoch, every
// newcomer must be able to join, and everybody must read everybody. Trees with blank nodes and unmerged leaves come up on the way,
// among them valid ones that the library's own joinGroup refuses.
import { encodeUtf8, X25519_SUITE } from '@sirdas/protocol';
import { expect, test } from 'vitest';
import { seededRandom } from '../seeded-random.testkit.ts';
import { contentsOf, describeGroup, type MlsGroup } from './group.ts';
import type { OwnLeaf } from './leaf.ts';
import { beginGroup, follow, join, makeDevice, offer, toPlan } from './members.testkit.ts';
import { openMessage, sealMessage } from './message.ts';
import { planCommit } from './plan-commit.ts';

const DEVICES = 18;
const STEPS = 25;

const devices = await Promise.all(Array.from({ length: DEVICES }, (_, i) => makeDevice(`user${i}`, i + 1)));

class Crowd {
  readonly groups = new Map<OwnLeaf, MlsGroup>();
  readonly #draw: (below: number) => number;

  constructor(seed: string) {
    const random = seededRandom(seed);
    this.#draw = (below) => (random(1)[0] ?? 0) % below;
  }

  async begin(own: OwnLeaf): Promise<void> {
    this.groups.set(own, await beginGroup(own, X25519_SUITE, [own.nickname]));
  }

  /** One member removes up to two others and adds up to three devices, or only updates. */
  async step(): Promise<void> {
    const members = [...this.groups.keys()];
    const committer = this.#pick(members);
    const outside = devices.filter((own) => !this.groups.has(own));
    const removed =
      members.length > 4
        ? this.#some(
            members.filter((own) => own !== committer),
            2,
          )
        : [];
    const added = this.#some(outside, 3);
    const group = this.groupOf(committer);
    const offers = await Promise.all(added.map((own) => offer(own, X25519_SUITE)));
    const plan = await planCommit(
      group,
      toPlan({
        add: offers.map(({ keyPackage }) => keyPackage),
        remove: removed.map((own) => describeGroup(this.groupOf(own)).ownLeafIndex),
      }),
    );
    for (const own of removed) this.groups.delete(own);
    for (const [own, before] of this.groups) {
      this.groups.set(own, own === committer ? plan.next : await follow(before, plan));
    }
    for (const [i, own] of added.entries()) {
      const welcome = plan.welcomes.find(({ nickname }) => nickname === own.nickname)?.welcome;
      const offered = offers[i];
      if (!welcome || !offered) throw new Error('not welcome');
      this.groups.set(own, await join(own, offered, welcome));
    }
  }

  async talk(): Promise<void> {
    const sender = this.#pick([...this.groups.keys()]);
    const sealed = await sealMessage(this.groupOf(sender), encodeUtf8(sender.nickname));
    for (const [own, group] of this.groups) {
      if (own === sender) this.groups.set(own, sealed.group);
      else {
        const opened = await openMessage(group, sealed.message);
        expect(opened.sender.nickname).toBe(sender.nickname);
        this.groups.set(own, opened.group);
      }
    }
  }

  groupOf(own: OwnLeaf): MlsGroup {
    const group = this.groups.get(own);
    if (!group) throw new Error('not a member');
    return group;
  }

  #pick(from: readonly OwnLeaf[]): OwnLeaf {
    const picked = from[this.#draw(from.length)];
    if (!picked) throw new Error('nobody');
    return picked;
  }

  #some(from: readonly OwnLeaf[], most: number): OwnLeaf[] {
    const count = Math.min(this.#draw(most + 1), from.length);
    const start = from.length > 0 ? this.#draw(from.length) : 0;
    return Array.from({ length: count }, (_, i) => from[(start + i) % from.length]).filter(
      (own) => own !== undefined,
    );
  }
}

test.each(['one', 'two'])('seed %s', { timeout: 120_000 }, async (seed) => {
  const crowd = new Crowd(seed);
  const [first] = devices;
  if (!first) throw new Error('nobody');
  await crowd.begin(first);
  let withUnmerged = 0;
  for (let i = 0; i < STEPS; i++) {
    await crowd.step();
    await crowd.talk();
    const views = [...crowd.groups.values()].map((group) => ({
      ...describeGroup(group),
      ownLeafIndex: 0,
      ownGeneration: 0,
    }));
    for (const view of views) expect(view).toEqual(views[0]);
    const { tree } = contentsOf(crowd.groupOf([...crowd.groups.keys()][0] ?? first)).epoch;
    if (tree.some((node) => node?.nodeType === 'parent' && node.parent.unmergedLeaves.length > 0))
      withUnmerged++;
  }
  // Otherwise the test would not show what it is for.
  expect(withUnmerged).toBeGreaterThan(2);
});
