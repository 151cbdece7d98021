// RFC 9420, the vectors of the working group about trees, messages and whole groups. Node only: the files are large, and the
// algorithms are the same as those that rfc9420-basics.test.ts runs in both.
import { fromHex, toHex } from '@sirdas/protocol';
import { type ClientState, joinGroup as joinLibraryGroup, makePskIndex } from 'ts-mls/clientState.js';
import { decodeCommit, encodeCommit } from 'ts-mls/commit.js';
import { applyUpdatePathSecret } from 'ts-mls/createCommit.js';
import type { GroupContext } from 'ts-mls/groupContext.js';
import { verifyGroupInfoConfirmationTag, verifyGroupInfoSignature } from 'ts-mls/groupInfo.js';
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js';
import { defaultKeyRetentionConfig } from 'ts-mls/keyRetentionConfig.js';
import { protect, unprotectPrivateMessage } from 'ts-mls/messageProtection.js';
import { unprotectPublicMessage } from 'ts-mls/messageProtectionPublic.js';
import { verifyParentHashes } from 'ts-mls/parentHash.js';
import { getCommitSecret, pathToRoot } from 'ts-mls/pathSecrets.js';
import { toPrivateKeyPath } from 'ts-mls/privateKeyPath.js';
import { processPrivateMessage, processPublicMessage } from 'ts-mls/processMessages.js';
import { decodeProposal, encodeProposal } from 'ts-mls/proposal.js';
import {
  addLeafNode,
  decodeRatchetTree,
  encodeRatchetTree,
  type RatchetTree,
  removeLeafNode,
  resolution,
  updateLeafNode,
} from 'ts-mls/ratchetTree.js';
import { createSecretTree } from 'ts-mls/secretTree.js';
import { treeHash, treeHashRoot } from 'ts-mls/treeHash.js';
import { toLeafIndex, toNodeIndex } from 'ts-mls/treemath.js';
import {
  applyUpdatePath,
  createUpdatePath,
  decodeUpdatePath,
  firstCommonAncestor,
} from 'ts-mls/updatePath.js';
import { bytesToBase64 } from 'ts-mls/util/byteArray.js';
import { decryptGroupInfo, decryptGroupSecrets } from 'ts-mls/welcome.js';
import { expect, test } from 'vitest';
import { loadPublishedVectors, PUBLISHED_ARE_MISSING } from '../vectors.testkit.ts';
import { LIBRARY_CONFIG } from './library-state.ts';
import { loadHashSuite, loadOwnSuiteVectors, loadVectorSuite, type SuiteVector } from './rfc9420.testkit.ts';
import { isSoundTree } from './tree.ts';
import { decodeMessage } from './wire.ts';

const impl = loadVectorSuite();
const NOTHING = new Uint8Array();

function treeOf(hex: string): RatchetTree {
  const decoded = decodeRatchetTree(fromHex(hex), 0)?.[0];
  if (!decoded) throw new Error('no tree');
  return decoded;
}

function contextOf(fields: Partial<GroupContext>): GroupContext {
  const cipherSuite = impl.name;
  const empty = { groupId: NOTHING, treeHash: NOTHING, confirmedTranscriptHash: NOTHING, extensions: [] };
  return { version: 'mls10', cipherSuite, epoch: 0n, ...empty, ...fields };
}

test('tree-operations: all 5', async ({ skip }) => {
  type OperationVector = SuiteVector & { proposal_sender: number } & Record<
      'proposal' | 'tree_before' | 'tree_after' | 'tree_hash_before' | 'tree_hash_after',
      string
    >;
  const vectors = await loadOwnSuiteVectors<OperationVector>('tree-operations');
  if (!vectors) return skip(PUBLISHED_ARE_MISSING);
  for (const vector of vectors) {
    const before = treeOf(vector.tree_before);
    const proposal = decodeProposal(fromHex(vector.proposal), 0)?.[0];
    expect(toHex(await treeHashRoot(before, impl.hash))).toBe(vector.tree_hash_before);
    let after = before;
    if (proposal?.proposalType === 'add') [after] = addLeafNode(before, proposal.add.keyPackage.leafNode);
    else if (proposal?.proposalType === 'update')
      after = updateLeafNode(before, proposal.update.leafNode, toLeafIndex(vector.proposal_sender));
    else if (proposal?.proposalType === 'remove')
      after = removeLeafNode(before, toLeafIndex(proposal.remove.removed));
    expect(toHex(encodeRatchetTree(after))).toBe(vector.tree_after);
    expect(toHex(await treeHashRoot(after, impl.hash))).toBe(vector.tree_hash_after);
  }
  expect(vectors).toHaveLength(5);
});

test('tree-validation: all 98, with the checks that we make; signatures of suite 1', {
  timeout: 120_000,
}, async ({ skip }) => {
  type TreeVector = SuiteVector & {
    tree: string;
    group_id: string;
    tree_hashes: string[];
    resolutions: number[][];
  };
  const vectors = await loadPublishedVectors<TreeVector[]>('mls/tree-validation.json');
  if (!vectors) return skip(PUBLISHED_ARE_MISSING);
  for (const vector of vectors) {
    const suite = loadHashSuite(vector.cipher_suite);
    const tree = treeOf(vector.tree);
    for (const [node, hash] of vector.tree_hashes.entries()) {
      expect(toHex(await treeHash(tree, toNodeIndex(node), suite.hash))).toBe(hash);
    }
    expect(tree.map((_, node) => resolution(tree, toNodeIndex(node)))).toEqual(vector.resolutions);
    expect(await verifyParentHashes(tree, suite.hash)).toBe(true);
    if (vector.cipher_suite !== 1) continue;
    const treeHashed = await treeHashRoot(tree, impl.hash);
    const context = contextOf({ groupId: fromHex(vector.group_id), treeHash: treeHashed });
    expect(await isSoundTree(tree, context, impl)).toBe(true);
    expect(await isSoundTree(tree, { ...context, groupId: fromHex('00') }, impl)).toBe(
      tree.every((node) => node?.nodeType !== 'leaf' || node.leaf.leafNodeSource === 'key_package'),
    );
  }
  expect(vectors).toHaveLength(98);
});

test('treekem: suite 1, all 11', { timeout: 120_000 }, async ({ skip }) => {
  interface TreeKemVector extends SuiteVector {
    group_id: string;
    epoch: number;
    confirmed_transcript_hash: string;
    ratchet_tree: string;
    leaves_private: {
      index: number;
      encryption_priv: string;
      signature_priv: string;
      path_secrets: { node: number; path_secret: string }[];
    }[];
    update_paths: {
      sender: number;
      update_path: string;
      path_secrets: (string | null)[];
      commit_secret: string;
      tree_hash_after: string;
    }[];
  }
  const vectors = await loadOwnSuiteVectors<TreeKemVector>('treekem');
  if (!vectors) return skip(PUBLISHED_ARE_MISSING);
  for (const vector of vectors) {
    const tree = treeOf(vector.ratchet_tree);
    const context = contextOf({
      groupId: fromHex(vector.group_id),
      epoch: BigInt(vector.epoch),
      confirmedTranscriptHash: fromHex(vector.confirmed_transcript_hash),
      treeHash: await treeHashRoot(tree, impl.hash),
    });
    for (const update of vector.update_paths) {
      const sender = toLeafIndex(update.sender);
      const path = decodeUpdatePath(fromHex(update.update_path), 0)?.[0];
      if (!path) throw new Error('no path');
      const after = await applyUpdatePath(tree, sender, path, impl.hash);
      const hashAfter = await treeHashRoot(after, impl.hash);
      expect(toHex(hashAfter)).toBe(update.tree_hash_after);
      for (const { index, encryption_priv, path_secrets } of vector.leaves_private) {
        const expected = update.path_secrets[index];
        if (!expected) continue;
        const known = Object.fromEntries(
          path_secrets.map(({ node, path_secret }) => [node, fromHex(path_secret)]),
        );
        const keys = await toPrivateKeyPath(known, index, impl);
        const own = {
          leafIndex: index,
          privateKeys: { ...keys.privateKeys, [index * 2]: fromHex(encryption_priv) },
        };
        const next = { ...context, treeHash: hashAfter };
        const found = await applyUpdatePathSecret(after, own, sender, next, path, [], impl);
        expect(toHex(found.pathSecret)).toBe(expected);
        const node = toNodeIndex(found.nodeIndex);
        const commitSecret = await getCommitSecret(after, node, found.pathSecret, impl.kdf);
        expect(toHex(commitSecret)).toBe(update.commit_secret);
      }
      await expectOwnPathToWork(tree, context, vector.leaves_private, update.sender);
    }
  }
  expect(vectors).toHaveLength(11);
});

/** A path of our own making gives every member the same secret. */
async function expectOwnPathToWork(
  tree: RatchetTree,
  context: GroupContext,
  leaves: readonly {
    index: number;
    encryption_priv: string;
    signature_priv: string;
    path_secrets: { node: number; path_secret: string }[];
  }[],
  senderIndex: number,
): Promise<void> {
  const sender = toLeafIndex(senderIndex);
  const signer = leaves.find(({ index }) => index === senderIndex);
  if (!signer) throw new Error('no sender');
  const key = fromHex(signer.signature_priv);
  const [made, path, secrets] = await createUpdatePath(tree, sender, context, key, impl);
  const after = await applyUpdatePath(tree, sender, path, impl.hash);
  expect(encodeRatchetTree(after)).toEqual(encodeRatchetTree(made));
  const next = { ...context, epoch: context.epoch + 1n, treeHash: await treeHashRoot(made, impl.hash) };
  for (const { index, encryption_priv, path_secrets } of leaves) {
    if (index === senderIndex) continue;
    const known = Object.fromEntries(
      path_secrets.map(({ node, path_secret }) => [node, fromHex(path_secret)]),
    );
    const keys = await toPrivateKeyPath(known, index, impl);
    const own = {
      leafIndex: index,
      privateKeys: { ...keys.privateKeys, [index * 2]: fromHex(encryption_priv) },
    };
    const found = await applyUpdatePathSecret(after, own, sender, next, path, [], impl);
    const ancestor = firstCommonAncestor(after, toLeafIndex(index), sender);
    const expected = secrets.find(({ nodeIndex }) => nodeIndex === ancestor);
    const all = await pathToRoot(after, toNodeIndex(found.nodeIndex), found.pathSecret, impl.kdf);
    expect(all[found.nodeIndex]).toEqual(expected?.secret);
  }
}

test('message-protection: suite 1', async ({ skip }) => {
  type ProtectionVector = SuiteVector & { epoch: number } & Record<string, string | number>;
  const vectors = await loadOwnSuiteVectors<ProtectionVector>('message-protection');
  const vector = vectors?.[0];
  if (!vector) return skip(PUBLISHED_ARE_MISSING);
  const given = (name: string) => fromHex(String(vector[name]));
  const context = contextOf({
    groupId: given('group_id'),
    epoch: BigInt(vector.epoch),
    treeHash: given('tree_hash'),
    confirmedTranscriptHash: given('confirmed_transcript_hash'),
  });
  const { keyRetentionConfig, paddingConfig } = LIBRARY_CONFIG;
  const leaf = { signaturePublicKey: given('signature_pub') };
  const tree = [{ nodeType: 'leaf', leaf }, undefined, { nodeType: 'leaf', leaf }] as RatchetTree;
  const secrets = await createSecretTree(2, given('encryption_secret'), impl.kdf);
  const senderDataSecret = given('sender_data_secret');
  for (const [name, encode] of [
    ['proposal', encodeProposal],
    ['commit', encodeCommit],
    ['application', (data: Uint8Array) => data],
  ] as const) {
    const sealed = decodeMessage('mls_private_message', given(`${name}_priv`))?.privateMessage;
    if (!sealed) throw new Error('no private message');
    const open = (message: typeof sealed) =>
      unprotectPrivateMessage(senderDataSecret, message, secrets, tree, context, keyRetentionConfig, impl);
    const { content } = (await open(sealed)).content;
    const inner = { proposal: null, commit: null, applicationData: null, ...content };
    const read = inner[name === 'application' ? 'applicationData' : name];
    expect(toHex((encode as (value: unknown) => Uint8Array)(read))).toBe(vector[name]);
    const again = await open(sealed);
    const resealed = await protect(
      senderDataSecret,
      NOTHING,
      context,
      secrets,
      { ...again.content.content, auth: again.content.auth } as never,
      1,
      paddingConfig,
      impl,
    );
    expect((await open(resealed.privateMessage)).content.content.contentType).toBe(name);
    if (name === 'application') continue;
    const open2 = decodeMessage('mls_public_message', given(`${name}_pub`))?.publicMessage;
    if (!open2) throw new Error('no public message');
    const inClear = await unprotectPublicMessage(given('membership_key'), context, tree, open2, impl);
    expect(inClear.content.contentType).toBe(name);
  }
  expect(decodeCommit(given('commit'), 0)).toBeDefined();
});

test('welcome: suite 1', async ({ skip }) => {
  type WelcomeVector = SuiteVector & Record<'init_priv' | 'key_package' | 'signer_pub' | 'welcome', string>;
  const vectors = await loadOwnSuiteVectors<WelcomeVector>('welcome');
  const vector = vectors?.[0];
  if (!vector) return skip(PUBLISHED_ARE_MISSING);
  const keyPackage = decodeMessage('mls_key_package', fromHex(vector.key_package))?.keyPackage;
  const welcome = decodeMessage('mls_welcome', fromHex(vector.welcome))?.welcome;
  if (!keyPackage || !welcome) throw new Error('no welcome');
  const reference = await makeKeyPackageRef(keyPackage, impl.hash);
  const key = await impl.hpke.importPrivateKey(fromHex(vector.init_priv));
  const secrets = await decryptGroupSecrets(key, reference, welcome, impl.hpke);
  const noPsk = new Uint8Array(impl.kdf.size);
  const info = secrets && (await decryptGroupInfo(welcome, secrets.joinerSecret, noPsk, impl));
  if (!info) throw new Error('no group info');
  expect(await verifyGroupInfoSignature(info, fromHex(vector.signer_pub), impl.signature)).toBe(true);
  expect(await verifyGroupInfoConfirmationTag(info, secrets.joinerSecret, noPsk, impl)).toBe(true);
});

interface PassiveVector extends SuiteVector {
  readonly external_psks: { psk_id: string; psk: string }[];
  readonly key_package: string;
  readonly signature_priv: string;
  readonly encryption_priv: string;
  readonly init_priv: string;
  readonly welcome: string;
  readonly ratchet_tree: string | null;
  readonly initial_epoch_authenticator: string;
  readonly epochs: { proposals: string[]; commit: string; epoch_authenticator: string }[];
}

test.for([
  ['passive-client-welcome', 8],
  ['passive-client-handling-commit', 13],
  ['passive-client-random', 1],
] as const)('%s: suite 1, all %i', { timeout: 240_000 }, async ([name, count], { skip }) => {
  const vectors = await loadOwnSuiteVectors<PassiveVector>(name);
  if (!vectors) return skip(PUBLISHED_ARE_MISSING);
  for (const vector of vectors) await followPassively(vector);
  expect(vectors).toHaveLength(count);
});

/** The library's own state, from the welcome through every commit: the vectors have proposals that our groups do not. */
async function followPassively(vector: PassiveVector): Promise<void> {
  const keyPackage = decodeMessage('mls_key_package', fromHex(vector.key_package))?.keyPackage;
  const welcome = decodeMessage('mls_welcome', fromHex(vector.welcome))?.welcome;
  if (!keyPackage || !welcome) throw new Error('no welcome');
  const psks = Object.fromEntries(
    vector.external_psks.map(({ psk_id, psk }) => [bytesToBase64(fromHex(psk_id)), fromHex(psk)]),
  );
  let state = await joinLibraryGroup(
    welcome,
    keyPackage,
    {
      initPrivateKey: fromHex(vector.init_priv),
      hpkePrivateKey: fromHex(vector.encryption_priv),
      signaturePrivateKey: fromHex(vector.signature_priv),
    },
    makePskIndex(undefined, psks),
    impl,
    vector.ratchet_tree ? treeOf(vector.ratchet_tree) : undefined,
    undefined,
    { ...LIBRARY_CONFIG, keyRetentionConfig: defaultKeyRetentionConfig },
  );
  expect(toHex(state.keySchedule.epochAuthenticator)).toBe(vector.initial_epoch_authenticator);
  for (const { proposals, commit, epoch_authenticator } of vector.epochs) {
    for (const message of [...proposals, commit]) state = await process(state, fromHex(message), psks);
    expect(toHex(state.keySchedule.epochAuthenticator)).toBe(epoch_authenticator);
  }
}

async function process(
  state: ClientState,
  bytes: Uint8Array,
  psks: Record<string, Uint8Array>,
): Promise<ClientState> {
  const index = makePskIndex(state, psks);
  const sealed = decodeMessage('mls_private_message', bytes)?.privateMessage;
  if (sealed) return (await processPrivateMessage(state, sealed, index, impl)).newState;
  const inClear = decodeMessage('mls_public_message', bytes)?.publicMessage;
  if (!inClear) throw new Error('neither a private nor a public message');
  return (await processPublicMessage(state, inClear, index, impl)).newState;
}
