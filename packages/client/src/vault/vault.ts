// The Vault port: a client's own encrypted store. One method writes, atomically: state, texts and cursors that belong
// together are saved together or not at all, and when the promise resolves it is durable. Adapters are sqlite (node) and,
// with the web app, indexeddb. Records are encrypted inside the adapter; what passes here is plaintext. Used keys are deleted: what
// a change removes or replaces is gone from the disk.
// vault-contract.testkit.ts is the suite that every adapter passes. docs/decisions/0007-vault.md.
import type { AccountPin, SecretBytes, SignedRecord } from '@sirdas/crypto';
import type { ConversationId, DeviceId, LogId, MessageId, MlsSuite, Nickname } from '@sirdas/protocol';
import type { ClientErrorCode } from '../errors.ts';
import type { Member, Message, MessageReference, RelayAddress } from '../model.ts';
import type { ExpiringMessage } from './expiring.ts';

/** Everything that makes this device this account. */
export interface AccountState {
  readonly relay: RelayAddress;
  /** What stands before `/i#` in invite links of this relay. */
  readonly webAddress: string;
  readonly nickname: Nickname;
  readonly device: DeviceId;
  /** 32-byte Ed25519 seeds. */
  readonly identitySeed: SecretBytes;
  readonly deviceSeed: SecretBytes;
  /** PKCS #8; null when the account does not accept classic letters. */
  readonly rsaPrivateKey: SecretBytes | null;
  /** The newest own record that the relay is known to have; null until the claim succeeded. */
  readonly published: AccountPin | null;
  /** Signed, and not known to be at the relay yet: the first record, or a change of profile. */
  readonly pending: SignedRecord | null;
  /** Empty: the relay is open. Null once the claim succeeded. */
  readonly inviteToken: Uint8Array | null;
  readonly inbox: LogId | null;
  readonly mayInvite: boolean;
  /** Not null while the own key of a restored device is not in the record yet. */
  readonly restoredFrom: RestoredDevice | null;
}

/** A restored device logs in as the one of the backup until its own key has been published. */
export interface RestoredDevice {
  readonly device: DeviceId;
  readonly deviceSeed: SecretBytes;
  /** What the new device will be called in the record. */
  readonly newName: string;
  /** The new device takes the place of this one, which is out of the account then. */
  readonly replaces: boolean;
}

export interface ContactState {
  readonly nickname: Nickname;
  readonly inbox: LogId;
  /** Verified and pinned (SPEC §5.4). */
  readonly pin: AccountPin;
  readonly verifiedMs: number | null;
  /** A verified chain with another identity key that the person has not accepted yet, and its inbox. */
  readonly changed: { readonly pin: AccountPin; readonly inbox: LogId } | null;
}

/** One content on its way to one log; goes when the relay accepted it, or when it was seen in the log. */
export interface OutboxItem {
  /** Order of sending, given by the vault. */
  readonly order: number;
  /** Of the content; of a message that is shown, or of an edit, a receipt and the like. */
  readonly message: MessageId;
  readonly conversation: ConversationId;
  /** Direct conversations: to whom. Null: a group. */
  readonly recipient: Nickname | null;
  /** Classic letters: to the recipient, or a copy for the own other devices. Groups: always `recipient`. */
  readonly copy: 'recipient' | 'own';
  /** An encoded Content without its counter. Null: that of the message in the vault. */
  readonly content: Uint8Array | null;
  /** Given when it is sealed for the first time, and kept when it is sealed again. */
  readonly counter: number | null;
  /** Null: not sealed yet (the recipient was not known or not reachable). */
  readonly sealed: SealedItem | null;
}

export type SealedItem =
  | {
      readonly kind: 'classic';
      readonly envelope: Uint8Array;
      /** The recipient's identity key when it was sealed: under another one it must be sealed again. */
      readonly identityKey: Uint8Array;
    }
  | {
      readonly kind: 'mls';
      readonly envelope: Uint8Array;
      /** Where and when it can be appended; at another epoch it must be sealed again. */
      readonly log: LogId;
      readonly logEpoch: number;
    };

/** A letter that waits for the person to accept a changed key. */
export interface HeldLetter {
  readonly sender: Nickname;
  readonly envelope: Uint8Array;
}

/** How far this device has safely read a log. */
export interface Cursor {
  readonly log: LogId;
  readonly seq: number;
}

export interface ConversationState {
  readonly id: ConversationId;
  readonly kind: 'direct' | 'group';
  /** Direct: the other person. */
  readonly with: Nickname | null;
  readonly name: string;
  /** As the current group has it; empty without one. */
  readonly members: readonly Member[];
  /** The current group; null: classic letters, or none yet. */
  readonly group: LogId | null;
  readonly postQuantum: boolean;
  readonly state: 'active' | 'left' | 'removed' | 'broken';
  readonly expiresAfterMs: number;
  /** This account has written here. Before that, nobody here is told what arrived and what was read. */
  readonly hasWritten: boolean;
  /** Highest position that the person has seen. */
  readonly readPosition: number;
  /** The highest position that was ever given; 0: none. */
  readonly lastPosition: number;
}

/**
 * What is given replaces what was there; a conversation that is not known begins with `newConversation` (vault/conversation-state.ts).
 * Outgoing messages that are saved in the same change count as read: one from another own device with everything before it,
 * one that this device is to send only where everything before it has been read. A script answers without reading.
 */
export type ConversationChange = Pick<ConversationState, 'id'> &
  Partial<Omit<ConversationState, 'id' | 'lastPosition'>>;

/** Something that happens to a message that is there already; nothing happens where it is not. Applied by `amendMessage`. */
export type Amendment =
  | { readonly what: 'edit'; readonly text: string; readonly editedMs: number }
  | { readonly what: 'delete' }
  /** Empty: taken back. */
  | { readonly what: 'reaction'; readonly from: Nickname; readonly emoji: string }
  | { readonly what: 'delivered' | 'read'; readonly by: Nickname }
  | { readonly what: 'expires'; readonly expiresMs: number };

export interface MessageAmendment extends MessageReference {
  /** Where it was said: a message of another conversation is left alone. */
  readonly conversation: ConversationId;
  readonly amendment: Amendment;
}

/** One MLS group on this device. Between epochs only its pages change. */
export interface GroupRecord {
  readonly log: LogId;
  readonly conversation: ConversationId;
  readonly generation: number;
  readonly suite: MlsSuite;
  /** The log's epoch behind the newest entry that was settled. */
  readonly logEpoch: number;
  /** MLS epoch of the newest state that this device ever had: no Welcome leads back behind it. */
  readonly epoch: number;
  /** Members who have asked to be removed. */
  readonly leaving: readonly Nickname[];
  /** From `splitGroup`. Null: this device is not in it any more, or has no state; the log is still known. */
  readonly epochPart: Uint8Array | null;
  /** Sent, and not met in the log yet. */
  readonly pending: PendingCommit | null;
  /** Joined again while this state can still read what came before: it takes over where the log shows that the former leaf is out. */
  readonly rejoin?: JoinedState | null;
  /** In this epoch something was missed, or did not open, that other members may have followed. */
  readonly inDoubt?: boolean;
  /** When the own leaf was last refreshed, and how many messages were sealed since. */
  readonly updatedMs: number;
  readonly sealedSinceUpdate: number;
}

/** A state of a group that is not the present one yet. */
export interface JoinedState {
  readonly epoch: number;
  /** From `splitGroup`. */
  readonly epochPart: Uint8Array;
  readonly pages: readonly GroupPage[];
}

/** A commit of this device, saved before anybody sees it. */
export interface PendingCommit {
  readonly logEpoch: number;
  readonly envelope: Uint8Array;
  /** The state behind it, from `splitGroup`. */
  readonly nextEpochPart: Uint8Array;
  readonly nextPages: readonly GroupPage[];
  /** The whole frame again, so that it can be sent again after a crash. */
  readonly deliveries: readonly { readonly inboxes: readonly Uint8Array[]; readonly envelope: Uint8Array }[];
  readonly readers: readonly Uint8Array[];
}

/** A part of the ratchets of a group: small, and rewritten with every message. */
export interface GroupPage {
  readonly page: number;
  readonly bytes: Uint8Array;
}

export interface GroupChange {
  readonly log: LogId;
  /** Null: the group goes, with everything. Absent: only pages change. */
  readonly record?: GroupRecord | null;
  /** These are written; with a new `epochPart` all others go. */
  readonly pages: readonly GroupPage[];
}

/** The private half of a key package that others may have claimed. */
export interface KeyPackageSecret {
  /** From `makeKeyPackage`. */
  readonly reference: string;
  readonly suite: MlsSuite;
  readonly secret: SecretBytes;
  readonly expiresMs: number;
  readonly lastResort: boolean;
}

/** Accepted: the time of a message that disappears begins. */
export type DeliveryChange = MessageReference &
  (
    | {
        readonly delivery: 'accepted';
        readonly acceptedMs: number;
        /** What it went in, where that was not known before. */
        readonly envelope?: Message['envelope'];
      }
    | { readonly delivery: 'failed'; readonly failure: ClientErrorCode }
  );

/** Highest counter seen from a sender's device in a conversation; the own device's is the last one given (SPEC §6.2). */
export interface MessageCounter {
  readonly conversation: ConversationId;
  readonly sender: Nickname;
  readonly device: DeviceId;
  /** Null: the device had spoken here before this one joined, so the first counter that comes is where counting begins. */
  readonly counter: number | null;
  /** Missing ones that showed in a content without a line of its own: told with the device's next message. */
  readonly untold: number;
}

/** What belongs together. Everything is optional; the whole is one transaction. */
export interface VaultChange {
  /** Null removes it, with its keys. */
  readonly account?: AccountState | null;
  readonly contacts?: readonly ContactState[];
  readonly conversations?: readonly ConversationChange[];
  /** Saved unless one with this sender and id is known; `position` is given by the vault, from 1 without holes. */
  readonly messages?: readonly Omit<Message, 'position'>[];
  readonly deliveries?: readonly DeliveryChange[];
  /** In this order, behind the new messages. */
  readonly amendments?: readonly MessageAmendment[];
  /** Gone from the disk; positions stay as they are, and one that comes again is known. */
  readonly removeMessages?: readonly MessageReference[];
  readonly groups?: readonly GroupChange[];
  readonly addKeyPackages?: readonly KeyPackageSecret[];
  /** By reference. */
  readonly removeKeyPackages?: readonly string[];
  readonly addToOutbox?: readonly Omit<OutboxItem, 'order'>[];
  readonly replaceInOutbox?: readonly OutboxItem[];
  readonly removeFromOutbox?: readonly number[];
  /** Removes all letters of this sender that were held before this change. */
  readonly releaseLettersOf?: Nickname;
  readonly holdLetters?: readonly HeldLetter[];
  readonly cursors?: readonly Cursor[];
  /** Each replaces the one with the same conversation, sender and device. */
  readonly counters?: readonly MessageCounter[];
  /** Null removes one. */
  readonly settings?: Readonly<Record<string, string | null>>;
}

export interface SavedChange {
  /** The messages that were new, in order, with their positions and as the whole change left them: exactly these are shown. */
  readonly messages: readonly Message[];
  /** The messages whose delivery changed, as they are now. */
  readonly deliveries: readonly Message[];
  /** The messages that amendments have changed, as they are now; not the new ones. */
  readonly amended: readonly Message[];
  /** The outbox items added, with their order. */
  readonly outbox: readonly OutboxItem[];
}

/** What a client has in memory from the beginning. */
export interface VaultContents {
  readonly account: AccountState | null;
  readonly contacts: readonly ContactState[];
  readonly conversations: readonly ConversationState[];
  /** In order of sending. */
  readonly outbox: readonly OutboxItem[];
  readonly counters: readonly MessageCounter[];
  readonly settings: Readonly<Record<string, string>>;
  /** Their pages are read when they are needed. */
  readonly groups: readonly GroupRecord[];
  /** Without their secrets. */
  readonly keyPackages: readonly Omit<KeyPackageSecret, 'secret'>[];
  /** Of all logs that were ever read. */
  readonly cursors: readonly Cursor[];
  /** Messages that will go, in the order in which they do. */
  readonly expiring: readonly ExpiringMessage[];
}

/** All methods throw VAULT_CORRUPT when a record does not open, and CLOSED after `close`. */
export interface Vault {
  /** Throws DISK_FULL (nothing was changed). Changes are saved in the order of the calls. */
  save(change: VaultChange): Promise<SavedChange>;
  load(): Promise<VaultContents>;
  /** Newest first: up to `limit` messages with position < before (null: from the newest). */
  readMessages(
    conversation: ConversationId,
    before: number | null,
    limit: number,
  ): Promise<readonly Message[]>;
  readMessage(sender: Nickname, id: MessageId): Promise<Message | null>;
  /** In order of arrival. */
  readHeldLetters(sender: Nickname): Promise<readonly HeldLetter[]>;
  /** In order. */
  readGroupPages(log: LogId): Promise<readonly GroupPage[]>;
  readKeyPackage(reference: string): Promise<KeyPackageSecret | null>;
  /** Waits for saves that are under way. */
  close(): Promise<void>;
}
