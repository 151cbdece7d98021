// One log as it is read over one session: what has been delivered and not been settled yet, and whether the relay's numbers can
// be. Used by log-reader.ts only. SPEC §3.2.
import type { Frame, LogId } from '@sirdas/protocol';
import { SirdasError } from './errors.ts';
import type { Session } from './session.ts';

export type LogEntry = Frame<'deliver'>['entries'][number];

/** What becomes of the entries of a log. */
export interface LogSettler {
  /**
   * Settles entries from the first on, saves everything that comes of them together with the cursor, and tells how many they were:
   * at least one. Throws what keeps an entry from being judged or saved; it comes again then.
   */
  settle(log: LogId, entries: readonly LogEntry[], session: Session): Promise<number>;
  /** Reading begins with nothing to deliver, at this epoch. */
  noteEpoch?(log: LogId, epoch: number): Promise<void>;
  /** The relay lets this device read from further on than it has read. True: it knows why, and the log is read anew. */
  goOver?(log: LogId, session: Session): Promise<boolean>;
}

export class LogRun {
  readonly log: LogId;
  readonly settler: LogSettler;
  readonly session: Session;
  /** Newest seq that was delivered. */
  deliveredSeq = 0;
  /** Newest seq that was saved. */
  savedSeq = 0;
  /** Newest seq in the log when reading began; null until the relay has said so. */
  head: number | null = null;
  queue: LogEntry[] = [];
  waitingBytes = 0;
  isWorking = false;
  /** The relay has been asked for it. */
  isOpen = false;
  /** Nothing of this log is wanted any more. */
  isOver = false;
  readonly caughtUp = Promise.withResolvers<void>();
  /** Of the log behind the newest delivered entry; null: not known yet. */
  #epoch: number | null = null;

  constructor(session: Session, log: LogId, settler: LogSettler) {
    this.session = session;
    this.log = log;
    this.settler = settler;
  }

  /** Asks the relay for what comes behind a cursor. */
  begin(seq: number): void {
    this.isOpen = true;
    this.deliveredSeq = seq;
    this.savedSeq = seq;
  }

  /** Throws PROTOCOL_VIOLATION. */
  push(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      this.#check(entry);
      this.queue.push(entry);
    }
    this.waitingBytes += countBytes(entries);
  }

  /** Takes what was settled off the queue. */
  drop(batch: readonly LogEntry[]): void {
    this.queue.splice(0, batch.length);
    this.waitingBytes -= countBytes(batch);
  }

  /** Numbers are given anew: everything is read again from the beginning. */
  restart(): void {
    this.queue = [];
    this.waitingBytes = 0;
    this.deliveredSeq = 0;
    this.savedSeq = 0;
    this.#epoch = null;
  }

  /** Everything has been read, and the log is in this epoch. */
  noteEpoch(epoch: number): void {
    this.#epoch = epoch;
  }

  skipTo(seq: number): void {
    this.savedSeq = Math.max(this.savedSeq, seq);
    this.deliveredSeq = Math.max(this.deliveredSeq, this.savedSeq);
    this.queue = this.queue.filter((entry) => entry.seq > this.savedSeq);
    this.waitingBytes = countBytes(this.queue);
  }

  #startOver(seq: number): void {
    this.queue = [];
    this.waitingBytes = 0;
    this.deliveredSeq = Math.max(seq - 1, this.savedSeq);
    this.#epoch = null;
  }

  #check({ seq, epoch, commit }: LogEntry): void {
    // What was read before over this connection may still come until the relay has answered.
    if (this.head === null && seq <= this.deliveredSeq) this.#startOver(seq);
    // CLI-026
    if (seq <= this.deliveredSeq) throw violation('delivers entries out of order');
    // CLI-040
    const isGap = seq > this.deliveredSeq + 1;
    const expected = this.#epoch ?? epoch;
    if (epoch < expected || (epoch > expected && !isGap))
      throw violation('counts the epochs of a log wrongly');
    this.deliveredSeq = seq;
    this.#epoch = epoch + (commit ? 1 : 0);
  }
}

function countBytes(entries: readonly LogEntry[]): number {
  return entries.reduce((sum, entry) => sum + entry.envelope.length, 0);
}

function violation(what: string): SirdasError {
  return new SirdasError('PROTOCOL_VIOLATION', `the relay ${what}`);
}
