// The Store port: everything that a relay must remember, in domain words. Called by logs.ts, directory.ts, key-packages.ts and
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
  /** Only readers may write into the log of a conversation, everybody into an inbox. */
  readonly writer: DeviceId;
  /** The log's epoch as the writer knows it; 0 for an inbox. */
  readonly epoch: number;
}

export type AppendOutcome =
  | { readonly outcome: 'stored'; readonly seq: number }
  | {
      readonly outcome: 'refused';
      readonly error: 'UNKNOWN_LOG' | 'STALE_EPOCH' | 'MAILBOX_FULL' | 'STORAGE_FULL';
    };

/** Begins the log of a conversation: its creator is the only reader, its epoch is 0. */
export interface LogCreation {
  readonly kind: 'creation';
  readonly log: LogId;
  readonly creator: DeviceId;
}

/** The next epoch of a conversation's log, with all that belongs to it. */
export interface LogCommit {
  readonly kind: 'commit';
  readonly log: LogId;
  readonly committer: DeviceId;
  /** The epoch that it ends. */
  readonly epoch: number;
  readonly timeMs: number;
  /** Copied before the call returns, as are those of the deliveries. */
  readonly envelope: Uint8Array;
  readonly deliveries: readonly NewDelivery[];
  /** All different. Empty: the log ends, and goes when those who read it so far have acknowledged the commit. */
  readonly readers: readonly DeviceId[];
}

/** One envelope that a commit puts into inboxes. */
export interface NewDelivery {
  readonly inboxes: readonly LogId[];
  readonly envelope: Uint8Array;
}

/** `seq` of the commit's entry, 0 for a creation; `deliveredSeqs` as the deliveries and their inboxes. */
export type ChangeOutcome =
  | {
      readonly outcome: 'stored';
      readonly seq: number;
      readonly deliveredSeqs: readonly (readonly number[])[];
    }
  | {
      readonly outcome: 'refused';
      readonly error:
        | 'LOG_EXISTS'
        | 'UNKNOWN_LOG'
        | 'STALE_EPOCH'
        | 'READERS_INVALID'
        | 'MAILBOX_FULL'
        | 'STORAGE_FULL';
    };

export interface StoredEntry {
  readonly seq: number;
  readonly timeMs: number;
  readonly envelope: Uint8Array;
  /** In which it was accepted. */
  readonly epoch: number;
  /** It came with a commit: the next epoch begins behind it. */
  readonly commit: boolean;
}

/** A part of a log as one device may read it; `entries` follow each other and may be fewer than there are. */
export interface LogSlice {
  /** Newest sequence number ever given, or the one that ended this device's reading; 0 when none. */
  readonly head: number;
  /** Oldest sequence number still stored that this device may read; head + 1 when there is none. */
  readonly first: number;
  readonly epoch: number;
  /** What this device has acknowledged, or after which it began to read. */
  readonly acknowledged: number;
  /** This device was removed by the entry `head`: it reads nothing behind. */
  readonly isEnd: boolean;
  readonly entries: readonly StoredEntry[];
}

export interface ReadLimits {
  /** 0: only head and first are asked for. */
  readonly maxEntries: number;
  /** A slice holds at least one entry even when that one is larger. */
  readonly maxBytes: number;
}

/** Everything up to `seq` is safe on that device, which was heard of at that time. */
export interface Acknowledgement {
  readonly log: LogId;
  readonly device: DeviceId;
  /** 0 when there is nothing new but that the device is there. */
  readonly seq: number;
  readonly timeMs: number;
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
  /** The account's devices from now on: they read its inbox. Those that it had before lose all logs and their key packages. */
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
  /** Another account has, or once had, a device of this id. */
  | 'DEVICE_TAKEN'
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
  /** Those that were asked for, in order. */
  readonly records: readonly StoredRecord[];
}

/** Which of an account's records are wanted, from an index on. */
export interface RecordPage {
  readonly fromIndex: number;
  readonly limit: number;
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

/** What a device publishes for others to begin a conversation with it. */
export interface NewKeyPackage {
  readonly suite: string;
  /** SHA-256; one that was handed out is never taken in again. */
  readonly hash: Uint8Array;
  readonly keyPackage: Uint8Array;
  /** Not handed out from then on. */
  readonly expiresMs: number;
  /** Handed out only when there is no other, and stays. */
  readonly isLastResort: boolean;
}

export interface KeyPackageCount {
  readonly suite: string;
  /** The last-resort one aside. */
  readonly count: number;
  readonly hasLastResort: boolean;
}

/** One key package was handed out for this device. */
export interface ClaimedKeyPackage {
  readonly device: DeviceId;
  readonly keyPackage: Uint8Array;
  readonly isLastResort: boolean;
  /** How many are left, the last-resort one aside. */
  readonly left: number;
}

export interface KeyPackageClaim {
  readonly devices: readonly DeviceId[];
  readonly suite: string;
  /** One that expires before is not handed out. */
  readonly expiresAfterMs: number;
}

export interface KeyPackagePublication {
  readonly device: DeviceId;
  readonly keyPackages: readonly NewKeyPackage[];
  /** Forget first what is there of this device. */
  readonly replaces: boolean;
  /** So many of one suite, last-resort ones aside. */
  readonly maxPerSuite: number;
  /** Those that expire before are neither kept nor counted. */
  readonly expiresAfterMs: number;
}

export interface Quotas {
  readonly maxLogEntries: number;
  readonly maxLogBytes: number;
  readonly retentionMs: number;
  /** A device that was not heard of for so long is waited for no more: what the others have acknowledged goes. */
  readonly idleMs: number;
}

export interface SweepReport {
  readonly expiredEntries: number;
  readonly expiredInvites: number;
  readonly expiredKeyPackages: number;
  readonly idleDevices: number;
}

export interface Store {
  /** Stores a batch in one transaction, in order. Outcomes are in the order of the entries. */
  append(entries: readonly NewEntry[]): Promise<readonly AppendOutcome[]>;

  /**
   * Begins a log or its next epoch, in one transaction: of those who try for the same epoch one gets it, and of the others nothing
   * is stored. A new reader begins behind the commit's entry. Who reads no more may still read up to that entry until it
   * has acknowledged it. A creation that comes again is stored as long as nothing has happened to the log.
   */
  changeLog(change: LogCreation | LogCommit): Promise<ChangeOutcome>;

  /** Entries with seq > after, oldest first; null when there is no such log, or this device does not read it. */
  readAfter(log: LogId, device: DeviceId, after: number, limits: ReadLimits): Promise<LogSlice | null>;

  /**
   * Notes cursors (they never move back). An entry goes when all devices that read its log have acknowledged it. May become
   * durable later than the call returns: losing one costs a repeated delivery.
   */
  acknowledge(acknowledgements: readonly Acknowledgement[]): void;

  /**
   * Saves the first record of an account (`account` given: nickname, skeleton, invite use and inbox in one transaction) or the next one.
   * `known`: exactly this record is stored already; nothing was changed or spent.
   */
  saveRecord(record: NewRecord, account: NewAccount | null): Promise<RecordOutcome>;

  /** With a page of its records, or none of them. */
  findAccount(nickname: Nickname, page: RecordPage | null): Promise<StoredAccount | null>;

  /** All or, when one suite would have too many, none; then what there is of the device, or null for none. */
  saveKeyPackages(publication: KeyPackagePublication): Promise<readonly KeyPackageCount[] | null>;

  /** At most one for each device; those without any are missing. None is ever handed out twice, last-resort ones aside. */
  claimKeyPackages(claim: KeyPackageClaim): Promise<readonly ClaimedKeyPackage[]>;

  /**
   * A new invite, or how often a known one may still be used: with 0 it is forgotten. False when it was made for a relay
   * `withoutAccounts` and there are some: nothing is saved then.
   */
  saveInvite(invite: StoredInvite, isFor?: 'withoutAccounts'): Promise<boolean>;

  /** Invites that still admit somebody at `nowMs`; all of them, or those that one account made. Oldest first. */
  listInvites(createdBy: Nickname | null, nowMs: number): Promise<readonly StoredInvite[]>;

  /** Removes what is past its time: entries, invites, key packages; and waits no more for devices that are idle. */
  sweep(nowMs: number): Promise<SweepReport>;

  /** Waits for what is under way, then releases the data. */
  close(): Promise<void>;
}
