// What is broken is mended without the person where possible: a device without a state is put in anew, a vault that was set back never
// seals again, a group that cannot be repaired is replaced; and two histories of one epoch are told to both sides.
import {
  generateSignatureSeed,
  importSignatureKey,
  type SecretBytes,
  signDeviceReport,
  systemRandom,
} from '@sirdas/crypto';
import { type ConversationId, decodeEnvelope, fromId, type LogId, type ReportReason } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeRelay } from '../fake-relay.testkit.ts';
import { ManualClock } from '../manual-clock.testkit.ts';
import type { ConversationEvent } from '../model.ts';
import { meetModern, openPerson, type Person, seen, textOf, until } from '../people.testkit.ts';
import { VaultMemory } from '../vault/memory-vault.testkit.ts';

const INTERVAL_MS = 600_000;

let clock: ManualClock;
let relay: FakeRelay;
let alice: Person;
let bob: Person;
let carol: Person;
let id: ConversationId;

beforeEach(async () => {
  clock = new ManualClock();
  relay = await FakeRelay.start(clock);
  alice = await meetModern(relay, clock, 'alice');
  bob = await meetModern(relay, clock, 'bob');
  carol = await meetModern(relay, clock, 'carol');
  id = (await alice.sirdas.groups.create({ name: 'friends', members: ['bob', 'carol'] })).id;
  for (const person of [bob, carol]) {
    await until(
      () => find(person),
      (conversation) => conversation?.members.length === 3,
    );
  }
});

function find(person: Person) {
  return person.sirdas.conversations().find((conversation) => conversation.id === id) ?? null;
}

async function texts(person: Person): Promise<string[]> {
  return (await person.sirdas.messages(id, { limit: 1000 })).map(textOf).reverse();
}

async function events(person: Person): Promise<(ConversationEvent & { by: string })[]> {
  const messages = await person.sirdas.messages(id, { limit: 1000 });
  return messages
    .flatMap(({ sender, body }) => (body.kind === 'event' ? [{ ...body.event, by: sender }] : []))
    .reverse();
}

/** Waits while time passes. */
async function whileTimePasses<Found>(
  find: () => Found | Promise<Found>,
  isSo: (found: Found) => boolean,
): Promise<Found> {
  return until(async () => {
    clock.advance(100);
    return find();
  }, isSo);
}

async function untilSays(reader: Person, text: string): Promise<void> {
  await whileTimePasses(
    () => texts(reader),
    (all) => all.includes(text),
  );
}

async function talk(writer: Person, text: string, readers: readonly Person[]): Promise<void> {
  await writer.sirdas.sendTo(id, text);
  for (const reader of readers) await untilSays(reader, text);
}

/** The same vault as it is now; what is changed there later does not reach it. */
function copyMemory(memory: VaultMemory): VaultMemory {
  const copy = new VaultMemory();
  Object.assign(copy, {
    ...memory,
    ...Object.fromEntries(
      Object.entries(memory).map(([name, value]) => [name, value instanceof Map ? new Map(value) : value]),
    ),
  });
  for (const [log, { record, pages }] of memory.groups)
    copy.groups.set(log, { record, pages: new Map(pages) });
  return copy;
}

function logOf(person: Person): LogId {
  const [log] = [...person.memory.groups.keys()].slice(-1);
  if (!log) throw new Error('no group');
  return log;
}

/** As after a disk that lost some of its files. */
async function loseState(person: Person): Promise<Person> {
  await person.sirdas.close();
  const { memory } = person;
  for (const { record, pages } of memory.groups.values()) {
    memory.groups.set(record.log, { record: { ...record, epochPart: null }, pages });
    pages.clear();
  }
  const conversation = memory.conversations.get(id);
  if (conversation) memory.conversations.set(id, { ...conversation, state: 'broken' });
  const reopened = await openPerson(relay, clock, memory);
  await reopened.sirdas.connect();
  return reopened;
}

describe('a device that lost its state', () => {
  it('asks, is put in anew by one of the others, and goes on', async () => {
    await talk(alice, 'before', [bob, carol]);
    bob = await loseState(bob);
    expect(find(bob)?.state).toBe('broken');
    await whileTimePasses(
      () => find(bob)?.state,
      (state) => state === 'active',
    );
    await talk(alice, 'for all', [bob, carol]);
    await talk(bob, 'here again', [alice, carol]);
    expect(bob.sirdas.statistics().repaired).toBe(1);
    // Nobody has been let in or out: there is nothing to tell.
    const told = (await events(carol)).map(({ what }) => what);
    expect(told).toEqual(['joined']);
    expect(await texts(bob)).toContain('before');
  });

  it('CLI-062 asks once in ten minutes while nobody can help', async () => {
    await alice.sirdas.disconnect();
    await carol.sirdas.disconnect();
    bob = await loseState(bob);
    const countReports = () =>
      relay.inboxOf('alice').entries.filter(({ envelope }) => isReport(envelope)).length;
    await whileTimePasses(countReports, (count) => count === 1);
    clock.advance(INTERVAL_MS - 10_000);
    await bob.sirdas.disconnect();
    await bob.sirdas.connect();
    // The second time that it asks about its key packages it has begun to see what it needs.
    await until(
      () => relay.connectionOf('bob').received.filter(({ kind }) => kind === 'publishKeyPackages').length,
      (count) => count >= 2,
    );
    for (let i = 0; i < 5; i++) {
      clock.advance(1000);
      await bob.sirdas.lookUp('carol');
    }
    expect(countReports()).toBe(1);
    await whileTimePasses(countReports, (count) => count === 2);
    // Both are answered by one commit, late as it is.
    await alice.sirdas.connect();
    await whileTimePasses(
      () => find(bob)?.state,
      (state) => state === 'active',
    );
  });

  it('asks also when it was taken out and the Welcome that belonged to it was lost on the way', async () => {
    relay.mischief.rewrite = (frame, { nickname }) => {
      if (frame.kind !== 'deliver' || nickname !== 'bob') return frame;
      const spoil = (envelope: Uint8Array) => (isWelcome(envelope) ? Uint8Array.of(0) : envelope);
      return {
        ...frame,
        entries: frame.entries.map((entry) => ({ ...entry, envelope: spoil(entry.envelope) })),
      };
    };
    relay.append('alice', await reportAs(bob, { reason: 'lost', hash: NOTHING }));
    await whileTimePasses(
      () => find(bob)?.state,
      (state) => state === 'broken',
    );
    relay.mischief = {};
    await whileTimePasses(
      () => find(bob)?.state,
      (state) => state === 'active',
    );
    await talk(bob, 'here again', [alice, carol]);
  });

  it('of a conversation in which nobody else is makes a new group for it', async () => {
    await alice.sirdas.send('alice', 'note');
    const own = alice.sirdas.conversationWith('alice');
    await until(
      () => alice.memory.conversations.get(own)?.group ?? null,
      (group) => group !== null,
    );
    id = own;
    alice = await loseState(alice);
    await whileTimePasses(
      () => find(alice)?.state,
      (state) => state === 'active',
    );
    await talk(alice, 'another note', [alice]);
    expect(await texts(alice)).toContain('note');
    expect((await events(alice)).map(({ what }) => what)).toContain('reset');
  });
});

function isReport(envelope: Uint8Array): boolean {
  return decodeEnvelope(envelope).kind.case === 'deviceReport';
}

function isWelcome(envelope: Uint8Array): boolean {
  return decodeEnvelope(envelope).kind.case === 'mlsWelcome';
}

async function reportAs(
  person: Person,
  {
    reason,
    hash,
    key,
    recordIndex = 0,
  }: { reason: ReportReason; hash: Uint8Array; key?: SecretBytes; recordIndex?: number },
): Promise<Uint8Array> {
  const { account } = person.memory;
  if (!account) throw new Error('not joined');
  const log = logOf(person);
  const epoch = person.memory.groups.get(log)?.record.epoch ?? 0;
  const statement = {
    ...{ relayFingerprint: relay.fingerprint, nickname: account.nickname, device: fromId(account.device) },
    ...{ recordIndex, conversation: fromId(id), log: fromId(log), reason },
    ...(hash.length > 0 ? { epoch } : { epoch: 0 }),
    ...{ authenticatorHash: hash, timeMs: clock.nowMs() },
  };
  return signDeviceReport(statement, await importSignatureKey(key ?? account.deviceSeed));
}

const NOTHING = new Uint8Array();
const commitsIn = () => relay.logOf(logOf(alice)).entries.filter(({ commit }) => commit).length;

async function settleInboxes(): Promise<void> {
  for (const name of ['alice', 'bob', 'carol']) {
    const { head, acks } = relay.inboxOf(name);
    await until(
      () => acks.at(-1) ?? 0,
      (acknowledged) => acknowledged === head,
    );
  }
  for (let i = 0; i < 40; i++) {
    clock.advance(100);
    await relay.connectionOf('alice').settle();
  }
}

describe('a report', () => {
  it('CLI-063 that the device did not sign changes nothing', async () => {
    const before = commitsIn();
    const key = generateSignatureSeed(systemRandom);
    relay.append('alice', await reportAs(bob, { reason: 'lost', hash: NOTHING, key }));
    await settleInboxes();
    expect(commitsIn()).toBe(before);
    expect(seen(alice, 'refused')).toMatchObject([{ error: 'REPORT_FORGED', from: null }]);
  });

  it('CLI-063 of somebody who is no member is dropped without a look-up', async () => {
    const dave = await meetModern(relay, clock, 'dave');
    dave.memory.groups.set(logOf(alice), [...alice.memory.groups.values()][0] as never);
    const before = commitsIn();
    const asked = relay.connectionOf('alice').received.filter(({ kind }) => kind === 'lookUp').length;
    relay.append('alice', await reportAs(dave, { reason: 'lost', hash: NOTHING }));
    await settleInboxes();
    expect(commitsIn()).toBe(before);
    expect(relay.connectionOf('alice').received.filter(({ kind }) => kind === 'lookUp')).toHaveLength(asked);
    expect(seen(alice, 'refused')).toEqual([]);
  });

  it('CLI-063 that names a record from the future costs one look-up, however often it comes', async () => {
    const asked = relay.connectionOf('alice').received.filter(({ kind }) => kind === 'lookUp').length;
    for (let i = 0; i < 5; i++) {
      relay.append('alice', await reportAs(bob, { reason: 'lost', hash: NOTHING, recordIndex: 7 }));
    }
    await settleInboxes();
    expect(relay.connectionOf('alice').received.filter(({ kind }) => kind === 'lookUp')).toHaveLength(
      asked + 1,
    );
    expect(seen(alice, 'refused')).toHaveLength(5);
  });

  it('CLI-064 is answered once, however often it comes', async () => {
    const before = commitsIn();
    const report = await reportAs(bob, { reason: 'lost', hash: NOTHING });
    for (let i = 0; i < 5; i++) relay.append('alice', report);
    await settleInboxes();
    await whileTimePasses(commitsIn, (count) => count > before);
    await settleInboxes();
    expect(commitsIn()).toBe(before + 1);
    // The device was well: it reads on all the same.
    await talk(alice, 'still there?', [bob, carol]);
    await talk(bob, 'yes', [alice, carol]);
    expect((await events(bob)).map(({ what }) => what)).toEqual(['joined']);
  });

  it('CLI-068 with another authenticator for the same epoch is an alarm, once, and is answered with the own one', async () => {
    const hash = new Uint8Array(32).fill(9);
    for (const reason of ['fork', 'fork'] as const)
      relay.append('alice', await reportAs(bob, { reason, hash }));
    await whileTimePasses(
      () => seen(alice, 'fork').length,
      (count) => count > 0,
    );
    await settleInboxes();
    expect(seen(alice, 'fork')).toEqual([{ type: 'fork', conversation: id, from: 'bob' }]);
    expect((await events(alice)).at(-1)).toEqual({ what: 'undecryptable', cause: 'fork', by: 'bob' });
    expect(alice.sirdas.statistics().undecryptable.fork).toBe(1);
    await until(
      () => relay.inboxOf('bob').entries.some(({ envelope }) => isReport(envelope)),
      (isThere) => isThere,
    );
    // Bob's own authenticator is that of alice: somebody used his key, his client has nothing to say.
    expect(seen(bob, 'fork')).toEqual([]);
  });
});

describe('a vault that was set back to an older copy', () => {
  it('CLI-066 never seals again: the device goes on as a new one and is let in', async () => {
    await talk(alice, 'one', [bob]);
    const old = copyMemory(bob.memory);
    for (const text of ['two', 'three']) await talk(bob, text, [alice]);
    await bob.sirdas.close();
    const former = old.account?.device;
    const countOfBob = () => relay.logOf(logOf(alice)).entries.length;
    const before = countOfBob();
    bob = await openPerson(relay, clock, old);
    await bob.sirdas.connect();
    await whileTimePasses(
      () => seen(bob, 'refused'),
      (refused) => refused.length > 0,
    );
    expect(seen(bob, 'refused')).toMatchObject([{ error: 'VAULT_ROLLED_BACK' }]);
    expect(countOfBob()).toBe(before);
    await whileTimePasses(
      () => find(bob)?.state,
      (state) => state === 'active',
    );
    expect(bob.sirdas.account?.device).not.toBe(former);
    expect(bob.sirdas.devices.list().map(({ id: device }) => device)).toEqual([bob.sirdas.account?.device]);
    await talk(bob, 'new here', [alice, carol]);
    await talk(alice, 'welcome back', [bob]);
  });
});

describe('a reset', () => {
  it('puts a new group in the place of the old one, with the same members and roles', async () => {
    await talk(alice, 'before', [bob, carol]);
    const former = logOf(alice);
    await alice.sirdas.groups.reset(id);
    for (const person of [alice, bob, carol]) {
      await whileTimePasses(
        () => person.memory.conversations.get(id)?.group,
        (group) => group !== undefined && group !== former,
      );
    }
    await talk(bob, 'after', [alice, carol]);
    for (const person of [alice, bob, carol]) {
      expect(find(person)).toMatchObject({
        ...{ name: 'friends', state: 'active' },
        members: [{ role: 'owner' }, { role: 'member' }, { role: 'member' }],
      });
      expect(await texts(person)).toEqual(expect.arrayContaining(['before', 'after']));
      expect((await events(person)).at(-1)).toMatchObject({ what: 'reset', by: 'alice' });
    }
  });

  it('CLI-065 is not for plain members', async () => {
    await expect(bob.sirdas.groups.reset(id)).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
  });
});

describe('the digits of an epoch', () => {
  it('are the same for all members, and others after a change', async () => {
    const digits = async () =>
      Promise.all([alice, bob, carol].map((person) => person.sirdas.groups.check(id)));
    const [first, ...others] = await digits();
    expect(others).toEqual([first, first]);
    await alice.sirdas.groups.rename(id, 'more friends');
    for (const person of [bob, carol]) {
      await until(
        () => find(person)?.name,
        (name) => name === 'more friends',
      );
    }
    const [second, ...rest] = await digits();
    expect(rest).toEqual([second, second]);
    expect(second?.digits).not.toBe(first?.digits);
  });
});
