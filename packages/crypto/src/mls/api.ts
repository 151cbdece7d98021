// The signatures of the MLS part (SPEC §7.3 to §7.6). Each function moves to its own file with its body.
import type { GroupState, LogId, MlsSuite } from '@sirdas/protocol';
import type { RandomSource } from '../random.ts';
import type { SecretBytes } from '../secret-bytes.ts';
import type { SignatureKey } from '../signature-key.ts';
import type { MlsGroup } from './group.ts';
import type { Leaf, LeafVerifier, OwnLeaf } from './leaf.ts';

export interface KeyPackageToMake {
  readonly own: OwnLeaf;
  readonly suite: MlsSuite;
  readonly nowMs: number;
  readonly lifetimeMs: number;
  readonly random: RandomSource;
}

export interface MadeKeyPackage {
  /** An MLSMessage with a KeyPackage, to publish. */
  readonly keyPackage: Uint8Array;
  /** Hex; what a Welcome calls it by. */
  readonly reference: string;
  /** Everything that joining with it needs, for the vault; delete it once used (a last-resort one aside). */
  readonly secret: SecretBytes;
  readonly expiresMs: number;
}

export declare function makeKeyPackage(toMake: KeyPackageToMake): Promise<MadeKeyPackage>;

export interface KeyPackageCheck {
  readonly suite: MlsSuite;
  readonly nowMs: number;
  readonly verifier: LeafVerifier;
  readonly relayFingerprint: Uint8Array;
}

/** Throws BAD_KEY_PACKAGE, and what the verifier throws. */
export declare function readKeyPackage(
  bytes: Uint8Array,
  check: KeyPackageCheck,
): Promise<{ readonly leaf: Omit<Leaf, 'index'>; readonly reference: string }>;

export interface GroupToCreate {
  readonly log: LogId;
  readonly suite: MlsSuite;
  readonly own: OwnLeaf;
  readonly state: GroupState;
  readonly random: RandomSource;
}

/** Epoch 0, alone. */
export declare function createGroup(toCreate: GroupToCreate): Promise<MlsGroup>;

/** Throws BAD_WELCOME. */
export declare function listWelcomeReferences(welcome: Uint8Array): readonly string[];

export interface GroupToJoin {
  readonly welcome: Uint8Array;
  readonly log: LogId;
  readonly suite: MlsSuite;
  /** By reference: those of listWelcomeReferences that the vault has. */
  readonly secrets: ReadonlyMap<string, SecretBytes>;
  readonly verifier: LeafVerifier;
  /** The own device key, which must be the one of the key package. */
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

/** Throws NOT_FOR_US or BAD_WELCOME, and what the verifier throws. */
export declare function joinGroup(toJoin: GroupToJoin): Promise<JoinedGroup>;

export interface GroupDescription {
  readonly log: LogId;
  readonly suite: MlsSuite;
  readonly epoch: number;
  readonly ownLeafIndex: number;
  readonly leaves: readonly Leaf[];
  readonly state: GroupState;
  /** SPEC §7.8; 32 bytes. */
  readonly authenticatorHash: Uint8Array;
  /** Of the next own application message in this epoch. */
  readonly ownGeneration: number;
}

export declare function describeGroup(group: MlsGroup): GroupDescription;

export interface PeekedMessage {
  readonly log: LogId;
  readonly epoch: number;
  readonly type: 'application' | 'commit';
}

/** From the clear header; throws BAD_MESSAGE. */
export declare function peekMessage(message: Uint8Array): PeekedMessage;

/** Save `group` before `message` leaves: sealing twice with one state is forbidden. */
export declare function sealMessage(
  group: MlsGroup,
  padded: Uint8Array,
): Promise<{ readonly group: MlsGroup; readonly message: Uint8Array }>;

export interface OpenedMessage {
  readonly group: MlsGroup;
  readonly sender: Leaf;
  readonly generation: number;
  readonly content: Uint8Array;
}

/**
 * Throws BAD_MESSAGE, WRONG_EPOCH, FROM_SELF, ALREADY_OPENED, TOO_FAR_AHEAD or UNREADABLE. FROM_SELF carries
 * `generation`; one that is not below the own generation was signed by this device: the state was rolled back.
 */
export declare function openMessage(group: MlsGroup, message: Uint8Array): Promise<OpenedMessage>;

export interface CommitToPlan {
  /** Key packages (encoded MLSMessages) to add. */
  readonly add: readonly Uint8Array[];
  /** Leaf indexes. */
  readonly remove: readonly number[];
  /** Absent or null: the group state stays. */
  readonly state?: GroupState | null;
  readonly verifier: LeafVerifier;
  readonly nowMs: number;
}

export interface PlannedCommit {
  readonly commit: Uint8Array;
  /** One for each account that gets devices in; holds the secrets of its devices only. */
  readonly welcomes: readonly { readonly nickname: Leaf['nickname']; readonly welcome: Uint8Array }[];
  /** The group as it is if the log accepts the commit. */
  readonly next: MlsGroup;
  /** The group as it is if not: the key of the commit is used up. Save it with the pending commit. */
  readonly spent: MlsGroup;
}

/** Always with an update of the own leaf. Throws BAD_KEY_PACKAGE, BAD_COMMIT (nobody would accept it), and what the verifier throws. */
export declare function planCommit(group: MlsGroup, plan: CommitToPlan): Promise<PlannedCommit>;

export interface OpenedCommit {
  /** 'removed': we are out. */
  readonly next: MlsGroup | 'removed';
  readonly committer: Leaf;
  readonly added: readonly Leaf[];
  readonly removed: readonly Leaf[];
  readonly before: GroupState;
  readonly after: GroupState;
}

/** Throws BAD_MESSAGE, BAD_COMMIT, WRONG_EPOCH, FROM_SELF (with `generation`), and what the verifier throws. */
export declare function openCommit(
  group: MlsGroup,
  commit: Uint8Array,
  check: { readonly verifier: LeafVerifier; readonly nowMs: number },
): Promise<OpenedCommit>;

/** RFC 9420 §8.5. */
export declare function exportSecret(
  group: MlsGroup,
  label: string,
  context: Uint8Array,
  lengthBytes: number,
): Promise<SecretBytes>;

export interface GroupParts {
  /** Null: unchanged since `before`. */
  readonly epochPart: Uint8Array | null;
  /** Only the pages that changed since `before`; all of them with a new epoch part. */
  readonly ratchetParts: readonly { readonly page: number; readonly bytes: Uint8Array }[];
  /** Pages from this number on are to be deleted. */
  readonly pageCount: number;
}

/** What a vault writes; `before` null: everything. Secret: it must be encrypted. */
export declare function splitGroup(group: MlsGroup, before: MlsGroup | null): GroupParts;

export interface GroupToRestore {
  readonly epochPart: Uint8Array;
  /** In order of their page numbers. */
  readonly ratchetPages: readonly Uint8Array[];
  readonly signatureKey: SignatureKey;
  readonly random: RandomSource;
}

/** From the own vault only; throws BAD_STATE when the parts do not belong together. */
export declare function restoreGroup(parts: GroupToRestore): MlsGroup;
