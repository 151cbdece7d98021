// The inbox: what the relay delivers is read, saved and only then acknowledged, batch by batch, each batch in one vault
// transaction with the cursor; then it is told. Nothing is shown twice (the vault knows every message) and nothing is lost:
// what could not be judged stays unacknowledged and comes again. SPEC §7.3, DESIGN §3.
import { type Frame, fromId, type LogId, type Nickname, toLogId } from '@sirdas/protocol';
import type { Clock } from './clock.ts';
import { findWireProperties, toSirdasError } from './convert-error.ts';
import { SirdasError } from './errors.ts';
import type { Events } from './events.ts';
import type { LetterSettler } from './letter-settler.ts';
import type { OwnAccount } from './own-account.ts';
import { SerialQueue } from './serial-queue.ts';
import type { Session } from './session.ts';
import type { Vault } from './vault/vault.ts';
import { waitMs } from './wait.ts';

const MAX_BATCH_ENTRIES = 500;
/** Delivered and not read yet: above the first the relay has to wait, below the second it may go on. */
const PAUSE_BYTES = 4 * 1024 * 1024;
const RESUME_BYTES = 1024 * 1024;
/** Where the platform cannot make the relay wait: more than a full mailbox holds. */
const MAX_WAITING_BYTES = 96 * 1024 * 1024;
const LOOK_UP_RETRY_MS = 5000;

export interface InboxOptions {
  readonly own: OwnAccount;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly events: Events;
  readonly settler: LetterSettler;
}

type Entry = Frame<'deliver'>['entries'][number];

/** Reading the inbox over one session. */
interface Run {
  readonly session: Session;
  readonly log: LogId;
  readonly stopper: AbortController;
  /** Newest seq that was delivered. */
  deliveredSeq: number;
  /** Newest seq that was saved. */
  savedSeq: number;
  /** Newest seq in the log when reading began; null until the relay has said so. */
  head: number | null;
  queue: Entry[];
  waitingBytes: number;
  isPaused: boolean;
  isWorking: boolean;
  isCaughtUp: boolean;
}

export class Inbox {
  readonly #options: InboxOptions;
  /** Batches and releases of held letters use the same counters: never two at once. */
  readonly #tasks = new SerialQueue();
  #run: Run | null = null;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** Begins to read the own inbox over a session that has just logged in. */
  async start(session: Session): Promise<void> {
    const { vault, own } = this.#options;
    const { inbox } = own.need();
    if (!inbox) throw new Error('a logged-in account has an inbox');
    // A batch of the session before may still be on its way into the vault.
    await this.#tasks.settle();
    const { cursors } = await vault.load();
    const cursor = cursors.find(({ log }) => log === inbox) ?? null;
    const run = newRun(session, inbox, cursor?.seq ?? 0);
    this.#run = run;
    let { head, first } = await this.#read(run);
    // CLI-034
    const wentBack = head < run.savedSeq;
    if (wentBack) {
      await this.#goBack(run, head);
      ({ head, first } = await this.#read(run));
    }
    await this.#skipExpired(run, first, wentBack || cursor === null);
    // An earlier acknowledgement may have been lost.
    if (run.savedSeq >= first) session.send({ kind: 'ack', log: fromId(inbox), seq: run.savedSeq });
    run.head = head;
    this.#noteProgress(run);
    this.#work(run);
  }

  stop(): void {
    this.#run?.stopper.abort();
    this.#run = null;
  }

  /** Entries of a log, from the relay. */
  receive(deliver: Frame<'deliver'>, session: Session): void {
    const run = this.#run;
    // CLI-025
    if (run?.session !== session || toLogId(deliver.log) !== run.log) {
      session.close(new SirdasError('PROTOCOL_VIOLATION', 'the relay delivers a log that nobody reads'));
      return;
    }
    const seqs = [run.deliveredSeq, ...deliver.entries.map((entry) => entry.seq)];
    // CLI-026
    if (seqs.some((seq, i) => i > 0 && seq <= (seqs[i - 1] ?? 0))) {
      session.close(new SirdasError('PROTOCOL_VIOLATION', 'the relay delivers entries out of order'));
      return;
    }
    run.deliveredSeq = seqs.at(-1) ?? run.deliveredSeq;
    for (const entry of deliver.entries) run.queue.push(entry);
    run.waitingBytes += countBytes(deliver.entries);
    this.#throttle(run);
    this.#work(run);
  }

  /** Reads the letters again that were held back until the person accepted a key. */
  release(sender: Nickname): Promise<void> {
    const session = this.#run?.session ?? null;
    return this.#tasks.run(async () => {
      const letters = await this.#options.vault.readHeldLetters(sender);
      if (letters.length === 0) return;
      const envelopes = letters.map((letter) => letter.envelope);
      await this.#options.settler.settle(envelopes, session, { releaseLettersOf: sender });
    });
  }

  #work(run: Run): void {
    if (run.isWorking || run.head === null) return;
    run.isWorking = true;
    void this.#workOff(run);
  }

  async #workOff(run: Run): Promise<void> {
    while (run === this.#run && run.queue.length > 0) {
      const batch = run.queue.slice(0, MAX_BATCH_ENTRIES);
      try {
        await this.#tasks.run(() => this.#settleBatch(run, batch));
      } catch (cause) {
        if (!(await this.#canTryAgain(run, toSirdasError(cause)))) break;
        continue;
      }
      run.queue.splice(0, batch.length);
      run.waitingBytes -= countBytes(batch);
      this.#throttle(run);
      this.#noteProgress(run);
    }
    run.isWorking = false;
  }

  async #settleBatch(run: Run, batch: readonly Entry[]): Promise<void> {
    const last = batch.at(-1);
    if (!last) return;
    const expired = last.seq - run.savedSeq - batch.length;
    const envelopes = batch.map((entry) => entry.envelope);
    const cursors = [{ log: run.log, seq: last.seq }];
    // CLI-033
    if (expired > 0) this.#options.events.emit({ type: 'gap', reason: 'expired', count: expired });
    await this.#options.settler.settle(envelopes, run.session, { cursors });
    run.savedSeq = last.seq;
    run.session.send({ kind: 'ack', log: fromId(run.log), seq: last.seq });
  }

  async #read(run: Run): Promise<{ head: number; first: number }> {
    const log = fromId(run.log);
    const { head, first } = await run.session.request({ kind: 'read', log, after: run.savedSeq });
    // CLI-024
    if (first > head + 1) throw new SirdasError('PROTOCOL_VIOLATION', 'the relay counts its entries wrongly');
    return { head, first };
  }

  /** The relay has forgotten entries and gives their numbers to others: everything is read again from the beginning. */
  async #goBack(run: Run, head: number): Promise<void> {
    const count = run.savedSeq - head;
    await this.#options.vault.save({ cursors: [{ log: run.log, seq: 0 }] });
    run.savedSeq = 0;
    run.deliveredSeq = 0;
    run.queue = [];
    run.waitingBytes = 0;
    this.#options.events.emit({ type: 'gap', reason: 'relay-rolled-back', count });
  }

  /** A device that reads for the first time has missed nothing: what is gone was for the others. */
  async #skipExpired(run: Run, first: number, isFirstTime: boolean): Promise<void> {
    const expired = first - 1 - run.savedSeq;
    if (expired <= 0 && !isFirstTime) return;
    run.savedSeq = Math.max(run.savedSeq, first - 1);
    run.deliveredSeq = Math.max(run.deliveredSeq, run.savedSeq);
    await this.#options.vault.save({ cursors: [{ log: run.log, seq: run.savedSeq }] });
    if (!isFirstTime) this.#options.events.emit({ type: 'gap', reason: 'expired', count: expired });
  }

  #noteProgress(run: Run): void {
    if (run.isCaughtUp || run.head === null || run.savedSeq < run.head) return;
    run.isCaughtUp = true;
    this.#options.events.emit({ type: 'caught-up' });
  }

  #throttle(run: Run): void {
    if (run.waitingBytes > MAX_WAITING_BYTES) {
      run.session.close(
        new SirdasError('PROTOCOL_VIOLATION', 'the relay delivers more than a mailbox holds'),
      );
    }
    const isPaused = run.waitingBytes > (run.isPaused ? RESUME_BYTES : PAUSE_BYTES);
    if (isPaused !== run.isPaused) run.session.setReading(!isPaused);
    run.isPaused = isPaused;
  }

  /** After a batch that failed: true after a while when the relay is only busy; otherwise the session ends. */
  async #canTryAgain(run: Run, error: SirdasError): Promise<boolean> {
    if (!findWireProperties(error.code)?.retry) {
      run.session.close(error);
      return false;
    }
    try {
      const delayMs = Math.max(error.retryAfterMs ?? 0, LOOK_UP_RETRY_MS);
      await waitMs(this.#options.clock, delayMs, run.stopper.signal);
      return true;
    } catch {
      return false;
    }
  }
}

function countBytes(entries: readonly Entry[]): number {
  return entries.reduce((sum, entry) => sum + entry.envelope.length, 0);
}

function newRun(session: Session, log: LogId, seq: number): Run {
  return {
    session,
    log,
    stopper: new AbortController(),
    deliveredSeq: seq,
    savedSeq: seq,
    head: null,
    queue: [],
    waitingBytes: 0,
    isPaused: false,
    isWorking: false,
    isCaughtUp: false,
  };
}
