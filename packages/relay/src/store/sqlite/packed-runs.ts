// Entries as they lie in the database and travel between the threads: packed side by side. A batch crosses to the store
// thread as one buffer, and a run goes into its row as a part of that buffer, uncopied. Called by sqlite-store.ts (pack
// a batch, unpack a slice) and run-table.ts (walk a run). The layout of an entry is that of the column run.entries.
import type { DeviceId, LogId } from '@sirdas/protocol';
import type { NewEntry, ReadLimits, StoredEntry } from '../store.ts';

/** Time, 8 bytes, and length of the envelope, 4 bytes; big-endian. */
const ENTRY_HEADER_BYTES = 12;
const UINT32_RANGE = 2 ** 32;
/** A run is read and removed as a whole: not larger than what is delivered at once. */
const MAX_RUN_ENTRIES = 256;
const MAX_RUN_BYTES = 128 * 1024;

/** A batch, sorted into runs; the arrays have one element for each run. */
export interface PackedBatch {
  readonly logs: LogId[];
  readonly entryCounts: number[];
  readonly sizesBytes: number[];
  readonly lastTimesMs: number[];
  readonly epochs: number[];
  /** The one device that wrote the whole run, or one for each entry. */
  readonly writers: (DeviceId | DeviceId[])[];
  /** All runs, one after the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A part of a log: whole runs, so that entries at both ends may be more than what was asked for. */
export interface PackedSlice {
  readonly head: number;
  readonly first: number;
  readonly epoch: number;
  readonly acknowledged: number;
  readonly isEnd: boolean;
  readonly runFirstSeqs: number[];
  readonly runEpochs: number[];
  /** A commit's entry is a run of its own. */
  readonly runIsCommit: boolean[];
  readonly runSizesBytes: number[];
  /** All runs, one after the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** One entry inside a run; offsets are from the beginning of the run. */
export interface PackedEntry {
  readonly timeMs: number;
  readonly start: number;
  readonly envelopeStart: number;
  readonly end: number;
}

/**
 * Packs entries, each log's together and in their order. `order` tells for each packed entry where it stood in `entries`.
 * The buffer is used by nobody else and may be transferred.
 */
export function packBatch(entries: readonly NewEntry[]): { batch: PackedBatch; order: Uint32Array } {
  const order = new Uint32Array(entries.length);
  const packer = new BatchPacker(sizeOfPacked(entries));
  let packed = 0;
  for (const indexes of groupByLog(entries).values()) {
    for (const index of indexes) {
      const entry = entries[index];
      if (entry) packer.add(entry);
      order[packed++] = index;
    }
  }
  return { batch: packer.finish(), order };
}

/** One entry as it lies in a run of its own. */
export function packEntry(timeMs: number, envelope: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(ENTRY_HEADER_BYTES + envelope.length);
  writeEntry(bytes, 0, timeMs, envelope);
  return bytes;
}

/** The entries of a slice with seq > after, as views of its bytes. */
export function unpackSlice(slice: PackedSlice, after: number, limits: ReadLimits): StoredEntry[] {
  const entries: StoredEntry[] = [];
  let sizeBytes = 0;
  for (const entry of walkSlice(slice, Math.max(after + 1, slice.first))) {
    sizeBytes += entry.envelope.length;
    const isFull = entries.length >= limits.maxEntries || sizeBytes > limits.maxBytes;
    if (isFull && entries.length > 0) return entries;
    entries.push(entry);
  }
  return entries;
}

/** From a number on, and not beyond the head: a run may hold more than its reader may read. */
function* walkSlice(slice: PackedSlice, from: number): Generator<StoredEntry> {
  let runStart = 0;
  for (const [run, firstSeq] of slice.runFirstSeqs.entries()) {
    const runEnd = runStart + (slice.runSizesBytes[run] ?? 0);
    const bytes = slice.bytes.subarray(runStart, runEnd);
    runStart = runEnd;
    const [epoch = 0, commit = false] = [slice.runEpochs[run], slice.runIsCommit[run]];
    let seq = firstSeq;
    for (const { timeMs, envelopeStart, end } of walkRun(bytes)) {
      if (seq >= from && seq <= slice.head) {
        yield { seq, timeMs, envelope: bytes.subarray(envelopeStart, end), epoch, commit };
      }
      seq++;
    }
  }
}

/** The entries of one run in order. */
export function* walkRun(run: Uint8Array): Generator<PackedEntry> {
  const view = new DataView(run.buffer, run.byteOffset, run.length);
  for (let start = 0; start < run.length; ) {
    const timeMs = view.getUint32(start) * UINT32_RANGE + view.getUint32(start + 4);
    const envelopeStart = start + ENTRY_HEADER_BYTES;
    const end = envelopeStart + view.getUint32(start + 8);
    yield { timeMs, start, envelopeStart, end };
    start = end;
  }
}

/** Lays entries side by side; a run ends where another log or epoch begins or where it is large enough. */
class BatchPacker {
  readonly #batch: PackedBatch;
  #runWriters: DeviceId | DeviceId[] = [];
  #at = 0;
  #runStart = 0;
  #runEntries = 0;
  #last: NewEntry | null = null;

  constructor(sizeBytes: number) {
    // Not from Node's shared pool, and not filled with zeros: every byte is written.
    const bytes = Buffer.allocUnsafeSlow(sizeBytes);
    const runs = { logs: [], entryCounts: [], sizesBytes: [], lastTimesMs: [], epochs: [], writers: [] };
    this.#batch = { ...runs, bytes };
  }

  add(entry: NewEntry): void {
    const sizeBytes = ENTRY_HEADER_BYTES + entry.envelope.length;
    const isFull =
      this.#runEntries === MAX_RUN_ENTRIES || this.#at + sizeBytes - this.#runStart > MAX_RUN_BYTES;
    const last = this.#last;
    if (isFull || last?.log !== entry.log || last.epoch !== entry.epoch) this.#endRun();
    this.#noteWriter(entry.writer);
    writeEntry(this.#batch.bytes, this.#at, entry.timeMs, entry.envelope);
    this.#at += sizeBytes;
    this.#runEntries++;
    this.#last = entry;
  }

  finish(): PackedBatch {
    this.#endRun();
    return this.#batch;
  }

  /** One for all, until a second one writes into the same run: most runs have one writer. */
  #noteWriter(writer: DeviceId): void {
    if (this.#runEntries === 0) this.#runWriters = writer;
    else if (typeof this.#runWriters !== 'string') this.#runWriters.push(writer);
    else if (this.#runWriters !== writer) {
      this.#runWriters = [...new Array<DeviceId>(this.#runEntries).fill(this.#runWriters), writer];
    }
  }

  #endRun(): void {
    if (this.#last === null || this.#runEntries === 0) return;
    this.#batch.logs.push(this.#last.log);
    this.#batch.entryCounts.push(this.#runEntries);
    this.#batch.sizesBytes.push(this.#at - this.#runStart);
    this.#batch.lastTimesMs.push(this.#last.timeMs);
    this.#batch.epochs.push(this.#last.epoch);
    this.#batch.writers.push(this.#runWriters);
    this.#runStart = this.#at;
    this.#runEntries = 0;
  }
}

/** As `walkRun` reads it. */
function writeEntry(target: Uint8Array, at: number, timeMs: number, envelope: Uint8Array): void {
  writeUint32(target, at, Math.floor(timeMs / UINT32_RANGE));
  writeUint32(target, at + 4, timeMs % UINT32_RANGE);
  writeUint32(target, at + 8, envelope.length);
  target.set(envelope, at + ENTRY_HEADER_BYTES);
}

function writeUint32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}

/** Logs in the order in which they first appear. */
function groupByLog(entries: readonly NewEntry[]): Map<LogId, number[]> {
  const indexesByLog = new Map<LogId, number[]>();
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i];
    if (!entry) continue;
    const indexes = indexesByLog.get(entry.log);
    if (indexes) indexes.push(i);
    else indexesByLog.set(entry.log, [i]);
  }
  return indexesByLog;
}

function sizeOfPacked(entries: readonly NewEntry[]): number {
  let sizeBytes = 0;
  for (const { envelope } of entries) sizeBytes += ENTRY_HEADER_BYTES + envelope.length;
  return sizeBytes;
}
