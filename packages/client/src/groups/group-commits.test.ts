// Changes of a group under difficulties: answers that are lost, refusals, a crash after any step. Everybody comes to the same group,
// and nothing that was said is lost.

import { generateSignatureSeed, importSignatureKey, restoreAccount, systemRandom } from '@sirdas/crypto';
import { toHex } from '@sirdas/protocol';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { error } from '../fake-logs.testkit.ts';
import { openPerson, type Person, signNext, until } from '../people.testkit.ts';
import {
  find,
  type GroupScene,
  makeGroup,
  makeScene,
  recordOf,
  texts,
  untilAgreed,
  untilMembers,
  untilSays,
} from './group-scene.testkit.ts';

let scene: GroupScene;

beforeEach(async () => {
  scene = await makeScene();
  // Those who lost a race wait for a moment.
  const ticking = setInterval(() => scene.clock.advance(20), 1);
  onTestFinished(() => clearInterval(ticking));
});

describe('an answer that is lost', () => {
  it('to a commit: it is met in the log after the next login, and made once', async () => {
    const id = await makeGroup(scene);
    const { alice, bob, relay } = scene;
    let hasDropped = false;
    relay.mischief.rewrite = (frame, connection) => {
      if (frame.kind !== 'accepted' || connection.nickname !== 'alice') return frame;
      connection.drop();
      relay.mischief = {};
      hasDropped = true;
      return null;
    };
    const renaming = alice.sirdas.groups.rename(id, 'renamed');
    renaming.catch(() => {});
    // Time runs here: the client may be back before anybody has seen that it was away.
    await until(
      () => hasDropped,
      (isSo) => isSo,
    );
    alice.sirdas.retryNow();
    await until(
      () => find(bob, id)?.name,
      (name) => name === 'renamed',
    );
    await untilAgreed([alice, bob, scene.carol], id);
    expect(recordOf(alice, id).pending).toBeNull();
  });

  it('to a message: it is known again in the log, and shown once', async () => {
    const id = await makeGroup(scene);
    const { alice, bob, relay } = scene;
    let hasDropped = false;
    relay.mischief.rewrite = (frame, connection) => {
      const isAnswer = frame.kind === 'accepted' || frame.kind === 'deliver';
      if (!isAnswer || connection.nickname !== 'alice') return frame;
      connection.drop();
      relay.mischief = {};
      hasDropped = true;
      return null;
    };
    await alice.sirdas.sendTo(id, 'once');
    // Time runs here: the client may be back before anybody has seen that it was away.
    await until(
      () => hasDropped,
      (isSo) => isSo,
    );
    alice.sirdas.retryNow();
    await alice.sirdas.sendTo(id, 'behind it');
    await untilSays(bob, id, 'behind it');
    await until(
      () => alice.memory.outbox.length,
      (count) => count === 0,
    );
    expect((await texts(bob, id)).filter((text) => text !== '(event)')).toEqual(['once', 'behind it']);
    const own = await alice.sirdas.messages(id);
    expect(own.filter(({ body }) => body.kind === 'text')).toMatchObject([
      { delivery: 'accepted' },
      { delivery: 'accepted' },
    ]);
  });
});

describe('a change that the relay refuses', () => {
  it('leaves the group as it was, and the next one is made', async () => {
    const id = await makeGroup(scene);
    const { alice, relay } = scene;
    relay.mischief.answer = (frame) => (frame.kind === 'commit' ? error('NOT_ALLOWED') : null);
    await expect(alice.sirdas.groups.rename(id, 'refused')).rejects.toMatchObject({
      code: 'NOT_ALLOWED',
    });
    relay.mischief = {};
    expect(recordOf(alice, id).pending).toBeNull();
    await alice.sirdas.groups.rename(id, 'accepted');
    await untilAgreed([alice, scene.bob, scene.carol], id);
    expect(find(scene.bob, id)?.name).toBe('accepted');
  });

  it('for a device that has left its account meanwhile is made without it', async () => {
    const id = await makeGroup(scene);
    const { alice, bob, carol, relay } = scene;
    const revoked = carol.memory.account?.device ?? '';
    const [phone] = restoreAccount(needPin(carol)).record.devices;
    // Carol's account has another device by now, and this one no more; nobody has heard of it.
    const other = {
      ...phone,
      id: systemRandom(16),
      signatureKey: await drawKey(),
      name: 'other',
      addedMs: 1,
    };
    await carol.sirdas.disconnect();
    relay.needAccount('carol').records.push(await signNext(relay, carol, { devices: [other] }));
    relay.mischief.answer = (frame) => {
      const isInvalid = frame.kind === 'commit' && frame.readers.some((reader) => toHex(reader) === revoked);
      return isInvalid ? error('READERS_INVALID') : null;
    };
    await alice.sirdas.groups.rename(id, 'without carol’s phone');
    await until(
      () => find(bob, id)?.name,
      (name) => name === 'without carol’s phone',
    );
    await untilAgreed([alice, bob], id);
  });

  it('RATE_LIMITED for a moment is waited out', async () => {
    const id = await makeGroup(scene);
    const { alice, bob, relay } = scene;
    let refusals = 0;
    relay.mischief.answer = (frame) =>
      frame.kind === 'commit' && refusals++ < 3 ? error('RATE_LIMITED', 2000) : null;
    await alice.sirdas.groups.rename(id, 'patience');
    await until(
      () => find(bob, id)?.name,
      (name) => name === 'patience',
    );
    expect(refusals).toBe(4);
  });

  it('NO_KEY_PACKAGE: a group without a key for somebody is not made at all', async () => {
    const { alice, relay } = scene;
    relay.keyPackages.byDevice.clear();
    const making = alice.sirdas.groups.create({ name: 'x', members: ['bob'] });
    await expect(making).rejects.toMatchObject({ code: 'NO_KEY_PACKAGE' });
    expect(alice.memory.groups.size).toBe(0);
    expect(alice.sirdas.conversations()).toEqual([]);
  });
});

describe('a crash', () => {
  /** From its nth save on nothing of this client happens any more; gives the client that comes after it. */
  async function crashAfter(person: Person, saves: number, act: () => Promise<unknown>): Promise<Person> {
    const save = person.vault.save.bind(person.vault);
    const crashed = Promise.withResolvers<void>();
    let count = 0;
    person.vault.save = async (change) => {
      if (count >= saves) {
        crashed.resolve();
        await new Promise(() => {});
      }
      count++;
      return save(change);
    };
    const done = act().then(() => crashed.resolve());
    done.catch(() => crashed.resolve());
    await crashed.promise;
    scene.relay.connectionOf('alice').drop();
    const again = await openPerson(scene.relay, scene.clock, person.memory);
    await again.sirdas.connect();
    return again;
  }

  it.each([1, 2, 3, 4, 5])('after save %i of a change and a message loses neither', async (saves) => {
    const id = await makeGroup(scene);
    const { alice, bob, carol } = scene;
    const again = await crashAfter(alice, saves, async () => {
      await alice.sirdas.sendTo(id, 'before the crash');
      await alice.sirdas.groups.rename(id, 'renamed');
    });
    await again.sirdas.sendTo(id, 'after the crash');
    for (const person of [bob, carol]) await untilSays(person, id, 'after the crash');
    const said = (await texts(bob, id)).filter((text) => text !== '(event)');
    expect(said).toEqual(['before the crash', 'after the crash']);
    await untilAgreed([again, bob, carol], id);
    for (const person of [bob, carol]) {
      expect(person.sirdas.statistics().undecryptable).toMatchObject({
        lost: 0,
        'out-of-step': 0,
        damaged: 0,
      });
    }
    const holes = (await bob.sirdas.messages(id)).map(({ missingBefore }) => missingBefore);
    expect(holes.every((missing) => missing === 0)).toBe(true);
  });

  it.each([1, 2, 3])('after save %i of a first message begins one conversation', async (saves) => {
    const { alice, bob } = scene;
    const again = await crashAfter(alice, saves, () => alice.sirdas.send('bob', 'first'));
    await again.sirdas.send('bob', 'second');
    const id = bob.sirdas.conversationWith('alice');
    await untilSays(bob, id, 'second');
    expect(await texts(bob, id)).toEqual(['first', 'second']);
    await untilAgreed([again, bob], id);
    expect(bob.memory.groups.size).toBe(1);
  });

  it.each([1, 2])('of the one who is added, after save %i, keeps nobody out', async (saves) => {
    const { alice, bob, carol, relay } = scene;
    const { id } = await alice.sirdas.groups.create({ name: 'x', members: ['carol'] });
    await bob.sirdas.disconnect();
    await alice.sirdas.groups.add(id, ['bob']);
    await alice.sirdas.sendTo(id, 'welcome');
    const save = bob.vault.save.bind(bob.vault);
    const crashed = Promise.withResolvers<void>();
    let count = 0;
    bob.vault.save = async (change) => {
      if (count++ >= saves) {
        crashed.resolve();
        await new Promise(() => {});
      }
      return save(change);
    };
    void bob.sirdas.connect().catch(() => {});
    await crashed.promise;
    relay.connectionOf('bob').drop();
    const again = await openPerson(relay, scene.clock, bob.memory);
    await again.sirdas.connect();
    await untilMembers(again, id, ['alice', 'bob', 'carol']);
    await untilSays(again, id, 'welcome');
    await untilAgreed([alice, again, carol], id);
  });
});

function needPin({ memory }: Person) {
  const pin = memory.account?.published;
  if (!pin) throw new Error('not joined yet');
  return pin;
}

async function drawKey(): Promise<Uint8Array> {
  return (await importSignatureKey(generateSignatureSeed(systemRandom))).publicKey;
}
