// A group that was changed and then replaced while somebody was away: whoever comes back finds the Welcome to the new one before the
// changes of the old one, and has to get there all the same. SPEC §11.9.
import type { ConversationId } from '@sirdas/protocol';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { meetModern } from '../people.testkit.ts';
import {
  type GroupScene,
  lines,
  makeGroup,
  makeScene,
  untilAgreed,
  untilMembers,
  untilSays,
} from './group-scene.testkit.ts';

let scene: GroupScene;
let id: ConversationId;

beforeEach(async () => {
  scene = await makeScene();
  const ticking = setInterval(() => scene.clock.advance(20), 1);
  onTestFinished(() => clearInterval(ticking));
  id = await makeGroup(scene);
});

it('a member who was away follows into a new group with other members, and sees who came', async () => {
  const { relay, clock, alice, bob, carol } = scene;
  const dave = await meetModern(relay, clock, 'dave');
  await bob.sirdas.disconnect();
  await alice.sirdas.groups.add(id, ['dave']);
  await untilMembers(dave, id, ['alice', 'bob', 'carol', 'dave']);
  await alice.sirdas.groups.reset(id);
  await bob.sirdas.connect();
  await alice.sirdas.sendTo(id, 'in the new group');
  await untilSays(bob, id, 'in the new group');
  await bob.sirdas.sendTo(id, 'there as well');
  for (const person of [alice, carol, dave]) await untilSays(person, id, 'there as well');
  await untilAgreed([alice, bob, carol, dave], id);
  expect(await lines(bob, id)).toContainEqual(['alice', 'added']);
});
