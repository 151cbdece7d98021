// Welcomes: who can join with which, and which lead nowhere.
import { fromHex, MLS_SUITES, toLogId, X25519_SUITE, XWING_SUITE } from '@sirdas/protocol';
import type { GroupInfo } from 'ts-mls/groupInfo.js';
import { describe, expect, test } from 'vitest';
import { systemRandom } from '../random.ts';
import { SecretBytes } from '../secret-bytes.ts';
import { describeGroup } from './group.ts';
import type { MadeKeyPackage } from './key-package.ts';
import type { LeafUse, OwnLeaf } from './leaf.ts';
import {
  beginGroup,
  everybody,
  join,
  LOG,
  makeDevice,
  makeMembers,
  offer,
  RELAY,
  toPlan,
} from './members.testkit.ts';
import { openMessage, sealMessage } from './message.ts';
import { planCommit } from './plan-commit.ts';
import { joinGroup, listWelcomeReferences } from './welcome.ts';
import { forgeWelcome, type WelcomeForgery } from './welcome-forgery.testkit.ts';

const ayse = await makeDevice('ayse');
const bora = await makeDevice('bora');
const boraTwo = await makeDevice('bora', 2);
const cem = await makeDevice('cem');
const REFUSED = expect.objectContaining({ code: 'BAD_WELCOME' });

function toJoin(own: OwnLeaf, offered: MadeKeyPackage, welcome: Uint8Array) {
  return {
    welcome,
    log: LOG,
    secrets: new Map([[offered.reference, offered.secret]]),
    verifier: everybody,
    signatureKey: own.signatureKey,
    relayFingerprint: RELAY,
    random: systemRandom,
  };
}

async function invite(suite = X25519_SUITE as (typeof MLS_SUITES)[number]) {
  const alone = await beginGroup(ayse, suite, ['ayse', 'bora']);
  const offered = await offer(bora, suite);
  const plan = await planCommit(alone, toPlan({ add: [offered.keyPackage] }));
  const welcome = plan.welcomes[0]?.welcome;
  if (!welcome) throw new Error('not welcome');
  return { plan, offered, welcome };
}

describe.each(MLS_SUITES)('a welcome of %s', (suite) => {
  test('leads into the epoch of the commit, and says who added', async () => {
    const { plan, offered, welcome } = await invite(suite);
    expect(listWelcomeReferences(welcome)).toEqual([offered.reference]);
    const joined = await joinGroup(toJoin(bora, offered, welcome));
    expect(joined).toMatchObject({ addedBy: { nickname: 'ayse', index: 0 }, reference: offered.reference });
    const [there, here] = [describeGroup(plan.next), describeGroup(joined.group)];
    expect(here).toEqual({ ...there, ownLeafIndex: 1 });
    const { message } = await sealMessage(joined.group, fromHex('01'));
    expect((await openMessage(plan.next, message)).sender.nickname).toBe('bora');
  });
});

describe('welcomes of one commit', () => {
  test('hold for each account the secrets of its own devices only', async () => {
    const alone = await beginGroup(ayse, X25519_SUITE, ['ayse', 'bora', 'cem']);
    const offers = await Promise.all([bora, cem, boraTwo].map((own) => offer(own, X25519_SUITE)));
    const add = offers.map(({ keyPackage }) => keyPackage);
    const { welcomes } = await planCommit(alone, toPlan({ add }));
    const references = welcomes.map(({ nickname, welcome }) => [nickname, listWelcomeReferences(welcome)]);
    expect(references).toEqual([
      ['bora', [offers[0]?.reference, offers[2]?.reference]],
      ['cem', [offers[1]?.reference]],
    ]);
  });

  test('are none when nobody is added', async () => {
    const alone = await beginGroup(ayse, X25519_SUITE, ['ayse']);
    expect((await planCommit(alone, toPlan({}))).welcomes).toEqual([]);
  });
});

describe('a welcome', () => {
  test('for a key package that is gone is not for us: also the same one a second time', async () => {
    const { offered, welcome } = await invite();
    const used = { ...toJoin(bora, offered, welcome), secrets: new Map() };
    await expect(joinGroup(used)).rejects.toMatchObject({ code: 'NOT_FOR_US' });
    const { offered: other } = await invite();
    await expect(joinGroup(toJoin(bora, other, welcome))).rejects.toMatchObject({ code: 'NOT_FOR_US' });
  });

  test('CRY-031 with a byte too many or too few, or of another kind, is refused', async () => {
    const { offered, welcome } = await invite();
    for (const bad of [Uint8Array.of(...welcome, 0), welcome.subarray(1), offered.keyPackage]) {
      expect(() => listWelcomeReferences(bad)).toThrow(REFUSED);
      await expect(joinGroup(toJoin(bora, offered, bad))).rejects.toEqual(REFUSED);
    }
    for (let length = 0; length < welcome.length; length++) {
      expect(() => listWelcomeReferences(welcome.subarray(0, length))).toThrow(REFUSED);
    }
  });

  test('changed anywhere behind its references is refused', async () => {
    const { offered, welcome } = await invite();
    const steps = Array.from({ length: 40 }, (_, i) => welcome.length - 1 - i * 20);
    for (const at of steps.filter((position) => position > 60)) {
      const changed = welcome.with(at, (welcome[at] ?? 0) ^ 1);
      await expect(joinGroup(toJoin(bora, offered, changed))).rejects.toMatchObject({ name: 'CryptoError' });
    }
  });

  test('CRY-048 that leads into another log than its envelope says is refused', async () => {
    const { offered, welcome } = await invite();
    const log = toLogId(fromHex('55'.repeat(16)));
    await expect(joinGroup({ ...toJoin(bora, offered, welcome), log })).rejects.toEqual(REFUSED);
  });

  test('with a secret for another suite is refused', async () => {
    const { offered, welcome } = await invite();
    const other = await offer(bora, XWING_SUITE);
    const secrets = new Map([[offered.reference, other.secret]]);
    await expect(joinGroup({ ...toJoin(bora, offered, welcome), secrets })).rejects.toEqual(REFUSED);
  });

  test('with a damaged secret says that it is the vault that is wrong', async () => {
    const { offered, welcome } = await invite();
    const secrets = new Map([[offered.reference, new SecretBytes(new Uint8Array(9))]]);
    const joining = { ...toJoin(bora, offered, welcome), secrets };
    await expect(joinGroup(joining)).rejects.toMatchObject({ code: 'BAD_STATE' });
  });

  test('at another relay is refused', async () => {
    const { offered, welcome } = await invite();
    const relayFingerprint = fromHex('99'.repeat(32));
    await expect(joinGroup({ ...toJoin(bora, offered, welcome), relayFingerprint })).rejects.toEqual(REFUSED);
  });

  test('CRY-038 into a group with a device that its account never had is refused; its devices are judged as standing', async () => {
    const { offered, welcome } = await invite();
    const uses: LeafUse[] = [];
    const verify = async (_: unknown, use: LeafUse) => uses.push(use) === 0;
    const joining = { ...toJoin(bora, offered, welcome), verifier: { verify } };
    await expect(joinGroup(joining)).rejects.toEqual(REFUSED);
    expect(uses).toEqual(['standing']);
  });

  test('of which nobody can judge now: the reason comes out as it is, and it can be tried again', async () => {
    const { offered, welcome } = await invite();
    const reason = new Error('the relay is away');
    const verifier = { verify: () => Promise.reject(reason) };
    await expect(joinGroup({ ...toJoin(bora, offered, welcome), verifier })).rejects.toBe(reason);
    await expect(joinGroup(toJoin(bora, offered, welcome))).resolves.toBeDefined();
  });
});

describe('a welcome that a member made with a program of its own', () => {
  const refuse = async (forgery: WelcomeForgery, why: string) => {
    const [first] = await makeMembers(X25519_SUITE, [ayse, cem]);
    if (!first) throw new Error('nobody');
    const offered = await offer(bora, X25519_SUITE);
    const welcome = await forgeWelcome(first, offered, forgery);
    await expect(join(bora, offered, welcome)).rejects.toMatchObject({
      code: 'BAD_WELCOME',
      message: expect.stringContaining(why),
    });
  };

  test('without a fault is followed', async () => {
    const [first] = await makeMembers(X25519_SUITE, [ayse, cem]);
    if (!first) throw new Error('nobody');
    const offered = await offer(bora, X25519_SUITE);
    const group = await join(bora, offered, await forgeWelcome(first, offered, {}));
    expect(describeGroup(group).leaves).toHaveLength(3);
  });

  test('CRY-047 with pre-shared keys, or bytes behind its secrets, is refused', async () => {
    const psk = { psktype: 'external' as const, pskId: fromHex('01'), pskNonce: new Uint8Array(32) };
    await refuse({ secrets: (secrets) => ({ ...secrets, psks: [psk] }) }, 'not ones that we use');
    await refuse({ secretsBytes: (bytes) => Uint8Array.of(...bytes, 0) }, 'not ones that we use');
    await refuse({ infoBytes: (bytes) => Uint8Array.of(...bytes, 0) }, 'a wrong form');
  });

  test('CRY-041 whose group has no valid group state is refused', async () => {
    const noState = (info: GroupInfo) => ({
      ...info,
      groupContext: { ...info.groupContext, extensions: [] },
    });
    await refuse({ info: noState }, 'its group state is not one');
  });

  test('CRY-049 without a tree, with more than a tree, or with a tree that is not sound is refused', async () => {
    await refuse({ info: (info) => ({ ...info, extensions: [] }) }, 'no tree, or more');
    const more = { extensionType: 'external_pub' as const, extensionData: new Uint8Array(32) };
    await refuse(
      { info: (info) => ({ ...info, extensions: [...info.extensions, more] }) },
      'no tree, or more',
    );
    const noHash = (info: GroupInfo) => ({
      ...info,
      groupContext: { ...info.groupContext, treeHash: new Uint8Array(32) },
    });
    await refuse({ info: noHash }, 'not sound');
    const trailing = (info: GroupInfo) => ({
      ...info,
      extensions: info.extensions.map((extension) => ({
        ...extension,
        extensionData: Uint8Array.of(...extension.extensionData, 0),
      })),
    });
    await refuse({ info: trailing }, 'a wrong form');
  });

  test('CRY-050 that its maker did not sign, that somebody else signed, or whose epoch is not confirmed is refused', async () => {
    await refuse({ info: (info) => ({ ...info, signer: 1 }) }, 'did not sign');
    await refuse({ info: (info) => ({ ...info, signer: 3 }) }, 'nobody made it');
    await refuse({ signed: (info) => ({ ...info, signature: new Uint8Array(64) }) }, 'did not sign');
    await refuse({ info: (info) => ({ ...info, confirmationTag: new Uint8Array(32) }) }, 'not confirmed');
  });

  test('CRY-051 whose path secret is not that of its tree is refused', async () => {
    const other = (secrets: { pathSecret: Uint8Array | undefined }) => secrets.pathSecret?.with(0, 1);
    await refuse(
      { secrets: (secrets) => ({ ...secrets, pathSecret: other(secrets) ?? new Uint8Array(32) }) },
      'not that of its tree',
    );
  });

  test('in which the own leaf is missing is refused', async () => {
    const [first] = await makeMembers(X25519_SUITE, [ayse, cem]);
    if (!first) throw new Error('nobody');
    const offered = await offer(bora, X25519_SUITE);
    const other = await offer(bora, X25519_SUITE);
    const welcome = await forgeWelcome(first, offered, { leafOf: other });
    await expect(join(bora, offered, welcome)).rejects.toMatchObject({
      message: expect.stringContaining('own leaf is not in its tree'),
    });
  });
});
