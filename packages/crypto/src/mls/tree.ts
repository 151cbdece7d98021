// What must hold for the leaves of every tree that this device takes over, whether it joins or follows a commit (SPEC §11.5,
// RFC 9420 §7.3): the library compares the leaves of a tree with each other, but not a new one with those that are there.
import { equalBytes, LIMITS, type MlsSuite, toHex } from '@sirdas/protocol';
import type { CiphersuiteImpl } from 'ts-mls/crypto/ciphersuite.js';
import type { GroupContext } from 'ts-mls/groupContext.js';
import {
  type LeafNode,
  verifyLeafNodeSignature,
  verifyLeafNodeSignatureKeyPackage,
} from 'ts-mls/leafNode.js';
import { verifyParentHashes } from 'ts-mls/parentHash.js';
import type { PrivateKeyPath } from 'ts-mls/privateKeyPath.js';
import { getHpkePublicKey, type RatchetTree } from 'ts-mls/ratchetTree.js';
import { treeHashRoot } from 'ts-mls/treeHash.js';
import { directPath, leafToNodeIndex, leafWidth, toLeafIndex, toNodeIndex } from 'ts-mls/treemath.js';
import { readLeaves } from './group.ts';
import type { Leaf } from './leaf.ts';
import { derivePublicKey } from './suite.ts';

/** Places for devices in one group, blank ones among them (SPEC §8). */
const MAX_NODES = LIMITS.MAX_READERS * 2 - 1;

/** The leaves by index; null when one is not one that we would make, or two are alike in what must be unique. */
export function checkTree(
  tree: RatchetTree,
  expected: { readonly suite: MlsSuite; readonly relayFingerprint: Uint8Array },
): ReadonlyMap<number, Leaf> | null {
  // CRY-040
  if (tree.length > MAX_NODES) return null;
  const leaves = readLeaves(tree, expected);
  if (!leaves) return null;
  const devices = [...leaves.values()];
  const encryptionKeys = tree.filter((node) => node !== undefined).map((node) => getHpkePublicKey(node));
  // CRY-039
  const isUnique =
    areDistinct(devices.map(({ device }) => device)) &&
    areDistinct(devices.map(({ signatureKey }) => toHex(signatureKey))) &&
    areDistinct(encryptionKeys.map(toHex));
  return isUnique ? leaves : null;
}

function areDistinct(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}

/** RFC 9420 §7.9 and §12.4.3.1: signatures of the leaves, tree hash, parent hashes, unmerged leaves. */
export async function isSoundTree(
  tree: RatchetTree,
  context: GroupContext,
  impl: CiphersuiteImpl,
): Promise<boolean> {
  if (!tree.every((node, i) => node === undefined || (node.nodeType === 'leaf') === (i % 2 === 0)))
    return false;
  if (!hasSoundUnmergedLeaves(tree)) return false;
  if (!equalBytes(context.treeHash, await treeHashRoot(tree, impl.hash))) return false;
  if (!(await verifyParentHashes(tree, impl.hash))) return false;
  for (const [i, node] of tree.entries()) {
    if (node?.nodeType === 'leaf' && !(await isLeafSigned(node.leaf, i / 2, context, impl))) return false;
  }
  return true;
}

/** Every private key of a path belongs to the public key that the tree has in its place. */
export async function holdsPublicKeys(
  path: PrivateKeyPath,
  tree: RatchetTree,
  suite: MlsSuite,
): Promise<boolean> {
  for (const [nodeIndex, privateKey] of Object.entries(path.privateKeys)) {
    const node = tree[Number(nodeIndex)];
    if (!node || !equalBytes(getHpkePublicKey(node), await derivePublicKey(suite, privateKey))) return false;
  }
  return true;
}

function isLeafSigned(
  leaf: LeafNode,
  index: number,
  context: GroupContext,
  impl: CiphersuiteImpl,
): Promise<boolean> {
  return leaf.leafNodeSource === 'key_package'
    ? verifyLeafNodeSignatureKeyPackage(leaf, impl.signature)
    : verifyLeafNodeSignature(leaf, context.groupId, index, impl.signature);
}

/** Each is the leaf of a member below, and every node between the two names it as well. */
function hasSoundUnmergedLeaves(tree: RatchetTree): boolean {
  const width = leafWidth(tree.length);
  return tree.every((node, at) => {
    if (node?.nodeType !== 'parent') return true;
    const { unmergedLeaves } = node.parent;
    return unmergedLeaves.every((leaf, i) => {
      const previous = unmergedLeaves[i - 1];
      if (tree[leaf * 2]?.nodeType !== 'leaf' || (previous !== undefined && previous >= leaf)) return false;
      const above = directPath(leafToNodeIndex(toLeafIndex(leaf)), width);
      const upTo = above.indexOf(toNodeIndex(at));
      return (
        upTo >= 0 &&
        above.slice(0, upTo).every((between) => {
          const inner = tree[between];
          return inner?.nodeType !== 'parent' || inner.parent.unmergedLeaves.includes(leaf);
        })
      );
    });
  });
}
