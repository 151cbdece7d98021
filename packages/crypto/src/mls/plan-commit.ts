// Making a commit (SPEC §11.5, RFC 9420 §12.4.1): adds, removals, a new group state, and always an update of the own leaf. The
// library's own createCommit leaves the update out of commits that only add or only change the state, and makes one Welcome
// for everybody; so its steps are taken here, one by one.
import type { GroupState, Nickname } from '@sirdas/protocol';
import { applyProposals, nextEpochContext } from 'ts-mls/clientState.js';
import { createGroupInfoWithRatchetTree } from 'ts-mls/createCommit.js';
import type { CiphersuiteImpl } from 'ts-mls/crypto/ciphersuite.js';
import { deriveSecret } from 'ts-mls/crypto/kdf.js';
import { createConfirmationTag, createContentCommitSignature } from 'ts-mls/framedContent.js';
import { type KeyPackage, makeKeyPackageRef } from 'ts-mls/keyPackage.js';
import { initializeEpoch } from 'ts-mls/keySchedule.js';
import { protect } from 'ts-mls/messageProtection.js';
import { getCommitSecret, pathToPathSecrets } from 'ts-mls/pathSecrets.js';
import { mergePrivateKeyPaths, toPrivateKeyPath, updateLeafKey } from 'ts-mls/privateKeyPath.js';
import type { Proposal } from 'ts-mls/proposal.js';
import { emptyPskIndex } from 'ts-mls/pskIndex.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { treeHashRoot } from 'ts-mls/treeHash.js';
import { leafToNodeIndex, toLeafIndex, toNodeIndex } from 'ts-mls/treemath.js';
import { createUpdatePath, firstCommonAncestor, type PathSecret } from 'ts-mls/updatePath.js';
import { type EncryptedGroupSecrets, encryptGroupInfo, encryptGroupSecrets } from 'ts-mls/welcome.js';
import { CryptoError } from '../errors.ts';
import { contentsOf, type GroupContents, MlsGroup, makeExtensions, pickSecrets, prunePath } from './group.ts';
import { checkKeyPackage, decodeKeyPackage } from './key-package.ts';
import type { LeafIdentity, LeafVerifier } from './leaf.ts';
import { LIBRARY_CONFIG, toLibraryState } from './library-state.ts';
import { createRatchets, ratchetsOf, replaceRatchets, toRatchet } from './ratchet.ts';
import { loadSuite } from './suite.ts';
import { checkTree } from './tree.ts';
import { encodeMessage } from './wire.ts';

const NOTHING = new Uint8Array();

export interface CommitToPlan {
  /** Key packages (encoded MLSMessages). */
  readonly add: readonly Uint8Array[];
  /** Leaf indexes. */
  readonly remove: readonly number[];
  /** Null: the group state stays. */
  readonly state: GroupState | null;
  readonly verifier: LeafVerifier;
  readonly nowMs: number;
}

export interface PlannedCommit {
  readonly commit: Uint8Array;
  /** One for each account that gets devices in; it holds the secrets for these devices only. */
  readonly welcomes: readonly { readonly nickname: Nickname; readonly welcome: Uint8Array }[];
  /** The group behind the commit, for when it comes in the log. */
  readonly next: MlsGroup;
  /** This group with the key of the commit used up: save it with the pending commit, before the commit leaves. */
  readonly spent: MlsGroup;
}

interface Addition {
  readonly keyPackage: KeyPackage;
  readonly leaf: LeafIdentity;
}

/** Throws BAD_KEY_PACKAGE, BAD_COMMIT for one that nobody would accept, and what the verifier throws. */
export async function planCommit(group: MlsGroup, plan: CommitToPlan): Promise<PlannedCommit> {
  const contents = contentsOf(group);
  const impl = loadSuite(contents.suite, contents.keys);
  const additions: Addition[] = [];
  for (const bytes of plan.add) {
    const keyPackage = decodeKeyPackage(bytes);
    additions.push({ keyPackage, leaf: await checkKeyPackage(keyPackage, { ...contents, ...plan }, impl) });
  }
  const proposals = makeProposals(plan, additions);
  const path = await makePath(contents, proposals, plan.state, impl);
  const epoch = await makeEpoch(contents, proposals, path, impl);
  const leaves = checkTree(path.tree, contents);
  if (!leaves) throw new CryptoError('BAD_COMMIT', 'commit: two leaves would be alike');
  const next = new MlsGroup({
    ...contents,
    ratchets: await createRatchets(path.tree, epoch.secrets.encryptionSecret, impl),
    epoch: {
      context: epoch.context,
      tree: path.tree,
      secrets: pickSecrets(epoch.secrets.keySchedule),
      confirmationTag: epoch.confirmationTag,
      privatePath: path.privatePath,
      leaves,
      state: plan.state ?? contents.epoch.state,
    },
  });
  const welcomes = await makeWelcomes(contents, { path, epoch, additions }, impl);
  epoch.secrets.joinerSecret.fill(0);
  epoch.secrets.welcomeSecret.fill(0);
  epoch.secrets.encryptionSecret.fill(0);
  return { commit: epoch.commit, welcomes, next, spent: epoch.spent };
}

function makeProposals(plan: CommitToPlan, additions: readonly Addition[]): Proposal[] {
  const removals = plan.remove.map((removed) => ({ proposalType: 'remove' as const, remove: { removed } }));
  const adds = additions.map(({ keyPackage }) => ({ proposalType: 'add' as const, add: { keyPackage } }));
  const extensions = plan.state ? makeExtensions(plan.state) : null;
  return [
    ...removals,
    ...adds,
    ...(extensions
      ? [
          {
            proposalType: 'group_context_extensions' as const,
            groupContextExtensions: { extensions },
          },
        ]
      : []),
  ];
}

type NewPath = Awaited<ReturnType<typeof makePath>>;

/** The tree behind the commit, with a fresh path from the own leaf to the root. */
async function makePath(
  contents: GroupContents,
  proposals: readonly Proposal[],
  state: GroupState | null,
  impl: CiphersuiteImpl,
) {
  const { epoch } = contents;
  const own = toLeafIndex(epoch.privatePath.leafIndex);
  const applied = await applyProposals(
    toLibraryState(contents, own),
    proposals.map((proposal) => ({ proposalOrRefType: 'proposal', proposal })),
    own,
    emptyPskIndex,
    false,
    impl,
  ).catch((cause: unknown) => {
    throw new CryptoError('BAD_COMMIT', 'commit: nobody would accept it', { cause });
  });
  const added =
    applied.additionalResult.kind === 'memberCommit' ? applied.additionalResult.addedLeafNodes : [];
  const context = state ? { ...epoch.context, extensions: makeExtensions(state) } : epoch.context;
  const leafSecret: Uint8Array[] = [];
  const recording = { ...impl, rng: { randomBytes: recordRandom(impl, leafSecret) } };
  const [tree, updatePath, pathSecrets, leafKey] = await createUpdatePath(
    applied.tree,
    own,
    context,
    NOTHING,
    recording,
    added.map(([leaf]) => leafToNodeIndex(leaf)),
  );
  const fresh = await toPrivateKeyPath(pathToPathSecrets(pathSecrets), own, impl);
  const withLeaf = updateLeafKey(epoch.privatePath, await impl.hpke.exportPrivateKey(leafKey));
  return {
    tree,
    updatePath,
    context,
    added,
    pskSecret: applied.pskSecret,
    pathSecrets,
    privatePath: prunePath(mergePrivateKeyPaths(withLeaf, fresh), tree),
    commitSecret: await makeCommitSecret(tree, pathSecrets, leafSecret, impl),
  };
}

/**
 * Alone in the group there is no node above the own leaf, and the library would take zeros: whoever was just removed could
 * then follow. So it comes from the leaf's own path secret (RFC 9420 §7.4), which is what the library draws first.
 */
async function makeCommitSecret(
  tree: RatchetTree,
  pathSecrets: readonly PathSecret[],
  [leafSecret]: readonly Uint8Array[],
  impl: CiphersuiteImpl,
): Promise<Uint8Array> {
  const last = pathSecrets.at(-1);
  if (last) return getCommitSecret(tree, toNodeIndex(last.nodeIndex), last.secret, impl.kdf);
  if (!leafSecret) throw new Error('an update without randomness');
  return deriveSecret(leafSecret, 'path', impl.kdf);
}

function recordRandom(impl: CiphersuiteImpl, drawn: Uint8Array[]): (lengthBytes: number) => Uint8Array {
  return (lengthBytes) => {
    const bytes = impl.rng.randomBytes(lengthBytes);
    drawn.push(bytes);
    return bytes;
  };
}

type NewEpoch = Awaited<ReturnType<typeof makeEpoch>>;

/** The signed and sealed commit, and the key schedule behind it. */
async function makeEpoch(
  contents: GroupContents,
  proposals: readonly Proposal[],
  path: NewPath,
  impl: CiphersuiteImpl,
) {
  const { epoch } = contents;
  const own = epoch.privatePath.leafIndex;
  const { signature, framedContent } = await createContentCommitSignature(
    epoch.context,
    'mls_private_message',
    {
      proposals: proposals.map((proposal) => ({ proposalOrRefType: 'proposal', proposal })),
      path: path.updatePath,
    },
    { senderType: 'member', leafIndex: own },
    NOTHING,
    NOTHING,
    impl.signature,
  );
  const context = await nextEpochContext(
    path.context,
    'mls_private_message',
    framedContent,
    signature,
    await treeHashRoot(path.tree, impl.hash),
    epoch.confirmationTag,
    impl.hash,
  );
  const secrets = await initializeEpoch(
    epoch.secrets.initSecret,
    path.commitSecret,
    context,
    path.pskSecret,
    impl.kdf,
  );
  path.commitSecret.fill(0);
  const { confirmationKey } = secrets.keySchedule;
  const confirmationTag = await createConfirmationTag(
    confirmationKey,
    context.confirmedTranscriptHash,
    impl.hash,
  );
  const auth = { contentType: framedContent.contentType, signature, confirmationTag };
  const state = toLibraryState(contents, own);
  const sealed = await protect(
    epoch.secrets.senderDataSecret,
    NOTHING,
    epoch.context,
    state.secretTree,
    { ...framedContent, auth },
    own,
    LIBRARY_CONFIG.paddingConfig,
    impl,
  );
  return {
    commit: encodeMessage({
      version: 'mls10',
      wireformat: 'mls_private_message',
      privateMessage: sealed.privateMessage,
    }),
    spent: spendHandshakeKey(contents, sealed.tree[own * 2]?.handshake),
    context,
    secrets,
    confirmationTag,
  };
}

function spendHandshakeKey(
  contents: GroupContents,
  used: { generation: number; secret: Uint8Array } | undefined,
): MlsGroup {
  const own = contents.epoch.privatePath.leafIndex;
  const before = ratchetsOf(contents.ratchets, own);
  if (!before || !used) throw new Error('a group without own ratchets');
  const after = { ...before, handshake: toRatchet(used) };
  return new MlsGroup({ ...contents, ratchets: replaceRatchets(contents.ratchets, own, after) });
}

/** One GroupInfo, sealed once; each account gets it with the secrets for its own devices. */
async function makeWelcomes(
  contents: GroupContents,
  made: { path: NewPath; epoch: NewEpoch; additions: readonly Addition[] },
  impl: CiphersuiteImpl,
): Promise<PlannedCommit['welcomes']> {
  const { path, epoch, additions } = made;
  if (additions.length === 0) return [];
  const own = toLeafIndex(contents.epoch.privatePath.leafIndex);
  const groupInfo = await createGroupInfoWithRatchetTree(
    epoch.context,
    epoch.confirmationTag,
    toLibraryState(contents, own),
    path.tree,
    [],
    impl,
  );
  const encryptedGroupInfo = await encryptGroupInfo(groupInfo, epoch.secrets.welcomeSecret, impl);
  const secretsByNickname = new Map<Nickname, EncryptedGroupSecrets[]>();
  for (const [i, { keyPackage, leaf }] of additions.entries()) {
    const leafIndex = path.added[i]?.[0];
    if (leafIndex === undefined) throw new Error('a key package that was not added');
    const ancestor = firstCommonAncestor(path.tree, leafIndex, own);
    const sealed = await encryptGroupSecrets(
      await impl.hpke.importPublicKey(keyPackage.initKey),
      encryptedGroupInfo,
      {
        joinerSecret: epoch.secrets.joinerSecret,
        pathSecret: path.pathSecrets.find(({ nodeIndex }) => nodeIndex === ancestor)?.secret,
        psks: [],
      },
      impl.hpke,
    );
    const secrets = secretsByNickname.get(leaf.nickname) ?? [];
    secrets.push({
      newMember: await makeKeyPackageRef(keyPackage, impl.hash),
      encryptedGroupSecrets: { kemOutput: sealed.enc, ciphertext: sealed.ct },
    });
    secretsByNickname.set(leaf.nickname, secrets);
  }
  const { cipherSuite } = epoch.context;
  return [...secretsByNickname].map(([nickname, secrets]) => ({
    nickname,
    welcome: encodeMessage({
      version: 'mls10',
      wireformat: 'mls_welcome',
      welcome: { cipherSuite, secrets, encryptedGroupInfo },
    }),
  }));
}
