// The Vault port: a client's own encrypted store. One method writes, atomically: state, texts and cursors that belong
// together are saved together or not at all, and when the promise resolves it is durable. Adapters are sqlite (node) and,
// with the web app, indexeddb. Records are encrypted inside the adapter; what passes here is plaintext.
// vault-contract.testkit.ts is the suite that every adapter passes. docs/decisions/0007-vault.md.
import type { AccountPin, SecretBytes, SignedRecord } from '@sirdas/crypto';
import type { ConversationId, DeviceId, LogId, MessageId, Nickname } from '@sirdas/protocol';
import type { ClientErrorCode } from '../errors.ts';
import type { DeliveryState, Message, RelayAddress } from '../model.ts';

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

/** One envelope on its way to one log; goes when the relay accepted it. */
export interface OutboxItem {
  /** Order of sending, given by the vault. */
  readonly order: number;
  readonly message: MessageId;
  readonly recipient: Nickname;
  /** To the recipient, or a copy for the own other devices. */
  readonly copy: 'recipient' | 'own';
  /** Null: not sealed yet (the recipient was not known or not reachable). */
  readonly sealed: SealedItem | null;
}

export interface SealedItem {
  readonly envelope: Uint8Array;
  /** The recipient's identity key when it was sealed: under another one it must be sealed again. */
  readonly identityKey: Uint8Array;
}

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
  readonly with: Nickname;
  /** Highest position that the person has seen. */
  readonly readPosition: number;
  /** Position of the newest message; 0 when there is none. */
  readonly lastPosition: number;
}

/**
 * Outgoing messages that are saved in the same change count as read: one from another own device with everything before it,
 * one that this device is to send only where everything before it has been read. A script answers without reading.
 */
export interface ConversationChange {
  readonly id: ConversationId;
  readonly with: Nickname;
  /** Never goes back. */
  readonly readPosition: number;
}

export interface DeliveryChange {
  readonly sender: Nickname;
  readonly id: MessageId;
  readonly delivery: DeliveryState;
  readonly failure?: ClientErrorCode;
}

/** Highest counter seen from a sender's device in a conversation; the own device's is the last one given (SPEC §6.2). */
export interface MessageCounter {
  readonly conversation: ConversationId;
  readonly sender: Nickname;
  readonly device: DeviceId;
  readonly counter: number;
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
  readonly addToOutbox?: readonly Omit<OutboxItem, 'order'>[];
  readonly replaceInOutbox?: readonly OutboxItem[];
  readonly removeFromOutbox?: readonly number[];
  /** Removes all letters of this sender that were held before this change. */
  readonly releaseLettersOf?: Nickname;
  readonly holdLetters?: readonly HeldLetter[];
  readonly cursor?: Cursor;
  /** Each replaces the one with the same conversation, sender and device. */
  readonly counters?: readonly MessageCounter[];
  /** Null removes one. */
  readonly settings?: Readonly<Record<string, string | null>>;
}

export interface SavedChange {
  /** The messages that were new, with their positions, in order: exactly these are shown. */
  readonly messages: readonly Message[];
  /** The messages whose delivery changed, as they are now. */
  readonly deliveries: readonly Message[];
  /** The outbox items added, with their order. */
  readonly outbox: readonly OutboxItem[];
}

/** All methods throw VAULT_CORRUPT when a record does not open, and CLOSED after `close`. */
export interface Vault {
  /** Throws DISK_FULL (nothing was changed). Changes are saved in the order of the calls. */
  save(change: VaultChange): Promise<SavedChange>;
  readAccount(): Promise<AccountState | null>;
  readContacts(): Promise<readonly ContactState[]>;
  readConversations(): Promise<readonly ConversationState[]>;
  /** Newest first: up to `limit` messages with position < before (null: from the newest). */
  readMessages(
    conversation: ConversationId,
    before: number | null,
    limit: number,
  ): Promise<readonly Message[]>;
  readMessage(sender: Nickname, id: MessageId): Promise<Message | null>;
  /** In order of sending. */
  readOutbox(): Promise<readonly OutboxItem[]>;
  /** In order of arrival. */
  readHeldLetters(sender: Nickname): Promise<readonly HeldLetter[]>;
  /** Null: this device has never read that log. */
  readCursor(log: LogId): Promise<number | null>;
  readCounters(): Promise<readonly MessageCounter[]>;
  readSettings(): Promise<Readonly<Record<string, string>>>;
  /** Waits for saves that are under way. */
  close(): Promise<void>;
}
