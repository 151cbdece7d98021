// What hurts a group from inside and from the relay, with real clients and a real relay: members with a program of their own, and a
// relay that shows one member another log. Nothing false is shown, nothing twice; the others go on. THREATS §2, rows 3 to 20 and 57,
// as far as the whole system is needed; README.md says where each row stands.
import { randomBytes } from 'node:crypto';
import { describeGroup, restoreAccount, signDeviceReport, type VerifiedAccount } from '@sirdas/crypto';
import { decodeEnvelope, fromId, type GroupState, toLogId, XWING_SUITE } from '@sirdas/protocol';
import { expect, test, vi } from 'vitest';
import {
  ChangedProgram,
  type Circle,
  envelopeOf,
  ForgedLog,
  gatherCircle,
  isIn,
  joinGuest,
  say,
  shownIn,
  untilShown,
} from './hostile-groups.testkit.ts';
import { reconnect, refusalsOf } from './hostile-relay.testkit.ts';
import { eventsOf, shownTexts, waitUntil } from './person.testkit.ts';
import { readWith, VaultCopy } from './vault-copy.testkit.ts';
import { sealWireLetter } from './wire-account.testkit.ts';

vi.setConfig({ testTimeout: 300_000 });

const REPLAYS = 1000;

test('CLI-042 CLI-043 CRY-024 CRY-044 what a member with a changed program puts into the log is shown once or not at all (THREATS 5, 9, 10, 14, 57)', async () => {
  const circle = await gatherCircle();
  const { relay, alice, bob, carol, id, log, tap } = circle;
  const { id: direct } = await alice.person.sirdas.send('carol', 'between us');
  await alice.person.sirdas.waitUntilAccepted(direct);
  await waitUntil(
    () => shownTexts(carol.person).includes('alice: between us'),
    'carol has the other message',
  );
  const foreign = directEntries(circle).at(-1)?.envelope ?? fail();
  const hello = tap.entriesOf(log).findLast(({ commit }) => !commit)?.envelope ?? fail();
  const mallory = await ChangedProgram.takeOver(bob, circle);

  const messageId = randomBytes(16);
  const once = await mallory.seal('once', { messageId });
  const again = await mallory.seal('once', { messageId });
  const other = await mallory.seal('another id');
  const damaged = [
    Uint8Array.of(...other, 0),
    Uint8Array.of(...other, 0x78, 1, 1),
    envelopeOf({ case: 'mlsMessage', value: Uint8Array.of(...mlsOf(other), 0) }),
  ];
  const letter = await sealForbiddenLetter(mallory, await relay.lookUp('alice'));
  const welcome = envelopeOf({
    case: 'mlsWelcome',
    value: { suite: XWING_SUITE, log: fromId(log), welcome: randomBytes(900) },
  });
  const report = await reportOf(circle, mallory);
  const misdirected = [
    foreign,
    await mallory.seal('in the name of Alice', {
      device: fromId(alice.person.sirdas.account?.device ?? fail()),
    }),
    await mallory.seal('in another conversation', { conversation: randomBytes(16) }),
    letter,
    welcome,
    report,
  ];
  await mallory.append(once, again, hello);
  for (let i = 0; i < REPLAYS; i += 100) await mallory.append(...Array.from({ length: 100 }, () => once));
  await mallory.append(...damaged, ...misdirected, other);
  // What belongs into a conversation, in an inbox; and a letter between two who can do better (THREATS 24).
  const inbox = fromId((await VaultCopy.of(alice.person)).account.inbox ?? fail());
  for (const envelope of [once, hello, letter]) {
    await mallory.connection.demand({ kind: 'append', log: inbox, envelope, epoch: 0 }, 'accepted');
  }
  for (const { person } of [alice, carol]) await untilShown(person, id, 'bob: another id');
  await waitUntil(
    () => refusalsOf(alice.person).includes('DOWNGRADE_REFUSED'),
    'alice has read her inbox',
    60_000,
  );

  await say(alice.person, id, 'alice goes on', [carol.person]);
  await say(carol.person, id, 'carol goes on', [alice.person]);
  for (const { person } of [alice, carol]) {
    const said = shownIn(person, id).filter((line) => line.startsWith('bob:'));
    expect(said).toEqual(['bob: once', 'bob: another id']);
    expect(refusalsOf(person).filter((code) => code === 'LETTER_MISDIRECTED')).toHaveLength(
      misdirected.length,
    );
    expect(isIn(person, id)).toBe(true);
  }
  expect(shownIn(carol.person, id).filter((line) => line === 'alice: hello')).toHaveLength(1);
  expect(shownTexts(alice.person)).not.toContain('bob: a letter');
});

test('CLI-045 CLI-046 CLI-054 whoever a member without the right brings in gets nothing, and says nothing (THREATS 3, 6)', async () => {
  const circle = await gatherCircle();
  const { relay, alice, bob, carol, id, log, tap } = circle;
  const eve = await joinGuest(relay, 'eve');
  const stolen = await VaultCopy.of(eve.person);
  const mallory = await ChangedProgram.takeOver(bob, circle);
  const { claimed } = await mallory.connection.demand(
    { kind: 'claimKeyPackages', nickname: 'eve', suite: describeGroup(mallory.group).suite, devices: [] },
    'claimedKeyPackages',
  );
  const before = describeGroup(mallory.group).state;
  const member = {
    nickname: stolen.account.nickname,
    identityKey: (await stolen.wireAccount()).identityKey.publicKey,
  };
  const state: GroupState = { ...before, members: [...before.members, { ...member, role: 'owner' }] };
  const next = await mallory.commit({ add: claimed.map(({ keyPackage }) => keyPackage), state }, [
    fromId(stolen.account.inbox ?? fail()),
  ]);
  for (const { person } of [alice, carol]) await untilShown(person, id, 'bob (change-refused)');
  await say(alice.person, id, 'not for eve', [carol.person]);
  await say(carol.person, id, 'nor this', [alice.person]);
  for (const { person } of [alice, carol]) {
    const { members } = person.sirdas.conversations().find((one) => one.id === id) ?? fail();
    expect(members.map(({ nickname }) => nickname)).toEqual(['alice', 'bob', 'carol']);
  }
  expect(shownTexts(eve.person)).toEqual([]);
  // Not with what the changed program has made of the group either, and with all that the relay has.
  const later = tap.entriesOf(log).map(({ envelope }) => envelope);
  expect(await readWith(next, later)).toEqual([]);
  // A stranger asks to be let in: nobody does anything.
  const report = await reportOf(circle, { account: await stolen.wireAccount() });
  await mallory.connection.demand(
    {
      kind: 'append',
      log: fromId((await VaultCopy.of(alice.person)).account.inbox ?? fail()),
      envelope: report,
      epoch: 0,
    },
    'accepted',
  );
  await say(alice.person, id, 'still the same', [carol.person]);
  expect(describeGroup((await VaultCopy.of(alice.person)).groupOf(id).group).leaves).toHaveLength(3);
});

test('CLI-032 CLI-048 a relay that reorders, drops, repeats and reflects is seen through (THREATS 9, 11, 12, 13)', async () => {
  const circle = await gatherCircle();
  const { alice, bob, carol, id, log, tap } = circle;
  const begin = await beginForgery(circle);
  const forged = new ForgedLog(bob.proxy, log, begin);
  await reconnect(bob.person, bob.proxy);
  for (const text of ['1', '2', '3', '4', '5']) await say(alice.person, id, text, [carol.person]);
  const [first, second, third, , fifth] = tap.entriesOf(log).slice(-5);
  if (!first || !second || !third || !fifth) throw new Error('not reached');
  // Not in their order, the fourth one never, and everything again and again.
  forged.deliver(third, first, second, fifth);
  for (let i = 0; i < 20; i++) forged.deliver(first, third, fifth);
  await forged.whenSettled();
  const own = await bob.person.sirdas.sendTo(id, 'by bob himself');
  await bob.person.sirdas.waitUntilAccepted(own.id);
  await untilShown(alice.person, id, 'bob: by bob himself');
  const reflected = tap.entriesOf(log).at(-1) ?? fail();
  forged.deliver(reflected, reflected);
  await forged.whenSettled();
  const shown = eventsOf(bob.person, 'message').flatMap(({ message }) =>
    message.conversation === id && message.direction === 'in' && message.body.kind === 'text'
      ? [[message.body.text, message.missingBefore]]
      : [],
  );
  expect(shown).toEqual([
    ['hello', 0],
    ['3', 2],
    ['1', 0],
    ['2', 0],
    ['5', 1],
  ]);
  const messages = await bob.person.sirdas.messages(id, { limit: 100 });
  expect(messages.filter(({ body }) => body.kind === 'text' && body.text === 'by bob himself')).toHaveLength(
    1,
  );
});

test('CLI-068 a relay that shows two members different changes is found out, and both are told (THREATS 15)', async () => {
  const circle = await gatherCircle();
  const { alice, bob, carol, id, log, tap } = circle;
  await alice.person.sirdas.groups.setRole(id, 'bob', 'admin');
  for (const { person } of [bob, carol]) await untilShown(person, id, 'alice (role)');
  const begin = await beginForgery(circle);
  const forged = new ForgedLog(bob.proxy, log, begin);
  forged.onCommit = ({ envelope, epoch }) => forged.deliver({ envelope, epoch, commit: true });
  await reconnect(bob.person, bob.proxy);
  // Both get what they wanted, each in a world of its own.
  await Promise.all([
    bob.person.sirdas.groups.rename(id, 'bob’s world'),
    alice.person.sirdas.groups.rename(id, 'alice’s world'),
  ]);
  for (const text of ['1', '2', '3']) await bob.person.sirdas.sendTo(id, text);
  for (const { person } of [alice, bob]) {
    await waitUntil(() => eventsOf(person, 'fork').length > 0, `${person.nickname} is told`, 90_000);
  }
  expect(eventsOf(alice.person, 'fork')[0]).toEqual({ type: 'fork', conversation: id, from: 'bob' });
  expect(shownIn(bob.person, id)).toContain('alice (undecryptable)');
  // Nothing that was said in one world was shown in the other.
  expect(shownIn(alice.person, id).filter((line) => line.startsWith('bob:'))).toEqual([]);
  expect(tap.entriesOf(log).filter(({ commit }) => commit).length).toBeGreaterThan(1);
});

test('CLI-045 CLI-062 a change that does not reach one member as it was written is mended by the others (THREATS 18)', async () => {
  const circle = await gatherCircle();
  const { alice, bob, carol, id, log } = circle;
  const honest = carol.proxy.toClient;
  carol.proxy.toClient = (frame, link) => {
    if (frame.kind !== 'deliver' || toLogId(frame.log) !== log) return honest(frame, link);
    const entries = frame.entries.map((entry) =>
      entry.commit
        ? { ...entry, envelope: entry.envelope.with(-20, (entry.envelope.at(-20) ?? 0) ^ 1) }
        : entry,
    );
    return [{ ...frame, entries }];
  };
  await alice.person.sirdas.groups.rename(id, 'without carol');
  await say(alice.person, id, 'carol cannot read this', [bob.person]);
  carol.proxy.toClient = honest;
  await waitUntil(() => carol.person.sirdas.statistics().repaired > 0, 'carol is let in again', 120_000);
  await say(alice.person, id, 'are you there?', [bob.person, carol.person]);
  expect(shownIn(carol.person, id)).not.toContain('alice: carol cannot read this');
  await say(carol.person, id, 'yes', [alice.person, bob.person]);
  const checks = await Promise.all([alice, bob, carol].map(({ person }) => person.sirdas.groups.check(id)));
  expect(new Set(checks.map(({ digits }) => digits)).size).toBe(1);
});

test('RLY-112 of many changes at the same moment each is made, one after the other, and all end in one group (THREATS 16, 17)', async () => {
  const circle = await gatherCircle();
  const { relay, alice, bob, carol, id, log, tap } = circle;
  for (const name of ['bob', 'carol']) await alice.person.sirdas.groups.setRole(id, name, 'owner');
  for (const { person } of [bob, carol]) {
    await waitUntil(
      () => shownIn(person, id).filter((line) => line === 'alice (role)').length === 2,
      'all are owners',
    );
  }
  const eve = await joinGuest(relay, 'eve');
  let welcomes = 0;
  eve.proxy.toClient = (frame) => {
    if (frame.kind === 'deliver' && toLogId(frame.log) !== log) welcomes += frame.entries.length;
    return [frame];
  };
  const commitsBefore = tap.entriesOf(log).filter(({ commit }) => commit).length;
  const people = [alice.person, bob.person, carol.person];
  const outcomes = await Promise.allSettled([
    ...people.map(({ sirdas }) => sirdas.groups.add(id, ['eve'])),
    ...people.flatMap(({ sirdas, nickname }) =>
      [1, 2, 3].map((i) => sirdas.groups.rename(id, `${nickname} ${i}`)),
    ),
  ]);
  await waitUntil(() => isIn(eve.person, id), 'eve is in', 60_000);
  // Who was too late to add her hears that she is in; everything else was done.
  const failed = outcomes.flatMap((one) =>
    one.status === 'rejected' ? [(one.reason as { code: string }).code] : [],
  );
  expect(failed.filter((code) => code !== 'ALREADY_MEMBER')).toEqual([]);
  await say(alice.person, id, 'the end', [bob.person, carol.person, eve.person]);
  const checks = await Promise.all([...people, eve.person].map(({ sirdas }) => sirdas.groups.check(id)));
  expect(new Set(checks.map(({ digits }) => digits)).size).toBe(1);
  // The log has one commit for each epoch; of those who lost no welcome has gone anywhere.
  const epochs = tap.entriesOf(log).flatMap(({ commit, epoch }) => (commit ? [epoch] : []));
  expect(new Set(epochs).size).toBe(epochs.length);
  expect(epochs.length - commitsBefore).toBeGreaterThanOrEqual(10);
  expect(welcomes).toBe(1);
});

/** Where the log stands when a relay begins to lie about it. */
async function beginForgery({ id, log, tap, bob }: Circle) {
  const { logEpoch } = (await VaultCopy.of(bob.person)).groupOf(id);
  return { seq: tap.entriesOf(log).at(-1)?.seq ?? 0, epoch: logEpoch };
}

/** Alice's and Carol's direct conversation, as Alice has read it. */
function directEntries({ tap, log }: Circle) {
  const [other] = tap.logs().filter((one) => one !== log && tap.entriesOf(one).some(({ commit }) => commit));
  return other ? tap.entriesOf(other).filter(({ commit }) => !commit) : [];
}

/** A letter between two who can do better, by a program that does not care. */
function sealForbiddenLetter({ account }: ChangedProgram, recipient: VerifiedAccount): Promise<Uint8Array> {
  const pretend = ({ pin }: VerifiedAccount) =>
    restoreAccount({ record: pin.record, publishedOtherSuite: false });
  const sender = { ...account, verified: pretend(account.verified) };
  return sealWireLetter(sender, pretend(recipient), { text: 'a letter', counter: 1 });
}

/** `lost`, by a device: somebody should let it in. */
async function reportOf(
  { id, log, relay }: Circle,
  { account }: Pick<ChangedProgram, 'account'>,
): Promise<Uint8Array> {
  const { relayFingerprint } = (await relay.lookUp(account.nickname)).record;
  return signDeviceReport(
    {
      ...{ relayFingerprint, nickname: account.nickname, device: fromId(account.device), recordIndex: 0 },
      ...{ conversation: fromId(id), log: fromId(log), reason: 'lost', epoch: 0 },
      ...{ authenticatorHash: new Uint8Array(0), timeMs: Date.now() },
    },
    account.deviceKey,
  );
}

function mlsOf(envelope: Uint8Array): Uint8Array {
  const { kind } = decodeEnvelope(envelope);
  if (kind.case !== 'mlsMessage') throw new Error('not a message of a group');
  return kind.value;
}

function fail(): never {
  throw new Error('not reached');
}
