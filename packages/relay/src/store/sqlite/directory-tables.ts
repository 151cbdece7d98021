// Accounts, their records and the invites in SQL. Used by sqlite-database.ts on the store thread; the methods that change
// something are called inside a transaction that it begins and ends.
import type { InviteId, LogId, Nickname } from '@sirdas/protocol';
import type { Database } from 'better-sqlite3';
import type {
  NewAccount,
  NewRecord,
  RecordOutcome,
  RecordPage,
  StoredAccount,
  StoredInvite,
  StoredRecord,
} from '../store.ts';
import { toBlob, toId } from './blobs.ts';
import type { DeviceTable } from './device-table.ts';
import type { KeyPackageTable } from './key-package-table.ts';
import type { LogTables } from './log-tables.ts';

/** Stands for the relay itself in invite.created_by. */
const NOBODY = '';

interface AccountRow {
  readonly id: number;
  readonly nickname: Nickname;
  readonly inbox: Buffer;
  readonly mayInvite: number;
  readonly headIndex: number;
  readonly headHash: Buffer;
  readonly headRecord: Buffer;
}

interface InviteRow {
  readonly number: number;
  readonly id: Buffer;
  readonly tokenHash: Buffer;
  readonly usesLeft: number;
  readonly expiresMs: number;
  readonly grantsInvites: number;
  readonly createdBy: string;
}

type InviteRefusal = Extract<RecordOutcome, 'INVITE_INVALID' | 'INVITE_EXPIRED' | 'INVITE_USED_UP'>;

interface OtherTables {
  readonly logs: LogTables;
  readonly devices: DeviceTable;
  readonly keyPackages: KeyPackageTable;
}

export class DirectoryTables {
  readonly #logs: LogTables;
  readonly #devices: DeviceTable;
  readonly #keyPackages: KeyPackageTable;
  readonly #sql: ReturnType<typeof prepareStatements>;

  constructor(database: Database, tables: OtherTables) {
    this.#logs = tables.logs;
    this.#devices = tables.devices;
    this.#keyPackages = tables.keyPackages;
    this.#sql = prepareStatements(database);
  }

  /** Changes nothing unless it returns `saved`. */
  saveRecord(record: NewRecord, account: NewAccount | null): RecordOutcome {
    const existing = this.#sql.selectAccount.get(record.nickname);
    if (existing !== undefined && this.#isKnown(existing, record)) return 'known';
    if (account !== null) return this.#claim(record, account, existing !== undefined);
    return existing === undefined ? 'UNKNOWN_ACCOUNT' : this.#continueChain(existing, record);
  }

  findAccount(nickname: Nickname, page: RecordPage | null): StoredAccount | null {
    const row = this.#sql.selectAccount.get(nickname);
    if (row === undefined) return null;
    const { id, ...account } = row;
    const records = page === null ? [] : this.#sql.selectRecords.all(id, page.fromIndex, page.limit);
    return { ...account, inbox: toId<LogId>(row.inbox), mayInvite: row.mayInvite === 1, records };
  }

  saveInvite(invite: StoredInvite, isFor: 'withoutAccounts' | undefined): boolean {
    if (isFor === 'withoutAccounts' && this.#sql.selectAnyAccount.get() !== undefined) return false;
    const { id, tokenHash, usesLeft, expiresMs, grantsInvites, createdBy } = invite;
    const grants = grantsInvites ? 1 : 0;
    if (usesLeft === 0) this.#sql.deleteInvite.run(toBlob(id));
    else this.#sql.saveInvite.run(toBlob(id), tokenHash, usesLeft, expiresMs, grants, createdBy ?? NOBODY);
    return true;
  }

  listInvites(createdBy: Nickname | null, nowMs: number): StoredInvite[] {
    return this.#sql.selectInvites.all(nowMs, createdBy, createdBy).map(toInvite);
  }

  /** Returns how many there were. */
  removeInvites(expiredBeforeMs: number): number {
    return this.#sql.deleteExpiredInvites.run(expiredBeforeMs).changes;
  }

  #isKnown(account: AccountRow, record: NewRecord): boolean {
    const hash = this.#sql.selectRecordHash.get(account.id, record.index);
    return hash?.equals(record.recordHash) ?? false;
  }

  #claim(record: NewRecord, account: NewAccount, isTaken: boolean): RecordOutcome {
    // RLY-037: first, so that only who is admitted learns which names there are.
    const invite = account.inviteHash === null ? null : this.#findInvite(account.inviteHash, account.timeMs);
    if (typeof invite === 'string') return invite;
    if (isTaken) return 'NICKNAME_TAKEN';
    if (this.#sql.selectSkeleton.get(account.skeleton) !== undefined) return 'NICKNAME_CONFUSABLE';
    // RLY-130
    if (!this.#devices.areFree(record.devices, null)) return 'DEVICE_TAKEN';
    if (invite !== null) this.#sql.spendInvite.run(invite.number);
    const { lastInsertRowid } = this.#sql.insertAccount.run(
      record.nickname,
      account.skeleton,
      this.#logs.createLog(account.inbox, false),
      invite?.grantsInvites ?? 0,
      account.timeMs,
    );
    this.#insertRecord(Number(lastInsertRowid), account.inbox, record);
    return 'saved';
  }

  #continueChain(account: AccountRow, record: NewRecord): RecordOutcome {
    const isNext = record.index === account.headIndex + 1 && account.headHash.equals(record.previousHash);
    if (!isNext) return 'RECORD_STALE';
    // RLY-130
    if (!this.#devices.areFree(record.devices, account.id)) return 'DEVICE_TAKEN';
    this.#insertRecord(account.id, toId<LogId>(account.inbox), record);
    return 'saved';
  }

  #insertRecord(accountId: number, inbox: LogId, record: NewRecord): void {
    this.#sql.insertRecord.run(accountId, record.index, record.recordHash, record.signedRecord);
    // RLY-131: a device that was removed has nothing left from this moment on.
    for (const device of this.#devices.setCurrent(accountId, record.devices)) {
      this.#logs.removeDevice(device);
      this.#keyPackages.removeDevice(device);
    }
    this.#logs.setDevices(inbox, record.devices);
  }

  #findInvite(tokenHash: Uint8Array, nowMs: number): InviteRow | InviteRefusal {
    const invite = this.#sql.selectInvite.get(tokenHash);
    if (invite === undefined) return 'INVITE_INVALID';
    if (invite.expiresMs <= nowMs) return 'INVITE_EXPIRED';
    return invite.usesLeft === 0 ? 'INVITE_USED_UP' : invite;
  }
}

function toInvite({ id, tokenHash, usesLeft, expiresMs, grantsInvites, createdBy }: InviteRow): StoredInvite {
  return {
    id: toId<InviteId>(id),
    tokenHash,
    usesLeft,
    expiresMs,
    grantsInvites: grantsInvites === 1,
    createdBy: createdBy === NOBODY ? null : (createdBy as Nickname),
  };
}

const ACCOUNT_COLUMNS = `
  account.id, nickname, log.name AS inbox, may_invite AS mayInvite,
  record_index AS headIndex, record_hash AS headHash, signed_record AS headRecord`;

const INVITE_COLUMNS = `
  number, id, token_hash AS tokenHash, uses_left AS usesLeft, expires_ms AS expiresMs,
  grants_invites AS grantsInvites, created_by AS createdBy`;

function prepareStatements(database: Database) {
  return {
    selectAccount: database.prepare<[Nickname], AccountRow>(
      `SELECT ${ACCOUNT_COLUMNS}
       FROM account JOIN log ON log.id = account.inbox JOIN record ON record.account = account.id
       WHERE nickname = ? ORDER BY record_index DESC LIMIT 1`,
    ),
    selectAnyAccount: database.prepare<[], unknown>('SELECT 1 FROM account LIMIT 1'),
    selectSkeleton: database.prepare<[string]>('SELECT 1 FROM account WHERE skeleton = ?'),
    insertAccount: database.prepare<[string, string, number, number, number]>(
      'INSERT INTO account (nickname, skeleton, inbox, may_invite, created_ms) VALUES (?, ?, ?, ?, ?)',
    ),
    insertRecord: database.prepare<[number, number, Uint8Array, Uint8Array]>(
      `INSERT INTO record (directory_index, account, record_index, record_hash, signed_record)
       VALUES ((SELECT ifnull(max(directory_index) + 1, 0) FROM record), ?, ?, ?, ?)`,
    ),
    selectRecordHash: database
      .prepare<[number, number], Buffer>(
        'SELECT record_hash FROM record WHERE account = ? AND record_index = ?',
      )
      .pluck(),
    selectRecords: database.prepare<[number, number, number], StoredRecord>(
      `SELECT directory_index AS directoryIndex, signed_record AS signedRecord
       FROM record WHERE account = ? AND record_index >= ? ORDER BY record_index LIMIT ?`,
    ),
    saveInvite: database.prepare<[Buffer, Uint8Array, number, number, number, string]>(
      `INSERT INTO invite (id, token_hash, uses_left, expires_ms, grants_invites, created_by)
       VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET uses_left = excluded.uses_left`,
    ),
    selectInvite: database.prepare<[Uint8Array], InviteRow>(
      `SELECT ${INVITE_COLUMNS} FROM invite WHERE token_hash = ?`,
    ),
    selectInvites: database.prepare<[number, string | null, string | null], InviteRow>(
      `SELECT ${INVITE_COLUMNS} FROM invite
       WHERE uses_left > 0 AND expires_ms > ? AND (? IS NULL OR created_by = ?) ORDER BY number`,
    ),
    spendInvite: database.prepare<[number]>('UPDATE invite SET uses_left = uses_left - 1 WHERE number = ?'),
    deleteInvite: database.prepare<[Buffer]>('DELETE FROM invite WHERE id = ?'),
    deleteExpiredInvites: database.prepare<[number]>('DELETE FROM invite WHERE expires_ms <= ?'),
  };
}
