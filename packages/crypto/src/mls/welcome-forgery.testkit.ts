// Welcomes that verify but that ours would never make: put together as in plan-commit.ts, with every part in the hands of the test.
import { applyProposals, nextEpochContext } from 'ts-mls/clientState.js';
import { createGroupInfoWithRatchetTree } from 'ts-mls/createCommit.js';
import { encryptWithLabel } from 'ts-mls/crypto/hpke.js';
import { createConfirmationTag } from 'ts-mls/framedContent.js';
import { encodeGroupInfo, type GroupInfo, signGroupInfo } from 'ts-mls/groupInfo.js';
import { encodeGroupSecrets, type GroupSecrets } from 'ts-mls/groupSecrets.js';
import { makeKeyPackageRef } from 'ts-mls/keyPackage.js';
import { initializeEpoch } from 'ts-mls/keySchedule.js';
import { getCommitSecret } from 'ts-mls/pathSecrets.js';
import { emptyPskIndex } from 'ts-mls/pskIndex.js';
import { treeHashRoot } from 'ts-mls/treeHash.js';
import { leafToNodeIndex, toLeafIndex, toNodeIndex } from 'ts-mls/treemath.js';
import { createUpdatePath, firstCommonAncestor } from 'ts-mls/updatePath.js';
import { welcomeKey, welcomeNonce } from 'ts-mls/welcome.js';
import { contentsOf, type MlsGroup } from './group.ts';
import { decodeKeyPackage, type MadeKeyPackage } from './key-package.ts';
import { toLibraryState } from './library-state.ts';
import { loadSuite } from './suite.ts';
import { encodeMessage } from './wire.ts';

const NOTHING = new Uint8Array();

export interface WelcomeForgery {
  readonly secrets?: (secrets: GroupSecrets) => GroupSecrets;
  readonly secretsBytes?: (bytes: Uint8Array) => Uint8Array;
  /** Before it is signed. */
  readonly info?: (info: GroupInfo) => GroupInfo;
  readonly signed?: (info: GroupInfo) => GroupInfo;
  readonly infoBytes?: (bytes: Uint8Array) => Uint8Array;
  /** What is added to the tree in the place of the key package that the welcome is for. */
  readonly leafOf?: MadeKeyPackage;
}

/** A welcome for one key package, into an epoch that nobody else is in. */
export async function forgeWelcome(
  group: MlsGroup,
  offered: MadeKeyPackage,
  forgery: WelcomeForgery,
): Promise<Uint8Array> {
  const contents = contentsOf(group);
  const { epoch } = contents;
  const impl = loadSuite(contents.suite, contents.keys);
  const own = toLeafIndex(epoch.privatePath.leafIndex);
  const state = toLibraryState(contents, own);
  const keyPackage = decodeKeyPackage((forgery.leafOf ?? offered).keyPackage);
  const add = { proposalType: 'add' as const, add: { keyPackage } };
  const proposals = [{ proposalOrRefType: 'proposal' as const, proposal: add }];
  const applied = await applyProposals(state, proposals, own, emptyPskIndex, false, impl);
  const added =
    applied.additionalResult.kind === 'memberCommit' ? applied.additionalResult.addedLeafNodes : [];
  const leaf = added[0]?.[0];
  if (leaf === undefined) throw new Error('nobody was added');
  const isNew = [leafToNodeIndex(leaf)];
  const [tree, path, paths] = await createUpdatePath(applied.tree, own, epoch.context, NOTHING, impl, isNew);
  const context = await nextEpochContext(
    epoch.context,
    'mls_private_message',
    {
      contentType: 'commit',
      commit: { proposals, path },
      groupId: epoch.context.groupId,
      epoch: epoch.context.epoch,
      sender: { senderType: 'member', leafIndex: own },
      authenticatedData: NOTHING,
    },
    new Uint8Array(64),
    await treeHashRoot(tree, impl.hash),
    epoch.confirmationTag,
    impl.hash,
  );
  const last = paths.at(-1);
  if (!last) throw new Error('no path');
  const secret = await getCommitSecret(tree, toNodeIndex(last.nodeIndex), last.secret, impl.kdf);
  const next = await initializeEpoch(epoch.secrets.initSecret, secret, context, applied.pskSecret, impl.kdf);
  const { confirmationKey } = next.keySchedule;
  const tag = await createConfirmationTag(confirmationKey, context.confirmedTranscriptHash, impl.hash);
  const honest = await createGroupInfoWithRatchetTree(context, tag, state, tree, [], impl);
  const signed = await signGroupInfo(forgery.info?.(honest) ?? honest, NOTHING, impl.signature);
  const infoBytes = encodeGroupInfo(forgery.signed?.(signed) ?? signed);
  const encryptedGroupInfo = await impl.hpke.encryptAead(
    await welcomeKey(next.welcomeSecret, impl),
    await welcomeNonce(next.welcomeSecret, impl),
    undefined,
    forgery.infoBytes?.(infoBytes) ?? infoBytes,
  );
  const ancestor = firstCommonAncestor(tree, leaf, own);
  const pathSecret = paths.find(({ nodeIndex }) => nodeIndex === ancestor)?.secret;
  const secrets: GroupSecrets = { joinerSecret: next.joinerSecret, pathSecret, psks: [] };
  const secretsBytes = encodeGroupSecrets(forgery.secrets?.(secrets) ?? secrets);
  const receiver = decodeKeyPackage(offered.keyPackage);
  const sealed = await encryptWithLabel(
    await impl.hpke.importPublicKey(receiver.initKey),
    'Welcome',
    encryptedGroupInfo,
    forgery.secretsBytes?.(secretsBytes) ?? secretsBytes,
    impl.hpke,
  );
  const newMember = await makeKeyPackageRef(receiver, impl.hash);
  const encryptedGroupSecrets = { kemOutput: sealed.enc, ciphertext: sealed.ct };
  return encodeMessage({
    version: 'mls10',
    wireformat: 'mls_welcome',
    welcome: {
      cipherSuite: context.cipherSuite,
      secrets: [{ newMember, encryptedGroupSecrets }],
      encryptedGroupInfo,
    },
  });
}
