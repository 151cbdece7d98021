// The logs of the relay, between the connections and the store. Appends that arrive in one turn of the event loop or while
// a commit is under way become the next batch: one transaction, one fsync, no timer. What a commit has made durable is
// told to the senders and handed to the readers straight from memory. SPEC §3.1, DESIGN §3.
import type { DeviceId, HotEntry, LogId } from '@sirdas/protocol';
import type { AppendOutcome, NewEntry, Store } from './store/store.ts';
import { type EntrySink, Subscription } from './subscription.ts';
import type { Wakeup } from './wakeup/wakeup.ts';

/** Envelope bytes that may wait for the disk before senders are asked to pause. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

export interface LogsOptions {
  readonly store: Store;
  readonly wakeup: Wakeup;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** The store can promise nothing any more: no outcome is reported from now on, the process must end. */
  readonly onStoreFailed: (cause: unknown) => void;
  /** For the metrics: so many envelopes became durable (or were refused) together. */
  readonly onCommitted: (envelopes: number, durationMs: number) => void;
}

/** What `read` answers; delivering begins with `subscription.start()`, after the client has been told head and first. */
export interface Reading {
  /** Newest sequence number ever given; 0 when none. */
  readonly head: number;
  /** Oldest sequence number still stored; head + 1 when nothing is stored. */
  readonly first: number;
  readonly subscription: Subscription;
}

type OnOutcome = (outcome: AppendOutcome) => void;

interface Batch {
  readonly entries: NewEntry[];
  readonly callbacks: OnOutcome[];
  sizeBytes: number;
}

export class Logs {
  readonly #store: Store;
  readonly #wakeup: Wakeup;
  readonly #nowMs: () => number;
  readonly #onStoreFailed: (cause: unknown) => void;
  readonly #onBatchCommitted: (envelopes: number, durationMs: number) => void;
  readonly #subscriptionsByLog = new Map<LogId, Set<Subscription>>();
  /** Collects what arrives until the next commit starts. */
  #next: Batch = newBatch();
  #isCommitting = false;
  #isScheduled = false;
  readonly #waitingForRoom: (() => void)[] = [];
  readonly #waitingForIdle: (() => void)[] = [];

  constructor(options: LogsOptions) {
    this.#store = options.store;
    this.#wakeup = options.wakeup;
    this.#nowMs = options.nowMs;
    this.#onStoreFailed = options.onStoreFailed;
    this.#onBatchCommitted = options.onCommitted;
    this.#wakeup.listen((log, head) => this.#announceHere(log, head));
  }

  /**
   * Stores one envelope at the end of a log. `onOutcome` is called once it is durable or refused, in the order of the calls;
   * `envelope` must stay unchanged until then. Returns false when much is waiting for the disk: the caller should
   * stop reading from its client until `whenRoom` calls back.
   */
  append(log: LogId, envelope: Uint8Array, onOutcome: OnOutcome): boolean {
    const next = this.#next;
    next.entries.push({ log, timeMs: this.#nowMs(), envelope });
    next.callbacks.push(onOutcome);
    next.sizeBytes += envelope.length;
    if (!this.#isCommitting && !this.#isScheduled) {
      this.#isScheduled = true;
      // After the sockets that are readable now: their appends belong to the same batch.
      setImmediate(() => this.#commitNext());
    }
    return next.sizeBytes <= MAX_WAITING_BYTES;
  }

  /** Calls back once, when less is waiting for the disk. */
  whenRoom(resume: () => void): void {
    this.#waitingForRoom.push(resume);
  }

  /** Begins to read a log after a sequence number, now and as it grows; null when there is no such log. */
  async read(log: LogId, after: number, sink: EntrySink): Promise<Reading | null> {
    const subscription = new Subscription({
      log,
      after,
      sink,
      readAfter: (...args) => this.#store.readAfter(...args),
      onStop: (stopped) => this.#removeSubscription(stopped),
      onStoreFailed: this.#onStoreFailed,
    });
    // Before the store is asked: no entry falls between its answer and the first announcement.
    this.#addSubscription(subscription);
    const slice = await this.#store.readAfter(log, after, { maxEntries: 0, maxBytes: 0 });
    if (slice === null) {
      subscription.stop();
      return null;
    }
    subscription.announce(slice.head);
    return { head: slice.head, first: slice.first, subscription };
  }

  /** Everything up to `seq` is safe on that device. */
  acknowledge(log: LogId, device: DeviceId, seq: number): void {
    this.#store.acknowledge([{ log, device, seq }]);
  }

  /** Resolves when every append so far has its outcome. */
  async whenIdle(): Promise<void> {
    if (!this.#isCommitting && this.#next.entries.length === 0) return;
    await new Promise<void>((resolve) => this.#waitingForIdle.push(resolve));
  }

  #commitNext(): void {
    this.#isScheduled = false;
    const batch = this.#next;
    if (batch.entries.length === 0) return;
    this.#next = newBatch();
    this.#isCommitting = true;
    const startedAtMs = performance.now();
    this.#store.append(batch.entries).then(
      (outcomes) => {
        this.#onBatchCommitted(outcomes.length, performance.now() - startedAtMs);
        this.#onCommitted(batch, outcomes);
      },
      (cause) => this.#onStoreFailed(cause),
    );
  }

  #onCommitted(batch: Batch, outcomes: readonly AppendOutcome[]): void {
    this.#isCommitting = false;
    // First, so that the disk works while the results of this batch are written to the sockets.
    this.#commitNext();
    for (const resume of takeAll(this.#waitingForRoom)) resume();
    this.#reportOutcomes(batch, outcomes);
    for (const [log, entries] of this.#groupForReaders(batch, outcomes)) this.#handOver(log, entries);
    if (!this.#isCommitting) for (const resolve of takeAll(this.#waitingForIdle)) resolve();
  }

  #reportOutcomes(batch: Batch, outcomes: readonly AppendOutcome[]): void {
    for (let i = 0; i < outcomes.length; i++) {
      const outcome = outcomes[i];
      if (outcome) batch.callbacks[i]?.(outcome);
    }
  }

  #groupForReaders(batch: Batch, outcomes: readonly AppendOutcome[]): Map<LogId, HotEntry[]> {
    const storedByLog = new Map<LogId, HotEntry[]>();
    for (let i = 0; i < outcomes.length; i++) {
      const outcome = outcomes[i];
      const appended = batch.entries[i];
      if (outcome?.outcome !== 'stored' || !appended) continue;
      const { log, timeMs, envelope } = appended;
      const entry = { seq: outcome.seq, timeMs, envelope };
      const stored = storedByLog.get(log);
      if (stored) stored.push(entry);
      else storedByLog.set(log, [entry]);
    }
    return storedByLog;
  }

  #handOver(log: LogId, entries: readonly HotEntry[]): void {
    for (const subscription of this.#subscriptionsByLog.get(log) ?? []) subscription.offer(entries);
    const head = entries.at(-1)?.seq;
    if (head !== undefined) this.#wakeup.announce(log, head);
  }

  /** From any node, also from this one: subscriptions that got the entries from memory have nothing left to do. */
  #announceHere(log: LogId, head: number): void {
    for (const subscription of this.#subscriptionsByLog.get(log) ?? []) subscription.announce(head);
  }

  #addSubscription(subscription: Subscription): void {
    const subscriptions = this.#subscriptionsByLog.get(subscription.log);
    if (subscriptions) subscriptions.add(subscription);
    else this.#subscriptionsByLog.set(subscription.log, new Set([subscription]));
  }

  #removeSubscription(subscription: Subscription): void {
    const subscriptions = this.#subscriptionsByLog.get(subscription.log);
    subscriptions?.delete(subscription);
    if (subscriptions?.size === 0) this.#subscriptionsByLog.delete(subscription.log);
  }
}

function newBatch(): Batch {
  return { entries: [], callbacks: [], sizeBytes: 0 };
}

/** Empties the list before anyone in it is called: who is called may wait again. */
function takeAll<Item>(list: Item[]): Item[] {
  return list.splice(0);
}
