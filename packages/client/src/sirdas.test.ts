// The walking path and what a program sees of it: join, send, receive, events, conversations, presence, over a fake relay.
import { beforeEach, describe, expect, it } from 'vitest';
import { error } from './fake-logs.testkit.ts';
import { FakeRelay } from './fake-relay.testkit.ts';
import { ManualClock } from './manual-clock.testkit.ts';
import {
  meet,
  openPerson,
  type Person,
  readTexts,
  seen,
  textOf,
  until,
  untilSeen,
} from './people.testkit.ts';
import { VaultMemory } from './vault/memory-vault.testkit.ts';

let clock: ManualClock;
let relay: FakeRelay;

beforeEach(async () => {
  clock = new ManualClock();
  relay = await FakeRelay.start(clock);
});

describe('two people', () => {
  let alice: Person;
  let bob: Person;

  beforeEach(async () => {
    [alice, bob] = await Promise.all([meet(relay, clock, 'alice'), meet(relay, clock, 'bob')]);
  });

  it('talk in both directions', async () => {
    const sent = await alice.sirdas.send('bob', 'merhaba');
    expect(sent).toMatchObject({ direction: 'out', delivery: 'queued', position: 1, sender: 'alice' });
    await alice.sirdas.waitUntilAccepted(sent.id);
    const [received] = await untilSeen(bob, 'message');
    expect(received?.message).toMatchObject({
      id: sent.id,
      conversation: sent.conversation,
      sender: 'alice',
      direction: 'in',
      missingBefore: 0,
      body: { kind: 'text', text: 'merhaba' },
    });
    await bob.sirdas.send('alice', 'selam');
    await untilSeen(alice, 'message', 2);
    expect(await readTexts(alice, 'bob')).toEqual(['merhaba', 'selam']);
    expect(await readTexts(bob, 'alice')).toEqual(['merhaba', 'selam']);
  });

  it('see a nickname that was typed in another form as the same person', async () => {
    await alice.sirdas.send(' BOB ', 'hi');
    await untilSeen(bob, 'message');
    expect(alice.sirdas.conversationWith('Bob')).toBe(alice.sirdas.conversationWith('bob'));
  });

  it('keep the order of many messages', async () => {
    const texts = Array.from({ length: 50 }, (_, i) => `message ${i}`);
    await Promise.all(texts.map((text) => alice.sirdas.send('bob', text)));
    await untilSeen(bob, 'message', 50);
    expect(await readTexts(bob, 'alice')).toEqual(texts);
    expect(seen(bob, 'message').map(({ message }) => message.missingBefore)).toEqual(texts.map(() => 0));
  });

  it('know what is unread, until it was read; an answer alone does not mean that', async () => {
    await alice.sirdas.send('bob', 'one');
    await alice.sirdas.send('bob', 'two');
    await untilSeen(bob, 'message', 2);
    const [conversation] = bob.sirdas.conversations();
    expect(conversation).toMatchObject({ with: 'alice', unread: 2, forwardSecret: false });
    expect(conversation?.lastMessage && textOf(conversation.lastMessage)).toBe('two');
    expect(alice.sirdas.conversations()).toMatchObject([{ with: 'bob', unread: 0 }]);
    await bob.sirdas.markRead(bob.sirdas.conversationWith('alice'), 1);
    expect(bob.sirdas.conversations()).toMatchObject([{ unread: 1 }]);
    await bob.sirdas.send('alice', 'answer');
    expect(bob.sirdas.conversations()).toMatchObject([{ unread: 1 }]);
    await bob.sirdas.markRead(bob.sirdas.conversationWith('alice'));
    await bob.sirdas.send('alice', 'another');
    expect(bob.sirdas.conversations()).toMatchObject([{ unread: 0 }]);
  });

  it('see each other come and go', async () => {
    await until(
      () =>
        alice.sirdas
          .online()
          .map(({ nickname }) => nickname as string)
          .sort(),
      (names) => names.join() === 'alice,bob',
    );
    await bob.sirdas.disconnect();
    await until(
      () => alice.sirdas.online().map(({ nickname }) => nickname as string),
      (names) => names.join() === 'alice',
    );
    expect(seen(alice, 'presence').at(-1)?.change).toEqual({ nickname: 'bob', online: false });
    expect(bob.sirdas.online()).toEqual([]);
  });

  it('show the same safety number', async () => {
    await alice.sirdas.lookUp('bob');
    await bob.sirdas.lookUp('alice');
    expect(alice.sirdas.safetyNumber('bob')).toMatch(/^(\d{5} ){11}\d{5}$/);
    expect(alice.sirdas.safetyNumber('bob')).toBe(bob.sirdas.safetyNumber('alice'));
    await alice.sirdas.markVerified('bob', alice.sirdas.safetyNumber('bob'));
    expect(alice.sirdas.contacts()).toMatchObject([{ nickname: 'bob', verifiedMs: clock.nowMs() }]);
    await expect(alice.sirdas.markVerified('bob', '00000')).rejects.toMatchObject({ code: 'KEY_CHANGED' });
  });

  it('learn of each other’s profiles by presence', async () => {
    await alice.sirdas.lookUp('bob');
    await bob.sirdas.setProfile({ displayName: 'Bob B.', chosenColour: 0x00ff00 });
    expect(bob.sirdas.account).toMatchObject({ displayName: 'Bob B.', chosenColour: 0x00ff00 });
    relay.tellPresence(relay.connectionOf('bob'), true);
    await until(
      () => alice.sirdas.contacts(),
      ([contact]) => contact?.displayName === 'Bob B.',
    );
    expect(alice.sirdas.contacts()).toMatchObject([{ chosenColour: 0x00ff00, changedKey: null }]);
  });

  it('write notes to themselves', async () => {
    const note = await alice.sirdas.send('alice', 'remember');
    await alice.sirdas.waitUntilAccepted(note.id);
    await until(
      () => relay.inboxOf('alice').acks,
      (acks) => acks.includes(1),
    );
    expect(await readTexts(alice, 'alice')).toEqual(['remember']);
    expect(seen(alice, 'refused')).toEqual([]);
  });

  it('may read events with an iterator, which ends with its signal', async () => {
    const stopper = new AbortController();
    const events = bob.sirdas.events({ signal: stopper.signal });
    await alice.sirdas.send('bob', 'hello');
    const texts: string[] = [];
    for await (const event of events) {
      if (event.type !== 'message') continue;
      texts.push(textOf(event.message));
      stopper.abort();
    }
    expect(texts).toEqual(['hello']);
  });
});

describe('sending', () => {
  it('waits for the recipient to be reachable, across a restart', async () => {
    const alice = await meet(relay, clock, 'alice');
    await alice.sirdas.disconnect();
    await alice.sirdas.send('bob', 'later');
    await alice.sirdas.close();
    const bob = await meet(relay, clock, 'bob');
    const again = await openPerson(relay, clock, alice.memory);
    expect(await readTexts(again, 'bob')).toEqual(['later']);
    await again.sirdas.connect();
    await untilSeen(bob, 'message');
    expect(await readTexts(bob, 'alice')).toEqual(['later']);
  });

  it('fails for good, with the code, when there is nobody of that name', async () => {
    const alice = await meet(relay, clock, 'alice');
    const { id } = await alice.sirdas.send('nobody', 'hello?');
    await expect(alice.sirdas.waitUntilAccepted(id)).rejects.toMatchObject({ code: 'UNKNOWN_ACCOUNT' });
    expect(seen(alice, 'delivery')).toMatchObject([
      { message: { delivery: 'failed', failure: 'UNKNOWN_ACCOUNT' } },
    ]);
    expect(alice.memory.outbox).toEqual([]);
    await expect(alice.sirdas.waitUntilAccepted(id)).rejects.toMatchObject({ code: 'UNKNOWN_ACCOUNT' });
  });

  it('refuses what cannot be sent before saving anything', async () => {
    const alice = await meet(relay, clock, 'alice');
    const send = (nickname: string, text: string) => alice.sirdas.send(nickname, text);
    await expect(send('bob', '')).rejects.toMatchObject({ code: 'TEXT_EMPTY' });
    await expect(send('bob', 'x'.repeat(61_441))).rejects.toMatchObject({ code: 'TEXT_TOO_LARGE' });
    await expect(send('b', 'hi')).rejects.toMatchObject({ code: 'BAD_NICKNAME' });
    const aborted = alice.sirdas.send('bob', 'hi', { signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' });
    expect(alice.sirdas.conversations()).toEqual([]);
  });

  it('needs an account', async () => {
    const nobody = await openPerson(relay, clock, new VaultMemory());
    await expect(nobody.sirdas.send('bob', 'hi')).rejects.toMatchObject({ code: 'NO_ACCOUNT' });
    await expect(nobody.sirdas.connect()).rejects.toMatchObject({ code: 'NO_ACCOUNT' });
    expect(nobody.sirdas.account).toBeNull();
  });
});

describe('joining', () => {
  const options = {
    nickname: 'Alice',
    deviceName: 'laptop',
    displayName: 'Alice A.',
    chosenColour: 0x112233,
  };

  it('claims the nickname and is online', async () => {
    const { sirdas, memory } = await openPerson(relay, clock, new VaultMemory());
    const account = await sirdas.join(relay.inviteLink(), options);
    expect(account).toMatchObject({ nickname: 'alice', deviceName: 'laptop', chosenColour: 0x112233 });
    expect(sirdas.link).toEqual({ state: 'online' });
    expect(memory.account?.inviteToken).toBeNull();
    const invite = await sirdas.createInvite({ uses: 1, ttlMs: 1000, grantsInvites: false });
    expect(invite.link).toMatch(/^https:\/\/relay\.test:6443\/i#/);
    await expect(sirdas.join(relay.inviteLink(), options)).rejects.toMatchObject({ code: 'ACCOUNT_EXISTS' });
  });

  it('leaves the vault ready for another try when the relay refuses', async () => {
    const { sirdas, memory } = await openPerson(relay, clock, new VaultMemory());
    relay.mischief.answer = (frame) => (frame.kind === 'claim' ? error('NICKNAME_TAKEN') : null);
    const first = sirdas.join(relay.inviteLink(), options);
    await expect(first).rejects.toMatchObject({ code: 'NICKNAME_TAKEN' });
    expect(memory.account).toBeNull();
    expect(sirdas.hasUnfinishedJoin).toBe(false);
    relay.mischief = {};
    await sirdas.join(relay.inviteLink(), { ...options, nickname: 'alice2' });
    expect(sirdas.account?.nickname).toBe('alice2');
  });

  it('goes on with the same keys when the answer to the claim was lost', async () => {
    const { sirdas, memory } = await openPerson(relay, clock, new VaultMemory());
    relay.mischief.answer = (frame, connection) => {
      if (frame.kind !== 'claim') return null;
      // It arrives, but nobody hears of it.
      void relay.answer(frame, connection).then(() => connection.drop());
      return 'silence';
    };
    await expect(sirdas.join(relay.inviteLink(), options)).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(relay.accounts.has('alice')).toBe(true);
    const begun = memory.account;
    await sirdas.close();
    relay.mischief = {};
    const again = await openPerson(relay, clock, memory);
    expect(again.sirdas.hasUnfinishedJoin).toBe(true);
    const account = await again.sirdas.join(relay.inviteLink(), { ...options, displayName: 'Alice B.' });
    expect(memory.account?.identitySeed.reveal()).toEqual(begun?.identitySeed.reveal());
    expect(account.displayName).toBe('Alice B.');
    expect(relay.needAccount('alice').records).toHaveLength(2);
  });

  it('is brought to an end by connecting, too', async () => {
    const { sirdas, memory } = await openPerson(relay, clock, new VaultMemory());
    relay.mischief.answer = (frame, connection) => {
      if (frame.kind !== 'claim') return null;
      connection.drop();
      return 'silence';
    };
    await expect(sirdas.join(relay.inviteLink(), options)).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await sirdas.close();
    relay.mischief = {};
    const again = await openPerson(relay, clock, memory);
    await again.sirdas.connect();
    expect(again.sirdas.account?.nickname).toBe('alice');
  });

  it('forgets an unfinished join for another nickname', async () => {
    const { sirdas, memory } = await openPerson(relay, clock, new VaultMemory());
    relay.mischief.answer = (frame, connection) => {
      if (frame.kind === 'claim') connection.drop();
      return frame.kind === 'claim' ? 'silence' : null;
    };
    await expect(sirdas.join(relay.inviteLink(), options)).rejects.toMatchObject({ code: 'UNREACHABLE' });
    const begun = memory.account;
    relay.mischief = {};
    await sirdas.join(relay.inviteLink(), { ...options, nickname: 'someone' });
    expect(memory.account?.nickname).toBe('someone');
    expect(memory.account?.identitySeed.reveal()).not.toEqual(begun?.identitySeed.reveal());
  });

  it.each([
    ['BAD_INVITE', 'no invite at all', { ...options }],
    ['BAD_NICKNAME', '', { ...options, nickname: 'x' }],
    ['BAD_NAME', '', { ...options, deviceName: 'a\u0007b' }],
    ['BAD_NAME', '', { ...options, displayName: 'x'.repeat(65) }],
  ])('throws %s before anything is saved', async (code, link, wrong) => {
    const { sirdas, vault } = await openPerson(relay, clock, new VaultMemory());
    await expect(sirdas.join(link || relay.inviteLink(), wrong)).rejects.toMatchObject({ code });
    expect(vault.changes).toEqual([]);
  });
});
