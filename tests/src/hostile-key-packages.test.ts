// A relay that lies when a conversation begins: about keys of people, about their devices and about the key packages that these
// devices have left; and somebody who takes all of them away. Nothing goes to a key that is not theirs, and nothing goes out weaker than
// it should. THREATS §2, rows 1, 2, 7, 21 to 24.
import {
  generateSignatureSeed,
  importSignatureKey,
  makeKeyPackage,
  type OwnLeaf,
  systemRandom,
} from '@sirdas/crypto';
import { type Frame, fromId, XWING_SUITE } from '@sirdas/protocol';
import { expect, test, vi } from 'vitest';
import { gatherCircle, isIn, joinGuest, say } from './hostile-groups.testkit.ts';
import { refusalsOf } from './hostile-relay.testkit.ts';
import { eventsOf, type Person, shownTexts, waitUntil } from './person.testkit.ts';
import { startRelay } from './relay-process.testkit.ts';
import { VaultCopy } from './vault-copy.testkit.ts';
import { joinWire, makeWireAccount } from './wire-account.testkit.ts';

vi.setConfig({ testTimeout: 300_000 });

const HOUR_MS = 3_600_000;
type Claimed = Frame<'claimedKeyPackages'>['claimed'];

test('CRY-035 CRY-038 with key packages that are none of theirs, expired or kept back nothing is sent, and nothing weaker either (THREATS 2, 23, 24)', async () => {
  const relay = await startRelay({ plaintext: true });
  const [alice, bob, eve] = [
    await joinGuest(relay, 'alice'),
    await joinGuest(relay, 'bob'),
    await joinGuest(relay, 'eve'),
  ];
  const sent: string[] = [];
  alice.proxy.toRelay = (frame) => {
    sent.push(frame.kind);
    return [frame];
  };
  const own = await leafOf(bob.person);
  const stranger = await importSignatureKey(generateSignatureSeed(systemRandom));
  const lies: readonly (readonly [string, (genuine: Claimed) => Promise<Claimed>])[] = [
    ['none at all', async () => []],
    ['of a device that nobody signed', (genuine) => replaceIn(genuine, { ...own, signatureKey: stranger })],
    ['of somebody else', async (genuine) => replaceIn(genuine, await leafOf(eve.person))],
    ['long expired', (genuine) => replaceIn(genuine, own, HOUR_MS)],
    ['from the future', (genuine) => replaceIn(genuine, own, Date.now() + 1000 * HOUR_MS)],
    ['good for ever', (genuine) => replaceIn(genuine, own, Date.now(), 100_000 * HOUR_MS)],
    [
      'cut off',
      async (genuine) => genuine.map((one) => ({ ...one, keyPackage: one.keyPackage.slice(0, -1) })),
    ],
    [
      'with a byte more',
      async (genuine) => genuine.map((one) => ({ ...one, keyPackage: Uint8Array.of(...one.keyPackage, 0) })),
    ],
  ];
  let lie: (genuine: Claimed) => Promise<Claimed> = async () => [];
  alice.proxy.toClient = (frame, link) => {
    if (frame.kind !== 'claimedKeyPackages') return [frame];
    void lie(frame.claimed).then((claimed) => link.sendToClient({ ...frame, claimed }));
    return [];
  };
  const { id } = await startWith(lies[0]);
  for (const [name, next] of lies.slice(1)) {
    const before = delays();
    lie = next;
    alice.person.sirdas.retryNow();
    await waitUntil(() => delays() > before, `the relay has shown one ${name}`, 60_000);
  }
  expect(eventsOf(alice.person, 'delayed').map(({ error }) => error)).toEqual(
    lies.map(() => 'NO_KEY_PACKAGE'),
  );
  expect(sent.filter((kind) => kind === 'append' || kind === 'commit')).toEqual([]);
  // With the one that Bob has left it goes out, and not as a letter.
  alice.proxy.toClient = (frame) => [frame];
  alice.person.sirdas.retryNow();
  await alice.person.sirdas.waitUntilAccepted(id);
  await waitUntil(() => shownTexts(bob.person).includes('alice: secret'), 'bob has it', 60_000);
  const [message] = await bob.person.sirdas.messages(bob.person.sirdas.conversationWith('alice'), {
    limit: 1,
  });
  expect(message?.envelope).toBe('mls');

  function delays(): number {
    return eventsOf(alice.person, 'delayed').length;
  }

  async function startWith(first: (typeof lies)[number] | undefined) {
    lie = first?.[1] ?? lie;
    const message = await alice.person.sirdas.send('bob', 'secret');
    await waitUntil(() => delays() > 0, 'the first lie is told', 60_000);
    return message;
  }
});

test('CLI-030 a member’s swapped identity key stops sending to the whole group until the person has seen it (THREATS 1)', async () => {
  const { alice, bob, carol, id, log } = await gatherCircle();
  const { fingerprint } = bob.person.sirdas.account?.relay ?? fail();
  const impostor = await makeWireAccount('carol', fingerprint, { suites: [XWING_SUITE] });
  const honest = bob.proxy.toClient;
  bob.proxy.toClient = (frame, link) =>
    frame.kind === 'account' && frame.nickname === 'carol'
      ? [{ ...frame, entries: [{ directoryIndex: 0, record: impostor.record }], headIndex: 0 }]
      : honest(frame, link);
  await bob.person.sirdas.lookUp('carol').catch(() => {});
  const carolSeen = () => bob.person.sirdas.contacts().find(({ nickname }) => nickname === 'carol');
  await waitUntil(() => carolSeen()?.changedKey !== null, 'bob is told of another key');
  let appends = 0;
  bob.proxy.toRelay = (frame) => {
    if (frame.kind === 'append' && Buffer.from(frame.log).equals(fromId(log))) appends++;
    return [frame];
  };
  await bob.person.sirdas.sendTo(id, 'not for the impostor');
  await waitUntil(() => eventsOf(bob.person, 'delayed').length > 0, 'the message waits');
  expect(eventsOf(bob.person, 'delayed')[0]?.error).toBe('KEY_CHANGED');
  await say(alice.person, id, 'from alice', [bob.person, carol.person]);
  expect(appends).toBe(0);
});

test('CRY-038 CLI-046 two people who are shown two directories do not come into one group (THREATS 7)', async () => {
  const relay = await startRelay({ plaintext: true });
  const [alice, bob, carol] = [
    await joinGuest(relay, 'alice'),
    await joinGuest(relay, 'bob'),
    await joinGuest(relay, 'carol'),
  ];
  const { fingerprint } = bob.person.sirdas.account?.relay ?? fail();
  const impostor = await makeWireAccount('carol', fingerprint, { suites: [XWING_SUITE] });
  bob.proxy.toClient = (frame) =>
    frame.kind === 'account' && frame.nickname === 'carol'
      ? [{ ...frame, entries: [{ directoryIndex: 0, record: impostor.record }], headIndex: 0 }]
      : [frame];
  const { id } = await alice.person.sirdas.groups.create({ name: 'friends', members: ['bob', 'carol'] });
  await waitUntil(() => isIn(carol.person, id), 'carol is in', 60_000);
  await waitUntil(() => refusalsOf(bob.person).length > 0, 'bob has refused', 60_000);
  await say(alice.person, id, 'to carol', [carol.person]);
  expect(isIn(bob.person, id)).toBe(false);
  expect(shownTexts(bob.person)).toEqual([]);
  await carol.person.sirdas.lookUp('bob');
  expect(bob.person.sirdas.safetyNumber('carol')).not.toBe(carol.person.sirdas.safetyNumber('bob'));
});

test('RLY-126 RLY-127 who takes key packages gets each once and not many, and their owner leaves new ones (THREATS 21, 22)', async () => {
  const relay = await startRelay({ plaintext: true });
  const bob = await joinGuest(relay, 'bob');
  const mallory = await joinWire(relay.address, 'mallory', await relay.inviteToken());
  const take = async () => {
    const { claimed } = await mallory.connection.demand(
      { kind: 'claimKeyPackages', nickname: 'bob', suite: XWING_SUITE, devices: [] },
      'claimedKeyPackages',
    );
    return claimed[0] ?? fail();
  };
  // With the limits of tests: none.
  const taken = await Promise.all(Array.from({ length: 100 }, take));
  const single = taken
    .filter(({ lastResort }) => !lastResort)
    .map(({ keyPackage }) => Buffer.from(keyPackage).toString('hex'));
  expect(new Set(single).size).toBe(single.length);
  expect(single.length).toBeGreaterThan(0);
  await vi.waitFor(async () => expect((await take()).lastResort).toBe(false), {
    timeout: 60_000,
    interval: 200,
  });
  expect(bob.person.sirdas.link.state).toBe('online');

  // With the limits that people have.
  const strict = await startRelay({
    plaintext: true,
    flags: { 'key-claim-rate': null, 'key-target-rate': null },
  });
  await joinGuest(strict, 'bob');
  const other = await joinWire(strict.address, 'mallory', await strict.inviteToken());
  const answers = await Promise.all(
    Array.from({ length: 100 }, () =>
      other.connection.askForError({
        kind: 'claimKeyPackages',
        nickname: 'bob',
        suite: XWING_SUITE,
        devices: [],
      }),
    ),
  );
  expect(answers.filter((answer) => answer === 'claimedKeyPackages').length).toBeLessThanOrEqual(6);
  expect(new Set(answers)).toEqual(new Set(['claimedKeyPackages', 'RATE_LIMITED']));
});

/** One for the same device as the genuine one, made by whoever has this leaf's key. */
async function replaceIn(
  genuine: Claimed,
  own: OwnLeaf,
  nowMs = Date.now(),
  lifetimeMs = 24 * HOUR_MS,
): Promise<Claimed> {
  const { keyPackage } = await makeKeyPackage({
    own,
    suite: XWING_SUITE,
    nowMs,
    lifetimeMs,
    random: systemRandom,
  });
  return genuine.map((one) => ({ ...one, keyPackage }));
}

async function leafOf(person: Person): Promise<OwnLeaf> {
  const { verified, deviceKey, device, nickname } = await (await VaultCopy.of(person)).wireAccount();
  const { relayFingerprint, index } = verified.record;
  return { relayFingerprint, nickname, device, recordIndex: index, signatureKey: deviceKey };
}

function fail(): never {
  throw new Error('not reached');
}
