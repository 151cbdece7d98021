// The groups of this device: one record each in memory, their MLS states in the vault and, for those used last, ready for use.
// Whoever works with a state does so inside `use`, one at a time for each group, and saves before anything leaves: a state that was
// not saved is forgotten and read again. Used by everything in this folder. DESIGN §3.
import { describeGroup, type MlsGroup, type RandomSource, restoreGroup, splitGroup } from '@sirdas/crypto';
import type { ConversationId, LogId } from '@sirdas/protocol';
import { SerialQueue } from '../serial-queue.ts';
import type { GroupChange, GroupRecord, Vault } from '../vault/vault.ts';
import type { OwnLeafSource } from './own-leaf.ts';

const MAX_READY = 64;

export interface GroupStoreOptions {
  readonly vault: Vault;
  readonly ownLeaf: OwnLeafSource;
  readonly random: RandomSource;
}

/** A group while it is in use; `group` null: this device has no state of it. */
export interface GroupInUse {
  readonly record: GroupRecord;
  readonly group: MlsGroup | null;
}

export class GroupStore {
  readonly #options: GroupStoreOptions;
  readonly #records = new Map<LogId, GroupRecord>();
  /** The ones used last at the end. */
  readonly #ready = new Map<LogId, MlsGroup>();
  readonly #queues = new Map<LogId, SerialQueue>();

  constructor(options: GroupStoreOptions) {
    this.#options = options;
  }

  load(records: readonly GroupRecord[]): void {
    this.#records.clear();
    this.#ready.clear();
    for (const record of records) this.#records.set(record.log, record);
  }

  list(): GroupRecord[] {
    return [...this.#records.values()];
  }

  get(log: LogId): GroupRecord | null {
    return this.#records.get(log) ?? null;
  }

  listOf(conversation: ConversationId): GroupRecord[] {
    return this.list().filter((record) => record.conversation === conversation);
  }

  /** The present group of a conversation (SPEC §11.9): highest generation, then smallest log id. */
  presentOf(conversation: ConversationId): GroupRecord | null {
    const [present = null] = this.listOf(conversation).sort(comparePrecedence);
    return present;
  }

  /** Alone with a group; null where there is no such group. What the task throws makes the state be read again. */
  use<Result>(log: LogId, task: (inUse: GroupInUse | null) => Promise<Result>): Promise<Result> {
    const queue = this.#queues.get(log) ?? new SerialQueue();
    this.#queues.set(log, queue);
    return queue.run(async () => {
      try {
        return await task(await this.#find(log));
      } catch (cause) {
        this.#ready.delete(log);
        throw cause;
      }
    });
  }

  /** The vault has saved `change` of this group: `group` is its state from now on. Inside `use` only. */
  note({ log, record }: GroupChange, group: MlsGroup | null): void {
    if (record) this.#records.set(log, record);
    if (record === null) this.#records.delete(log);
    this.#ready.delete(log);
    if (group) this.#ready.set(log, group);
    for (const [oldest] of this.#ready) {
      if (this.#ready.size <= MAX_READY) break;
      this.#ready.delete(oldest);
    }
  }

  async #find(log: LogId): Promise<GroupInUse | null> {
    const record = this.#records.get(log);
    if (!record) return null;
    return { record, group: this.#ready.get(log) ?? (await this.#restore(record)) };
  }

  async #restore({ log, epochPart }: GroupRecord): Promise<MlsGroup | null> {
    if (!epochPart) return null;
    const { vault, ownLeaf, random } = this.#options;
    const pages = await vault.readGroupPages(log);
    const ratchetPages = pages.map(({ bytes }) => bytes);
    const group = restoreGroup({
      epochPart,
      ratchetPages,
      signatureKey: await ownLeaf.signatureKey(),
      random,
    });
    this.#ready.set(log, group);
    return group;
  }
}

/** Negative: `a` comes first. */
export function comparePrecedence(
  a: Pick<GroupRecord, 'generation' | 'log'>,
  b: Pick<GroupRecord, 'generation' | 'log'>,
): number {
  if (a.generation !== b.generation) return b.generation - a.generation;
  return a.log < b.log ? -1 : a.log > b.log ? 1 : 0;
}

/** What the vault writes when only ratchets have moved; `before` is what it holds. */
export function changeRatchets(log: LogId, before: MlsGroup, after: MlsGroup): GroupChange {
  const { epochPart, ratchetParts } = splitGroup(after, before);
  if (epochPart) throw new Error('a new epoch needs its record');
  return { log, pages: ratchetParts };
}

/** What the vault writes for a record with its whole state. */
export function changeRecord(record: Omit<GroupRecord, 'epochPart' | 'epoch'>, group: MlsGroup): GroupChange {
  const { epochPart, ratchetParts } = splitGroup(group, null);
  if (!epochPart) throw new Error('a whole group has an epoch part');
  const { epoch } = describeGroup(group);
  return { log: record.log, record: { ...record, epochPart, epoch }, pages: ratchetParts };
}

/** What the vault writes when this device has no state any more. */
export function dropState(record: GroupRecord): GroupChange {
  return { log: record.log, record: { ...record, epochPart: null, pending: null, rejoin: null }, pages: [] };
}
