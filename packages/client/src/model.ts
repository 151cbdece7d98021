// The values that the SDK shows to programs: conversations, messages, contacts, people, events. Plain data, safe to keep
// and to compare; nothing in here holds a key. Texts come from other people: a program must not trust their content.
import type { ConversationId, DeviceId, InviteId, MessageId, Nickname } from '@sirdas/protocol';
import type { ClientErrorCode } from './errors.ts';

/** Where an outgoing message is. `queued`: saved here; `accepted`: durable at the relay; `failed`: see `failure`. */
export type DeliveryState = 'queued' | 'accepted' | 'failed';

export type MessageBody =
  | { readonly kind: 'text'; readonly text: string }
  /** Sent by a newer client than this one. */
  | { readonly kind: 'unsupported' };

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
  readonly envelope: 'classic';
}

export interface Conversation {
  readonly id: ConversationId;
  /** The other person; the own nickname for notes to oneself. */
  readonly with: Nickname;
  readonly lastMessage: Message | null;
  readonly unread: number;
  /** False: marked with "no forward secrecy". */
  readonly forwardSecret: boolean;
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
