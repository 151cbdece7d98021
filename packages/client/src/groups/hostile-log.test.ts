// A log in which a relay, or a member with a changed program, puts what no honest client would: every other entry is shown all the
// same, the group stays what it was, and the conversation goes on.
import { describeGroup } from '@sirdas/crypto';
import { type ConversationId, encodeEnvelope, fromId, type LogId } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { seen, until, untilSeen } from '../people.testkit.ts';
import {
  commitAs,
  find,
  type GroupScene,
  lines,
  makeGroup,
  makeScene,
  recordOf,
  sealAs,
  stealState,
  texts,
  untilSays,
} from './group-scene.testkit.ts';

let scene: GroupScene;
let id: ConversationId;
let log: LogId;

beforeEach(async () => {
  scene = await makeScene();
  id = await makeGroup(scene);
  log = recordOf(scene.alice, id).log;
});

/** Everybody still hears everybody. */
async function expectGoesOn(): Promise<void> {
  const { alice, bob, carol } = scene;
  for (const [person, text] of [
    [alice, 'alice goes on'],
    [bob, 'bob goes on'],
    [carol, 'carol goes on'],
  ] as const) {
    await person.sirdas.sendTo(id, text);
    for (const reader of [alice, bob, carol]) await untilSays(reader, id, text);
  }
  for (const person of [alice, bob, carol]) expect(find(person, id)?.state).toBe('active');
}

/** The texts that anybody sees. */
async function allTexts(): Promise<Set<string>> {
  const { alice, bob, carol } = scene;
  const all = await Promise.all([alice, bob, carol].map((person) => texts(person, id)));
  return new Set(all.flat().filter((text) => text !== '(event)'));
}

function findBytes(bytes: Uint8Array, wanted: Uint8Array): number {
  return bytes.findIndex((_byte, at) => wanted.every((byte, i) => bytes[at + i] === byte));
}

describe('an entry that is no message of this group', () => {
  it('CLI-042 moved here from another conversation is refused', async () => {
    const { alice, bob, relay } = scene;
    await alice.sirdas.send('bob', 'between us');
    await until(
      () => texts(bob, bob.sirdas.conversationWith('alice')),
      (all) => all.includes('between us'),
    );
    const direct = recordOf(alice, alice.sirdas.conversationWith('bob')).log;
    const moved = relay.logOf(direct).entries.find(({ commit }) => !commit);
    relay.appendTo(log, moved?.envelope ?? new Uint8Array());
    await untilSeen(bob, 'refused');
    expect(seen(bob, 'refused')).toMatchObject([{ error: 'LETTER_MISDIRECTED', from: null }]);
    await expectGoesOn();
    expect(await allTexts()).not.toContain('between us');
  });

  it('CLI-042 of a kind that belongs into an inbox is refused', async () => {
    const { bob, relay } = scene;
    const welcome = { suite: 'mls-x25519-1', log: new Uint8Array(16), welcome: new Uint8Array(1) };
    relay.appendTo(log, encodeEnvelope({ kind: { case: 'mlsWelcome', value: welcome } }));
    await untilSeen(bob, 'refused');
    expect(seen(bob, 'refused')).toMatchObject([{ error: 'LETTER_MISDIRECTED' }]);
    await expectGoesOn();
  });

  it('CLI-047 of random bytes is told once, and the rest of the batch is read', async () => {
    const { bob, alice, relay } = scene;
    await bob.sirdas.disconnect();
    for (let i = 0; i < 5; i++) relay.appendTo(log, new Uint8Array(300).fill(i + 1));
    await alice.sirdas.sendTo(id, 'in between');
    await bob.sirdas.connect();
    await untilSays(bob, id, 'in between');
    expect((await lines(bob, id)).filter(([, what]) => what === 'undecryptable')).toHaveLength(1);
    expect(bob.sirdas.statistics().undecryptable).toMatchObject({ damaged: 5 });
    await expectGoesOn();
  });

  it('CLI-047 that was damaged on its way is told, and what comes behind it is read', async () => {
    const { alice, bob, relay } = scene;
    relay.mischief.rewrite = (frame, { nickname }) => {
      if (frame.kind !== 'deliver' || nickname !== 'bob') return frame;
      const entries = frame.entries.map((entry) => ({ ...entry, envelope: entry.envelope.slice() }));
      for (const { envelope } of entries) envelope[envelope.length - 1] = (envelope.at(-1) ?? 0) ^ 1;
      return { ...frame, entries };
    };
    await alice.sirdas.sendTo(id, 'damaged');
    await until(
      () => bob.sirdas.statistics().undecryptable.damaged,
      (count) => count === 1,
    );
    relay.mischief = {};
    await expectGoesOn();
    expect(await texts(bob, id)).not.toContain('damaged');
  });

  it('CLI-047 that names an epoch which nobody has reached stops nobody', async () => {
    const { alice, bob, carol, relay } = scene;
    const envelope = (await sealAs(bob, recordOf(bob, id), 'from later')).slice();
    // The epoch stands behind the id of the group, in clear (RFC 9420 §6.3).
    const epochEnd = findBytes(envelope, fromId(log)) + 16 + 8;
    envelope[epochEnd - 1] = (envelope[epochEnd - 1] ?? 0) + 1;
    relay.appendTo(log, envelope);
    await expectGoesOn();
    for (const person of [alice, bob, carol]) {
      expect(person.sirdas.statistics().undecryptable).toMatchObject({ damaged: 1, 'out-of-step': 0 });
    }
  });

  it('CLI-048 is the own one again: it is not shown a second time, whoever sends it back', async () => {
    const { alice, bob, relay } = scene;
    await alice.sirdas.sendTo(id, 'once');
    await untilSays(bob, id, 'once');
    const own = relay.logOf(log).entries.at(-1);
    for (let i = 0; i < 20; i++) relay.appendTo(log, own?.envelope ?? new Uint8Array());
    await expectGoesOn();
    for (const person of [alice, bob]) {
      expect((await texts(person, id)).filter((text) => text === 'once')).toHaveLength(1);
      expect(person.sirdas.statistics().undecryptable).toMatchObject({ damaged: 0, lost: 0 });
    }
  });
});

describe('a member with a changed program', () => {
  it.each([
    ['another conversation', { conversation: new Uint8Array(16).fill(9) }],
    ['the device of somebody else', { device: new Uint8Array(16).fill(9) }],
  ] as const)('CLI-043 that names %s in what it says is not shown', async (_what, change) => {
    const { alice, bob, relay } = scene;
    relay.appendTo(log, await sealAs(bob, recordOf(bob, id), 'not mine', change));
    await untilSeen(alice, 'refused');
    expect(seen(alice, 'refused')).toMatchObject([{ error: 'LETTER_MISDIRECTED', from: 'bob' }]);
    expect(await allTexts()).toEqual(new Set());
    await alice.sirdas.sendTo(id, 'still here');
    await untilSays(scene.carol, id, 'still here');
  });

  it('CLI-045 CLI-054 that removes somebody without the role for it changes nothing', async () => {
    const { alice, bob, carol, relay } = scene;
    const { state, leaves } = describeGroup(await stealState(bob, log));
    const victim = leaves.find(({ nickname }) => nickname === 'carol');
    const members = state.members.filter(({ nickname }) => nickname !== 'carol');
    const forbidden = await commitAs(bob, log, {
      remove: [victim?.index ?? -1],
      state: { ...state, members },
    });
    relay.appendTo(log, forbidden, true);
    for (const person of [alice, carol]) {
      await until(
        () => lines(person, id),
        (all) => all.some(([sender, what]) => sender === 'bob' && what === 'change-refused'),
      );
      expect(find(person, id)?.members).toHaveLength(3);
      expect(person.sirdas.statistics()).toMatchObject({ refusedCommits: 1 });
    }
    await alice.sirdas.sendTo(id, 'carol is still in');
    await untilSays(carol, id, 'carol is still in');
  });

  it('CLI-045 that commits nonsense moves the log on, and the group stays', async () => {
    const { alice, relay } = scene;
    const before = recordOf(alice, id);
    relay.appendTo(log, new Uint8Array(200).fill(3), true);
    await until(
      () => recordOf(alice, id).logEpoch,
      (epoch) => epoch === before.logEpoch + 1,
    );
    expect(recordOf(alice, id).epoch).toBe(before.epoch);
    await expectGoesOn();
    await alice.sirdas.groups.rename(id, 'still ours');
    expect(find(alice, id)?.name).toBe('still ours');
  });

  it('CLI-044 that passes a commit off as a message, or a message as a commit, changes nothing', async () => {
    const { alice, bob, relay } = scene;
    const { state } = describeGroup(await stealState(bob, log));
    relay.appendTo(log, await commitAs(bob, log, { state: { ...state, name: 'mine' } }), false);
    relay.appendTo(log, await sealAs(bob, recordOf(bob, id), 'as a commit'), true);
    await untilSeen(alice, 'refused', 2);
    expect(seen(alice, 'refused')).toMatchObject([{ error: 'COMMIT_REFUSED' }, { error: 'COMMIT_REFUSED' }]);
    expect(find(alice, id)?.name).toBe('friends');
    await alice.sirdas.sendTo(id, 'as before');
    await untilSays(scene.carol, id, 'as before');
  });
});

describe('somebody who is not in the group any more', () => {
  it('says nothing that anybody sees, although the relay helps', async () => {
    const { alice, bob, carol, relay } = scene;
    const record = recordOf(bob, id);
    const late = await sealAs(bob, record, 'from outside');
    await alice.sirdas.groups.remove(id, 'bob');
    await until(
      () => find(carol, id)?.members.length,
      (count) => count === 2,
    );
    relay.appendTo(log, late);
    await alice.sirdas.sendTo(id, 'inside');
    await untilSays(carol, id, 'inside');
    expect(await texts(carol, id)).not.toContain('from outside');
    expect(carol.sirdas.statistics().undecryptable).toMatchObject({ 'out-of-step': 1 });
    expect(find(carol, id)?.state).toBe('active');
  });
});

describe('a relay that counts wrongly', () => {
  it('CLI-040 an epoch that jumps ends the connection', async () => {
    const { alice, bob, relay } = scene;
    relay.mischief.rewrite = (frame, { nickname }) => {
      if (frame.kind !== 'deliver' || nickname !== 'bob') return frame;
      return { ...frame, entries: frame.entries.map((entry) => ({ ...entry, epoch: entry.epoch + 7 })) };
    };
    await alice.sirdas.sendTo(id, 'one');
    await until(
      () => seen(bob, 'link').map(({ link }) => (link.state === 'offline' ? link.error : null)),
      (errors) => errors.includes('PROTOCOL_VIOLATION'),
    );
  });
});
