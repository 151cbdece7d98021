// What a member with a program of its own can make: messages and commits that verify but that ours would never make. The
// library's pieces are put together as in plan-commit.ts, with every part in the hands of the test.
import { applyProposals, nextEpochContext } from 'ts-mls/clientState.js';
import type { Commit } from 'ts-mls/commit.js';
import type { CiphersuiteImpl } from 'ts-mls/crypto/ciphersuite.js';
import { createConfirmationTag, createContentCommitSignature } from 'ts-mls/framedContent.js';
import { initializeEpoch } from 'ts-mls/keySchedule.js';
import { protect, protectApplicationData, protectProposal } from 'ts-mls/messageProtection.js';
import { getCommitSecret } from 'ts-mls/pathSecrets.js';
import type { PrivateMessage } from 'ts-mls/privateMessage.js';
import type { Proposal } from 'ts-mls/proposal.js';
import { emptyPskIndex } from 'ts-mls/pskIndex.js';
import type { SecretTree } from 'ts-mls/secretTree.js';
import { treeHashRoot } from 'ts-mls/treeHash.js';
import { leafToNodeIndex, toLeafIndex, toNodeIndex } from 'ts-mls/treemath.js';
import { createUpdatePath, type UpdatePath } from 'ts-mls/updatePath.js';
import { contentsOf, type MlsGroup } from './group.ts';
import { LIBRARY_CONFIG, toLibraryState } from './library-state.ts';
import { loadSuite } from './suite.ts';
import { encodeMessage } from './wire.ts';

const NOTHING = new Uint8Array();

export interface Forgery {
  readonly proposals?: readonly Proposal[];
  /** Takes the place of what a commit says. */
  readonly rewrite?: (commit: Commit) => Commit;
  readonly rewritePath?: (path: UpdatePath) => UpdatePath;
  readonly impl?: (impl: CiphersuiteImpl) => CiphersuiteImpl;
  readonly authenticatedData?: Uint8Array;
  /** The leaf that the maker claims to be. */
  readonly leafIndex?: number;
}

/** A commit whose signature, path and confirmation are right for what it says. */
export async function forgeCommit(group: MlsGroup, forgery: Forgery): Promise<Uint8Array> {
  const contents = contentsOf(group);
  const { epoch } = contents;
  const own = toLeafIndex(epoch.privatePath.leafIndex);
  const honest = loadSuite(contents.suite, contents.keys);
  const impl = forgery.impl?.(honest) ?? honest;
  const proposals = (forgery.proposals ?? []).map((proposal) => ({
    proposalOrRefType: 'proposal' as const,
    proposal,
  }));
  const applied = await applyProposals(
    toLibraryState(contents, own),
    proposals,
    own,
    emptyPskIndex,
    false,
    impl,
  );
  const added =
    applied.additionalResult.kind === 'memberCommit' ? applied.additionalResult.addedLeafNodes : [];
  const isNew = added.map(([leaf]) => leafToNodeIndex(leaf));
  const [tree, path, secrets] = await createUpdatePath(
    applied.tree,
    own,
    epoch.context,
    NOTHING,
    impl,
    isNew,
  );
  const written: Commit = { proposals, path: forgery.rewritePath?.(path) ?? path };
  const commit = forgery.rewrite?.(written) ?? written;
  const authenticatedData = forgery.authenticatedData ?? NOTHING;
  const { signature, framedContent } = await createContentCommitSignature(
    epoch.context,
    'mls_private_message',
    commit,
    { senderType: 'member', leafIndex: own },
    authenticatedData,
    NOTHING,
    impl.signature,
  );
  const context = await nextEpochContext(
    epoch.context,
    'mls_private_message',
    framedContent,
    signature,
    await treeHashRoot(tree, impl.hash),
    epoch.confirmationTag,
    impl.hash,
  );
  const last = secrets.at(-1);
  const commitSecret = last
    ? await getCommitSecret(tree, toNodeIndex(last.nodeIndex), last.secret, impl.kdf)
    : new Uint8Array(impl.kdf.size);
  const { initSecret } = epoch.secrets;
  const next = await initializeEpoch(initSecret, commitSecret, context, applied.pskSecret, impl.kdf);
  const confirmationTag = await createConfirmationTag(
    next.keySchedule.confirmationKey,
    context.confirmedTranscriptHash,
    impl.hash,
  );
  const claimed = forgery.leafIndex ?? own;
  const { privateMessage } = await protect(
    epoch.secrets.senderDataSecret,
    authenticatedData,
    epoch.context,
    toLibraryState(contents, claimed).secretTree,
    { ...framedContent, auth: { contentType: 'commit', signature, confirmationTag } },
    claimed,
    LIBRARY_CONFIG.paddingConfig,
    impl,
  );
  return toMessage(privateMessage);
}

/** A proposal that travels alone. */
export async function forgeProposal(group: MlsGroup, proposal: Proposal): Promise<Uint8Array> {
  const contents = contentsOf(group);
  const own = contents.epoch.privatePath.leafIndex;
  const { privateMessage } = await protectProposal(
    NOTHING,
    contents.epoch.secrets.senderDataSecret,
    proposal,
    NOTHING,
    contents.epoch.context,
    toLibraryState(contents, own).secretTree,
    own,
    LIBRARY_CONFIG.paddingConfig,
    loadSuite(contents.suite, contents.keys),
  );
  return toMessage(privateMessage);
}

export interface MessageForgery {
  /** The ratchet claims to be there. */
  readonly generation?: number;
  /** The leaf that the sender claims to be. */
  readonly leafIndex?: number;
  readonly authenticatedData?: Uint8Array;
  readonly sign?: (message: Uint8Array) => Promise<Uint8Array>;
}

/** An application message with whatever the sender says about itself. */
export async function forgeMessage(
  group: MlsGroup,
  content: Uint8Array,
  forgery: MessageForgery,
): Promise<Uint8Array> {
  const contents = contentsOf(group);
  const leaf = forgery.leafIndex ?? contents.epoch.privatePath.leafIndex;
  const impl = loadSuite(contents.suite, contents.keys);
  const { sign } = forgery;
  const signing = sign
    ? { ...impl, signature: { ...impl.signature, sign: (_: Uint8Array, m: Uint8Array) => sign(m) } }
    : impl;
  const { privateMessage } = await protectApplicationData(
    NOTHING,
    contents.epoch.secrets.senderDataSecret,
    content,
    forgery.authenticatedData ?? NOTHING,
    contents.epoch.context,
    atGeneration(toLibraryState(contents, leaf).secretTree, leaf, forgery.generation),
    leaf,
    LIBRARY_CONFIG.paddingConfig,
    signing,
  );
  return toMessage(privateMessage);
}

function atGeneration(tree: SecretTree, leaf: number, generation: number | undefined): SecretTree {
  const node = tree[leaf * 2];
  if (!node || generation === undefined) return tree;
  return tree.with(leaf * 2, { ...node, application: { ...node.application, generation } });
}

function toMessage(privateMessage: PrivateMessage): Uint8Array {
  return encodeMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage });
}
