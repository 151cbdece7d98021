// Somebody who was taken out of a group and brought in again while away: their cursor at the relay is ahead of that in the vault, and
// nothing is wrong with the vault. SPEC §3.2, §11.6.
import type { ConversationId } from '@sirdas/protocol';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  find,
  type GroupScene,
  makeGroup,
  makeScene,
  untilAgreed,
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

describe('CLI-041 a member who was removed and added again while away', () => {
  it('is the same device as before, and reads on from where it is in again', async () => {
    const { alice, bob, carol } = scene;
    const device = bob.memory.account?.device;
    await bob.sirdas.disconnect();
    await alice.sirdas.groups.remove(id, 'bob');
    await alice.sirdas.sendTo(id, 'not for bob');
    await alice.sirdas.groups.add(id, ['bob']);
    await alice.sirdas.sendTo(id, 'for bob again');
    await bob.sirdas.sendTo(id, 'said while away');
    await bob.sirdas.connect();
    await untilSays(bob, id, 'for bob again');
    for (const person of [alice, carol]) await untilSays(person, id, 'said while away');
    expect(bob.memory.account?.device).toBe(device);
    expect(find(bob, id)?.state).toBe('active');
    await untilAgreed([alice, bob, carol], id);
  });
});
