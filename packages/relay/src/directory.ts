// The directory: who has which nickname and which keys (SPEC §5). Claims, publications and lookups pass here between the
// handlers and the store; the rules of a single record are in account-chain.ts. First claim wins, every record is kept.
import {
  type AccountRecord,
  decodeSignedRecord,
  encodeSignedRecord,
  equalBytes,
  LIMITS,
  type LogId,
  type Nickname,
  type SignedRecord,
  toDeviceId,
  type WireErrorName,
} from '@sirdas/protocol';
import {
  checkContinues,
  type RecordRules,
  readStoredRecord,
  type VerifiedRecord,
  verifyRecord,
} from './account-chain.ts';
import { hasUnfamiliarLetters, skeletonOf } from './look-alikes.ts';
import type { NewAccount, NewRecord, Store, StoredAccount } from './store/store.ts';

/** An account as a login needs it. */
export interface AccountHead {
  readonly stored: StoredAccount;
  readonly record: AccountRecord;
}

/** Decides whether a verified first record may be stored; `inviteHash` null: without an invite. */
export type Admit = (
  recordBytes: Uint8Array,
) => { readonly inviteHash: Uint8Array | null } | { readonly refused: WireErrorName };

export interface Page {
  readonly inbox: LogId;
  readonly headIndex: number;
  readonly entries: readonly { readonly directoryIndex: number; readonly record: SignedRecord }[];
}

export interface DirectoryOptions {
  readonly store: Store;
  readonly rules: RecordRules;
  readonly newInbox: () => LogId;
  readonly nowMs: () => number;
}

export class Directory {
  readonly #store: Store;
  readonly #rules: RecordRules;
  readonly #newInbox: () => LogId;
  readonly #nowMs: () => number;

  constructor(options: DirectoryOptions) {
    this.#store = options.store;
    this.#rules = options.rules;
    this.#newInbox = options.newInbox;
    this.#nowMs = options.nowMs;
  }

  /** Null when the nickname now belongs to that record's identity key, or did already by exactly this record. */
  async claim(signed: SignedRecord, admit: Admit): Promise<WireErrorName | null> {
    const verified = verifyRecord(signed, this.#rules);
    if ('refused' in verified) return verified.refused;
    const { nickname, index } = verified.record;
    // RLY-024
    if (index !== 0) return 'RECORD_INVALID';
    if (await this.#isFirstRecord(nickname, signed)) return null;
    // RLY-025
    if (hasUnfamiliarLetters(nickname)) return 'NICKNAME_FORBIDDEN';
    const admitted = admit(signed.record);
    if ('refused' in admitted) return admitted.refused;
    return this.#save(verified, {
      skeleton: skeletonOf(nickname),
      inbox: this.#newInbox(),
      inviteHash: admitted.inviteHash,
      timeMs: this.#nowMs(),
    });
  }

  /** The new record when it was stored (or already was the newest). */
  async publish(
    nickname: Nickname,
    signed: SignedRecord,
  ): Promise<AccountRecord | { readonly refused: WireErrorName }> {
    const verified = verifyRecord(signed, this.#rules);
    if ('refused' in verified) return verified;
    // RLY-026
    if (verified.record.nickname !== nickname) return { refused: 'NOT_ALLOWED' };
    const head = await this.#store.findAccount(nickname, null);
    if (head === null) return { refused: 'UNKNOWN_ACCOUNT' };
    if (equalBytes(head.headRecord, encodeSignedRecord(signed))) return verified.record;
    const problem = checkContinues(verified.record, head) ?? (await this.#save(verified, null));
    return problem === null ? verified.record : { refused: problem };
  }

  async findHead(nickname: Nickname): Promise<AccountHead | null> {
    const stored = await this.#store.findAccount(nickname, null);
    return stored && { stored, record: readStoredRecord(stored.headRecord) };
  }

  /** Records from an index on, as many as fit into one answer; null when nobody has this nickname. */
  async lookUp(nickname: Nickname, fromIndex: number): Promise<Page | null> {
    const account = await this.#store.findAccount(nickname, { fromIndex, limit: LIMITS.MAX_LOOK_UP_RECORDS });
    if (account === null) return null;
    return {
      inbox: account.inbox,
      headIndex: account.headIndex,
      entries: account.records.map(({ directoryIndex, signedRecord }) => ({
        directoryIndex,
        record: decodeSignedRecord(signedRecord),
      })),
    };
  }

  /** A claim that is sent again because its answer got lost must cost nothing and must not fail. */
  async #isFirstRecord(nickname: Nickname, signed: SignedRecord): Promise<boolean> {
    const account = await this.#store.findAccount(nickname, { fromIndex: 0, limit: 1 });
    const first = account?.records[0];
    return first !== undefined && equalBytes(first.signedRecord, encodeSignedRecord(signed));
  }

  async #save(verified: VerifiedRecord, account: NewAccount | null): Promise<WireErrorName | null> {
    const { record, signed, hash } = verified;
    const newRecord: NewRecord = {
      nickname: record.nickname,
      index: record.index,
      signedRecord: encodeSignedRecord(signed),
      recordHash: hash,
      previousHash: record.previousHash,
      devices: record.devices.map((device) => toDeviceId(device.id)),
    };
    const outcome = await this.#store.saveRecord(newRecord, account);
    return outcome === 'saved' || outcome === 'known' ? null : outcome;
  }
}
