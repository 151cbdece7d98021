// Welcomes that nobody asked for, that were used before, or that claim to be of a conversation that they are not of: refused with a
// code and without a trace. The relay can put anything into an inbox, but no welcome can be made without a member.
import { createGroup, importSignatureKey, type OwnLeaf, planCommit, systemRandom } from '@sirdas/crypto';
import { encodeEnvelope, fromId, type GroupState, toLogId, XWING_SUITE } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { meetModern, type Person, seen, until, untilSeen } from '../people.testkit.ts';
import {
  find,
  type GroupScene,
  makeGroup,
  makeScene,
  recordOf,
  texts,
  untilMembers,
  untilSays,
} from './group-scene.testkit.ts';

let scene: GroupScene;

beforeEach(async () => {
  scene = await makeScene();
});

const everybody = { verify: async () => true };

async function leafOf({ memory }: Person): Promise<OwnLeaf> {
  const { account } = memory;
  if (!account) throw new Error('not joined');
  return {
    relayFingerprint: account.relay.fingerprint,
    nickname: account.nickname,
    device: account.device,
    recordIndex: 0,
    signatureKey: await importSignatureKey(account.deviceSeed),
  };
}

async function memberOf(person: Person, role: 'member' | 'owner'): Promise<GroupState['members'][number]> {
  const { account } = person.memory;
  if (!account) throw new Error('not joined');
  const { publicKey } = await importSignatureKey(account.identitySeed);
  return { nickname: account.nickname, identityKey: publicKey, role };
}

/** A welcome for Alice into a group that `creator` has made, whatever it is called. */
async function makeWelcome(creator: Person, state: Omit<GroupState, 'generation'> & { generation?: number }) {
  const { relay, alice } = scene;
  const device = alice.memory.account?.device ?? '';
  const offered = relay.keyPackages.byDevice
    .get(device)
    ?.find((one) => one.suite === XWING_SUITE && !one.lastResort);
  if (!offered) throw new Error('Alice has left no key package');
  const log = toLogId(systemRandom(16));
  const own = await leafOf(creator);
  const whole = { generation: 0, ...state };
  const group = await createGroup({ log, suite: XWING_SUITE, own, state: whole, random: systemRandom });
  const { welcomes } = await planCommit(group, {
    ...{ add: [offered.keyPackage], remove: [], state: null, verifier: everybody },
    nowMs: scene.clock.nowMs(),
  });
  const value = { suite: XWING_SUITE, log: fromId(log), welcome: welcomes[0]?.welcome ?? new Uint8Array() };
  return encodeEnvelope({ kind: { case: 'mlsWelcome', value } });
}

async function membersOf(...people: readonly (readonly [Person, 'member' | 'owner'])[]) {
  return Promise.all(people.map(([person, role]) => memberOf(person, role)));
}

describe('CLI-046 a welcome is refused', () => {
  it('into the direct conversation of two others', async () => {
    const { alice, carol, relay } = scene;
    const conversation = fromId(alice.sirdas.conversationWith('bob'));
    // Carol says that this is the conversation of Alice and Bob.
    const members = await membersOf([alice, 'owner'], [carol, 'owner']);
    relay.append('alice', await makeWelcome(carol, { conversation, direct: true, name: '', members }));
    await untilSeen(alice, 'refused');
    expect(seen(alice, 'refused')).toMatchObject([{ error: 'WELCOME_REFUSED', from: null }]);
    expect(alice.memory.groups.size).toBe(0);
    expect(alice.sirdas.conversations()).toEqual([]);
  });

  it('by a member who may not bring anybody in', async () => {
    const { alice, bob, carol, relay } = scene;
    const members = await membersOf([alice, 'member'], [bob, 'owner'], [carol, 'member']);
    const conversation = new Uint8Array(16).fill(5);
    relay.append('alice', await makeWelcome(carol, { conversation, direct: false, name: 'x', members }));
    await untilSeen(alice, 'refused');
    expect(alice.memory.groups.size).toBe(0);
  });

  it('of a group that says that it takes the place of one, by somebody who did not lead it', async () => {
    const { alice, bob, carol, relay } = scene;
    const id = await makeGroup(scene);
    const members = await membersOf([alice, 'owner'], [bob, 'member'], [carol, 'member']);
    const state = { conversation: fromId(id), direct: false, name: 'friends', members, generation: 1 };
    relay.append('alice', await makeWelcome(bob, state));
    await untilSeen(alice, 'refused');
    expect(recordOf(alice, id).generation).toBe(0);
    await alice.sirdas.sendTo(id, 'the same group');
    await untilSays(carol, id, 'the same group');
  });

  it('that is no welcome', async () => {
    const { alice, relay } = scene;
    const value = { suite: XWING_SUITE, log: new Uint8Array(16), welcome: new Uint8Array(100).fill(1) };
    relay.append('alice', encodeEnvelope({ kind: { case: 'mlsWelcome', value } }));
    await untilSeen(alice, 'refused');
    expect(seen(alice, 'refused')).toMatchObject([{ error: 'WELCOME_REFUSED' }]);
  });
});

describe('a welcome that was used', () => {
  it('leaves no key behind, and does nothing when it comes again', async () => {
    const { bob, relay } = scene;
    const before = new Set(bob.memory.keyPackages.keys());
    const id = await makeGroup(scene);
    expect(before.size - bob.memory.keyPackages.size).toBe(1);
    const welcome = relay.inboxOf('bob').entries.at(-1)?.envelope ?? new Uint8Array();
    const joins = () =>
      bob.vault.changes.filter(({ groups }) => groups?.some(({ record }) => record?.logEpoch === 0));
    const count = joins().length;
    for (let i = 0; i < 10; i++) relay.append('bob', welcome);
    await until(
      () => relay.inboxOf('bob').acks.at(-1),
      (seq) => seq === relay.inboxOf('bob').head,
    );
    expect(joins()).toHaveLength(count);
    expect(seen(bob, 'refused')).toEqual([]);
    expect(find(bob, id)?.state).toBe('active');
  });

  it('CLI-046 with the key of last resort does not lead back into a group that was left behind', async () => {
    const { alice, bob, relay } = scene;
    // Only the last resort is left.
    const device = bob.memory.account?.device ?? '';
    const left = (relay.keyPackages.byDevice.get(device) ?? []).filter(({ lastResort }) => lastResort);
    relay.keyPackages.byDevice.set(device, left);
    const { id } = await alice.sirdas.groups.create({ name: 'x', members: ['bob', 'carol'] });
    await untilMembers(bob, id, ['alice', 'bob', 'carol']);
    const welcome = relay.inboxOf('bob').entries.at(-1)?.envelope ?? new Uint8Array();
    await alice.sirdas.groups.remove(id, 'bob');
    await until(
      () => find(bob, id)?.state,
      (state) => state === 'removed',
    );
    relay.append('bob', welcome);
    await untilSeen(bob, 'refused');
    expect(find(bob, id)?.state).toBe('removed');
    expect(recordOf(bob, id).epochPart).toBeNull();
  });
});

describe('a welcome of somebody whose identity key has changed', () => {
  it('CLI-031 is held until the person accepts the key; then what was said since is shown', async () => {
    const { alice, bob, relay, clock } = scene;
    await alice.sirdas.send('bob', 'to the former bob');
    const id = alice.sirdas.conversationWith('bob');
    await untilSays(bob, id, 'to the former bob');
    await bob.sirdas.close();
    relay.accounts.delete('bob');
    const other = await meetModern(relay, clock, 'bob');
    await other.sirdas.send('alice', 'from another bob');
    await until(
      () => alice.sirdas.contacts().find(({ nickname }) => nickname === 'bob')?.heldLetters,
      (held) => held === 1,
    );
    expect(await texts(alice, id)).toEqual(['to the former bob']);
    const key = alice.sirdas.contacts().find(({ nickname }) => nickname === 'bob')?.changedKey;
    await alice.sirdas.acceptKeyChange('bob', key ?? new Uint8Array());
    await untilSays(alice, id, 'from another bob');
    await alice.sirdas.send('bob', 'to the new bob');
    await untilSays(other, id, 'to the new bob');
  });
});

describe('two who add the same person at the same moment', () => {
  it('bring in one, and the loser’s welcome goes to nobody', async () => {
    const { alice, bob, carol, relay } = scene;
    const { id } = await alice.sirdas.groups.create({ name: 'x', members: ['bob'] });
    await untilMembers(bob, id, ['alice', 'bob']);
    await alice.sirdas.groups.setRole(id, 'bob', 'owner');
    await until(
      () => find(bob, id)?.members[1]?.role,
      (role) => role === 'owner',
    );
    const adding = [alice, bob].map((person) => person.sirdas.groups.add(id, ['carol']));
    await until(
      () => {
        scene.clock.advance(10);
        return relay.inboxOf('carol').entries.length;
      },
      (count) => count > 0,
    );
    for (const person of [alice, bob, carol]) await untilMembers(person, id, ['alice', 'bob', 'carol']);
    const settled = Promise.all(adding);
    const ticking = setInterval(() => scene.clock.advance(100), 1);
    await settled.finally(() => clearInterval(ticking));
    expect(relay.inboxOf('carol').entries).toHaveLength(1);
  });
});
