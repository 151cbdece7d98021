// Following a commit of another member (SPEC §11.5, RFC 9420 §12.4.2). Whether its author may do that is the client's to judge,
// by the states before and after: it adopts the next group or drops it. What no author may do is refused here.
import { equalBytes, type GroupState, toHex } from '@sirdas/protocol';
import { applyProposals, type ClientState } from 'ts-mls/clientState.js';
import type { Commit } from 'ts-mls/commit.js';
import type { CiphersuiteImpl } from 'ts-mls/crypto/ciphersuite.js';
import type { KeyPackage } from 'ts-mls/keyPackage.js';
import { encodeLeafNodeData } from 'ts-mls/leafNode.js';
import { unprotectPrivateMessage } from 'ts-mls/messageProtection.js';
import type { PrivateMessage } from 'ts-mls/privateMessage.js';
import { processPrivateMessage } from 'ts-mls/processMessages.js';
import type { Proposal } from 'ts-mls/proposal.js';
import { emptyPskIndex } from 'ts-mls/pskIndex.js';
import { filteredDirectPathAndCopathResolution, type RatchetTree } from 'ts-mls/ratchetTree.js';
import { toLeafIndex } from 'ts-mls/treemath.js';
import type { UpdatePath } from 'ts-mls/updatePath.js';
import { CryptoError } from '../errors.ts';
import { contentsOf, type GroupContents, MlsGroup, pickSecrets, prunePath, readExtensions } from './group.ts';
import { checkKeyPackage, KEY_PACKAGE_GRACE_MS } from './key-package.ts';
import type { Leaf, LeafVerifier } from './leaf.ts';
import { LIBRARY_CONFIG, toLibraryState } from './library-state.ts';
import { checkAddress, decodePrivateMessage, fromSelf, readSender } from './message.ts';
import { toPages } from './ratchet.ts';
import { loadSuite } from './suite.ts';
import { checkTree, holdsPublicKeys } from './tree.ts';

export interface CommitCheck {
  readonly verifier: LeafVerifier;
  /** When the log got the commit, by the relay's clock: every member must judge lifetimes alike, whenever it reads. */
  readonly nowMs: number;
}

export interface OpenedCommit {
  /** 'removed': this device is out. */
  readonly next: MlsGroup | 'removed';
  readonly committer: Leaf;
  readonly added: readonly Leaf[];
  readonly removed: readonly Leaf[];
  readonly before: GroupState;
  readonly after: GroupState;
}

/**
 * Throws BAD_MESSAGE, WRONG_EPOCH, BAD_COMMIT, and what the verifier throws; and FROM_SELF for a commit that this device did sign, in a
 * state that this one does not know of: nobody else can cause it. Nothing has changed then.
 */
export async function openCommit(
  group: MlsGroup,
  commit: Uint8Array,
  check: CommitCheck,
): Promise<OpenedCommit> {
  const contents = contentsOf(group);
  const sealed = decodePrivateMessage(commit);
  const impl = loadSuite(contents.suite, contents.keys);
  const { committer, content } = await openSealedCommit(contents, sealed, impl);
  const proposals = checkProposals(content, contents);
  checkUpdatedLeaf(contents.epoch.tree, content.path, committer);
  for (const keyPackage of proposals.adds) {
    await checkAdded(keyPackage, { ...contents, ...check }, impl);
  }
  const state = toLibraryState(contents, committer.index);
  const outcome = {
    committer,
    removed: proposals.removed,
    before: contents.epoch.state,
    after: proposals.state,
  };
  const isOut = proposals.removed.some(({ index }) => index === contents.epoch.privatePath.leafIndex);
  if (isOut) {
    const tree = await applyWithoutPath(state, content, committer, impl);
    const leaves = checkTree(tree, contents) ?? refuse('two leaves would be alike');
    return { ...outcome, added: findAdded(leaves, proposals.adds), next: 'removed' };
  }
  const { newState } = await processPrivateMessage(state, sealed, emptyPskIndex, impl).catch(
    (cause: unknown) => refuse('it does not apply', cause),
  );
  const leaves = checkTree(newState.ratchetTree, contents) ?? refuse('two leaves would be alike');
  const added = findAdded(leaves, proposals.adds);
  checkPathWidths(newState.ratchetTree, content.path, { committer, added });
  const privatePath = prunePath(newState.privatePath, newState.ratchetTree);
  // CRY-051
  if (!(await holdsPublicKeys(privatePath, newState.ratchetTree, contents.suite)))
    refuse('its path secrets are not those of its tree');
  const next = new MlsGroup({
    ...contents,
    ratchets: toPages(newState.ratchetTree, newState.secretTree),
    epoch: {
      context: newState.groupContext,
      tree: newState.ratchetTree,
      secrets: pickSecrets(newState.keySchedule),
      confirmationTag: newState.confirmationTag,
      privatePath,
      leaves,
      state: proposals.state,
    },
  });
  return { ...outcome, added, next };
}

type CommitWithPath = Commit & { readonly path: UpdatePath };

/** Decrypted and signed by the member that it names; nothing of it has been applied. */
async function openSealedCommit(
  contents: GroupContents,
  sealed: PrivateMessage,
  impl: CiphersuiteImpl,
): Promise<{ committer: Leaf; content: CommitWithPath }> {
  const { epoch } = contents;
  checkAddress(contents, sealed);
  // CRY-052
  if (sealed.contentType !== 'commit') refuse('it is none');
  const { sender, ratchets, senderData } = await readSender(contents, sealed, impl).catch((cause: unknown) =>
    refuse('nobody made it', cause),
  );
  const isOwn = sender.index === epoch.privatePath.leafIndex;
  // Whether it is a forgery or one that was given up: its key is gone, so nothing of it can be proven.
  if (isOwn && senderData.generation < ratchets.handshake.generation) refuse('it names this device');
  const { content } = await unprotectPrivateMessage(
    epoch.secrets.senderDataSecret,
    sealed,
    toLibraryState(contents, sender.index).secretTree,
    epoch.tree,
    epoch.context,
    LIBRARY_CONFIG.keyRetentionConfig,
    impl,
  ).catch((cause: unknown) => refuse('it does not open, or its maker did not sign it', cause));
  if (isOwn) throw fromSelf(senderData.generation);
  if (content.content.contentType !== 'commit') return refuse('it is none');
  const { commit } = content.content;
  // CRY-053
  return commit.path ? { committer: sender, content: { ...commit, path: commit.path } } : refuse('no path');
}

interface CheckedProposals {
  readonly adds: readonly KeyPackage[];
  readonly removed: readonly Leaf[];
  readonly state: GroupState;
}

/** Add, Remove and one GroupContextExtensions, by value. */
function checkProposals({ proposals }: CommitWithPath, { epoch }: GroupContents): CheckedProposals {
  const adds: KeyPackage[] = [];
  const removed: Leaf[] = [];
  const states: GroupState[] = [];
  for (const item of proposals) {
    // CRY-054
    if (item.proposalOrRefType !== 'proposal') refuse('it refers to a proposal');
    sortProposal(item.proposal, { adds, removed, states }, epoch.leaves);
  }
  if (states.length > 1) refuse('it changes the group state twice');
  return { adds, removed, state: states[0] ?? epoch.state };
}

function sortProposal(
  proposal: Proposal,
  into: { adds: KeyPackage[]; removed: Leaf[]; states: GroupState[] },
  leaves: ReadonlyMap<number, Leaf>,
): void {
  if (proposal.proposalType === 'add') into.adds.push(proposal.add.keyPackage);
  else if (proposal.proposalType === 'remove')
    into.removed.push(leaves.get(proposal.remove.removed) ?? refuse('it removes nobody'));
  else if (proposal.proposalType === 'group_context_extensions')
    into.states.push(
      readExtensions(proposal.groupContextExtensions.extensions) ?? refuse('its group state is not one'),
    );
  else refuse('a proposal that nobody may make');
}

/**
 * For whom it removes: nothing of the path is for this device, also when another one takes its place in the tree, which the
 * library would not notice.
 */
async function applyWithoutPath(
  state: ClientState,
  { proposals }: CommitWithPath,
  committer: Leaf,
  impl: CiphersuiteImpl,
): Promise<RatchetTree> {
  const index = toLeafIndex(committer.index);
  const applied = await applyProposals(state, proposals, index, emptyPskIndex, false, impl).catch(
    (cause: unknown) => refuse('it does not apply', cause),
  );
  return applied.tree;
}

/** A path changes the encryption key of its maker's leaf and nothing else: who a leaf is changes by Remove and Add only. */
function checkUpdatedLeaf(tree: RatchetTree, path: UpdatePath, committer: Leaf): void {
  const before = tree[committer.index * 2];
  if (before?.nodeType !== 'leaf') throw new Error('a leaf without a node');
  const { hpkePublicKey } = path.leafNode;
  const expected = encodeLeafNodeData({ ...before.leaf, hpkePublicKey });
  // CRY-055
  if (!equalBytes(encodeLeafNodeData(path.leafNode), expected)) refuse('its maker changes its own leaf');
  if (path.leafNode.extensions.length > 0) refuse('its leaf has extensions');
}

async function checkAdded(
  keyPackage: KeyPackage,
  check: Parameters<typeof checkKeyPackage>[1],
  impl: CiphersuiteImpl,
): Promise<void> {
  // The clock of whoever adds may be wrong by as much as the relay's is right.
  const graceful = { ...check, nowMs: check.nowMs - KEY_PACKAGE_GRACE_MS };
  try {
    await checkKeyPackage(keyPackage, graceful, impl);
  } catch (error) {
    if (error instanceof CryptoError && error.code === 'BAD_KEY_PACKAGE')
      refuse('it adds a bad key package', error);
    throw error;
  }
}

/** Every node of a path carries its secret for exactly those who need it (RFC 9420 §12.4.2): fewer would leave members behind. */
function checkPathWidths(
  tree: RatchetTree,
  path: UpdatePath,
  { committer, added }: { readonly committer: Leaf; readonly added: readonly Leaf[] },
): void {
  const isNew = new Set(added.map(({ index }) => index * 2));
  const levels = filteredDirectPathAndCopathResolution(toLeafIndex(committer.index), tree);
  const fits = levels.every(({ resolution }, i) => {
    const receivers = resolution.filter((node) => !isNew.has(node));
    return path.nodes[i]?.encryptedPathSecret.length === receivers.length;
  });
  // CRY-056
  if (!fits || levels.length !== path.nodes.length) refuse('its path does not reach every member');
}

function findAdded(leaves: ReadonlyMap<number, Leaf>, adds: readonly KeyPackage[]): Leaf[] {
  const keys = new Set(adds.map(({ leafNode }) => toHex(leafNode.signaturePublicKey)));
  return [...leaves.values()].filter(({ signatureKey }) => keys.has(toHex(signatureKey)));
}

function refuse(why: string, cause?: unknown): never {
  throw new CryptoError('BAD_COMMIT', `commit: ${why}`, { cause });
}
