// Letters as a relay or another member may deliver them: changed, replayed, sent back, sent to the wrong person, left out.
// What is shown stays what somebody wrote, once, and the person learns what was refused.
import { importSignatureKey, restoreAccount, sealClassicLetter, systemRandom } from '@sirdas/crypto';
import {
  type Content,
  decodeClassicHeader,
  decodeEnvelope,
  encodeClassicHeader,
  encodeEnvelope,
  fromId,
  parseNickname,
} from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { SirdasError } from './errors.ts';
import { FakeRelay } from './fake-relay.testkit.ts';
import { ManualClock } from './manual-clock.testkit.ts';
import { meet, type Person, readTexts, seen, until, untilSeen } from './people.testkit.ts';

const MINUTE_MS = 60_000;

let clock: ManualClock;
let relay: FakeRelay;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  clock = new ManualClock();
  relay = await FakeRelay.start(clock);
  [alice, bob] = await Promise.all([meet(relay, clock, 'alice'), meet(relay, clock, 'bob')]);
});

/** Bob writes, Alice reads; gives the envelope as the relay has it. */
async function writeToAlice(text: string): Promise<Uint8Array> {
  const before = relay.inboxOf('alice').head;
  await bob.sirdas.send('alice', text);
  await until(
    () => relay.inboxOf('alice').head,
    (head) => head > before,
  );
  return relay.inboxOf('alice').entries.at(-1)?.envelope ?? new Uint8Array();
}

/** Everything in Alice's inbox has been dealt with. */
async function settle(): Promise<void> {
  const { head, acks } = relay.inboxOf('alice');
  await until(
    () => acks.at(-1) ?? 0,
    (acknowledged) => acknowledged >= head,
  );
}

function changeLetter(
  envelope: Uint8Array,
  part: 'header' | 'signature' | 'token' | 'recipientWrap',
): Uint8Array {
  const { kind } = decodeEnvelope(envelope);
  if (kind.case !== 'classic') throw new Error('not a classic letter');
  const changed = Uint8Array.from(kind.value[part]);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  return encodeEnvelope({ kind: { case: 'classic', value: { ...kind.value, [part]: changed } } });
}

describe('a letter', () => {
  it('CLI-003 that is replayed 1000 times is shown once', async () => {
    const envelope = await writeToAlice('once');
    for (let i = 0; i < 1000; i++) relay.append('alice', envelope);
    await settle();
    expect(await readTexts(alice, 'bob')).toEqual(['once']);
    expect(seen(alice, 'message')).toHaveLength(1);
    expect(seen(alice, 'refused')).toEqual([]);
  });

  it('CLI-003 that is replayed after a restart is not shown again', async () => {
    const envelope = await writeToAlice('once');
    await settle();
    await alice.sirdas.disconnect();
    relay.append('alice', envelope);
    await alice.sirdas.connect();
    await settle();
    expect(await readTexts(alice, 'bob')).toEqual(['once']);
  });

  it('CLI-003 of oneself that the relay sends back is not shown as anybody’s', async () => {
    const sent = await alice.sirdas.send('bob', 'from alice');
    await alice.sirdas.waitUntilAccepted(sent.id);
    const [entry] = relay.inboxOf('bob').entries;
    relay.append('alice', entry?.envelope ?? new Uint8Array());
    await settle();
    expect(seen(alice, 'message')).toHaveLength(1);
    expect(await readTexts(alice, 'bob')).toEqual(['from alice']);
    // CLI-027: nor does it disturb the own counter.
    await alice.sirdas.send('bob', 'next');
    await untilSeen(bob, 'message', 2);
    expect(seen(bob, 'message').map(({ message }) => message.missingBefore)).toEqual([0, 0]);
  });

  it.each([
    ['LETTER_FORGED', 'signature'],
    ['LETTER_FORGED', 'token'],
    ['LETTER_FORGED', 'recipientWrap'],
  ] as const)('CLI-001 is refused with %s when its %s was changed, and acknowledged', async (code, part) => {
    const envelope = await writeToAlice('true');
    relay.append('alice', changeLetter(envelope, part));
    await settle();
    expect(seen(alice, 'refused')).toEqual([{ type: 'refused', error: code, from: null }]);
    expect(await readTexts(alice, 'bob')).toEqual(['true']);
  });

  it('CLI-001 is refused when it is garbage, or of a later version', async () => {
    relay.append('alice', new Uint8Array([0xff, 0xff, 0xff]));
    // Field 15, which no version so far has.
    relay.append('alice', new Uint8Array([0x7a, 0x01, 0x00]));
    await settle();
    expect(seen(alice, 'refused')).toEqual([
      { type: 'refused', error: 'UNREADABLE', from: null },
      { type: 'refused', error: 'UNSUPPORTED_ENVELOPE', from: null },
    ]);
  });

  it('CLI-001 for somebody else is refused', async () => {
    const carol = await meet(relay, clock, 'carol');
    const envelope = await writeToAlice('for alice only');
    relay.append('carol', envelope);
    await untilSeen(carol, 'refused');
    expect(seen(carol, 'refused')).toEqual([{ type: 'refused', error: 'LETTER_MISDIRECTED', from: null }]);
    expect(carol.sirdas.conversations()).toEqual([]);
  });

  it('CLI-001 from a sender whom the directory does not know is refused', async () => {
    const mallory = await meet(relay, clock, 'mallory');
    await mallory.sirdas.send('alice', 'who am I?');
    relay.accounts.delete('mallory');
    await settle();
    await until(
      () => relay.inboxOf('alice').head,
      (head) => head === 1,
    ).then(settle);
    expect(seen(alice, 'refused')).toEqual([{ type: 'refused', error: 'LETTER_FORGED', from: null }]);
  });

  it('CLI-001 that only claims to be from somebody does not make them a contact', async () => {
    await meet(relay, clock, 'carol');
    const envelope = await writeToAlice('from bob');
    const { kind } = decodeEnvelope(envelope);
    if (kind.case !== 'classic') throw new Error('not a classic letter');
    const header = encodeClassicHeader({
      ...decodeClassicHeader(kind.value.header),
      sender: parseNickname('carol'),
    });
    relay.append('alice', encodeEnvelope({ kind: { case: 'classic', value: { ...kind.value, header } } }));
    await untilSeen(alice, 'refused');
    expect(seen(alice, 'refused')).toEqual([{ type: 'refused', error: 'LETTER_FORGED', from: null }]);
    expect(alice.sirdas.contacts().map(({ nickname }) => nickname)).toEqual(['bob']);
  });

  it('CLI-001 from the future is refused, and its sender named', async () => {
    const early = new ManualClock(clock.nowMs());
    const carol = await meet(relay, early, 'carol');
    early.setTime(clock.nowMs() + 10 * MINUTE_MS);
    await carol.sirdas.send('alice', 'from tomorrow');
    await untilSeen(alice, 'refused');
    expect(seen(alice, 'refused')).toEqual([{ type: 'refused', error: 'LETTER_FROM_FUTURE', from: 'carol' }]);
    expect(alice.sirdas.conversations()).toEqual([]);
  });

  it('CLI-027 that names a device of the reader as its own does not move the reader’s counter', async () => {
    const sender = bob.memory.account;
    const device = alice.memory.account?.device;
    if (!sender?.published || !alice.memory.account?.published || !device)
      throw new Error('both have joined');
    const account = restoreAccount(sender.published);
    const conversation = fromId(alice.sirdas.conversationWith('bob'));
    const content: Content = {
      messageId: systemRandom(16),
      timeMs: clock.nowMs(),
      conversation,
      device: fromId(device),
      counter: 2 ** 50,
      body: { case: 'text', value: { text: 'I am your phone', expiresAfterMs: 0 } },
    };
    const envelope = await sealClassicLetter({
      sender: { account, identityKey: await importSignatureKey(sender.identitySeed) },
      recipient: restoreAccount(alice.memory.account.published),
      content,
      random: systemRandom,
    });
    relay.append('alice', envelope);
    await untilSeen(alice, 'message');
    await alice.sirdas.send('bob', 'no, you are not');
    await untilSeen(bob, 'message');
    expect(seen(bob, 'message')).toMatchObject([{ message: { missingBefore: 0 } }]);
  });

  it('CLI-032 that was dropped shows as a hole before the next one', async () => {
    await writeToAlice('one');
    await settle();
    await alice.sirdas.disconnect();
    await writeToAlice('two');
    await writeToAlice('three');
    const inbox = relay.inboxOf('alice');
    inbox.entries = inbox.entries.filter((entry) => entry.seq !== 2);
    await writeToAlice('four');
    await alice.sirdas.connect();
    await untilSeen(alice, 'message', 3);
    const holes = seen(alice, 'message').map(({ message }) => message.missingBefore);
    expect(await readTexts(alice, 'bob')).toEqual(['one', 'three', 'four']);
    expect(holes).toEqual([0, 1, 0]);
  });

  it('CLI-032 that comes too early shows a hole, and the late one is still shown', async () => {
    await alice.sirdas.disconnect();
    for (const text of ['one', 'two', 'three']) await writeToAlice(text);
    const inbox = relay.inboxOf('alice');
    const [first, second, third] = inbox.entries.map((entry) => entry.envelope);
    inbox.entries = [first, third, second].map((envelope, i) => ({
      seq: i + 1,
      timeMs: 0,
      envelope: envelope ?? new Uint8Array(),
      epoch: 0,
      commit: false,
    }));
    await alice.sirdas.connect();
    await untilSeen(alice, 'message', 3);
    expect(await readTexts(alice, 'bob')).toEqual(['one', 'three', 'two']);
    expect(seen(alice, 'message').map(({ message }) => message.missingBefore)).toEqual([0, 1, 0]);
  });
});

describe('the cursor', () => {
  it('CLI-033 over entries that expired tells how many were lost', async () => {
    await writeToAlice('seen');
    await settle();
    await alice.sirdas.disconnect();
    for (const text of ['gone', 'gone too', 'still there']) await writeToAlice(text);
    const inbox = relay.inboxOf('alice');
    inbox.entries = inbox.entries.slice(3);
    await alice.sirdas.connect();
    await untilSeen(alice, 'message', 2);
    expect(seen(alice, 'gap')).toEqual([{ type: 'gap', reason: 'expired', count: 2 }]);
    expect(seen(alice, 'message').at(-1)?.message.missingBefore).toBe(2);
  });

  it('CLI-034 beyond the relay’s newest entry is an alarm, and what comes next is read', async () => {
    for (const text of ['one', 'two', 'three']) await writeToAlice(text);
    await settle();
    await alice.sirdas.disconnect();
    // The relay was restored from a copy of yesterday.
    const inbox = relay.inboxOf('alice');
    inbox.entries = inbox.entries.slice(0, 1);
    inbox.head = 1;
    await alice.sirdas.connect();
    expect(seen(alice, 'gap')).toEqual([{ type: 'gap', reason: 'relay-rolled-back', count: 2 }]);
    await writeToAlice('four');
    await untilSeen(alice, 'message', 4);
    expect(await readTexts(alice, 'bob')).toEqual(['one', 'two', 'three', 'four']);
  });

  it('CLI-002 moves, and the letter is acknowledged, only with the letter in the vault', async () => {
    const { acks } = relay.inboxOf('alice');
    await writeToAlice('one');
    await settle();
    alice.vault.failNextSave = new SirdasError('DISK_FULL', 'the disk is full');
    await writeToAlice('two');
    await until(
      () => alice.sirdas.link,
      (link) => link.state === 'offline' && link.error === 'DISK_FULL',
    );
    expect(acks.at(-1)).toBe(1);
    expect(seen(alice, 'message')).toHaveLength(1);
    alice.sirdas.retryNow();
    await untilSeen(alice, 'message', 2);
    await settle();
    expect(await readTexts(alice, 'bob')).toEqual(['one', 'two']);
    const change = alice.vault.changes.find(({ messages = [] }) => messages.length > 0);
    expect(change).toMatchObject({ cursors: [{ seq: 1 }], counters: [{ counter: 1 }] });
  });

  it('CLI-002 stays where it is while a sender cannot be looked up', async () => {
    const carol = await meet(relay, clock, 'carol');
    let lookUps = 0;
    relay.mischief.answer = (frame, connection) => {
      if (frame.kind !== 'lookUp' || frame.nickname !== 'carol' || lookUps++ > 0) return null;
      connection.drop();
      return 'silence';
    };
    await carol.sirdas.send('alice', 'hello from a stranger');
    await untilSeen(alice, 'link', 3);
    expect(relay.inboxOf('alice').acks).toEqual([]);
    alice.sirdas.retryNow();
    await untilSeen(alice, 'message');
    expect(await readTexts(alice, 'carol')).toEqual(['hello from a stranger']);
    await settle();
  });
});
