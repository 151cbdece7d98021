// Commits that nobody follows, whoever made them.
import { fromHex, type MLS_SUITES, X25519_SUITE } from '@sirdas/protocol';
import type { Proposal } from 'ts-mls/proposal.js';
import { encodeRequiredCapabilities } from 'ts-mls/requiredCapabilities.js';
import { describe, expect, test } from 'vitest';
import { forgeCommit, forgeProposal } from './forgery.testkit.ts';
import { contentsOf, type MlsGroup, makeExtensions } from './group.ts';
import { decodeKeyPackage } from './key-package.ts';
import {
  DAY_MS,
  everybody,
  follow,
  makeDevice,
  makeMembers,
  makeState,
  NOW_MS,
  offer,
  toPlan,
} from './members.testkit.ts';
import { openCommit } from './open-commit.ts';
import { planCommit } from './plan-commit.ts';

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

function refusedFor(why: string) {
  return expect.objectContaining({ code: 'BAD_COMMIT', message: expect.stringContaining(why) });
}

async function expectRefused(group: MlsGroup, commit: Uint8Array, why: string): Promise<void> {
  await expect(openCommit(group, commit, check)).rejects.toEqual(refusedFor(why));
}

describe('a commit that nobody follows', () => {
  test('forged without any fault is followed', async () => {
    const { ayse, bora } = await makeThree();
    const { next } = await openCommit(ayse, await forgeCommit(bora, {}), check);
    expect(next).not.toBe('removed');
  });

  test('CRY-031 CRY-042 CRY-043: malformed, of another group, of another epoch', async () => {
    const { ayse, bora } = await makeThree();
    const other = await makeThree();
    const { commit } = await planCommit(bora, toPlan({}));
    const longer = Uint8Array.of(...commit, 0);
    await expect(openCommit(ayse, longer, check)).rejects.toMatchObject({ code: 'BAD_MESSAGE' });
    await expect(openCommit(other.ayse, commit, check)).rejects.toMatchObject({ code: 'BAD_COMMIT' });
    const after = await follow(ayse, await planCommit(bora, toPlan({})));
    await expect(openCommit(after, commit, check)).rejects.toMatchObject({ code: 'WRONG_EPOCH' });
  });

  test('CRY-046 in the name of this device itself: it does not look like a later state', async () => {
    const { ayse, bora } = await makeThree();
    const commit = await forgeCommit(bora, { leafIndex: 0 });
    await expectRefused(ayse, commit, 'did not sign it');
    const { spent } = await planCommit(ayse, toPlan({}));
    await expectRefused(spent, commit, 'it names this device');
  });

  test('CRY-052 a proposal that travels alone', async () => {
    const { ayse, bora } = await makeThree();
    const proposal = await forgeProposal(bora, { proposalType: 'remove', remove: { removed: 2 } });
    await expectRefused(ayse, proposal, 'it is none');
  });

  test('CRY-053 without a path', async () => {
    const { ayse, bora } = await makeThree();
    const { keyPackage } = await offer(demetDevice, X25519_SUITE);
    const add: Proposal = { proposalType: 'add', add: { keyPackage: decodeKeyPackage(keyPackage) } };
    const commit = await forgeCommit(bora, {
      proposals: [add],
      rewrite: (written) => ({ ...written, path: undefined }),
    });
    await expectRefused(ayse, commit, 'no path');
  });

  test('CRY-054 with proposals that nobody may make, or by reference (THREATS 20)', async () => {
    const { ayse, bora } = await makeThree();
    const psk: Proposal = {
      proposalType: 'psk',
      psk: { preSharedKeyId: { psktype: 'external', pskId: fromHex('01'), pskNonce: new Uint8Array(32) } },
    };
    const { groupId } = contentsOf(ayse).epoch.context;
    const { cipherSuite } = contentsOf(ayse).epoch.context;
    const forbidden: Proposal[] = [
      psk,
      { proposalType: 'external_init', externalInit: { kemOutput: new Uint8Array(32) } },
      { proposalType: 'reinit', reinit: { groupId, version: 'mls10', cipherSuite, extensions: [] } },
      { proposalType: 0x0a0a, proposalData: NOTHING },
    ];
    for (const proposal of forbidden) {
      const commit = await forgeCommit(bora, {
        rewrite: (written) => ({
          ...written,
          proposals: [{ proposalOrRefType: 'proposal', proposal }],
        }),
      });
      await expectRefused(ayse, commit, 'nobody may make');
    }
    const byReference = await forgeCommit(bora, {
      rewrite: (written) => ({
        ...written,
        proposals: [{ proposalOrRefType: 'reference', reference: new Uint8Array(32) }],
      }),
    });
    await expectRefused(ayse, byReference, 'it refers to');
  });

  test('CRY-054 an update of a leaf as a proposal', async () => {
    const { ayse, bora } = await makeThree();
    const node = contentsOf(bora).epoch.tree[2];
    if (node?.nodeType !== 'leaf') throw new Error('no leaf');
    const leafNode = { ...node.leaf, leafNodeSource: 'update' as const };
    const commit = await forgeCommit(bora, {
      rewrite: (written) => ({
        ...written,
        proposals: [
          { proposalOrRefType: 'proposal', proposal: { proposalType: 'update', update: { leafNode } } },
        ],
      }),
    });
    await expectRefused(ayse, commit, 'nobody may make');
  });

  test('CRY-041 with other extensions than ours, no valid group state, or two of them', async () => {
    const { ayse, bora } = await makeThree();
    const good = makeExtensions(makeState(['ayse', 'bora', 'cem']));
    const [required, state] = good;
    if (!required || !state) throw new Error('no extensions');
    const extensionData = encodeRequiredCapabilities({
      extensionTypes: [],
      proposalTypes: [],
      credentialTypes: [],
    });
    const bad = [
      [],
      [required],
      [state, required],
      [...good, { extensionType: 'external_senders' as const, extensionData: fromHex('00') }],
      [...good, { extensionType: 0xf5d2, extensionData: NOTHING }],
      [required, { ...state, extensionData: fromHex('ff') }],
      [{ extensionType: 'required_capabilities' as const, extensionData }, state],
    ];
    const toProposal = (extensions: (typeof bad)[number]): Proposal => ({
      proposalType: 'group_context_extensions',
      groupContextExtensions: { extensions },
    });
    for (const extensions of bad) {
      const commit = await forgeCommit(bora, {
        rewrite: (written) => ({
          ...written,
          proposals: [{ proposalOrRefType: 'proposal', proposal: toProposal(extensions) }],
        }),
      });
      await expectRefused(ayse, commit, 'its group state is not one');
    }
    const twice = await forgeCommit(bora, {
      rewrite: (written) => ({
        ...written,
        proposals: [good, good].map((extensions) => ({
          proposalOrRefType: 'proposal' as const,
          proposal: toProposal(extensions),
        })),
      }),
    });
    await expectRefused(ayse, twice, 'changes the group state twice');
  });

  test('CRY-055 in which its maker becomes another device, or changes what it is capable of', async () => {
    const { ayse, bora } = await makeThree();
    const other = await makeDevice('demet');
    const changes = [
      { credential: { credentialType: 'basic' as const, identity: fromHex('0a') } },
      { signaturePublicKey: other.signatureKey.publicKey },
      {
        capabilities: {
          versions: ['mls10' as const],
          ciphersuites: [],
          extensions: [],
          proposals: [],
          credentials: [],
        },
      },
      { extensions: [{ extensionType: 0xf5d1, extensionData: NOTHING }] },
    ];
    for (const change of changes) {
      const commit = await forgeCommit(bora, {
        rewritePath: (path) => ({ ...path, leafNode: { ...path.leafNode, ...change } }),
      });
      await expect(openCommit(ayse, commit, check)).rejects.toMatchObject({
        code: 'BAD_COMMIT',
        message: expect.stringMatching(/changes its own leaf|its leaf has extensions/),
      });
    }
  });

  test('CRY-056 whose path leaves a member out (THREATS 18)', async () => {
    const devices = [ayseDevice, boraDevice, cemDevice, demetDevice];
    const [ayse, bora] = await makeMembers(X25519_SUITE, devices);
    if (!ayse || !bora) throw new Error('somebody is missing');
    // Above ayse and bora, the path goes to cem and demet: two, or one too few.
    const commit = await forgeCommit(bora, {
      rewritePath: (path) => ({
        ...path,
        nodes: path.nodes.map((node) => ({
          ...node,
          encryptedPathSecret: node.encryptedPathSecret.slice(0, 1),
        })),
      }),
    });
    await expectRefused(ayse, commit, 'does not reach every member');
  });

  test('CRY-051 whose path has other public keys than its secrets give (THREATS 18)', async () => {
    const { ayse, bora, cem } = await makeThree();
    let exported = 0;
    const commit = await forgeCommit(bora, {
      impl: (impl) => ({
        ...impl,
        hpke: {
          ...impl.hpke,
          exportPublicKey: async (key) => {
            const bytes = await impl.hpke.exportPublicKey(key);
            // The root's, the last but one: the leaf's comes at the end.
            return exported++ === 1 ? bytes.with(0, (bytes[0] ?? 0) ^ 1) : bytes;
          },
        },
      }),
    });
    for (const group of [ayse, cem]) await expectRefused(group, commit, 'not those of its tree');
  });

  test('whose path secret is wrong for one member: this member alone refuses it (THREATS 18)', async () => {
    const devices = [ayseDevice, boraDevice, cemDevice, demetDevice];
    const [ayse, bora, , demet] = await makeMembers(X25519_SUITE, devices);
    if (!ayse || !bora || !demet) throw new Error('somebody is missing');
    const commit = await forgeCommit(bora, {
      rewritePath: (path) => ({
        ...path,
        nodes: path.nodes.map((node) => ({
          ...node,
          encryptedPathSecret: node.encryptedPathSecret.map((sealed, i) =>
            i === 1
              ? { ...sealed, ciphertext: sealed.ciphertext.with(0, (sealed.ciphertext[0] ?? 0) ^ 1) }
              : sealed,
          ),
        })),
      }),
    });
    expect((await openCommit(ayse, commit, check)).next).not.toBe('removed');
    await expectRefused(demet, commit, 'it does not apply');
  });

  test('CRY-039 that adds a device a second time, or under the key of another leaf', async () => {
    const { ayse, bora } = await makeThree();
    const again = await offer(cemDevice, X25519_SUITE);
    const twin = { ...(await makeDevice('demet')), device: cemDevice.device };
    const { keyPackage } = await offer(twin, X25519_SUITE);
    const toAdd = (bytes: Uint8Array): Proposal => ({
      proposalType: 'add',
      add: { keyPackage: decodeKeyPackage(bytes) },
    });
    await expect(planCommit(bora, toPlan({ add: [again.keyPackage] }))).rejects.toMatchObject({
      code: 'BAD_COMMIT',
    });
    await expect(planCommit(bora, toPlan({ add: [keyPackage] }))).rejects.toMatchObject({
      code: 'BAD_COMMIT',
    });
    const commit = await forgeCommit(bora, { proposals: [toAdd(keyPackage)] });
    await expectRefused(ayse, commit, 'two leaves would be alike');
  });

  test('CRY-035 CRY-038 that adds an expired key package, or a device that its account does not have (THREATS 3)', async () => {
    const { ayse, bora } = await makeThree();
    const { keyPackage } = await offer(demetDevice, X25519_SUITE);
    const plan = await planCommit(bora, toPlan({ add: [keyPackage] }));
    const nobody = { verify: async () => false };
    await expect(openCommit(ayse, plan.commit, { ...check, verifier: nobody })).rejects.toEqual(
      refusedFor('bad key package'),
    );
    // A day of grace for the clock of whoever added it.
    const later = (days: number) => ({ ...check, nowMs: NOW_MS + days * DAY_MS });
    expect((await openCommit(ayse, plan.commit, later(31))).added).toHaveLength(1);
    await expect(openCommit(ayse, plan.commit, later(32))).rejects.toEqual(refusedFor('bad key package'));
    await expect(
      planCommit(bora, toPlan({ add: [keyPackage], nowMs: NOW_MS + 31 * DAY_MS })),
    ).rejects.toMatchObject({ code: 'BAD_KEY_PACKAGE' });
  });

  test('of which nobody can judge now: the reason comes out as it is', async () => {
    const { ayse, bora } = await makeThree();
    const { keyPackage } = await offer(demetDevice, X25519_SUITE);
    const plan = await planCommit(bora, toPlan({ add: [keyPackage] }));
    const reason = new Error('the relay is away');
    const verifier = { verify: () => Promise.reject(reason) };
    await expect(openCommit(ayse, plan.commit, { ...check, verifier })).rejects.toBe(reason);
    await expect(planCommit(bora, toPlan({ add: [keyPackage], verifier }))).rejects.toBe(reason);
  });

  test('that removes its maker, or nobody', async () => {
    const { ayse, bora } = await makeThree();
    await expect(planCommit(bora, toPlan({ remove: [1] }))).rejects.toMatchObject({ code: 'BAD_COMMIT' });
    await expect(planCommit(bora, toPlan({ remove: [7] }))).rejects.toMatchObject({ code: 'BAD_COMMIT' });
    const removeOwn = await forgeCommit(bora, {
      rewrite: (written) => ({
        ...written,
        proposals: [
          { proposalOrRefType: 'proposal', proposal: { proposalType: 'remove', remove: { removed: 1 } } },
        ],
      }),
    });
    await expectRefused(ayse, removeOwn, 'it does not apply');
    const removeNobody = await forgeCommit(bora, {
      rewrite: (written) => ({
        ...written,
        proposals: [
          { proposalOrRefType: 'proposal', proposal: { proposalType: 'remove', remove: { removed: 7 } } },
        ],
      }),
    });
    await expectRefused(ayse, removeNobody, 'it removes nobody');
  });
});
