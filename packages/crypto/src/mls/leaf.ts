// Leaves of a group in our words (SPEC §11.3): which account, which device, by which record, with which key; and their form
// in MLS: a basic credential that holds an encoded MlsCredential, and the same capabilities for everybody.
import {
  type DeviceId,
  decodeMlsCredential,
  encodeMlsCredential,
  equalBytes,
  fromId,
  type MlsSuite,
  type Nickname,
  toDeviceId,
} from '@sirdas/protocol';
import type { Capabilities } from 'ts-mls/capabilities.js';
import type { Credential } from 'ts-mls/credential.js';
import type { LeafNode, LeafNodeData } from 'ts-mls/leafNode.js';
import type { SignatureKey } from '../signature-key.ts';
import { libraryNameOf } from './suite.ts';

/** The GroupContext extension that holds the encoded GroupState (SPEC §11.4). */
export const GROUP_STATE_EXTENSION = 0xf5d1;

/** One device in a group. */
export interface Leaf {
  readonly nickname: Nickname;
  readonly device: DeviceId;
  /** Of a record of the account in which the device is. */
  readonly recordIndex: number;
  /** Ed25519, 32 bytes. */
  readonly signatureKey: Uint8Array;
  /** Position in the group; somebody else's after the leaf was removed. */
  readonly index: number;
}

/** A leaf that is not in a group, or whose place does not matter. */
export type LeafIdentity = Omit<Leaf, 'index'>;

/** How a leaf comes up: added by a commit or offered in a key package, or found in the tree of a group that we join. */
export type LeafUse = 'new' | 'standing';

/** Says whether the account of a leaf has that device with that key: the AuthenticationService of RFC 9420 §5.3.1. */
export interface LeafVerifier {
  /** Throws when it cannot say now, for example before a look-up: the error comes out as it is, nothing has changed. */
  verify(leaf: LeafIdentity, use: LeafUse): Promise<boolean>;
}

/** This device. */
export interface OwnLeaf {
  readonly relayFingerprint: Uint8Array;
  readonly nickname: Nickname;
  readonly device: DeviceId;
  readonly recordIndex: number;
  /** The device key. */
  readonly signatureKey: SignatureKey;
}

export function makeCredential(own: OwnLeaf): Credential {
  const identity = encodeMlsCredential({
    relayFingerprint: own.relayFingerprint,
    nickname: own.nickname,
    device: fromId(own.device),
    recordIndex: own.recordIndex,
  });
  return { credentialType: 'basic', identity };
}

export function makeCapabilities(suite: MlsSuite): Capabilities {
  return {
    versions: ['mls10'],
    ciphersuites: [libraryNameOf(suite)],
    extensions: [GROUP_STATE_EXTENSION],
    proposals: [],
    credentials: ['basic'],
  };
}

/** Null when the leaf is not one of ours: another relay, another kind of credential, fewer capabilities. */
export function readLeaf(
  node: LeafNode,
  expected: { readonly suite: MlsSuite; readonly relayFingerprint: Uint8Array },
): LeafIdentity | null {
  const identity = readCredential(node, expected.relayFingerprint);
  // CRY-034
  return hasOwnCapabilities(node, expected.suite) ? identity : null;
}

function readCredential(
  { credential, signaturePublicKey }: LeafNodeData,
  relayFingerprint: Uint8Array,
): LeafIdentity | null {
  // CRY-033
  if (credential.credentialType !== 'basic') return null;
  try {
    const decoded = decodeMlsCredential(credential.identity);
    if (!equalBytes(decoded.relayFingerprint, relayFingerprint)) return null;
    return {
      nickname: decoded.nickname,
      device: toDeviceId(decoded.device),
      recordIndex: decoded.recordIndex,
      signatureKey: signaturePublicKey,
    };
  } catch {
    return null;
  }
}

/** At least ours: a later version may be capable of more. */
function hasOwnCapabilities({ capabilities, extensions }: LeafNode, suite: MlsSuite): boolean {
  const { versions, ciphersuites, extensions: extensionTypes, credentials } = capabilities;
  return (
    extensions.length === 0 &&
    versions.includes('mls10') &&
    ciphersuites.includes(libraryNameOf(suite)) &&
    extensionTypes.includes(GROUP_STATE_EXTENSION) &&
    credentials.includes('basic')
  );
}
