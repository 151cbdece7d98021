// A device that cannot follow a group any more waits for a Welcome, and everybody may buy a key package of it: only those whom it knows
// as members may bring it back, or whoever knows what the conversation is called would take the place of all of them.
import { createGroup, importSignatureKey, type MlsGroup, planCommit, systemRandom } from '@sirdas/crypto';
import {
  type ConversationId,
  encodeEnvelope,
  fromId,
  type GroupState,
  type LogId,
  toLogId,
  XWING_SUITE,
} from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { meetModern, openPerson, type Person, seen, untilSeen } from '../people.testkit.ts';
import { find, type GroupScene, makeGroup, makeScene, recordOf } from './group-scene.testkit.ts';

const everybody = { verify: async () => true };

let scene: GroupScene;
let dave: Person;
let id: ConversationId;
let log: LogId;

beforeEach(async () => {
  scene = await makeScene();
  const { relay, clock, alice, bob, carol } = scene;
  dave = await meetModern(relay, clock, 'dave');
  id = await makeGroup(scene);
  log = recordOf(bob, id).log;
  // Nobody is there who could help.
  await alice.sirdas.disconnect();
  await carol.sirdas.disconnect();
  await bob.sirdas.close();
});

async function memberOf(
  { memory }: Person,
  role: 'member' | 'owner',
): Promise<GroupState['members'][number]> {
  if (!memory.account) throw new Error('not joined');
  const { publicKey } = await importSignatureKey(memory.account.identitySeed);
  return { nickname: memory.account.nickname, identityKey: publicKey, role };
}

/** A group of Dave alone that calls itself the one that Bob knows, with all its members in the list, and Bob's Welcome to it. */
async function makeWelcome(toLog: LogId): Promise<Uint8Array> {
  const { relay, clock, alice, bob, carol } = scene;
  const { account } = dave.memory;
  if (!account) throw new Error('not joined');
  const device = bob.memory.account?.device ?? '';
  const offered = relay.keyPackages.byDevice
    .get(device)
    ?.find((one) => one.suite === XWING_SUITE && !one.lastResort);
  if (!offered) throw new Error('Bob has left no key package');
  const own = {
    ...{ relayFingerprint: account.relay.fingerprint, nickname: account.nickname, device: account.device },
    ...{ recordIndex: 0, signatureKey: await importSignatureKey(account.deviceSeed) },
  };
  const members = [
    await memberOf(alice, 'owner'),
    await memberOf(bob, 'member'),
    await memberOf(carol, 'member'),
    await memberOf(dave, 'owner'),
  ];
  const state = { conversation: fromId(id), direct: false, generation: 0, name: 'friends', members };
  const nowMs = clock.nowMs();
  const plan = { add: [], remove: [], state: null, verifier: everybody, nowMs };
  let group: MlsGroup = await createGroup({
    log: toLog,
    suite: XWING_SUITE,
    own,
    state,
    random: systemRandom,
  });
  // As far as Bob has seen the true one, and further.
  for (let i = 0; i < 5; i++) group = (await planCommit(group, plan)).next;
  const { welcomes } = await planCommit(group, { ...plan, add: [offered.keyPackage] });
  const value = { suite: XWING_SUITE, log: fromId(toLog), welcome: welcomes[0]?.welcome ?? new Uint8Array() };
  return encodeEnvelope({ kind: { case: 'mlsWelcome', value } });
}

async function expectRefusal(bob: Person): Promise<void> {
  await untilSeen(bob, 'refused');
  expect(seen(bob, 'refused')).toMatchObject([{ error: 'WELCOME_REFUSED' }]);
  expect(find(bob, id)).toMatchObject({ state: 'broken' });
  expect(find(bob, id)?.members.map(({ nickname }) => nickname)).toEqual(['alice', 'bob', 'carol']);
}

describe('CLI-046 a stranger who knows what a conversation is called', () => {
  it('does not bring back a device that lost its state of the group', async () => {
    const { relay, clock, bob } = scene;
    const { memory } = bob;
    for (const stored of memory.groups.values()) {
      memory.groups.set(log, { ...stored, record: { ...stored.record, epochPart: null } });
      stored.pages.clear();
    }
    const conversation = memory.conversations.get(id);
    if (conversation) memory.conversations.set(id, { ...conversation, state: 'broken' });
    relay.append('bob', await makeWelcome(log));
    const reopened = await openPerson(relay, clock, memory);
    await reopened.sirdas.connect();
    await expectRefusal(reopened);
  });

  it('does not bring in a device that knows the conversation from a backup only', async () => {
    const { relay, clock, bob } = scene;
    const { memory } = bob;
    memory.groups.clear();
    const conversation = memory.conversations.get(id);
    if (conversation) memory.conversations.set(id, { ...conversation, state: 'broken' });
    relay.append('bob', await makeWelcome(toLogId(systemRandom(16))));
    const reopened = await openPerson(relay, clock, memory);
    await reopened.sirdas.connect();
    await expectRefusal(reopened);
  });
});
