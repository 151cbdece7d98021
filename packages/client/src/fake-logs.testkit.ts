// The logs of a fake relay: inboxes, and conversation logs with an epoch, readers and where each of them stands (SPEC §3.2). Used by
// fake-relay.testkit.ts.
import {
  type Frame,
  type FrameBody,
  LIMITS,
  type LogId,
  toHex,
  toLogId,
  WIRE_ERRORS,
  type WireErrorName,
} from '@sirdas/protocol';

export interface FakeEntry {
  readonly seq: number;
  readonly timeMs: number;
  readonly envelope: Uint8Array;
  readonly epoch: number;
  readonly commit: boolean;
}

export interface FakeLog {
  entries: FakeEntry[];
  head: number;
  readonly acks: number[];
  epoch: number;
  /** Devices, in hexadecimal; null: an inbox. */
  readers: Set<string> | null;
  /** By device: where it stands. */
  readonly cursors: Map<string, number>;
}

type OnEntry = (id: LogId, entry: FakeEntry, log: FakeLog) => void;
type Refusal = FrameBody<'error'>;

export class FakeLogs {
  readonly #logs = new Map<LogId, FakeLog>();
  readonly #nowMs: () => number;
  readonly #onEntry: OnEntry;

  constructor(nowMs: () => number, onEntry: OnEntry) {
    this.#nowMs = nowMs;
    this.#onEntry = onEntry;
  }

  /** Made as an inbox where there is none. */
  get(id: LogId): FakeLog {
    const log = this.#logs.get(id) ?? newLog(null);
    this.#logs.set(id, log);
    return log;
  }

  append(id: LogId, envelope: Uint8Array, commit: boolean): number {
    const log = this.get(id);
    const entry = { seq: ++log.head, timeMs: this.#nowMs(), envelope, epoch: log.epoch, commit };
    log.entries.push(entry);
    if (commit) log.epoch++;
    this.#onEntry(id, entry, log);
    return entry.seq;
  }

  accept({ log: bytes, envelope, epoch }: Frame<'append'>, device: string): FrameBody<'accepted'> | Refusal {
    const id = toLogId(bytes);
    const log = this.#logs.get(id);
    if (!log || (log.readers && !log.readers.has(device))) return error('UNKNOWN_LOG');
    if (envelope.length > LIMITS.MAX_ENVELOPE_BYTES) return error('ENVELOPE_TOO_LARGE');
    if (epoch !== log.epoch) return error('STALE_EPOCH');
    return { kind: 'accepted', seq: this.append(id, Uint8Array.from(envelope), false) };
  }

  create({ log: bytes }: Frame<'createLog'>, device: string): FrameBody<'done'> | Refusal {
    const id = toLogId(bytes);
    const known = this.#logs.get(id);
    if (known && (known.head > 0 || !known.readers?.has(device))) return error('LOG_EXISTS');
    this.#logs.set(id, newLog(new Set([device])));
    return { kind: 'done' };
  }

  commit({ log: bytes, epoch, ...bundle }: Frame<'commit'>, device: string): FrameBody<'accepted'> | Refusal {
    const id = toLogId(bytes);
    const log = this.#logs.get(id);
    if (!log?.readers?.has(device)) return error('UNKNOWN_LOG');
    if (epoch !== log.epoch) return error('STALE_EPOCH');
    const seq = this.append(id, Uint8Array.from(bundle.envelope), true);
    for (const { inboxes, envelope } of bundle.deliveries) {
      for (const inbox of inboxes) this.append(toLogId(inbox), Uint8Array.from(envelope), false);
    }
    const readers = bundle.readers.map(toHex);
    for (const reader of readers) if (!log.readers.has(reader)) log.cursors.set(reader, seq);
    log.readers = new Set(readers);
    return { kind: 'accepted', seq };
  }

  read(
    { log: bytes, after }: Frame<'read'>,
    device: string,
  ): { reading: FrameBody<'reading'> | Refusal; waiting: readonly FakeEntry[] } {
    const log = this.get(toLogId(bytes));
    if (log.readers && !log.readers.has(device)) return { reading: error('UNKNOWN_LOG'), waiting: [] };
    // Who became a reader later does not get what was before.
    const acknowledged = log.readers ? (log.cursors.get(device) ?? 0) : 0;
    const waiting = log.entries.filter(({ seq }) => seq > after && seq > acknowledged);
    const first = (log.readers ? waiting : log.entries)[0]?.seq ?? log.head + 1;
    const { head, epoch } = log;
    return { reading: { kind: 'reading', head, first, epoch, acknowledged }, waiting };
  }
}

export function error(name: WireErrorName, retryAfterMs = 0): Refusal {
  return { kind: 'error', code: WIRE_ERRORS[name].code, detail: '', retryAfterMs };
}

function newLog(readers: Set<string> | null): FakeLog {
  return { entries: [], head: 0, acks: [], epoch: 0, readers, cursors: new Map() };
}
