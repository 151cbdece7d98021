// The Vault port: a client's own encrypted store. One method writes, atomically: state, texts and cursors that belong
// together are saved together or not at all, and when the promise resolves it is durable. Adapters are sqlite (node) and,
// with the web app, indexeddb. Records are encrypted inside the adapter (DESIGN: vault); what passes here is plaintext.
// contract.testkit.ts is the suite that every adapter passes.
import type { ConversationId, DeviceId, LogId, MessageId, Nickname } from '@sirdas/protocol';
import type { DeliveryState, Message, RelayAddress } from '../model.ts';
import type { ClientErrorCode } from '../errors.ts';

/** Everything that makes this device this account. */
export interface AccountState {
  readonly relay: RelayAddress;
  readonly nickname: Nickname;
  readonly device: DeviceId;
  /** 32-byte Ed25519 seeds. */
  readonly identitySeed: Uint8Array;
  readonly deviceSeed: Uint8Array;
  /** PKCS#8; empty when the account does not accept classic letters. */
  readonly rsaPrivateKey: Uint8Array;
  /** The newest own SignedRecord; published when `publishedIndex` has reached its index. */
  readonly record: Uint8Array;
  readonly publishedIndex: number | null;
  /** Until the claim succeeded. */
  readonly inviteToken: Uint8Array | null;
  readonly inbox: LogId | null;
  readonly mayInvite: boolean;
}

export interface ContactState {
  readonly nickname: Nickname;
  readonly inbox: LogId;
  /** The newest verified SignedRecord and its hash: pinned (SPEC §5.4). */
  readonly record: Uint8Array;
  readonly recordHash: Uint8Array;
  readonly verifiedMs: number | null;
  /** The newest SignedRecord of a chain with another identity key, not accepted yet. */
  readonly changedRecord: Uint8Array | null;
}

/** One envelope on its way to one log; goes when the relay accepted it. */
export interface OutboxItem {
  /** Order of sending; given by the vault, 0 in a new item. */
  readonly order: number;
  readonly message: MessageId;
  readonly recipient: Nickname;
  readonly copy: 'recipient' | 'own';
  /** Sealed envelope; null: not sealed yet (the recipient was not known or not reachable). */
  readonly envelope: Uint8Array | null;
  readonly log: LogId | null;
}

/** A letter that waits for the person to accept a changed key. */
export interface HeldLetter {
  readonly sender: Nickname;
  readonly envelope: Uint8Array;
}

export interface Cursor {
  readonly log: LogId;
  readonly seq: number;
}

export interface ConversationState {
  readonly id: ConversationId;
  readonly with: Nickname;
  /** Highest position that the person has seen. */
  readonly readPosition: number;
}

/** What belongs together. Everything is optional; the whole is one transaction. */
export interface VaultChange {
  readonly account?: AccountState;
  readonly contacts?: readonly ContactState[];
  readonly conversations?: readonly ConversationState[];
  /** Saved unless a message with this id is (or was) known; `position` is given by the vault. */
  readonly messages?: readonly Omit<Message, 'position'>[];
  readonly deliveries?: readonly { readonly id: MessageId; readonly delivery: DeliveryState; readonly failure?: ClientErrorCode }[];
  readonly addToOutbox?: readonly OutboxItem[];
  readonly replaceInOutbox?: readonly OutboxItem[];
  readonly removeFromOutbox?: readonly number[];
  readonly holdLetters?: readonly HeldLetter[];
  readonly releaseLettersOf?: Nickname;
  readonly cursor?: Cursor;
  /** Highest counter seen from a device in a conversation, and the own one (SPEC §6.2). */
  readonly counters?: readonly MessageCounter[];
  readonly settings?: Readonly<Record<string, string>>;
}

export interface MessageCounter {
  readonly conversation: ConversationId;
  readonly device: DeviceId;
  readonly counter: number;
}

export interface SavedChange {
  /** The messages that were new, with their positions, in order: exactly these are shown. */
  readonly messages: readonly Message[];
  /** The outbox items added, with their order. */
  readonly outbox: readonly OutboxItem[];
}

export interface Vault {
  /** Throws DISK_FULL (nothing was changed) or VAULT_CORRUPT. */
  save(change: VaultChange): Promise<SavedChange>;
  readAccount(): Promise<AccountState | null>;
  readContacts(): Promise<readonly ContactState[]>;
  readConversations(): Promise<readonly ConversationState[]>;
  /** Newest first: up to `limit` messages with position < before (null: from the newest). */
  readMessages(conversation: ConversationId, before: number | null, limit: number): Promise<readonly Message[]>;
  readMessage(id: MessageId): Promise<Message | null>;
  /** In order of sending. */
  readOutbox(): Promise<readonly OutboxItem[]>;
  readHeldLetters(sender: Nickname): Promise<readonly HeldLetter[]>;
  readCursor(log: LogId): Promise<number>;
  readCounter(conversation: ConversationId, device: DeviceId): Promise<number>;
  readSettings(): Promise<Readonly<Record<string, string>>>;
  close(): Promise<void>;
}
