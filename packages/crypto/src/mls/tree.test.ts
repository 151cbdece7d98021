// Trees that a device takes over: how wide they may be, and which unmerged leaves make sense.
import { X25519_SUITE } from '@sirdas/protocol';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { treeHashRoot } from 'ts-mls/treeHash.js';
import { describe, expect, test } from 'vitest';
import { contentsOf } from './group.ts';
import { makeDevice, makeMembers, RELAY } from './members.testkit.ts';
import { loadVerifyingSuite } from './suite.ts';
import { checkTree, isSoundTree } from './tree.ts';

const expected = { suite: X25519_SUITE, relayFingerprint: RELAY } as const;
const impl = loadVerifyingSuite(X25519_SUITE);

async function makeTree(): Promise<ReturnType<typeof contentsOf>['epoch']> {
  const devices = await Promise.all(['ayse', 'bora', 'cem', 'demet'].map((name) => makeDevice(name)));
  const [first] = await makeMembers(X25519_SUITE, devices);
  if (!first) throw new Error('nobody');
  return contentsOf(first).epoch;
}

test('CRY-040 a tree with more than 512 places is refused, however few are taken', async () => {
  const { tree } = await makeTree();
  const widened = (length: number): RatchetTree => [...tree, ...new Array<undefined>(length - tree.length)];
  expect(checkTree(widened(1023), expected)?.size).toBe(4);
  expect(checkTree(widened(2047), expected)).toBeNull();
});

describe('CRY-049 a tree is not sound', () => {
  const changed = async (change: (tree: RatchetTree) => RatchetTree) => {
    const { tree, context } = await makeTree();
    const other = change(tree.slice());
    // With the right hash, so that only the tree itself can be at fault.
    const treeHash = await treeHashRoot(other, impl.hash);
    return isSoundTree(other, { ...context, treeHash }, impl);
  };
  const withUnmerged = (node: number, unmergedLeaves: number[]) => (tree: RatchetTree) => {
    const at = tree[node];
    if (at?.nodeType !== 'parent') throw new Error('no parent there');
    return tree.with(node, { nodeType: 'parent', parent: { ...at.parent, unmergedLeaves } });
  };

  test('unless it was changed', async () => {
    expect(await changed((tree) => tree)).toBe(true);
  });

  test('with unmerged leaves that are not below, not there, out of order or twice', async () => {
    const { tree } = await makeTree();
    const parents = tree.flatMap((node, i) => (node?.nodeType === 'parent' ? [i] : []));
    expect(parents).toContain(3);
    for (const unmerged of [[9], [2, 2], [3, 2]]) {
      expect(await changed(withUnmerged(3, unmerged))).toBe(false);
    }
  });

  test('with a leaf in the place of a node, a node in that of a leaf, or a leaf that its device did not sign', async () => {
    const { tree: sound, context } = await makeTree();
    expect(await isSoundTree(sound.with(1, sound[0]), context, impl)).toBe(false);
    expect(await isSoundTree(sound.with(2, sound[3]), context, impl)).toBe(false);
    const unsigned = (tree: RatchetTree) => {
      const node = tree[4];
      if (node?.nodeType !== 'leaf') throw new Error('no leaf there');
      return tree.with(4, { nodeType: 'leaf', leaf: { ...node.leaf, signature: new Uint8Array(64) } });
    };
    expect(await changed(unsigned)).toBe(false);
  });

  test('under another hash, or with a node whose parent hash nobody has', async () => {
    const { tree, context } = await makeTree();
    expect(await isSoundTree(tree, { ...context, treeHash: new Uint8Array(32) }, impl)).toBe(false);
    const other = (given: RatchetTree) => {
      const node = given[3];
      if (node?.nodeType !== 'parent') throw new Error('no parent there');
      const { hpkePublicKey } = node.parent;
      return given.with(3, {
        nodeType: 'parent',
        parent: { ...node.parent, hpkePublicKey: hpkePublicKey.with(0, (hpkePublicKey[0] ?? 0) ^ 1) },
      });
    };
    expect(await changed(other)).toBe(false);
  });
});
