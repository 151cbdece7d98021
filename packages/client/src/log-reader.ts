// Reads logs: what the relay delivers is settled and only then acknowledged, batch by batch, each batch in one vault transaction
// with the cursor. The own inbox first, then the logs of all groups, a few at a time, the liveliest first. Nothing is shown twice
// (the vault knows every message) and nothing is lost: what could not be judged stays unacknowledged and comes again.
// SPEC §3.2, DESIGN §3.
import { type Frame, fromId, type LogId, toLogId } from '@sirdas/protocol';
import type { Clock } from './clock.ts';
import { findWireProperties, toSirdasError } from './convert-error.ts';
import { type ClientErrorCode, SirdasError } from './errors.ts';
import type { Events } from './events.ts';
import { LogRun, type LogSettler } from './log-run.ts';
import type { SerialQueue } from './serial-queue.ts';
import type { Session } from './session.ts';
import type { Cursor, Vault } from './vault/vault.ts';
import { waitMs } from './wait.ts';

const MAX_BATCH_ENTRIES = 500;
/** Delivered and not settled yet, of all logs: above the first the relay has to wait, below the second it may go on. */
const PAUSE_BYTES = 4 * 1024 * 1024;
const RESUME_BYTES = 1024 * 1024;
/** Where the platform cannot make the relay wait: more than a full mailbox holds. */
const MAX_WAITING_BYTES = 96 * 1024 * 1024;
const RETRY_MS = 5000;
/** A relay that counts requests says how long the next one has to wait. */
const SHORTEST_RETRY_MS = 500;
/** Logs that are being caught up with at the same time: a client with hundreds of groups must not ask for all at once. */
const MAX_LOGS_AT_WORK = 8;
/** This device is not among the readers (any more), or the log is gone. */
const UNREADABLE_CODES: ReadonlySet<ClientErrorCode> = new Set<ClientErrorCode>([
  'UNKNOWN_LOG',
  'NOT_ALLOWED',
]);

export interface LogReaderOptions {
  readonly vault: Vault;
  readonly clock: Clock;
  readonly events: Events;
  /** Whatever settles runs in here: never two at once, since they share counters. */
  readonly tasks: SerialQueue;
  /** The relay knows of more that this device has read than the vault does. Throws to end the session. */
  readonly onVaultRolledBack: (log: LogId, session: Session) => Promise<void>;
  /** A group's log that this device may not read. */
  readonly onUnreadable: (log: LogId, session: Session) => Promise<void>;
}

export interface LogToRead {
  readonly log: LogId;
  readonly settler: LogSettler;
}

/** All logs over one session. */
interface Reading {
  readonly session: Session;
  readonly stopper: AbortController;
  readonly runs: Map<LogId, LogRun>;
  /** Still to be opened, in this order. */
  waiting: LogRun[];
  /** Being opened or caught up with. */
  atWork: number;
  isPaused: boolean;
  isCaughtUp: boolean;
  readonly caughtUp: PromiseWithResolvers<void>;
}

export class LogReader {
  readonly #options: LogReaderOptions;
  readonly #cursors = new Map<LogId, number>();
  #reading: Reading | null = null;

  constructor(options: LogReaderOptions) {
    this.#options = options;
  }

  load(cursors: readonly Cursor[]): void {
    for (const { log, seq } of cursors) this.#cursors.set(log, seq);
  }

  /** Begins over a session that has just logged in: resolves when the relay is delivering the first log. */
  async start(session: Session, first: LogToRead, others: readonly LogToRead[]): Promise<void> {
    // A batch of the session before may still be on its way into the vault.
    await this.#options.tasks.settle();
    const reading: Reading = {
      ...{ session, stopper: new AbortController(), runs: new Map(), waiting: [] },
      ...{ atWork: 1, isPaused: false, isCaughtUp: false, caughtUp: Promise.withResolvers<void>() },
    };
    this.#reading = reading;
    const run = this.#newRun(reading, first);
    reading.waiting = others.map((toRead) => this.#newRun(reading, toRead));
    await this.#open(reading, run);
    void run.caughtUp.promise.then(() => this.#release(reading));
  }

  stop(): void {
    this.#reading?.stopper.abort();
    this.#reading = null;
  }

  /** Reads one more log, or the same from where the relay says; its cursor in the vault is 0. */
  add(toRead: LogToRead): void {
    this.#cursors.set(toRead.log, 0);
    const reading = this.#reading;
    if (!reading) return;
    const before = reading.runs.get(toRead.log);
    if (before) this.#end(before);
    const others = reading.waiting.filter((run) => run !== before);
    reading.waiting = [this.#newRun(reading, toRead), ...others];
    this.#fill(reading);
  }

  /** Takes no more notice of a log. */
  remove(log: LogId): void {
    const run = this.#reading?.runs.get(log);
    if (run) this.#end(run);
  }

  /** Resolves once everything that the relay held when reading began has been settled. Throws UNREACHABLE. */
  async whenCaughtUp(log: LogId, session: Session): Promise<void> {
    const run = this.#reading?.session === session ? this.#reading.runs.get(log) : null;
    if (!run) throw new SirdasError('UNREACHABLE', 'this log is not read over this connection');
    // Somebody waits for it: it does not wait for those for which nobody does.
    const at = this.#reading?.waiting.indexOf(run) ?? -1;
    if (this.#reading && at >= 0) {
      this.#reading.waiting.splice(at, 1);
      this.#openSoon(this.#reading, run);
    }
    await session.untilClosed(run.caughtUp.promise);
  }

  /** The same for all logs that were there when reading began. Throws UNREACHABLE. */
  async whenAllCaughtUp(session: Session): Promise<void> {
    const reading = this.#reading;
    if (reading?.session !== session) {
      throw new SirdasError('UNREACHABLE', 'nothing is read over this connection');
    }
    await session.untilClosed(reading.caughtUp.promise);
  }

  /** Entries of a log, from the relay. */
  receive(deliver: Frame<'deliver'>, session: Session): void {
    const reading = this.#reading;
    const run = reading?.runs.get(toLogId(deliver.log));
    // CLI-025
    if (reading?.session !== session || !run?.isOpen) {
      session.close(new SirdasError('PROTOCOL_VIOLATION', 'the relay delivers a log that nobody reads'));
      return;
    }
    if (run.isOver) return;
    try {
      run.push(deliver.entries);
    } catch (cause) {
      session.close(toSirdasError(cause));
      return;
    }
    this.#throttle(reading);
    this.#work(reading, run);
  }

  #newRun({ runs, session }: Reading, { log, settler }: LogToRead): LogRun {
    const run = new LogRun(session, log, settler);
    runs.set(log, run);
    return run;
  }

  #fill(reading: Reading): void {
    while (this.#reading === reading && reading.atWork < MAX_LOGS_AT_WORK) {
      const next = reading.waiting.shift();
      if (!next) break;
      this.#openSoon(reading, next);
    }
    this.#noteProgress(reading);
  }

  #openSoon(reading: Reading, run: LogRun): void {
    reading.atWork++;
    void this.#openNext(reading, run);
  }

  async #openNext(reading: Reading, run: LogRun): Promise<void> {
    try {
      while (!run.isOver) {
        try {
          await this.#open(reading, run);
          break;
        } catch (cause) {
          const error = toSirdasError(cause);
          if (UNREADABLE_CODES.has(error.code)) {
            this.#end(run);
            await this.#options.onUnreadable(run.log, reading.session);
          } else if (!(await this.#canTryAgain(reading, error, SHORTEST_RETRY_MS))) return;
        }
      }
      await run.caughtUp.promise;
    } catch (cause) {
      reading.session.close(toSirdasError(cause));
    }
    this.#release(reading);
  }

  #release(reading: Reading): void {
    reading.atWork--;
    this.#fill(reading);
  }

  async #open(reading: Reading, run: LogRun): Promise<void> {
    const knownSeq = this.#cursors.get(run.log) ?? 0;
    run.begin(knownSeq);
    let answer = await this.#read(run);
    if (knownSeq > 0 && answer.acknowledged > knownSeq && !(await this.#wasMoved(reading, run, knownSeq))) {
      // CLI-041
      await this.#options.onVaultRolledBack(run.log, run.session);
    }
    if (run.isOver) return;
    // CLI-034
    const wentBack = answer.head < knownSeq;
    if (wentBack) {
      await this.#goBack(run, answer.head);
      answer = await this.#read(run);
    }
    const isFirstTime = wentBack || knownSeq === 0;
    const readFrom =
      isFirstTime && !wentBack ? Math.max(answer.acknowledged, answer.first - 1) : answer.first - 1;
    await this.#skipTo(run, readFrom, isFirstTime);
    // An earlier acknowledgement may have been lost.
    if (run.savedSeq >= answer.first) this.#acknowledge(run);
    if (run.savedSeq >= answer.head) {
      if (run.queue.length === 0) run.noteEpoch(answer.epoch);
      await run.settler.noteEpoch?.(run.log, answer.epoch);
    }
    run.head = answer.head;
    this.#noteRun(run);
    this.#work(reading, run);
  }

  /** This device may have been taken out and put in again, while it was away or just now: its inbox tells. */
  async #wasMoved(reading: Reading, run: LogRun, knownSeq: number): Promise<boolean> {
    const [inbox] = reading.runs.values();
    if (!inbox || inbox === run) return false;
    await run.session.untilClosed(inbox.caughtUp.promise);
    return this.#options.tasks.run(async () => {
      if (run.isOver || this.#cursors.get(run.log) !== knownSeq) return true;
      return (await run.settler.goOver?.(run.log, run.session)) ?? false;
    });
  }

  async #read(run: LogRun) {
    const reading = await run.session.request({ kind: 'read', log: fromId(run.log), after: run.savedSeq });
    // CLI-024
    if (reading.first > reading.head + 1) {
      throw new SirdasError('PROTOCOL_VIOLATION', 'the relay counts its entries wrongly');
    }
    return { ...reading, acknowledged: Math.min(reading.acknowledged, reading.head) };
  }

  /** The relay has forgotten entries and gives their numbers to others: everything is read again from the beginning. */
  async #goBack(run: LogRun, head: number): Promise<void> {
    const count = run.savedSeq - head;
    await this.#saveCursor(run.log, 0);
    run.restart();
    this.#options.events.emit({ type: 'gap', reason: 'relay-rolled-back', count });
  }

  /** A device that reads for the first time has missed nothing: what is gone was for the others. */
  async #skipTo(run: LogRun, seq: number, isFirstTime: boolean): Promise<void> {
    const expired = seq - run.savedSeq;
    if (expired <= 0 && !isFirstTime) return;
    run.skipTo(seq);
    await this.#saveCursor(run.log, run.savedSeq);
    // CLI-033
    if (!isFirstTime) this.#options.events.emit({ type: 'gap', reason: 'expired', count: expired });
  }

  async #saveCursor(log: LogId, seq: number): Promise<void> {
    await this.#options.vault.save({ cursors: [{ log, seq }] });
    this.#cursors.set(log, seq);
  }

  #work(reading: Reading, run: LogRun): void {
    if (run.isWorking || run.head === null) return;
    run.isWorking = true;
    void this.#workOff(reading, run);
  }

  async #workOff(reading: Reading, run: LogRun): Promise<void> {
    while (reading === this.#reading && !run.isOver && run.queue.length > 0) {
      try {
        await this.#options.tasks.run(() => this.#settleBatch(reading, run));
      } catch (cause) {
        if (!(await this.#canTryAgain(reading, toSirdasError(cause)))) break;
        continue;
      }
      this.#throttle(reading);
      this.#noteRun(run);
    }
    run.isWorking = false;
  }

  async #settleBatch(reading: Reading, run: LogRun): Promise<void> {
    if (run.isOver || reading !== this.#reading) return;
    const batch = run.queue.slice(0, MAX_BATCH_ENTRIES);
    const count = await run.settler.settle(run.log, batch, run.session);
    const settled = batch.slice(0, count);
    const last = settled.at(-1);
    if (run.isOver || !last) return;
    const expired = last.seq - run.savedSeq - settled.length;
    // CLI-033
    if (expired > 0) this.#options.events.emit({ type: 'gap', reason: 'expired', count: expired });
    run.drop(settled);
    run.savedSeq = last.seq;
    this.#cursors.set(run.log, last.seq);
    this.#acknowledge(run);
  }

  /** CLI-002 */
  #acknowledge(run: LogRun): void {
    run.session.send({ kind: 'ack', log: fromId(run.log), seq: run.savedSeq });
  }

  #noteRun(run: LogRun): void {
    if (run.head !== null && run.savedSeq >= run.head) run.caughtUp.resolve();
  }

  #end(run: LogRun): void {
    run.isOver = true;
    run.queue = [];
    run.waitingBytes = 0;
    run.caughtUp.resolve();
  }

  #noteProgress(reading: Reading): void {
    const isDone = reading.atWork === 0 && reading.waiting.length === 0;
    if (reading !== this.#reading || reading.isCaughtUp || !isDone) return;
    reading.isCaughtUp = true;
    reading.caughtUp.resolve();
    this.#options.events.emit({ type: 'caught-up' });
  }

  #throttle(reading: Reading): void {
    const { session, runs } = reading;
    const waitingBytes = [...runs.values()].reduce((sum, run) => sum + run.waitingBytes, 0);
    if (waitingBytes > MAX_WAITING_BYTES) {
      session.close(new SirdasError('PROTOCOL_VIOLATION', 'the relay delivers more than a mailbox holds'));
    }
    const isPaused = waitingBytes > (reading.isPaused ? RESUME_BYTES : PAUSE_BYTES);
    if (isPaused !== reading.isPaused) session.setReading(!isPaused);
    reading.isPaused = isPaused;
  }

  /** After something that failed: true after a while when the relay is only busy; otherwise the session ends. */
  async #canTryAgain(
    { session, stopper }: Reading,
    error: SirdasError,
    shortestMs = RETRY_MS,
  ): Promise<boolean> {
    if (!findWireProperties(error.code)?.retry) {
      session.close(error);
      return false;
    }
    try {
      await waitMs(this.#options.clock, Math.max(error.retryAfterMs ?? RETRY_MS, shortestMs), stopper.signal);
      return true;
    } catch {
      return false;
    }
  }
}
