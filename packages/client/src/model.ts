// The values that the SDK shows to programs: conversations, messages, contacts, people, events. Plain data, safe to keep
// and to compare; nothing in here holds a key. Texts come from other people: a program must not trust their content.
import type { ConversationId, DeviceId, GroupRole, InviteId, MessageId, Nickname } from '@sirdas/protocol';
import type { ClientErrorCode } from './errors.ts';

/** Where an outgoing message is. `queued`: saved here; `accepted`: durable at the relay; `failed`: see `failure`. */
export type DeliveryState = 'queued' | 'accepted' | 'failed';

export type MessageBody =
  | { readonly kind: 'text'; readonly text: string; readonly replyTo: MessageReference | null }
  /** Its author has deleted it for everybody. */
  | { readonly kind: 'deleted' }
  /** Something happened in the conversation; the message's sender did it. */
  | { readonly kind: 'event'; readonly event: ConversationEvent }
  /** Sent by a newer client than this one. */
  | { readonly kind: 'unsupported' };

/** Names a message: a peer may reuse an id that somebody else gave. */
export interface MessageReference {
  readonly sender: Nickname;
  readonly id: MessageId;
}

export type ConversationEvent =
  | { readonly what: 'created'; readonly name: string; readonly members: readonly Nickname[] }
  /** This device has been added: what was said before is not here. */
  | { readonly what: 'joined' }
  | { readonly what: 'added'; readonly members: readonly Nickname[] }
  | { readonly what: 'removed'; readonly members: readonly Nickname[] }
  | { readonly what: 'left' }
  | { readonly what: 'renamed'; readonly name: string }
  | { readonly what: 'role'; readonly member: Nickname; readonly role: GroupRole }
  /** 0: messages stay. */
  | { readonly what: 'timer'; readonly expiresAfterMs: number }
  /** A device of the sender was added to, or removed from, the conversation. */
  | { readonly what: 'device-added' | 'device-removed'; readonly device: DeviceId }
  /** A broken group was replaced by a new one. */
  | { readonly what: 'reset'; readonly reason: GroupTrouble }
  /** A message of the sender cannot be read here; `sender` is the own nickname when nobody knows whose it was. */
  | { readonly what: 'undecryptable'; readonly cause: GroupTrouble }
  /** A change of the group by the sender was refused by this device. */
  | { readonly what: 'change-refused'; readonly error: ClientErrorCode }
  | { readonly what: 'key-changed' };

/**
 * Why something of a group cannot be read: `lost`: this device has no state (restored, or rolled back); `out-of-step`: the
 * sender or this device missed or refused a change; `damaged`: bytes that do not verify; `fork`: the relay has shown two
 * members two histories.
 */
export type GroupTrouble = 'lost' | 'out-of-step' | 'damaged' | 'fork';

export interface Message {
  readonly id: MessageId;
  readonly conversation: ConversationId;
  /** Position in the conversation as this device shows it: grows by 1. */
  readonly position: number;
  /** Together with `id` unique: a peer may reuse an id that somebody else gave. */
  readonly sender: Nickname;
  readonly device: DeviceId;
  readonly direction: 'in' | 'out';
  /** The sender's clock, milliseconds since 1970. */
  readonly sentMs: number;
  /** This device's clock when it was saved. */
  readonly savedMs: number;
  readonly body: MessageBody;
  /** Outgoing messages only. */
  readonly delivery?: DeliveryState;
  readonly failure?: ClientErrorCode;
  /** How many of the sender's messages before this one never arrived; 0 as a rule. */
  readonly missingBefore: number;
  /** The envelope it came in. */
  readonly envelope: 'classic' | 'mls';
  /** When its author last changed it; null: never. */
  readonly editedMs: number | null;
  /** One for each account at most, in the order in which they came. */
  readonly reactions: readonly Reaction[];
  /** Own messages only: who has got it, who has read it. Those who have read it are in both. */
  readonly deliveredTo: readonly Nickname[];
  readonly readBy: readonly Nickname[];
  /** Goes so long after it was read (sent, for the own ones); 0: stays. */
  readonly expiresAfterMs: number;
  /** When it goes; null while that is open. */
  readonly expiresMs: number | null;
}

export interface Reaction {
  readonly from: Nickname;
  /** One grapheme. */
  readonly emoji: string;
}

export interface Conversation {
  readonly id: ConversationId;
  readonly kind: 'direct' | 'group';
  /** Direct: the other person (the own nickname for notes to oneself). Null for groups. */
  readonly with: Nickname | null;
  /** Of a group; empty for direct ones. */
  readonly name: string;
  /** In the order of their nicknames, the own account as well. */
  readonly members: readonly Member[];
  readonly lastMessage: Message | null;
  readonly unread: number;
  /** False: marked with "no forward secrecy". */
  readonly forwardSecret: boolean;
  /** True: the keys are also safe from a quantum computer of the future. */
  readonly postQuantum: boolean;
  /** 0: messages stay. */
  readonly expiresAfterMs: number;
  /** `left`, `removed`: history only. `broken`: waits for repair or a reset. */
  readonly state: 'active' | 'left' | 'removed' | 'broken';
}

export interface Member {
  readonly nickname: Nickname;
  readonly role: GroupRole;
  /** Devices of this account that are in the group. */
  readonly devices: readonly DeviceId[];
}

/** One installed client of an account. */
export interface Device {
  readonly id: DeviceId;
  readonly name: string;
  readonly signatureKey: Uint8Array;
  readonly addedMs: number;
  readonly isThis: boolean;
}

/** Where a message comes from and how far that is certain. */
export interface Provenance {
  readonly sender: Nickname;
  readonly device: DeviceId;
  /** Null: not in the sender's record any more, or never known. */
  readonly deviceName: string | null;
  readonly signatureKey: Uint8Array | null;
  readonly isRevoked: boolean;
  readonly identityKey: Uint8Array | null;
  /** When safety numbers were compared; null: never. */
  readonly verifiedMs: number | null;
  readonly envelope: 'classic' | 'mls';
}

/** What a person is doing right now, as a hint. */
export type Activity = 'typing' | 'recording' | 'stopped';

/** What this account tells others about itself. */
export interface Preferences {
  readonly sendReceipts: boolean;
  readonly sendActivity: boolean;
}

/** Two people in one group compare these: the same digits mean the same members and keys. */
export interface EpochCheck {
  readonly epoch: number;
  /** 30 digits in groups of 5. */
  readonly digits: string;
}

/** Counts since the client was opened. */
export interface Statistics {
  /** Envelopes that could not be read, by cause. */
  readonly undecryptable: Readonly<Record<GroupTrouble, number>>;
  readonly refusedCommits: number;
  /** Groups that work again after this device or another one had helped. */
  readonly repaired: number;
  /** Contents that left no trace, since their senders may not say what they say. */
  readonly ignored: number;
}

export interface Contact {
  readonly nickname: Nickname;
  readonly displayName: string;
  /** 0xRRGGBB as chosen; null: derive it from the nickname (`colourOf`). */
  readonly chosenColour: number | null;
  readonly identityKey: Uint8Array;
  /** When the person compared safety numbers; null: never. */
  readonly verifiedMs: number | null;
  /** A different identity key that the relay now shows, not accepted yet: sending is stopped. */
  readonly changedKey: Uint8Array | null;
  /** Letters held back because they are signed with `changedKey`. */
  readonly heldLetters: number;
}

/** An invite that still admits somebody. Its link is shown once, when it is made. */
export interface Invite {
  readonly id: InviteId;
  readonly usesLeft: number;
  readonly expiresMs: number;
  /** Accounts that use it may make invites too. */
  readonly grantsInvites: boolean;
}

/** Somebody who is online now. */
export interface OnlinePerson {
  readonly nickname: Nickname;
  readonly chosenColour: number | null;
}

export type LinkState =
  | { readonly state: 'connecting'; readonly attempt: number }
  | { readonly state: 'online' }
  /** `error` says why; `retryAtMs` null: it will not try again by itself. */
  | { readonly state: 'offline'; readonly error: ClientErrorCode | null; readonly retryAtMs: number | null };

export type SirdasEvent =
  | { readonly type: 'link'; readonly link: LinkState }
  | { readonly type: 'message'; readonly message: Message }
  /** Edited, deleted, reacted to, received or read by others, about to expire. */
  | { readonly type: 'changed'; readonly message: Message }
  /** Gone from the vault. */
  | { readonly type: 'expired'; readonly conversation: ConversationId; readonly message: MessageReference }
  | {
      readonly type: 'activity';
      readonly conversation: ConversationId;
      readonly from: Nickname;
      readonly activity: Activity;
    }
  /** The own list of devices has changed. */
  | { readonly type: 'devices'; readonly devices: readonly Device[] }
  /** The relay has shown somebody another history of this conversation than this device. */
  | { readonly type: 'fork'; readonly conversation: ConversationId; readonly from: Nickname }
  | { readonly type: 'delivery'; readonly message: Message }
  /** An outgoing message has to wait: the relay refused it for now, or (KEY_CHANGED) the person has to decide first. */
  | { readonly type: 'delayed'; readonly message: MessageId; readonly error: ClientErrorCode }
  | { readonly type: 'conversation'; readonly conversation: Conversation }
  | { readonly type: 'contact'; readonly contact: Contact }
  | {
      readonly type: 'presence';
      readonly online: readonly OnlinePerson[];
      readonly change: PresenceDifference | null;
    }
  /** The stored inbox has been fetched; what comes now is new. */
  | { readonly type: 'caught-up' }
  /** Something that arrived was refused; `from` only where the sender is certain. */
  | { readonly type: 'refused'; readonly error: ClientErrorCode; readonly from: Nickname | null }
  /** The relay forgot entries that this device had not fetched, or went back to an older state. */
  | { readonly type: 'gap'; readonly reason: 'expired' | 'relay-rolled-back'; readonly count: number };

export interface PresenceDifference {
  readonly nickname: Nickname;
  readonly online: boolean;
}

/** What an account shows of the person behind it. */
export interface Profile {
  /** At most 64 bytes without control characters; may be empty. */
  readonly displayName: string;
  /** 0xRRGGBB; null: derived from the nickname. */
  readonly chosenColour: number | null;
}

export interface Account extends Profile {
  readonly nickname: Nickname;
  readonly device: DeviceId;
  readonly deviceName: string;
  readonly identityKey: Uint8Array;
  readonly relay: RelayAddress;
  readonly mayInvite: boolean;
  /** Asked for when joining: this account keeps to classic letters also when it could do more. */
  readonly classicOnly: boolean;
}

/** Where a relay is and how it proves itself. */
export interface RelayAddress {
  readonly host: string;
  readonly port: number;
  /** SHA-256 of the relay key, 32 bytes. */
  readonly fingerprint: Uint8Array;
  /** Without TLS: loopback, or asked for explicitly. */
  readonly plaintext: boolean;
}
