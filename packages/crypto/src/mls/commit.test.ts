// Commits: what they do to a group, on the side that makes one and on the others.
import { fromHex, MLS_SUITES, X25519_SUITE } from '@sirdas/protocol';
import { initializeEpoch } from 'ts-mls/keySchedule.js';
import { describe, expect, test } from 'vitest';
import { forgeCommit } from './forgery.testkit.ts';
import { contentsOf, describeGroup, exportSecret, type MlsGroup } from './group.ts';
import {
  everybody,
  follow,
  join,
  makeDevice,
  makeMembers,
  makeState,
  NOW_MS,
  offer,
  toPlan,
} from './members.testkit.ts';
import { openMessage, sealMessage } from './message.ts';
import { openCommit } from './open-commit.ts';
import { planCommit } from './plan-commit.ts';
import { loadVerifyingSuite } from './suite.ts';

const ayseDevice = await makeDevice('ayse');
const boraDevice = await makeDevice('bora');
const cemDevice = await makeDevice('cem');
const demetDevice = await makeDevice('demet');
const check = { verifier: everybody, nowMs: NOW_MS };
const NOTHING = new Uint8Array();

async function makeThree(suite = X25519_SUITE as (typeof MLS_SUITES)[number]) {
  const [ayse, bora, cem] = await makeMembers(suite, [ayseDevice, boraDevice, cemDevice]);
  if (!ayse || !bora || !cem) throw new Error('somebody is missing');
  return { ayse, bora, cem };
}

describe.each(MLS_SUITES)('in %s', (suite) => {
  test('who is removed reads nothing afterwards, neither alone nor with what stays (0 of 100)', async () => {
    const { ayse, bora, cem } = await makeThree(suite);
    const plan = await planCommit(ayse, toPlan({ remove: [2] }));
    const out = await openCommit(cem, plan.commit, check);
    expect(out.next).toBe('removed');
    expect(out.removed.map(({ nickname }) => nickname)).toEqual(['cem']);
    let after = await follow(bora, plan);
    let sender = plan.next;
    let opened = 0;
    for (let i = 0; i < 100; i++) {
      const sealed = await sealMessage(sender, fromHex('00'.repeat(256)));
      sender = sealed.group;
      after = (await openMessage(after, sealed.message)).group;
      await openMessage(cem, sealed.message).then(
        () => opened++,
        () => {},
      );
    }
    expect(opened).toBe(0);
  });

  test('devices that are added join in the epoch of the commit, and replace each other in one commit', async () => {
    const { ayse, bora } = await makeThree(suite);
    const cemTwo = await makeDevice('cem', 2);
    const offered = await offer(cemTwo, suite);
    const plan = await planCommit(bora, toPlan({ add: [offered.keyPackage], remove: [2] }));
    const opened = await openCommit(ayse, plan.commit, check);
    expect(opened).toMatchObject({
      committer: { nickname: 'bora', index: 1 },
      added: [{ nickname: 'cem', device: cemTwo.device, index: 2 }],
      removed: [{ nickname: 'cem', device: cemDevice.device, index: 2 }],
    });
    const cem = await join(cemTwo, offered, plan.welcomes[0]?.welcome ?? NOTHING);
    const { message } = await sealMessage(cem, fromHex('01'));
    if (opened.next === 'removed') throw new Error('removed');
    expect((await openMessage(opened.next, message)).sender.device).toBe(cemTwo.device);
  });

  test('the same device comes back after it was removed in the same commit', async () => {
    const { ayse, bora } = await makeThree(suite);
    const offered = await offer(cemDevice, suite);
    const plan = await planCommit(bora, toPlan({ add: [offered.keyPackage], remove: [2] }));
    const cem = await join(cemDevice, offered, plan.welcomes[0]?.welcome ?? NOTHING);
    const { message } = await sealMessage(cem, fromHex('01'));
    expect((await openMessage(await follow(ayse, plan), message)).sender.nickname).toBe('cem');
  });

  test('a stolen state reads nothing after its owner has updated', async () => {
    const { ayse, bora, cem: stolen } = await makeThree(suite);
    const plan = await planCommit(stolen, toPlan({}));
    // The thief has all that the victim had before the update, and sees the update.
    await expect(openCommit(stolen, plan.commit, check)).rejects.toEqual(
      expect.objectContaining({ code: 'FROM_SELF', generation: 0 }),
    );
    const after = await follow(ayse, plan);
    await follow(bora, plan);
    const { message } = await sealMessage(after, fromHex('01'));
    await expect(openMessage(stolen, message)).rejects.toEqual(
      expect.objectContaining({ code: 'WRONG_EPOCH' }),
    );
    const secrets = await Promise.all(
      [stolen, after].map((group) => exportSecret(group, 'test', NOTHING, 32)),
    );
    expect(secrets[0]?.reveal()).not.toEqual(secrets[1]?.reveal());
  });
});

describe('every commit', () => {
  test('refreshes the leaf of its maker, also one that only adds or only renames', async () => {
    const { ayse, bora } = await makeThree();
    const { keyPackage } = await offer(demetDevice, X25519_SUITE);
    const state = makeState(['ayse', 'bora', 'cem'], 'new name');
    for (const plan of [{}, { add: [keyPackage] }, { state }, { remove: [2] }]) {
      const { next } = await planCommit(bora, toPlan(plan));
      expect(leafKeyOf(next, 1)).not.toEqual(leafKeyOf(bora, 1));
      expect(leafKeyOf(next, 0)).toEqual(leafKeyOf(ayse, 0));
    }
  });

  test('of somebody who stays behind alone keeps the removed one out', async () => {
    const [ayse, bora] = await makeMembers(X25519_SUITE, [ayseDevice, boraDevice]);
    if (!ayse || !bora) throw new Error('somebody is missing');
    const plan = await planCommit(ayse, toPlan({ remove: [1] }));
    // What the removed one knows: its own epoch, and the group context that follows from the commit. With nobody to share it
    // with, the library's commit secret would be all zeros.
    const zeros = new Uint8Array(32);
    const { context, secrets } = contentsOf(plan.next).epoch;
    const { kdf } = loadVerifyingSuite(X25519_SUITE);
    const { initSecret } = contentsOf(bora).epoch.secrets;
    const guessed = await initializeEpoch(initSecret, zeros, context, zeros, kdf);
    expect(guessed.keySchedule.senderDataSecret).not.toEqual(secrets.senderDataSecret);
    const { next } = await planCommit(plan.next, toPlan({}));
    expect(describeGroup(next).epoch).toBe(3);
  });

  test('says what it changes', async () => {
    const { ayse, bora } = await makeThree();
    const state = makeState(['ayse', 'bora', 'cem'], 'new name');
    const opened = await openCommit(ayse, (await planCommit(bora, toPlan({ state }))).commit, check);
    expect(opened.before.name).toBe('friends');
    expect(opened.after.name).toBe('new name');
    expect({ added: opened.added, removed: opened.removed }).toEqual({ added: [], removed: [] });
  });

  test('tells those whom it removes what else it does', async () => {
    const { ayse, cem } = await makeThree();
    const { keyPackage } = await offer(demetDevice, X25519_SUITE);
    const state = makeState(['ayse', 'bora', 'demet']);
    const { commit } = await planCommit(ayse, toPlan({ remove: [2], add: [keyPackage], state }));
    const opened = await openCommit(cem, commit, check);
    expect(opened).toMatchObject({ next: 'removed', added: [{ nickname: 'demet', index: 2 }] });
    expect(opened.after.members.map(({ nickname }) => nickname)).toEqual(['ayse', 'bora', 'demet']);
  });

  test('leaves the group as it was: on the side that makes it, and on the side that refuses it', async () => {
    const { ayse, bora } = await makeThree();
    const before = describeGroup(ayse);
    const plan = await planCommit(ayse, toPlan({}));
    expect(describeGroup(ayse)).toEqual(before);
    expect(describeGroup(plan.spent)).toEqual(before);
    const refused = await forgeCommit(bora, { authenticatedData: fromHex('00') });
    await expect(openCommit(ayse, refused, check)).rejects.toBeDefined();
    expect(describeGroup(await follow(ayse, await planCommit(bora, toPlan({})))).epoch).toBe(2);
  });

  test('that lost is followed by another key for the next one', async () => {
    const { ayse, bora } = await makeThree();
    const lost = await planCommit(ayse, toPlan({}));
    const next = await planCommit(lost.spent, toPlan({}));
    const behind = await openCommit(ayse, next.commit, check).catch((error: unknown) => error);
    expect(behind).toMatchObject({ code: 'FROM_SELF', generation: 1 });
    expect(describeGroup(await follow(bora, next)).epoch).toBe(2);
    expect(describeGroup(await follow(bora, lost)).epoch).toBe(2);
  });

  test('of this device is told apart by a state that does not know of it', async () => {
    const { ayse } = await makeThree();
    const { commit, spent } = await planCommit(ayse, toPlan({}));
    await expect(openCommit(ayse, commit, check)).rejects.toMatchObject({ code: 'FROM_SELF', generation: 0 });
    await expect(openCommit(spent, commit, check)).rejects.toMatchObject({ code: 'BAD_COMMIT' });
  });
});

function leafKeyOf(group: MlsGroup, leaf: number): Uint8Array | null {
  const node = contentsOf(group).epoch.tree[leaf * 2];
  return node?.nodeType === 'leaf' ? node.leaf.hpkePublicKey : null;
}
