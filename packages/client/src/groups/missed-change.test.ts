// A device that missed a change cannot follow its group: it says so, is brought back by another member without anybody's doing, and
// what was waiting to be sent goes then. THREATS 18.
import { describeGroup, planCommit } from '@sirdas/crypto';
import { type ConversationId, encodeEnvelope, fromId } from '@sirdas/protocol';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Person, until } from '../people.testkit.ts';
import {
  find,
  type GroupScene,
  lines,
  makeGroup,
  makeScene,
  recordOf,
  stealState,
  texts,
  untilAgreed,
  untilSays,
} from './group-scene.testkit.ts';

let scene: GroupScene;
let id: ConversationId;

beforeEach(async () => {
  scene = await makeScene();
  const ticking = setInterval(() => scene.clock.advance(20), 1);
  onTestFinished(() => clearInterval(ticking));
  id = await makeGroup(scene);
});

/** The next commit reaches Carol with its last byte changed. */
function damageNextCommit(): void {
  const { relay } = scene;
  relay.mischief.rewrite = (frame, { nickname }) => {
    const isCommit = frame.kind === 'deliver' && frame.entries.some(({ commit }) => commit);
    if (!isCommit || nickname !== 'carol') return frame;
    relay.mischief = {};
    const entries = frame.entries.map((entry) => {
      const envelope = entry.envelope.slice();
      envelope[envelope.length - 1] = (envelope.at(-1) ?? 0) ^ 1;
      return { ...entry, envelope };
    });
    return { ...frame, entries };
  };
}

describe('a member who missed a change', () => {
  it('hears that something cannot be read, is brought back by another member, and reads on', async () => {
    const { alice, bob, carol } = scene;
    damageNextCommit();
    await alice.sirdas.groups.rename(id, 'renamed');
    await bob.sirdas.sendTo(id, 'carol cannot read this');
    await until(
      () => lines(carol, id),
      (all) => all.some(([, what]) => what === 'undecryptable'),
    );
    await until(
      () => carol.sirdas.statistics().repaired,
      (count) => count === 1,
    );
    await until(
      () => find(carol, id),
      (conversation) => conversation?.state === 'active' && conversation.name === 'renamed',
    );
    await bob.sirdas.sendTo(id, 'carol can read this');
    await untilSays(carol, id, 'carol can read this');
    expect(await texts(carol, id)).not.toContain('carol cannot read this');
    await untilAgreed([alice, bob, carol], id);
  });

  it('sends what it wanted to say once it is back', async () => {
    const { alice, bob, carol } = scene;
    damageNextCommit();
    await alice.sirdas.groups.rename(id, 'renamed');
    await bob.sirdas.sendTo(id, 'lost on carol');
    await until(
      () => lines(carol, id),
      (all) => all.some(([, what]) => what === 'undecryptable'),
    );
    await carol.sirdas.sendTo(id, 'what did you say?');
    for (const person of [alice, bob]) await untilSays(person, id, 'what did you say?');
    const [asked] = await carol.sirdas.messages(id, { limit: 1 });
    if (asked?.body.kind === 'text') await carol.sirdas.waitUntilAccepted(asked.id);
    for (const person of [alice, bob]) {
      expect(person.sirdas.statistics().undecryptable).toMatchObject({ 'out-of-step': 0, damaged: 0 });
    }
  });
});

describe('a device that is put in anew although nothing is wrong with it', () => {
  it('still reads what was said before, and reads on', async () => {
    const { alice, bob, carol } = scene;
    await carol.sirdas.disconnect();
    for (const text of ['one', 'two']) await bob.sirdas.sendTo(id, text);
    await untilSays(alice, id, 'two');
    await bob.sirdas.close();
    await replaceLeafOf(carol, bob);
    await alice.sirdas.sendTo(id, 'three');
    await carol.sirdas.connect();
    await untilSays(carol, id, 'three');
    const said = (await texts(carol, id)).filter((text) => text !== '(event)');
    expect(said).toEqual(['one', 'two', 'three']);
    expect(carol.sirdas.statistics().undecryptable).toMatchObject({ lost: 0, 'out-of-step': 0, damaged: 0 });
    await carol.sirdas.sendTo(id, 'with the new leaf');
    await untilSays(alice, id, 'with the new leaf');
    await untilAgreed([alice, carol], id);
    expect(carol.sirdas.statistics().repaired).toBe(0);
  });
});

/** As if `person` had asked for it: one commit takes the device out and puts it in again. */
async function replaceLeafOf(person: Person, by: Person): Promise<void> {
  const { relay, clock } = scene;
  const { log, suite } = recordOf(by, id);
  const group = await stealState(by, log);
  const device = person.memory.account?.device ?? '';
  const leaf = describeGroup(group).leaves.find((one) => one.device === device);
  const offered = relay.keyPackages.byDevice
    .get(device)
    ?.find((one) => one.suite === suite && !one.lastResort);
  if (!leaf || !offered) throw new Error('there is nothing to replace');
  const { commit, welcomes } = await planCommit(group, {
    ...{ add: [offered.keyPackage], remove: [leaf.index], state: null },
    ...{ verifier: { verify: async () => true }, nowMs: clock.nowMs() },
  });
  relay.appendTo(log, encodeEnvelope({ kind: { case: 'mlsMessage', value: commit } }), true);
  const value = { suite, log: fromId(log), welcome: welcomes[0]?.welcome ?? new Uint8Array() };
  relay.append(leaf.nickname, encodeEnvelope({ kind: { case: 'mlsWelcome', value } }));
}
