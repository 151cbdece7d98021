// One connection reading one log: delivers every entry once, in order, without gaps. Entries come straight from memory
// while the reader keeps up and from the store otherwise, so that a slow reader costs no memory. Made by logs.ts, one
// for each `read` frame (SPEC §3.1).
import { type DeviceId, fromId, type HotEntry, type LogId } from '@sirdas/protocol';
import type { LogSlice, ReadLimits } from './store/store.ts';

/** Far below MAX_FRAME_BYTES, large enough that a drain costs few round trips. */
const SLICE_LIMITS: ReadLimits = { maxEntries: 256, maxBytes: 256 * 1024 };

/** Where entries go: a connection's Outbound. */
export interface EntrySink {
  /** Copies the envelopes before it returns. */
  sendDeliver(log: Uint8Array, entries: readonly HotEntry[]): void;
  /** A whole encoded frame with a signal. */
  sendSignal(frame: Uint8Array): void;
  readonly isFull: boolean;
  whenDrained(resume: () => void): void;
}

export interface SubscriptionOptions {
  readonly log: LogId;
  readonly device: DeviceId;
  readonly after: number;
  readonly sink: EntrySink;
  /** What this device may read of this log. */
  readonly readAfter: (after: number, limits: ReadLimits) => Promise<LogSlice | null>;
  readonly onStop: (subscription: Subscription) => void;
  readonly onStoreFailed: (cause: unknown) => void;
}

export class Subscription {
  readonly log: LogId;
  readonly device: DeviceId;
  readonly #logBytes: Uint8Array;
  readonly #options: SubscriptionOptions;
  /** The newest entry that was given to the sink. */
  #deliveredSeq: number;
  /** The newest entry that is known to exist. */
  #announcedSeq: number;
  /** Catching up from the store, or not started: entries from memory would come out of order. */
  #isBehind = true;
  /** The last entry that this device may read. */
  #endSeq = Number.POSITIVE_INFINITY;
  #isStarted = false;
  #isStopped = false;

  constructor(options: SubscriptionOptions) {
    this.log = options.log;
    this.device = options.device;
    this.#logBytes = fromId(options.log);
    this.#options = options;
    this.#deliveredSeq = options.after;
    this.#announcedSeq = options.after;
  }

  /** Begins to deliver; not before the client has been sent `reading`. */
  start(): void {
    this.#isStarted = true;
    void this.#catchUp();
  }

  /** RLY-117: nothing behind this entry is delivered, whether the device was removed just now or while it was away. */
  endAt(seq: number): void {
    this.#endSeq = Math.min(this.#endSeq, seq);
    if (this.#deliveredSeq >= this.#endSeq) this.stop();
  }

  /** True while the device reads what comes: only then it sends and gets signals. */
  get isLive(): boolean {
    return this.#isStarted && !this.#isStopped && this.#endSeq === Number.POSITIVE_INFINITY;
  }

  /** Dropped for whoever is slow: it would be late. */
  signal(frame: Uint8Array): void {
    if (this.isLive && !this.#options.sink.isFull) this.#options.sink.sendSignal(frame);
  }

  /** Nothing is delivered any more. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#options.onStop(this);
  }

  /** Entries that have just been stored, consecutive and in order. */
  offer(entries: readonly HotEntry[]): void {
    const first = entries[0];
    const last = entries.at(-1);
    if (!first || !last || first.seq > this.#endSeq) return;
    if (last.seq > this.#endSeq) {
      this.offer(entries.filter(({ seq }) => seq <= this.#endSeq));
      return;
    }
    this.#announcedSeq = Math.max(this.#announcedSeq, last.seq);
    if (this.#isBehind) return;
    if (first.seq === this.#deliveredSeq + 1) this.#deliverWhileRoom(entries);
    if (this.#deliveredSeq < this.#announcedSeq) void this.#catchUp();
  }

  /** The log ends at `head` now. */
  announce(head: number): void {
    this.#announcedSeq = Math.max(this.#announcedSeq, Math.min(head, this.#endSeq));
    if (!this.#isBehind && this.#deliveredSeq < this.#announcedSeq) void this.#catchUp();
  }

  /** What does not fit into the socket any more is left to #catchUp. */
  #deliverWhileRoom(entries: readonly HotEntry[]): void {
    let start = 0;
    while (start < entries.length && !this.#options.sink.isFull && !this.#isStopped) {
      const end = findSliceEnd(entries, start);
      this.#deliver(start === 0 && end === entries.length ? entries : entries.slice(start, end));
      start = end;
    }
  }

  /** Reads from the store until nothing is missing. One at a time. */
  async #catchUp(): Promise<void> {
    this.#isBehind = true;
    try {
      // Looked at again after every wait and in the same step as `isBehind`: what was announced meanwhile must not be missed.
      while (this.#deliveredSeq < this.#announcedSeq && !this.#isStopped) {
        if (this.#options.sink.isFull) {
          await new Promise<void>((resume) => this.#options.sink.whenDrained(resume));
        } else {
          await this.#readSlice();
        }
      }
      this.#isBehind = false;
    } catch (cause) {
      // At the end of the relay the store closes under those who are gone already.
      if (this.#isStopped) return;
      this.stop();
      this.#options.onStoreFailed(cause);
    }
  }

  async #readSlice(): Promise<void> {
    const announcedBefore = this.#announcedSeq;
    const slice = await this.#options.readAfter(this.#deliveredSeq, SLICE_LIMITS);
    if (this.#isStopped) return;
    if (slice === null) {
      this.stop();
      return;
    }
    if (slice.isEnd) this.#endSeq = Math.min(this.#endSeq, slice.head);
    if (slice.entries.length > 0) {
      this.#deliver(slice.entries);
      return;
    }
    // What was between has expired or was acknowledged by all devices; the store knows better than an announcement.
    this.#deliveredSeq = Math.max(this.#deliveredSeq, slice.head);
    if (this.#announcedSeq === announcedBefore) this.#announcedSeq = this.#deliveredSeq;
    if (this.#deliveredSeq >= this.#endSeq) this.stop();
  }

  #deliver(entries: readonly HotEntry[]): void {
    this.#options.sink.sendDeliver(this.#logBytes, entries);
    this.#deliveredSeq = entries.at(-1)?.seq ?? this.#deliveredSeq;
    if (this.#deliveredSeq >= this.#endSeq) this.stop();
  }
}

/** The end of the longest run of entries from `start` that keeps the slice limits; at least one entry. */
function findSliceEnd(entries: readonly HotEntry[], start: number): number {
  let sizeBytes = 0;
  let end = start;
  for (; end < entries.length && end - start < SLICE_LIMITS.maxEntries; end++) {
    sizeBytes += entries[end]?.envelope.length ?? 0;
    if (end > start && sizeBytes > SLICE_LIMITS.maxBytes) break;
  }
  return end;
}
