// Joining a group by a Welcome (SPEC §11.7, RFC 9420 §12.4.3.1). The library's joinGroup refuses some valid trees, does not check the
// path secret that it is given, and decodes loosely; so its steps are taken here, one by one.
import { equalBytes, fromId, type GroupState, type LogId, type MlsSuite, toHex } from '@sirdas/protocol';
import type { CiphersuiteImpl } from 'ts-mls/crypto/ciphersuite.js';
import { decryptWithLabel } from 'ts-mls/crypto/hpke.js';
import {
  decodeGroupInfo,
  encodeGroupInfo,
  extractWelcomeSecret,
  type GroupInfo,
  verifyGroupInfoConfirmationTag,
  verifyGroupInfoSignature,
} from 'ts-mls/groupInfo.js';
import { decodeGroupSecrets, encodeGroupSecrets, type GroupSecrets } from 'ts-mls/groupSecrets.js';
import type { KeyPackage } from 'ts-mls/keyPackage.js';
import { deriveKeySchedule } from 'ts-mls/keySchedule.js';
import { pathToRoot } from 'ts-mls/pathSecrets.js';
import { mergePrivateKeyPaths, type PrivateKeyPath, toPrivateKeyPath } from 'ts-mls/privateKeyPath.js';
import { decodeRatchetTree, encodeRatchetTree, findLeafIndex, type RatchetTree } from 'ts-mls/ratchetTree.js';
import { leafToNodeIndex, toLeafIndex } from 'ts-mls/treemath.js';
import { firstCommonAncestor } from 'ts-mls/updatePath.js';
import { type Welcome, welcomeKey, welcomeNonce } from 'ts-mls/welcome.js';
import { CryptoError } from '../errors.ts';
import type { RandomSource } from '../random.ts';
import type { SecretBytes } from '../secret-bytes.ts';
import type { SignatureKey } from '../signature-key.ts';
import { MlsGroup, pickSecrets, prunePath, readExtensions } from './group.ts';
import { openKeyPackageSecret } from './key-package.ts';
import type { Leaf, LeafVerifier } from './leaf.ts';
import { createRatchets } from './ratchet.ts';
import { libraryNameOf, loadSuite, suiteOf } from './suite.ts';
import { checkTree, holdsPublicKeys, isSoundTree } from './tree.ts';
import { decodeMessage, decodeStrictly } from './wire.ts';

export interface GroupToJoin {
  readonly welcome: Uint8Array;
  readonly log: LogId;
  /** By reference: what the vault has for those of `listWelcomeReferences`. */
  readonly secrets: ReadonlyMap<string, SecretBytes>;
  readonly verifier: LeafVerifier;
  /** The own device key, with which the key package was made. */
  readonly signatureKey: SignatureKey;
  readonly relayFingerprint: Uint8Array;
  readonly random: RandomSource;
}

export interface JoinedGroup {
  readonly group: MlsGroup;
  readonly addedBy: Leaf;
  /** Of the key package that was used. */
  readonly reference: string;
}

/** Throws BAD_WELCOME. */
export function listWelcomeReferences(welcome: Uint8Array): readonly string[] {
  return decodeWelcome(welcome).secrets.map(({ newMember }) => toHex(newMember));
}

/** Throws NOT_FOR_US or BAD_WELCOME, BAD_STATE for a damaged secret, and what the verifier throws. */
export async function joinGroup(toJoin: GroupToJoin): Promise<JoinedGroup> {
  const welcome = decodeWelcome(toJoin.welcome);
  const suite = suiteOf(welcome.cipherSuite) ?? refuse('it is of another suite');
  const [reference, secret] = findSecret(welcome, toJoin.secrets);
  const own = openKeyPackageSecret(secret);
  if (own.keyPackage.cipherSuite !== libraryNameOf(suite)) refuse('it is of another suite');
  const impl = loadSuite(suite, toJoin);
  const opened = await openWelcome(welcome, reference, own.privateKeys.initPrivateKey, impl).catch(
    (cause: unknown) => {
      if (cause instanceof CryptoError && cause.code === 'BAD_WELCOME') throw cause;
      return refuse('it does not open', cause);
    },
  );
  const info = checkGroupInfo(opened.groupInfo, toJoin.log, welcome);
  const { tree, leaves } = await checkWelcomeTree(opened.groupInfo, { ...toJoin, suite }, impl);
  const addedBy = leaves.get(opened.groupInfo.signer) ?? refuse('nobody made it');
  await checkAuthenticity(opened, addedBy, impl);
  const path = await makeOwnPath({ tree, own, opened, suite }, impl);
  await judgeLeaves(leaves, path.leafIndex, toJoin.verifier);
  const [schedule, encryptionSecret] = await deriveKeySchedule(
    opened.secrets.joinerSecret,
    noPsk(impl),
    opened.groupInfo.groupContext,
    impl.kdf,
  );
  const group = new MlsGroup({
    suite,
    relayFingerprint: toJoin.relayFingerprint,
    keys: { signatureKey: toJoin.signatureKey, random: toJoin.random },
    ratchets: await createRatchets(tree, encryptionSecret, impl),
    epoch: {
      context: opened.groupInfo.groupContext,
      tree,
      secrets: pickSecrets(schedule),
      confirmationTag: opened.groupInfo.confirmationTag,
      privatePath: path,
      leaves,
      state: info,
    },
  });
  encryptionSecret.fill(0);
  opened.secrets.joinerSecret.fill(0);
  return { group, addedBy, reference };
}

function decodeWelcome(bytes: Uint8Array): Welcome {
  return decodeMessage('mls_welcome', bytes)?.welcome ?? refuse('its form is wrong');
}

function findSecret(welcome: Welcome, secrets: ReadonlyMap<string, SecretBytes>): [string, SecretBytes] {
  for (const { newMember } of welcome.secrets) {
    const secret = secrets.get(toHex(newMember));
    if (secret) return [toHex(newMember), secret];
  }
  throw new CryptoError('NOT_FOR_US', 'welcome: not for a key package that this device has');
}

interface OpenedWelcome {
  readonly secrets: GroupSecrets;
  readonly groupInfo: GroupInfo;
}

async function openWelcome(
  welcome: Welcome,
  reference: string,
  initPrivateKey: Uint8Array,
  impl: CiphersuiteImpl,
): Promise<OpenedWelcome> {
  const sealed = welcome.secrets.find(({ newMember }) => toHex(newMember) === reference);
  if (!sealed) throw new Error('a reference that is not in the welcome');
  const secretsBytes = await decryptWithLabel(
    await impl.hpke.importPrivateKey(initPrivateKey),
    'Welcome',
    welcome.encryptedGroupInfo,
    sealed.encryptedGroupSecrets.kemOutput,
    sealed.encryptedGroupSecrets.ciphertext,
    impl.hpke,
  );
  const secrets = decodeStrictly({ decode: decodeGroupSecrets, encode: encodeGroupSecrets }, secretsBytes);
  // CRY-047
  if (!secrets || secrets.psks.length > 0) return refuse('its secrets are not ones that we use');
  const welcomeSecret = await extractWelcomeSecret(secrets.joinerSecret, noPsk(impl), impl.kdf);
  const infoBytes = await impl.hpke.decryptAead(
    await welcomeKey(welcomeSecret, impl),
    await welcomeNonce(welcomeSecret, impl),
    undefined,
    welcome.encryptedGroupInfo,
  );
  const groupInfo = decodeStrictly({ decode: decodeGroupInfo, encode: encodeGroupInfo }, infoBytes);
  return groupInfo ? { secrets, groupInfo } : refuse('what it holds has a wrong form');
}

function checkGroupInfo({ groupContext }: GroupInfo, log: LogId, welcome: Welcome): GroupState {
  // CRY-048
  if (!equalBytes(groupContext.groupId, fromId(log))) refuse('it leads into another log');
  if (groupContext.cipherSuite !== welcome.cipherSuite) refuse('it leads into another suite');
  return readExtensions(groupContext.extensions) ?? refuse('its group state is not one');
}

async function checkWelcomeTree(
  groupInfo: GroupInfo,
  expected: { readonly suite: MlsSuite; readonly relayFingerprint: Uint8Array },
  impl: CiphersuiteImpl,
): Promise<{ tree: RatchetTree; leaves: ReadonlyMap<number, Leaf> }> {
  const [extension, ...others] = groupInfo.extensions;
  if (extension?.extensionType !== 'ratchet_tree' || others.length > 0) refuse('it has no tree, or more');
  const codec = { decode: decodeRatchetTree, encode: encodeRatchetTree };
  const tree = decodeStrictly(codec, extension.extensionData) ?? refuse('its tree has a wrong form');
  const leaves = checkTree(tree, expected) ?? refuse('its tree has leaves that must not be');
  // CRY-049
  if (!(await isSoundTree(tree, groupInfo.groupContext, impl))) refuse('its tree is not sound');
  return { tree, leaves };
}

async function checkAuthenticity(
  { secrets, groupInfo }: OpenedWelcome,
  addedBy: Leaf,
  impl: CiphersuiteImpl,
): Promise<void> {
  // CRY-050
  if (!(await verifyGroupInfoSignature(groupInfo, addedBy.signatureKey, impl.signature)))
    refuse('its maker did not sign it');
  if (!(await verifyGroupInfoConfirmationTag(groupInfo, secrets.joinerSecret, noPsk(impl), impl)))
    refuse('its epoch is not confirmed');
}

/** The private keys of the own leaf and of the nodes above it that the committer told. */
async function makeOwnPath(
  joining: {
    readonly tree: RatchetTree;
    readonly own: { keyPackage: KeyPackage; privateKeys: { hpkePrivateKey: Uint8Array } };
    readonly opened: OpenedWelcome;
    readonly suite: MlsSuite;
  },
  impl: CiphersuiteImpl,
): Promise<PrivateKeyPath> {
  const { tree, own, opened } = joining;
  const leafIndex = findLeafIndex(tree, own.keyPackage.leafNode) ?? refuse('the own leaf is not in its tree');
  const ownKey = { [leafToNodeIndex(leafIndex)]: own.privateKeys.hpkePrivateKey };
  const { pathSecret } = opened.secrets;
  if (!pathSecret) return { leafIndex, privateKeys: ownKey };
  const ancestor = firstCommonAncestor(tree, leafIndex, toLeafIndex(opened.groupInfo.signer));
  const secrets = await pathToRoot(tree, ancestor, pathSecret, impl.kdf);
  const path = await toPrivateKeyPath(secrets, leafIndex, impl);
  // CRY-051
  if (!(await holdsPublicKeys(path, tree, joining.suite))) refuse('its path secret is not that of its tree');
  return prunePath(mergePrivateKeyPaths(path, { leafIndex, privateKeys: ownKey }), tree);
}

async function judgeLeaves(
  leaves: ReadonlyMap<number, Leaf>,
  ownIndex: number,
  verifier: LeafVerifier,
): Promise<void> {
  for (const leaf of leaves.values()) {
    if (leaf.index === ownIndex) continue;
    // CRY-038
    if (!(await verifier.verify(leaf, 'standing'))) refuse('an account does not have one of its devices');
  }
}

function noPsk(impl: CiphersuiteImpl): Uint8Array {
  return new Uint8Array(impl.kdf.size);
}

function refuse(why: string, cause?: unknown): never {
  throw new CryptoError('BAD_WELCOME', `welcome: ${why}`, { cause });
}
