// Leaves of a group in our words (SPEC §7.3): which account, which device, by which record, with which key.
import type { DeviceId, Nickname } from '@sirdas/protocol';
import type { SignatureKey } from '../signature-key.ts';

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

/** How a leaf comes up: added by a commit or offered in a key package, or found in the tree of a group that we join. */
export type LeafUse = 'new' | 'standing';

/** Says whether the account of a leaf has that device with that key: the AuthenticationService of RFC 9420 §5.3.1. */
export interface LeafVerifier {
  /** Throws when it cannot say now, for example before a look-up: the error comes out as it is, nothing has changed. */
  verify(leaf: Omit<Leaf, 'index'>, use: LeafUse): Promise<boolean>;
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
