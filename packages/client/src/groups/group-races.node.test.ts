// Many changes of a group at the same moment, from several members, and messages between them: one wins in each epoch of the log, the
// others plan and seal anew, and everybody comes to the same group. THREATS 16, 17.
import type { ConversationId } from '@sirdas/protocol';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { until } from '../people.testkit.ts';
import {
  find,
  type GroupScene,
  makeGroup,
  makeScene,
  recordOf,
  texts,
  untilAgreed,
} from './group-scene.testkit.ts';

vi.setConfig({ testTimeout: 180_000 });

let scene: GroupScene;

beforeEach(async () => {
  scene = await makeScene();
  // Those who lost a race wait for a moment.
  const ticking = setInterval(() => scene.clock.advance(20), 1);
  onTestFinished(() => clearInterval(ticking));
});

async function makeOwners(id: ConversationId): Promise<void> {
  const { alice, bob, carol } = scene;
  await alice.sirdas.groups.setRole(id, 'bob', 'owner');
  await alice.sirdas.groups.setRole(id, 'carol', 'owner');
  for (const person of [bob, carol]) {
    await until(
      () => find(person, id)?.members.map(({ role }) => role),
      (roles) => roles?.every((role) => role === 'owner') ?? false,
    );
  }
}

describe('many changes at the same moment', () => {
  it('100 of three members are all made, one after the other, and everybody agrees', async () => {
    const id = await makeGroup(scene);
    await makeOwners(id);
    const { alice, bob, carol, relay } = scene;
    const people = [alice, bob, carol];
    const before = relay.logOf(recordOf(alice, id).log).epoch;
    const changes = Array.from({ length: 100 }, (_, i) =>
      people[i % 3]?.sirdas.groups.rename(id, `name ${i}`),
    );
    await Promise.all(changes);
    await untilAgreed(people, id);
    expect(relay.logOf(recordOf(alice, id).log).epoch).toBe(before + 100);
    for (const person of people) {
      expect(person.sirdas.statistics()).toMatchObject({ refusedCommits: 0 });
      expect(person.sirdas.statistics().undecryptable).toMatchObject({
        lost: 0,
        'out-of-step': 0,
        damaged: 0,
      });
    }
  });

  it('messages between them are sealed again and arrive once, in the order of each sender', async () => {
    const id = await makeGroup(scene);
    await makeOwners(id);
    const { alice, bob, carol } = scene;
    const people = [alice, bob, carol];
    const names = ['a', 'b', 'c'];
    await Promise.all([
      ...Array.from({ length: 20 }, (_, i) => people[i % 3]?.sirdas.groups.rename(id, `name ${i}`)),
      ...people.map(async (person, p) => {
        for (let i = 0; i < 20; i++) await person.sirdas.sendTo(id, `${names[p]}${i}`);
      }),
    ]);
    for (const person of people) {
      await until(
        async () => (await texts(person, id)).filter((text) => text !== '(event)').length,
        (count) => count === 60,
      );
      const all = await texts(person, id);
      for (const name of names) {
        const own = all.filter((text) => text.startsWith(name));
        expect(own).toEqual(Array.from({ length: 20 }, (_, i) => `${name}${i}`));
      }
      expect(person.sirdas.statistics().undecryptable).toMatchObject({ 'out-of-step': 0, damaged: 0 });
    }
    await untilAgreed(people, id);
  });
});
