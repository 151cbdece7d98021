// One group as this device sees it: an immutable value; every step gives a new one. What is in it is for this folder only;
// others see what `describeGroup` tells. Two halves: what changes with an epoch, and the ratchets, which change with messages.
import {
  decodeGroupState,
  encodeGroupState,
  equalBytes,
  fromId,
  type GroupState,
  LABELS,
  type LogId,
  type MlsSuite,
  toLogId,
} from '@sirdas/protocol';
import type { Extension } from 'ts-mls/extension.js';
import type { GroupContext } from 'ts-mls/groupContext.js';
import { type KeySchedule, mlsExporter } from 'ts-mls/keySchedule.js';
import type { PrivateKeyPath } from 'ts-mls/privateKeyPath.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { encodeRequiredCapabilities } from 'ts-mls/requiredCapabilities.js';
import { directPath, leafToNodeIndex, leafWidth, toLeafIndex } from 'ts-mls/treemath.js';
import { hashLabelled } from '../hash.ts';
import { SecretBytes } from '../secret-bytes.ts';
import { GROUP_STATE_EXTENSION, type Leaf, readLeaf } from './leaf.ts';
import { type Ratchets, ratchetsOf } from './ratchet.ts';
import { type DeviceKeys, loadSuite } from './suite.ts';

const REQUIRED_CAPABILITIES = encodeRequiredCapabilities({
  extensionTypes: [GROUP_STATE_EXTENSION],
  proposalTypes: [],
  credentialTypes: ['basic'],
});

/** The secrets of an epoch that something still needs; the library derives more (for external commits, public messages, PSKs). */
export type EpochSecrets = Pick<
  KeySchedule,
  'initSecret' | 'senderDataSecret' | 'exporterSecret' | 'epochAuthenticator'
>;

/** What stays the same until the next commit. */
export interface Epoch {
  readonly context: GroupContext;
  readonly tree: RatchetTree;
  readonly secrets: EpochSecrets;
  readonly confirmationTag: Uint8Array;
  readonly privatePath: PrivateKeyPath;
  /** Read from `tree`, by leaf index. */
  readonly leaves: ReadonlyMap<number, Leaf>;
  /** Read from `context`. */
  readonly state: GroupState;
}

export interface GroupContents {
  readonly suite: MlsSuite;
  readonly relayFingerprint: Uint8Array;
  readonly epoch: Epoch;
  readonly ratchets: Ratchets;
  readonly keys: DeviceKeys;
}

let readContents: (group: MlsGroup) => GroupContents;

/** Opaque. Holds secrets: does not show them. */
export class MlsGroup {
  readonly #contents: GroupContents;

  constructor(contents: GroupContents) {
    this.#contents = contents;
  }

  static {
    readContents = (group) => group.#contents;
  }

  toJSON(): string {
    return '[redacted]';
  }
}

/** For this folder only. */
export function contentsOf(group: MlsGroup): GroupContents {
  return readContents(group);
}

export interface GroupDescription {
  readonly log: LogId;
  readonly suite: MlsSuite;
  readonly epoch: number;
  readonly ownLeafIndex: number;
  /** In order of their indexes. */
  readonly leaves: readonly Leaf[];
  readonly state: GroupState;
  /** SPEC §11.8; 32 bytes. */
  readonly authenticatorHash: Uint8Array;
  /** Of the next own application message in this epoch. */
  readonly ownGeneration: number;
}

export function describeGroup(group: MlsGroup): GroupDescription {
  const { suite, epoch, ratchets } = contentsOf(group);
  const ownLeafIndex = epoch.privatePath.leafIndex;
  const log = toLogId(epoch.context.groupId);
  return {
    log,
    suite,
    epoch: Number(epoch.context.epoch),
    ownLeafIndex,
    leaves: [...epoch.leaves.values()],
    state: epoch.state,
    authenticatorHash: hashLabelled(LABELS.epochAuthenticator, [
      fromId(log),
      encodeEpoch(epoch.context.epoch),
      epoch.secrets.epochAuthenticator,
    ]),
    ownGeneration: ratchetsOf(ratchets, ownLeafIndex)?.application.generation ?? 0,
  };
}

/** RFC 9420 §8.5: known to the members of this epoch only. */
export async function exportSecret(
  group: MlsGroup,
  label: string,
  context: Uint8Array,
  lengthBytes: number,
): Promise<SecretBytes> {
  const { suite, epoch, keys } = contentsOf(group);
  const impl = loadSuite(suite, keys);
  const secret = await mlsExporter(epoch.secrets.exporterSecret, label, context, lengthBytes, impl);
  return new SecretBytes(Uint8Array.from(secret));
}

/** The only extensions that a group has (SPEC §11.4). */
export function makeExtensions(state: GroupState): Extension[] {
  return [
    { extensionType: 'required_capabilities', extensionData: REQUIRED_CAPABILITIES },
    { extensionType: GROUP_STATE_EXTENSION, extensionData: encodeGroupState(state) },
  ];
}

/** Null unless they are exactly those that `makeExtensions` makes. */
export function readExtensions(extensions: readonly Extension[]): GroupState | null {
  const [required, state, ...others] = extensions;
  // CRY-041
  if (others.length > 0 || required?.extensionType !== 'required_capabilities') return null;
  if (!equalBytes(required.extensionData, REQUIRED_CAPABILITIES)) return null;
  if (state?.extensionType !== GROUP_STATE_EXTENSION) return null;
  try {
    return decodeGroupState(state.extensionData);
  } catch {
    return null;
  }
}

/** By leaf index; null when a leaf is not one that we would make. */
export function readLeaves(
  tree: RatchetTree,
  expected: { readonly suite: MlsSuite; readonly relayFingerprint: Uint8Array },
): ReadonlyMap<number, Leaf> | null {
  const leaves = new Map<number, Leaf>();
  for (const [nodeIndex, node] of tree.entries()) {
    if (node?.nodeType !== 'leaf') continue;
    const leaf = readLeaf(node.leaf, expected);
    if (!leaf) return null;
    leaves.set(nodeIndex / 2, { ...leaf, index: nodeIndex / 2 });
  }
  return leaves;
}

/** The path without the keys of nodes that are blank by now: nobody encrypts to them any more. */
export function prunePath(path: PrivateKeyPath, tree: RatchetTree): PrivateKeyPath {
  const own = leafToNodeIndex(toLeafIndex(path.leafIndex));
  const kept = [own, ...directPath(own, leafWidth(tree.length))].filter((node) => tree[node] !== undefined);
  const privateKeys: Record<number, Uint8Array> = {};
  for (const node of kept) {
    const key = path.privateKeys[node];
    if (key) privateKeys[node] = key;
  }
  return { leafIndex: path.leafIndex, privateKeys };
}

export function pickSecrets(schedule: EpochSecrets): EpochSecrets {
  const { initSecret, senderDataSecret, exporterSecret, epochAuthenticator } = schedule;
  return { initSecret, senderDataSecret, exporterSecret, epochAuthenticator };
}

/** 8 bytes, big-endian: the form that an epoch has in labelled inputs. */
function encodeEpoch(epoch: bigint): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, epoch);
  return bytes;
}
