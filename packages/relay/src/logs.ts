// The logs of the relay, between the connections and the store. Appends that arrive in one turn of the event loop or while
// a commit is under way become the next batch: one transaction, one fsync, no timer. What a commit has made durable is
// told to the senders and handed to the readers straight from memory. SPEC §3.1, DESIGN §3.
import type { DeviceId, HotEntry, LogId } from '@sirdas/protocol';
import type { AppendOutcome, ChangeOutcome, LogCommit, LogCreation, NewEntry, Store } from './store/store.ts';
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

/** What `read` answers; delivering begins with `subscription.start()`, after the client has been told the rest. */
export interface Reading {
  /** Newest sequence number ever given that this device may read; 0 when none. */
  readonly head: number;
  /** Oldest sequence number still stored that this device may read; head + 1 when there is none. */
  readonly first: number;
  readonly epoch: number;
  readonly acknowledged: number;
  readonly subscription: Subscription;
}

export type NewCommit = Omit<LogCommit, 'kind' | 'timeMs'>;
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
  #batchesUnderWay = 0;
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
   * the envelope must stay unchanged until then. Returns false when much is waiting for the disk: the caller should
   * stop reading from its client until `whenRoom` calls back.
   */
  append(entry: NewEntry, onOutcome: OnOutcome): boolean {
    const next = this.#next;
    next.entries.push(entry);
    next.callbacks.push(onOutcome);
    next.sizeBytes += entry.envelope.length;
    if (this.#batchesUnderWay === 0 && !this.#isScheduled) {
      this.#isScheduled = true;
      // After the sockets that are readable now: their appends belong to the same batch.
      setImmediate(() => this.#storeNext());
    }
    return next.sizeBytes <= MAX_WAITING_BYTES;
  }

  createLog(creation: Omit<LogCreation, 'kind'>): Promise<ChangeOutcome> {
    return this.#store.changeLog({ kind: 'creation', ...creation });
  }

  /** The log's next epoch; `deliveries` go into inboxes with it or not at all. */
  async commit(commit: NewCommit): Promise<ChangeOutcome> {
    // What was sent before belongs to the epoch that ends here.
    this.#storeNext();
    const timeMs = this.#nowMs();
    const startedAtMs = performance.now();
    const outcome = await this.#store.changeLog({ kind: 'commit', timeMs, ...commit });
    if (outcome.outcome === 'refused') return outcome;
    const delivered = outcome.deliveredSeqs.reduce((sum, seqs) => sum + seqs.length, 0);
    this.#onBatchCommitted(1 + delivered, performance.now() - startedAtMs);
    this.#endSubscriptions(commit, outcome.seq);
    const { log, epoch, envelope } = commit;
    this.#handOver(log, [{ seq: outcome.seq, timeMs, envelope, epoch, commit: true }]);
    for (const [index, delivery] of commit.deliveries.entries()) {
      for (const [place, inbox] of delivery.inboxes.entries()) {
        const seq = outcome.deliveredSeqs[index]?.[place] ?? 0;
        this.#handOver(inbox, [{ seq, timeMs, envelope: delivery.envelope, epoch: 0, commit: false }]);
      }
    }
    return outcome;
  }

  /** Calls back once, when less is waiting for the disk. */
  whenRoom(resume: () => void): void {
    this.#waitingForRoom.push(resume);
  }

  /** Begins to read a log after a sequence number, now and as it grows; null when this device reads no such log. */
  async read(log: LogId, device: DeviceId, after: number, sink: EntrySink): Promise<Reading | null> {
    const subscription = new Subscription({
      log,
      device,
      after,
      sink,
      readAfter: (from, limits) => this.#store.readAfter(log, device, from, limits),
      onStop: (stopped) => this.#removeSubscription(stopped),
      onStoreFailed: this.#onStoreFailed,
    });
    // Before the store is asked: no entry falls between its answer and the first announcement.
    this.#addSubscription(subscription);
    const slice = await this.#store.readAfter(log, device, after, { maxEntries: 0, maxBytes: 0 });
    if (slice === null) {
      subscription.stop();
      return null;
    }
    subscription.announce(slice.head);
    if (slice.isEnd) subscription.endAt(slice.head);
    const { head, first, epoch, acknowledged } = slice;
    return { head, first, epoch, acknowledged, subscription };
  }

  /** Everything up to `seq` is safe on that device; 0: it is there. */
  acknowledge(log: LogId, device: DeviceId, seq: number): void {
    this.#store.acknowledge([{ log, device, seq, timeMs: this.#nowMs() }]);
  }

  /** Hands an encoded frame to the other devices that read this log now; returns to how many. */
  signal(log: LogId, sender: DeviceId, frame: Uint8Array): number {
    const others = [...(this.#subscriptionsByLog.get(log) ?? [])].filter(({ device }) => device !== sender);
    for (const subscription of others) subscription.signal(frame);
    return others.length;
  }

  /** Resolves when every append so far has its outcome. */
  async whenIdle(): Promise<void> {
    if (this.#batchesUnderWay === 0 && this.#next.entries.length === 0) return;
    await new Promise<void>((resolve) => this.#waitingForIdle.push(resolve));
  }

  #storeNext(): void {
    this.#isScheduled = false;
    const batch = this.#next;
    if (batch.entries.length === 0) return;
    this.#next = newBatch();
    this.#batchesUnderWay++;
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
    this.#batchesUnderWay--;
    // First, so that the disk works while the results of this batch are written to the sockets.
    if (this.#batchesUnderWay === 0) this.#storeNext();
    for (const resume of takeAll(this.#waitingForRoom)) resume();
    this.#reportOutcomes(batch, outcomes);
    for (const [log, entries] of this.#groupForReaders(batch, outcomes)) this.#handOver(log, entries);
    if (this.#batchesUnderWay === 0) for (const resolve of takeAll(this.#waitingForIdle)) resolve();
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
      const { log, timeMs, envelope, epoch } = appended;
      const entry = { seq: outcome.seq, timeMs, envelope, epoch, commit: false };
      const stored = storedByLog.get(log);
      if (stored) stored.push(entry);
      else storedByLog.set(log, [entry]);
    }
    return storedByLog;
  }

  /** Of those whom the commit `seq` has removed. */
  #endSubscriptions({ log, readers }: NewCommit, seq: number): void {
    const staying = new Set(readers);
    for (const subscription of [...(this.#subscriptionsByLog.get(log) ?? [])]) {
      if (!staying.has(subscription.device)) subscription.endAt(seq);
    }
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
