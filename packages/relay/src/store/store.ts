// The Store port: everything that a relay must remember, in domain words. Called by logs.ts, directory.ts and
// admission.ts only; adapters are sqlite (embedded) and, later, postgres. contract.testkit.ts is the suite that every adapter passes.
// Every promise that resolves means durable: SQLite in WAL with synchronous=FULL, one fsync for each batch.
import type { DeviceId, InviteId, LogId, Nickname } from '@sirdas/protocol';

/** One envelope to be stored at the end of a log. */
export interface NewEntry {
  readonly log: LogId;
  /** Milliseconds since 1970, from the relay's clock. */
  readonly timeMs: number;
  /** Opaque; the store copies it before the call returns. */
  readonly envelope: Uint8Array;
}

export type AppendOutcome =
  | { readonly outcome: 'stored'; readonly seq: number }
  | { readonly outcome: 'refused'; readonly error: 'UNKNOWN_LOG' | 'MAILBOX_FULL' | 'STORAGE_FULL' };

export interface StoredEntry {
  readonly seq: number;
  readonly timeMs: number;
  readonly envelope: Uint8Array;
}

/** A part of a log; `entries` follow each other and may be fewer than there are. */
export interface LogSlice {
  /** Newest sequence number ever given; 0 when none. */
  readonly head: number;
  /** Oldest sequence number still stored; head + 1 when nothing is stored. */
  readonly first: number;
  readonly entries: readonly StoredEntry[];
}

export interface ReadLimits {
  /** 0: only head and first are asked for. */
  readonly maxEntries: number;
  /** A slice holds at least one entry even when that one is larger. */
  readonly maxBytes: number;
}

/** Everything up to `seq` is safe on that device. */
export interface Acknowledgement {
  readonly log: LogId;
  readonly device: DeviceId;
  readonly seq: number;
}

/** The next record of an account, already decoded and verified. */
export interface NewRecord {
  readonly nickname: Nickname;
  readonly index: number;
  /** The encoded SignedRecord. */
  readonly signedRecord: Uint8Array;
  /** 32 bytes: hash of this record and of the one before (empty for the first). */
  readonly recordHash: Uint8Array;
  readonly previousHash: Uint8Array;
  /** Devices that read the inbox from now on; others' cursors go away. */
  readonly devices: readonly DeviceId[];
}

/** What a first record brings besides: how the account is admitted, and what its name looks like. */
export interface NewAccount {
  /** UTS #39 skeleton of the nickname. */
  readonly skeleton: string;
  /** The inbox the account gets. */
  readonly inbox: LogId;
  /** SHA-256 of the invite token; null on an open relay. */
  readonly inviteHash: Uint8Array | null;
  readonly timeMs: number;
}

export type RecordOutcome =
  | 'saved'
  | 'known'
  | 'RECORD_STALE'
  | 'UNKNOWN_ACCOUNT'
  | 'NICKNAME_TAKEN'
  | 'NICKNAME_CONFUSABLE'
  | 'INVITE_INVALID'
  | 'INVITE_EXPIRED'
  | 'INVITE_USED_UP';

export interface StoredAccount {
  readonly nickname: Nickname;
  readonly inbox: LogId;
  readonly mayInvite: boolean;
  readonly headIndex: number;
  readonly headHash: Uint8Array;
  /** The newest encoded SignedRecord. */
  readonly headRecord: Uint8Array;
}

export interface StoredRecord {
  readonly directoryIndex: number;
  /** The encoded SignedRecord. */
  readonly signedRecord: Uint8Array;
}

export interface StoredInvite {
  readonly id: InviteId;
  /** SHA-256 of the token; the token itself is never stored. */
  readonly tokenHash: Uint8Array;
  readonly usesLeft: number;
  readonly expiresMs: number;
  readonly grantsInvites: boolean;
  /** Who made it; null for the relay itself. */
  readonly createdBy: Nickname | null;
}

export interface Quotas {
  readonly maxLogEntries: number;
  readonly maxLogBytes: number;
  readonly retentionMs: number;
}

export interface SweepReport {
  readonly expiredEntries: number;
  readonly expiredInvites: number;
}

export interface Store {
  /** Stores a batch in one transaction, in order. Outcomes are in the order of the entries. */
  append(entries: readonly NewEntry[]): Promise<readonly AppendOutcome[]>;

  /** Entries with seq > after, oldest first; null when there is no such log. */
  readAfter(log: LogId, after: number, limits: ReadLimits): Promise<LogSlice | null>;

  /**
   * Notes cursors (they never move back). An entry goes when all devices of its log have acknowledged it. May become durable later
   * than the call returns: losing one costs a repeated delivery.
   */
  acknowledge(acknowledgements: readonly Acknowledgement[]): void;

  /**
   * Saves the first record of an account (`account` given: nickname, skeleton, invite use and inbox in one transaction) or the next one.
   * `known`: exactly this record is stored already; nothing was changed or spent.
   */
  saveRecord(record: NewRecord, account: NewAccount | null): Promise<RecordOutcome>;

  findAccount(nickname: Nickname): Promise<StoredAccount | null>;

  /** How many accounts there are: a relay without any makes an invite for its owner. */
  countAccounts(): Promise<number>;

  /** Records from an index on, at most `limit`. */
  readRecords(nickname: Nickname, fromIndex: number, limit: number): Promise<readonly StoredRecord[]>;

  saveInvite(invite: StoredInvite): Promise<void>;

  /** Invites that still admit somebody at `nowMs`; all of them, or those that one account made. Oldest first. */
  listInvites(createdBy: Nickname | null, nowMs: number): Promise<readonly StoredInvite[]>;

  /** False when there is none with this id (or, with `createdBy`, none made by that account). */
  revokeInvite(id: InviteId, createdBy: Nickname | null): Promise<boolean>;

  /** Removes what is past its retention: entries, invites. */
  sweep(nowMs: number): Promise<SweepReport>;

  /** Waits for what is under way, then releases the data. */
  close(): Promise<void>;
}
