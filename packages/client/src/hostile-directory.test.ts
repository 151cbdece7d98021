// A directory that lies: another key for a known person, chains that go back, fork or belong to somebody else, answers to
// questions that nobody asked. What is pinned stays pinned; the person is told and decides.
import { generateSignatureSeed, importSignatureKey, restoreAccount, systemRandom } from '@sirdas/crypto';
import type { AccountRecord } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { error } from './fake-logs.testkit.ts';
import { type FakeAccount, FakeRelay } from './fake-relay.testkit.ts';
import { ManualClock } from './manual-clock.testkit.ts';
import {
  meet,
  openPerson,
  type Person,
  prepareMemory,
  readTexts,
  seen,
  signNext,
  until,
  untilSeen,
} from './people.testkit.ts';

let clock: ManualClock;
let relay: FakeRelay;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  clock = new ManualClock();
  relay = await FakeRelay.start(clock);
  [alice, bob] = await Promise.all([meet(relay, clock, 'alice'), meet(relay, clock, 'bob')]);
  await alice.sirdas.lookUp('bob');
});

/** From now on the relay shows another account under Bob's name; gives the client of whoever is behind it. */
async function replaceBob(): Promise<Person> {
  await bob.sirdas.disconnect();
  const memory = await prepareMemory(relay, clock, 'bob');
  relay.accounts.delete('bob');
  const imposter = await openPerson(relay, clock, memory);
  await imposter.sirdas.connect();
  return imposter;
}

function changedKeyOfBob(): Uint8Array | null {
  return alice.sirdas.contacts()[0]?.changedKey ?? null;
}

async function makeDevice(name: string): Promise<AccountRecord['devices'][number]> {
  const { publicKey } = await importSignatureKey(generateSignatureSeed(systemRandom));
  return { id: systemRandom(16), signatureKey: publicKey, name, addedMs: 1 };
}

describe('another identity key for a contact', () => {
  it('CLI-030 stops sending until the person accepts the key, then everything goes in order', async () => {
    const imposter = await replaceBob();
    const first = await alice.sirdas.send('bob', 'one');
    await until(changedKeyOfBob, (key) => key !== null);
    await untilSeen(alice, 'delayed');
    expect(seen(alice, 'delayed')).toEqual([{ type: 'delayed', message: first.id, error: 'KEY_CHANGED' }]);
    await alice.sirdas.send('bob', 'two');
    expect(relay.inboxOf('bob').entries).toEqual([]);
    expect(await alice.sirdas.messages(first.conversation)).toMatchObject([
      { delivery: 'queued' },
      { delivery: 'queued' },
    ]);
    await alice.sirdas.acceptKeyChange('bob', changedKeyOfBob() ?? new Uint8Array());
    await untilSeen(imposter, 'message', 2);
    expect(await readTexts(imposter, 'alice')).toEqual(['one', 'two']);
    expect(alice.sirdas.contacts()).toMatchObject([{ changedKey: null, verifiedMs: null }]);
  });

  it('CLI-030 stops sending after a restart, too', async () => {
    await replaceBob();
    await alice.sirdas.lookUp('bob');
    await alice.sirdas.close();
    const again = await openPerson(relay, clock, alice.memory);
    await again.sirdas.send('bob', 'still nothing');
    await again.sirdas.connect();
    await again.sirdas.lookUp('bob');
    expect(again.sirdas.contacts()).toMatchObject([{ changedKey: expect.any(Uint8Array) }]);
    expect(relay.inboxOf('bob').entries).toEqual([]);
  });

  it('CLI-030 has what was sealed for the old key sealed again', async () => {
    relay.mischief.answer = (frame) => (frame.kind === 'append' ? error('MAILBOX_FULL', 60_000) : null);
    await alice.sirdas.send('bob', 'sealed for bob');
    await until(
      () => alice.memory.outbox[0]?.sealed ?? null,
      (sealed) => sealed !== null,
    );
    relay.mischief = {};
    const imposter = await replaceBob();
    await alice.sirdas.lookUp('bob');
    await alice.sirdas.acceptKeyChange('bob', changedKeyOfBob() ?? new Uint8Array());
    alice.sirdas.retryNow();
    await untilSeen(imposter, 'message');
    expect(await readTexts(imposter, 'alice')).toEqual(['sealed for bob']);
  });

  it('CLI-031 holds letters back until it is accepted, also across a restart', async () => {
    const imposter = await replaceBob();
    await imposter.sirdas.send('alice', 'it is me, bob');
    await imposter.sirdas.send('alice', 'with a new phone');
    await until(
      () => alice.sirdas.contacts()[0]?.heldLetters,
      (count) => count === 2,
    );
    expect(seen(alice, 'message')).toEqual([]);
    expect(seen(alice, 'refused')).toEqual([]);
    await until(
      () => relay.inboxOf('alice').acks.at(-1),
      (seq) => seq === 2,
    );
    await alice.sirdas.close();
    const again = await openPerson(relay, clock, alice.memory);
    expect(again.sirdas.contacts()).toMatchObject([{ heldLetters: 2 }]);
    await again.sirdas.acceptKeyChange('bob', again.sirdas.contacts()[0]?.changedKey ?? new Uint8Array());
    await untilSeen(again, 'message', 2);
    expect(await readTexts(again, 'bob')).toEqual(['it is me, bob', 'with a new phone']);
    expect(again.sirdas.contacts()).toMatchObject([{ heldLetters: 0, changedKey: null }]);
  });

  it('CLI-028 does not hold back letters without end', async () => {
    const imposter = await replaceBob();
    await imposter.sirdas.send('alice', 'the first of many');
    await until(
      () => alice.memory.heldLetters.length,
      (count) => count === 1,
    );
    const [letter] = alice.memory.heldLetters;
    if (!letter) throw new Error('one letter is held back');
    await alice.sirdas.close();
    alice.memory.heldLetters = Array.from({ length: 999 }, () => letter);
    const again = await openPerson(relay, clock, alice.memory);
    await again.sirdas.connect();
    for (const text of ['fits', 'does not fit']) await imposter.sirdas.send('alice', text);
    await untilSeen(again, 'refused');
    expect(seen(again, 'refused')).toEqual([{ type: 'refused', error: 'KEY_CHANGED', from: null }]);
    expect(alice.memory.heldLetters).toHaveLength(1000);
  });

  it('CLI-031 refuses held letters when the directory shows the pinned key again', async () => {
    const honest = relay.needAccount('bob');
    const imposter = await replaceBob();
    await imposter.sirdas.send('alice', 'give me money');
    await until(
      () => alice.sirdas.contacts()[0]?.heldLetters,
      (count) => count === 1,
    );
    relay.accounts.set('bob', honest);
    await alice.sirdas.lookUp('bob');
    await untilSeen(alice, 'refused');
    expect(seen(alice, 'refused')).toMatchObject([{ error: 'LETTER_FORGED', from: null }]);
    expect(alice.sirdas.contacts()).toMatchObject([{ heldLetters: 0, changedKey: null }]);
    expect(seen(alice, 'message')).toEqual([]);
  });

  it('CLI-022 is accepted only as the key that the person saw', async () => {
    await replaceBob();
    await alice.sirdas.lookUp('bob');
    const accept = (key: Uint8Array) => alice.sirdas.acceptKeyChange('bob', key);
    await expect(accept(new Uint8Array(32))).rejects.toMatchObject({ code: 'KEY_CHANGED' });
    const seenKey = changedKeyOfBob() ?? new Uint8Array();
    await replaceBob();
    await alice.sirdas.lookUp('bob');
    await expect(accept(seenKey)).rejects.toMatchObject({ code: 'KEY_CHANGED' });
    expect(relay.inboxOf('bob').entries).toEqual([]);
  });

  it('CLI-022 of a verified contact needs to be verified again', async () => {
    const oldNumber = alice.sirdas.safetyNumber('bob');
    await alice.sirdas.markVerified('bob', oldNumber);
    await replaceBob();
    await alice.sirdas.lookUp('bob');
    const accepting = alice.sirdas.acceptKeyChange('bob', changedKeyOfBob() ?? new Uint8Array());
    await expect(accepting).rejects.toMatchObject({ code: 'VERIFICATION_REQUIRED' });
    await expect(alice.sirdas.markVerified('bob', oldNumber)).rejects.toMatchObject({ code: 'KEY_CHANGED' });
    const newNumber = alice.sirdas.safetyNumber('bob');
    expect(newNumber).not.toBe(oldNumber);
    await alice.sirdas.markVerified('bob', newNumber);
    expect(alice.sirdas.contacts()).toMatchObject([{ changedKey: null, verifiedMs: clock.nowMs() }]);
  });
});

describe('a chain that lies', () => {
  const alarm = { type: 'refused', error: 'DIRECTORY_FORGED', from: 'bob' };

  it('CLI-021 by going back is an alarm; what is pinned stays in use', async () => {
    await bob.sirdas.setProfile({ displayName: 'Bob', chosenColour: null });
    await alice.sirdas.lookUp('bob');
    const account = relay.needAccount('bob');
    account.records = account.records.slice(0, 1);
    await alice.sirdas.lookUp('bob');
    expect(seen(alice, 'refused')).toEqual([alarm]);
    expect(alice.sirdas.contacts()).toMatchObject([{ displayName: 'Bob', changedKey: null }]);
    const sent = await alice.sirdas.send('bob', 'still to the pinned key');
    await alice.sirdas.waitUntilAccepted(sent.id);
    await untilSeen(bob, 'message');
  });

  it('CLI-021 by forking is an alarm', async () => {
    await bob.sirdas.setProfile({ displayName: 'Bob', chosenColour: null });
    await alice.sirdas.lookUp('bob');
    const fork = await signNext(relay, bob, { previousHash: new Uint8Array(32).fill(9) });
    relay.needAccount('bob').records.push(fork);
    await alice.sirdas.lookUp('bob');
    expect(seen(alice, 'refused')).toEqual([alarm]);
  });

  it.each<[string, (account: FakeAccount) => void]>([
    ['has a wrong signature', (account) => account.records[0]?.signature.fill(1)],
    ['is empty', (account) => account.records.splice(0)],
    [
      'belongs to another account',
      (account) => account.records.splice(0, 1, ...relay.needAccount('alice').records),
    ],
  ])('CLI-021 about a stranger is not believed when it %s', async (_, lie) => {
    const carol = await meet(relay, clock, 'carol');
    lie(relay.needAccount('carol'));
    await expect(alice.sirdas.lookUp('carol')).rejects.toMatchObject({ code: 'DIRECTORY_FORGED' });
    const { id } = await alice.sirdas.send('carol', 'hello');
    await expect(alice.sirdas.waitUntilAccepted(id)).rejects.toMatchObject({ code: 'DIRECTORY_FORGED' });
    expect(seen(carol, 'message')).toEqual([]);
    expect(alice.sirdas.contacts().map(({ nickname }) => nickname)).toEqual(['bob']);
  });

  it('CLI-020 by answering about somebody else, or without end, is not believed', async () => {
    relay.mischief.rewrite = (frame) =>
      frame.kind === 'account' ? { ...frame, nickname: 'mallory' } : frame;
    await expect(alice.sirdas.lookUp('carol')).rejects.toMatchObject({ code: 'UNKNOWN_ACCOUNT' });
    await meet(relay, clock, 'carol');
    await expect(alice.sirdas.lookUp('carol')).rejects.toMatchObject({ code: 'DIRECTORY_FORGED' });
    relay.mischief.rewrite = (frame) =>
      frame.kind === 'account' ? { ...frame, headIndex: 4_000_000_000 } : frame;
    await expect(alice.sirdas.lookUp('carol')).rejects.toMatchObject({ code: 'DIRECTORY_FORGED' });
  });
});

describe('the own chain', () => {
  it('CLI-023 at the relay is an alarm, and keeps the client off, when it went back', async () => {
    await alice.sirdas.setProfile({ displayName: 'Alice', chosenColour: null });
    await alice.sirdas.disconnect();
    const account = relay.needAccount('alice');
    account.records = account.records.slice(0, 1);
    const connecting = alice.sirdas.connect({ firstFailure: true });
    await expect(connecting).rejects.toMatchObject({ code: 'DIRECTORY_FORGED' });
    expect(alice.sirdas.link).toMatchObject({ state: 'offline', error: 'DIRECTORY_FORGED' });
  });

  it('CLI-023 at the relay is an alarm when it has the same length and another end', async () => {
    relay.mischief.rewrite = (frame) =>
      frame.kind === 'loggedIn' ? { ...frame, recordHash: new Uint8Array(32) } : frame;
    await alice.sirdas.disconnect();
    const connecting = alice.sirdas.connect({ firstFailure: true });
    await expect(connecting).rejects.toMatchObject({ code: 'DIRECTORY_FORGED' });
  });

  it('that another own device continued is taken over; that device gets copies of what is sent', async () => {
    const devices = [...ownDevices(alice), await makeDevice('phone')];
    await alice.sirdas.disconnect();
    relay.needAccount('alice').records.push(await signNext(relay, alice, { devices }));
    await alice.sirdas.connect();
    const sent = await alice.sirdas.send('bob', 'copied');
    await alice.sirdas.waitUntilAccepted(sent.id);
    const [copy] = await until(
      () => relay.inboxOf('alice').entries,
      (entries) => entries.length === 1,
    );
    expect(copy?.envelope).toEqual(relay.inboxOf('bob').entries[0]?.envelope);
    expect(await readTexts(alice, 'bob')).toEqual(['copied']);
  });

  it('that does not name this device any more ends the work here', async () => {
    const next = await signNext(relay, alice, { devices: [await makeDevice('phone')] });
    await alice.sirdas.disconnect();
    // Removed between the login and the look at the own chain.
    relay.mischief.answer = (frame) => {
      if (frame.kind === 'lookUp') relay.needAccount('alice').records.push(next);
      return null;
    };
    relay.mischief.rewrite = (frame) => (frame.kind === 'loggedIn' ? { ...frame, recordIndex: 1 } : frame);
    await expect(alice.sirdas.connect()).rejects.toMatchObject({ code: 'DEVICE_REVOKED' });
    expect(alice.sirdas.link).toMatchObject({ state: 'offline', retryAtMs: null });
  });
});

function ownDevices(person: Person): AccountRecord['devices'] {
  const { published } = person.memory.account ?? {};
  if (!published) throw new Error('not joined yet');
  return restoreAccount(published).record.devices;
}
