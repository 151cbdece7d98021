// How a conversation's log begins and how its epochs follow each other (SPEC §3.2): one transaction for a commit, what it puts into
// inboxes, and who reads from then on. Used by sqlite-database.ts, which begins and ends the transaction.
import type { DeviceId, LogId } from '@sirdas/protocol';
import type { ChangeOutcome, LogCommit, LogCreation, NewDelivery } from '../store.ts';
import type { DeviceTable } from './device-table.ts';
import type { LogRow, LogTables, Run } from './log-tables.ts';
import { packEntry } from './packed-runs.ts';

type Refusal = Extract<ChangeOutcome, { outcome: 'refused' }>;

/** What one inbox gets. */
interface InboxRuns {
  readonly row: LogRow;
  readonly runs: Run[];
  sizeBytes: number;
}

export class ConversationTables {
  readonly #logs: LogTables;
  readonly #devices: DeviceTable;

  constructor(logs: LogTables, devices: DeviceTable) {
    this.#logs = logs;
    this.#devices = devices;
  }

  create({ log, creator }: LogCreation): ChangeOutcome {
    const row = this.#logs.findRow(log);
    // RLY-110
    if (row !== null) return this.#isJustCreatedBy(row, creator) ? stored(0, []) : refused('LOG_EXISTS');
    if (!this.#devices.isCurrent(creator)) return refused('READERS_INVALID');
    this.#logs.readers.add(this.#logs.createLog(log, true), creator, 0);
    return stored(0, []);
  }

  /** Changes nothing unless it is stored. */
  commit(commit: LogCommit): ChangeOutcome {
    const row = this.#logs.findRow(commit.log);
    // RLY-111
    const mayCommit = row?.isConversation === 1 && this.#logs.readers.mayWrite(row.id, commit.committer);
    if (row === null || !mayCommit) return refused('UNKNOWN_LOG');
    // RLY-112
    if (commit.epoch !== row.epoch) return refused('STALE_EPOCH');
    // RLY-113
    if (!commit.readers.every((device) => this.#devices.isCurrent(device))) return refused('READERS_INVALID');
    const inboxes = this.#packDeliveries(commit);
    if (inboxes === null) return refused('READERS_INVALID');
    const run = makeRun(commit.timeMs, commit.envelope, { epoch: row.epoch, isCommit: true });
    // RLY-114
    if (!this.#haveRoom(row, run, inboxes)) return refused('MAILBOX_FULL');
    const seq = this.#logs.insertRun(row, run);
    this.#logs.beginEpoch(row);
    this.#setReaders(row, commit.readers, seq);
    const nextSeqs = new Map([...inboxes].map(([inbox, { row }]) => [inbox, row.headSeq + 1]));
    for (const { row: inboxRow, runs } of inboxes.values()) {
      for (const delivered of runs) this.#logs.insertRun(inboxRow, delivered);
    }
    return stored(
      seq,
      commit.deliveries.map(({ inboxes: to }) => to.map((inbox) => takeNext(nextSeqs, inbox))),
    );
  }

  /** Null when one of them is not the inbox of an account. */
  #packDeliveries({ deliveries, timeMs }: LogCommit): Map<LogId, InboxRuns> | null {
    const inboxes = new Map<LogId, InboxRuns>();
    for (const delivery of deliveries) {
      const run = makeRun(timeMs, delivery.envelope, { epoch: 0, isCommit: false });
      if (!this.#addDelivery(inboxes, delivery, run)) return null;
    }
    return inboxes;
  }

  #addDelivery(inboxes: Map<LogId, InboxRuns>, delivery: NewDelivery, run: Run): boolean {
    for (const inbox of delivery.inboxes) {
      const row = this.#logs.findRow(inbox);
      if (row === null || row.isConversation === 1) return false;
      const found = inboxes.get(inbox) ?? { row, runs: [], sizeBytes: 0 };
      found.runs.push(run);
      found.sizeBytes += run.bytes.length;
      inboxes.set(inbox, found);
    }
    return true;
  }

  #haveRoom(row: LogRow, run: Run, inboxes: ReadonlyMap<LogId, InboxRuns>): boolean {
    if (!this.#logs.hasRoom(row, 1, run.bytes.length)) return false;
    return [...inboxes.values()].every(({ row: inboxRow, runs, sizeBytes }) =>
      this.#logs.hasRoom(inboxRow, runs.length, sizeBytes),
    );
  }

  #setReaders(row: LogRow, readers: readonly DeviceId[], seq: number): void {
    const wanted = new Set(readers);
    for (const device of this.#logs.readers.listStaying(row.id)) {
      // RLY-117: it still has to learn that it was removed.
      if (!wanted.has(device)) this.#logs.readers.leave(row.id, device, seq);
    }
    // RLY-118
    for (const device of wanted) this.#logs.readers.add(row.id, device, seq);
  }

  /** The answer to the first creation was lost. */
  #isJustCreatedBy(row: LogRow, creator: DeviceId): boolean {
    return row.isConversation === 1 && row.epoch === 0 && this.#logs.readers.mayWrite(row.id, creator);
  }
}

function makeRun(timeMs: number, envelope: Uint8Array, place: Pick<Run, 'epoch' | 'isCommit'>): Run {
  return { entryCount: 1, lastTimeMs: timeMs, bytes: packEntry(timeMs, envelope), ...place };
}

function takeNext(nextSeqs: Map<LogId, number>, inbox: LogId): number {
  const seq = nextSeqs.get(inbox) ?? 0;
  nextSeqs.set(inbox, seq + 1);
  return seq;
}

function stored(seq: number, deliveredSeqs: readonly (readonly number[])[]): ChangeOutcome {
  return { outcome: 'stored', seq, deliveredSeqs };
}

function refused(error: Refusal['error']): ChangeOutcome {
  return { outcome: 'refused', error };
}
