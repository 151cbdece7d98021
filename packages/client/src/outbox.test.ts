// Sending under difficulties: refusals that pass, refusals that do not, lost answers, a crash between any two steps. What was
// accepted arrives in the order in which it was written, once.
import { beforeEach, describe, expect, it } from 'vitest';
import { SirdasError } from './errors.ts';
import { error } from './fake-logs.testkit.ts';
import { FakeRelay } from './fake-relay.testkit.ts';
import { ManualClock } from './manual-clock.testkit.ts';
import {
  meet,
  openPerson,
  type Person,
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
});

const appends = () =>
  relay.connections.flatMap(({ received }) => received.filter(({ kind }) => kind === 'append'));

describe('a refusal that passes', () => {
  it.each(['RATE_LIMITED', 'MAILBOX_FULL', 'STORAGE_FULL', 'INTERNAL'] as const)(
    '%s is waited out for as long as the relay says, and the order is kept',
    async (code) => {
      let refusals = 0;
      relay.mischief.answer = (frame) =>
        frame.kind === 'append' && refusals++ === 1 ? error(code, 7000) : null;
      for (const text of ['one', 'two', 'three']) await alice.sirdas.send('bob', text);
      await untilSeen(bob, 'message', 1);
      await until(appends, (sent) => sent.length === 2);
      await until(
        () => clock.timerCount,
        (count) => count === 3,
      );
      expect(seen(alice, 'delayed')).toMatchObject([{ error: code }]);
      clock.advance(6999);
      expect(appends()).toHaveLength(2);
      clock.advance(1);
      await untilSeen(bob, 'message', 3);
      expect(await readTexts(bob, 'alice')).toEqual(['one', 'two', 'three']);
      expect(seen(bob, 'message').map(({ message }) => message.missingBefore)).toEqual([0, 0, 0]);
    },
  );

  it('for one recipient does not keep the others waiting', async () => {
    const carol = await meet(relay, clock, 'carol');
    const bobsInbox = relay.needAccount('bob').inbox;
    relay.mischief.answer = (frame) =>
      frame.kind === 'append' && frame.log.every((byte, i) => byte === bobsInbox[i])
        ? error('MAILBOX_FULL')
        : null;
    await alice.sirdas.send('bob', 'waits');
    await alice.sirdas.send('carol', 'arrives');
    await untilSeen(carol, 'message');
    relay.mischief = {};
    alice.sirdas.retryNow();
    await untilSeen(bob, 'message');
  });
});

describe('a refusal that does not pass', () => {
  it.each(['ENVELOPE_TOO_LARGE', 'NOT_ALLOWED'] as const)(
    '%s fails the message, and the next one goes',
    async (code) => {
      let refused = false;
      relay.mischief.answer = (frame) => {
        if (frame.kind !== 'append' || refused) return null;
        refused = true;
        return error(code);
      };
      const { id } = await alice.sirdas.send('bob', 'never');
      await alice.sirdas.send('bob', 'always');
      await expect(alice.sirdas.waitUntilAccepted(id)).rejects.toMatchObject({ code });
      await untilSeen(bob, 'message');
      expect(await readTexts(bob, 'alice')).toEqual(['always']);
      expect(await alice.sirdas.messages(alice.sirdas.conversationWith('bob'))).toMatchObject([
        { delivery: 'accepted' },
        { delivery: 'failed', failure: code },
      ]);
    },
  );

  it('NO_USABLE_KEY is one, for a recipient who takes no classic letters any more', async () => {
    const change = { suites: ['mls-1'], rsaPublicKey: new Uint8Array() };
    relay.needAccount('bob').records.push(await signNext(relay, bob, change));
    const { id } = await alice.sirdas.send('bob', 'hi');
    await expect(alice.sirdas.waitUntilAccepted(id)).rejects.toMatchObject({ code: 'NO_USABLE_KEY' });
    expect(appends()).toEqual([]);
  });

  it('UNKNOWN_LOG makes the client ask for the inbox again', async () => {
    await alice.sirdas.lookUp('bob');
    const account = relay.needAccount('bob');
    await bob.sirdas.disconnect();
    const inbox = new Uint8Array(16).fill(7);
    // Bob's inbox moves between the look at the directory and the append.
    relay.mischief.answer = (frame) => {
      if (frame.kind !== 'append' || relay.accounts.get('bob') !== account) return null;
      relay.accounts.set('bob', { ...account, inbox });
      relay.inboxOf('bob');
      return error('UNKNOWN_LOG');
    };
    const { id } = await alice.sirdas.send('bob', 'found you');
    await alice.sirdas.waitUntilAccepted(id);
    expect(relay.inboxOf('bob').entries).toHaveLength(1);
  });
});

describe('an answer that is lost', () => {
  it('makes the same envelope go again, and it is shown once', async () => {
    relay.mischief.rewrite = (frame, connection) => {
      if (frame.kind !== 'accepted') return frame;
      connection.drop();
      return null;
    };
    const { id } = await alice.sirdas.send('bob', 'once');
    await until(
      () => alice.sirdas.link.state,
      (state) => state === 'offline',
    );
    relay.mischief = {};
    alice.sirdas.retryNow();
    await alice.sirdas.waitUntilAccepted(id);
    const [first, second] = relay.inboxOf('bob').entries;
    expect(second?.envelope).toEqual(first?.envelope);
    await until(
      () => relay.inboxOf('bob').acks.at(-1),
      (seq) => seq === 2,
    );
    expect(await readTexts(bob, 'alice')).toEqual(['once']);
    expect(alice.memory.outbox).toEqual([]);
  });
});

describe('a crash', () => {
  /** What Alice's vault goes through while a message is sent and accepted, one save at a time. */
  it.each([1, 2, 3])(
    'after save %i of sending loses nothing and sends nothing that shows twice',
    async (crashAfter) => {
      let saves = 0;
      const save = alice.vault.save.bind(alice.vault);
      const crash = Promise.withResolvers<void>();
      alice.vault.save = async (change) => {
        const result = await save(change);
        if (++saves === crashAfter) {
          crash.resolve();
          // From here on nothing of this client happens any more.
          await new Promise(() => {});
        }
        return result;
      };
      void alice.sirdas.send('bob', 'survives');
      await crash.promise;
      relay.connectionOf('alice').drop();
      const again = await openPerson(relay, clock, alice.memory);
      await again.sirdas.connect();
      await untilSeen(bob, 'message');
      const [message] = await again.sirdas.messages(again.sirdas.conversationWith('bob'));
      if (message) await again.sirdas.waitUntilAccepted(message.id);
      await again.sirdas.send('bob', 'and goes on');
      await untilSeen(bob, 'message', 2);
      expect(await readTexts(bob, 'alice')).toEqual(['survives', 'and goes on']);
      expect(seen(bob, 'message').map(({ message: { missingBefore } }) => missingBefore)).toEqual([0, 0]);
    },
  );
});

describe('a full disk', () => {
  it('fails the sending before anything is queued', async () => {
    alice.vault.failNextSave = new SirdasError('DISK_FULL', 'the disk is full');
    await expect(alice.sirdas.send('bob', 'no room')).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(alice.memory.outbox).toEqual([]);
    await alice.sirdas.send('bob', 'room again');
    await untilSeen(bob, 'message');
  });

  it('while sealing is waited out', async () => {
    let isFull = true;
    const save = alice.vault.save.bind(alice.vault);
    alice.vault.save = async (change) => {
      if (isFull && change.replaceInOutbox) throw new SirdasError('DISK_FULL', 'the disk is full');
      return save(change);
    };
    await alice.sirdas.send('bob', 'later');
    await until(
      () => clock.timerCount,
      (count) => count === 3,
    );
    expect(appends()).toEqual([]);
    isFull = false;
    clock.advance(5000);
    await untilSeen(bob, 'message');
  });
});
