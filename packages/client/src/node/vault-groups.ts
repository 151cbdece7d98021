// The MLS groups of the SQLite vault. A group is several records, so that a message rewrites a page or two of its ratchets and
// neither the rest nor what belongs to the epoch: a small record, the epoch's part, a commit under way, the pages.
// Called by sqlite-vault.ts.
import { equalBytes, type LogId } from '@sirdas/protocol';
import { SirdasError } from '../errors.ts';
import type { GroupChange, GroupPage, GroupRecord, PendingCommit } from '../vault/vault.ts';
import { encodePosition, type VaultRecords, type Writes } from './vault-records.ts';

const EPOCH_PART = -1;
const PENDING_PART = -2;

type Heavy = Pick<GroupRecord, 'epochPart' | 'pending'>;
/** What stands in the small record: whether there are the others. */
type StoredGroup = Omit<GroupRecord, keyof Heavy> & {
  readonly hasEpochPart: boolean;
  readonly hasPending: boolean;
};

interface GroupPlan {
  /** Used keys are among what it replaces. */
  readonly replacesKeys: boolean;
  /** To be called when the change is on disk. */
  readonly commit: () => void;
}

export class VaultGroups {
  readonly #records: VaultRecords;
  /** As on disk, of groups that were loaded or saved. */
  readonly #known = new Map<LogId, Heavy>();

  constructor(records: VaultRecords) {
    this.#records = records;
  }

  async load(): Promise<readonly GroupRecord[]> {
    const stored = (await this.#records.all('groups')) as StoredGroup[];
    return Promise.all(stored.map((group) => this.#complete(group)));
  }

  async readPages(log: LogId): Promise<readonly GroupPage[]> {
    const key = await this.#key(log);
    const rows = this.#records.statements.groupPages.all(key);
    return Promise.all(
      rows.map(async ({ part, sealed }) => ({ page: part, bytes: await this.#openBytes(key, part, sealed) })),
    );
  }

  async plan(writes: Writes, changes: readonly GroupChange[]): Promise<GroupPlan> {
    const after = new Map<LogId, Heavy | null>();
    let replacesKeys = false;
    for (const change of changes) {
      const { log, record } = change;
      const key = await this.#key(log);
      const before = after.has(log) ? (after.get(log) ?? null) : await this.#readHeavy(log);
      if (record === undefined && !before) throw new Error('pages of a group that is not known');
      if (record !== undefined) {
        await this.#planRecord(writes, key, { log, before, record });
        after.set(log, record);
        replacesKeys ||= before !== null && !isSamePart(before.epochPart, record?.epochPart ?? null);
      }
      if (record !== null) await this.#planPages(writes, key, change.pages);
    }
    const commit = () => {
      for (const [log, record] of after) this.#remember(log, record);
    };
    return { replacesKeys, commit };
  }

  async #planRecord(
    writes: Writes,
    key: Uint8Array,
    change: { readonly log: LogId; readonly before: Heavy | null; readonly record: GroupRecord | null },
  ): Promise<void> {
    const { log, before, record } = change;
    const { statements } = this.#records;
    const { epochPart = null, pending = null } = record ?? {};
    if (record) {
      const { epochPart: _, pending: __, ...rest } = record;
      const stored: StoredGroup = { ...rest, hasEpochPart: epochPart !== null, hasPending: pending !== null };
      await this.#records.put(writes, 'groups', [log], stored);
    } else await this.#records.remove(writes, 'groups', [log]);
    if (!before || !isSamePart(before.epochPart, epochPart)) {
      writes.push(() => statements.removeGroupPages.run(key));
      await this.#planPart(writes, key, EPOCH_PART, epochPart && { bytes: epochPart });
    }
    if (before?.pending !== pending) await this.#planPart(writes, key, PENDING_PART, pending);
  }

  async #planPages(writes: Writes, key: Uint8Array, pages: readonly GroupPage[]): Promise<void> {
    await Promise.all(pages.map(({ page, bytes }) => this.#planPart(writes, key, page, { bytes })));
  }

  async #planPart(writes: Writes, key: Uint8Array, part: number, value: object | null): Promise<void> {
    const { putGroupPart, removeGroupPart } = this.#records.statements;
    if (value === null) {
      writes.push(() => removeGroupPart.run(key, part));
      return;
    }
    const sealed = await this.#records.seal('group_parts', partId(key, part), value);
    writes.push(() => putGroupPart.run(key, part, sealed));
  }

  async #complete({ hasEpochPart, hasPending, ...group }: StoredGroup): Promise<GroupRecord> {
    const key = await this.#key(group.log);
    const epoch = hasEpochPart ? await this.#openPart(key, EPOCH_PART) : null;
    const pending = hasPending ? await this.#openPart(key, PENDING_PART) : null;
    const epochPart = (epoch as { readonly bytes: Uint8Array } | null)?.bytes ?? null;
    const record: GroupRecord = { ...group, epochPart, pending: pending as PendingCommit | null };
    this.#remember(group.log, record);
    return record;
  }

  async #readHeavy(log: LogId): Promise<Heavy | null> {
    const known = this.#known.get(log);
    if (known) return known;
    const stored = (await this.#records.get('groups', [log])) as StoredGroup | null;
    return stored && this.#complete(stored);
  }

  async #openPart(key: Uint8Array, part: number): Promise<unknown> {
    const row = this.#records.statements.groupPart.get(key, part);
    if (!row) throw new SirdasError('VAULT_CORRUPT', 'a part of a group is missing');
    return this.#records.open('group_parts', partId(key, part), row.sealed);
  }

  async #openBytes(key: Uint8Array, part: number, sealed: Uint8Array): Promise<Uint8Array> {
    const opened = await this.#records.open('group_parts', partId(key, part), sealed);
    return (opened as { bytes: Uint8Array }).bytes;
  }

  #remember(log: LogId, record: Heavy | null): void {
    if (record) this.#known.set(log, { epochPart: record.epochPart, pending: record.pending });
    else this.#known.delete(log);
  }

  #key(log: LogId): Promise<Uint8Array> {
    return this.#records.index('groups', [log]);
  }
}

function partId(key: Uint8Array, part: number): Uint8Array {
  return Uint8Array.of(...key, ...encodePosition(part));
}

function isSamePart(one: Uint8Array | null, other: Uint8Array | null): boolean {
  return one === null || other === null ? one === other : equalBytes(one, other);
}
