// The four frames that every message passes through (append, accepted, deliver, ack) and the list of who is online, written
// and read by hand: the same bytes as the generated code would make (hot-frames.test.ts, frame.test.ts), many times faster,
// and without copying an envelope on reading. Called by frame.ts, and by the relay directly where it writes into its own
// output buffers. SPEC §3.

/** Field tags of Frame (wire type in the low three bits), as they stand in sirdas.proto. */
const TAG_REQUEST = 0x08;
const TAG_FIELD_1_BYTES = 0x0a;
const TAG_FIELD_1_VARINT = 0x08;
const TAG_FIELD_2_BYTES = 0x12;
const TAG_FIELD_2_VARINT = 0x10;
const TAG_FIELD_3_BYTES = 0x1a;
const TAG_FIELD_3_VARINT = 0x18;
const TAG_FIELD_4_VARINT = 0x20;
const TAG_FIELD_5_VARINT = 0x28;
/** Tags of the kinds: field number 20, 21, 24, 25 with wire type 2, as two-byte varints. */
const KIND_APPEND = 20;
const KIND_ACCEPTED = 21;
const KIND_DELIVER = 24;
const KIND_ACK = 25;
const KIND_PRESENCE_LIST = 61;
const LOG_BYTES = 16;
const MAX_UINT32 = 0xffff_ffff;
const LOG_FIELD_BYTES = 2 + LOG_BYTES;

export interface AppendFrame {
  readonly kind: 'append';
  readonly request: number;
  /** 16 bytes. */
  readonly log: Uint8Array;
  /** A view into the bytes that were decoded. */
  readonly envelope: Uint8Array;
  /** 0 for an inbox. */
  readonly epoch: number;
}

export interface AckFrame {
  readonly kind: 'ack';
  readonly request: number;
  /** 16 bytes. */
  readonly log: Uint8Array;
  readonly seq: number;
}

export interface HotEntry {
  readonly seq: number;
  readonly timeMs: number;
  readonly envelope: Uint8Array;
  /** 0 in an inbox. */
  readonly epoch: number;
  readonly commit: boolean;
}

/** Size in bytes of the Frame that `writeAccepted` writes. */
export function sizeOfAccepted(request: number, seq: number): number {
  const body = sizeOfVarintField(seq);
  return sizeOfVarintField(request) + 2 + sizeOfVarint(body) + body;
}

/** Writes a Frame with Accepted at `offset`; returns the offset after it. */
export function writeAccepted(target: Uint8Array, offset: number, request: number, seq: number): number {
  let at = writeVarintField(target, offset, TAG_REQUEST, request);
  at = writeKind(target, at, KIND_ACCEPTED, sizeOfVarintField(seq));
  return writeVarintField(target, at, TAG_FIELD_1_VARINT, seq);
}

/** Size in bytes of the Frame that `writeDeliver` writes. */
export function sizeOfDeliver(entries: readonly HotEntry[]): number {
  const body = sizeOfDeliverBody(entries);
  return 2 + sizeOfVarint(body) + body;
}

/** Writes a Frame with Deliver at `offset`; returns the offset after it. `log` has 16 bytes. */
export function writeDeliver(
  target: Uint8Array,
  offset: number,
  log: Uint8Array,
  entries: readonly HotEntry[],
): number {
  let at = writeKind(target, offset, KIND_DELIVER, sizeOfDeliverBody(entries));
  at = writeBytesField(target, at, TAG_FIELD_1_BYTES, log);
  for (const entry of entries) {
    target[at++] = TAG_FIELD_2_BYTES;
    at = writeVarint(target, at, sizeOfEntry(entry));
    at = writeVarintField(target, at, TAG_FIELD_1_VARINT, entry.seq);
    at = writeVarintField(target, at, TAG_FIELD_2_VARINT, entry.timeMs);
    at = writeBytesField(target, at, TAG_FIELD_3_BYTES, entry.envelope);
    at = writeVarintField(target, at, TAG_FIELD_4_VARINT, entry.epoch);
    at = writeVarintField(target, at, TAG_FIELD_5_VARINT, entry.commit ? 1 : 0);
  }
  return at;
}

/** A whole Frame with PresenceList, of entries that are encoded already: everybody who comes gets the same ones. */
export function encodePresenceList(request: number, online: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const body = online.reduce((size, presence) => size + sizeOfBytesField(presence), 0);
  const bytes = new Uint8Array(sizeOfVarintField(request) + 2 + sizeOfVarint(body) + body);
  let at = writeVarintField(bytes, 0, TAG_REQUEST, request);
  at = writeKind(bytes, at, KIND_PRESENCE_LIST, body);
  for (const presence of online) at = writeBytesField(bytes, at, TAG_FIELD_1_BYTES, presence);
  return bytes;
}

/** A whole Frame with Append. */
export function encodeAppend(frame: Omit<AppendFrame, 'kind'>): Uint8Array<ArrayBuffer> {
  const { request, log, envelope, epoch } = frame;
  const body = LOG_FIELD_BYTES + sizeOfBytesField(envelope) + sizeOfVarintField(epoch);
  const bytes = new Uint8Array(sizeOfVarintField(request) + 2 + sizeOfVarint(body) + body);
  let at = writeVarintField(bytes, 0, TAG_REQUEST, request);
  at = writeKind(bytes, at, KIND_APPEND, body);
  at = writeBytesField(bytes, at, TAG_FIELD_1_BYTES, log);
  at = writeBytesField(bytes, at, TAG_FIELD_2_BYTES, envelope);
  writeVarintField(bytes, at, TAG_FIELD_3_VARINT, epoch);
  return bytes;
}

/** A whole Frame with Ack. */
export function encodeAck(log: Uint8Array, seq: number): Uint8Array<ArrayBuffer> {
  const body = LOG_FIELD_BYTES + sizeOfVarintField(seq);
  const bytes = new Uint8Array(2 + sizeOfVarint(body) + body);
  let at = writeKind(bytes, 0, KIND_ACK, body);
  at = writeBytesField(bytes, at, TAG_FIELD_1_BYTES, log);
  writeVarintField(bytes, at, TAG_FIELD_2_VARINT, seq);
  return bytes;
}

/**
 * Reads an Append or Ack in exactly the form that the functions above write. Returns null for everything else, valid or
 * not: the caller then takes the general decoder, which decides.
 */
export function readHotFrame(bytes: Uint8Array): AppendFrame | AckFrame | null {
  const cursor: Cursor = { bytes, at: 0 };
  const request = bytes[0] === TAG_REQUEST ? readVarintField(cursor, TAG_REQUEST) : 0;
  const kind = readKind(cursor);
  if (request === null || request > MAX_UINT32 || kind === null) return null;
  const log = readBytesField(cursor, TAG_FIELD_1_BYTES);
  if (log?.length !== LOG_BYTES) return null;
  if (kind === KIND_APPEND) return readAppend(cursor, request, log);
  const seq = readVarintField(cursor, TAG_FIELD_2_VARINT);
  if (kind !== KIND_ACK || seq === null || cursor.at !== bytes.length) return null;
  return { kind: 'ack', request, log, seq };
}

/** The rest of an Append behind its log. */
function readAppend(cursor: Cursor, request: number, log: Uint8Array): AppendFrame | null {
  const envelope = readBytesField(cursor, TAG_FIELD_2_BYTES);
  if (!envelope || envelope.length === 0) return null;
  // An epoch of 0 is never written.
  if (cursor.at === cursor.bytes.length) return { kind: 'append', request, log, envelope, epoch: 0 };
  const epoch = readVarintField(cursor, TAG_FIELD_3_VARINT);
  if (!epoch || cursor.at !== cursor.bytes.length) return null;
  return { kind: 'append', request, log, envelope, epoch };
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** The field number of a kind whose body is exactly the rest of the frame; null otherwise. */
function readKind(cursor: Cursor): number | null {
  const low = cursor.bytes[cursor.at] ?? 0;
  const high = cursor.bytes[cursor.at + 1] ?? 0;
  if ((low & 0x87) !== 0x82 || high !== 1) return null;
  cursor.at += 2;
  const length = readVarint(cursor);
  if (length === null || cursor.at + length !== cursor.bytes.length) return null;
  return ((low & 0x7f) >> 3) | (high << 4);
}

function readVarintField(cursor: Cursor, tag: number): number | null {
  if (cursor.bytes[cursor.at] !== tag) return null;
  cursor.at++;
  return readVarint(cursor);
}

function readBytesField(cursor: Cursor, tag: number): Uint8Array | null {
  if (cursor.bytes[cursor.at] !== tag) return null;
  cursor.at++;
  const length = readVarint(cursor);
  if (length === null || cursor.at + length > cursor.bytes.length) return null;
  const bytes = cursor.bytes.subarray(cursor.at, cursor.at + length);
  cursor.at += length;
  return bytes;
}

/** Up to 2^49 - 1 in at most seven bytes: enough here, longer ones take the general decoder. */
function readVarint(cursor: Cursor): number | null {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 7; i++) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined) return null;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 128;
  }
  return null;
}

function sizeOfDeliverBody(entries: readonly HotEntry[]): number {
  let size = LOG_FIELD_BYTES;
  for (const entry of entries) {
    const body = sizeOfEntry(entry);
    size += 1 + sizeOfVarint(body) + body;
  }
  return size;
}

function sizeOfEntry(entry: HotEntry): number {
  const { seq, timeMs, envelope, epoch, commit } = entry;
  const plain = sizeOfVarintField(seq) + sizeOfVarintField(timeMs) + sizeOfBytesField(envelope);
  return plain + sizeOfVarintField(epoch) + (commit ? 2 : 0);
}

function sizeOfBytesField(bytes: Uint8Array): number {
  return 1 + sizeOfVarint(bytes.length) + bytes.length;
}

/** Zero is the default value and is not written. */
function sizeOfVarintField(value: number): number {
  return value === 0 ? 0 : 1 + sizeOfVarint(value);
}

function sizeOfVarint(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

function writeKind(target: Uint8Array, offset: number, kind: number, bodyBytes: number): number {
  const at = writeVarint(target, offset, kind * 8 + 2);
  return writeVarint(target, at, bodyBytes);
}

function writeVarintField(target: Uint8Array, offset: number, tag: number, value: number): number {
  if (value === 0) return offset;
  target[offset] = tag;
  return writeVarint(target, offset + 1, value);
}

function writeBytesField(target: Uint8Array, offset: number, tag: number, bytes: Uint8Array): number {
  target[offset] = tag;
  const at = writeVarint(target, offset + 1, bytes.length);
  target.set(bytes, at);
  return at + bytes.length;
}

function writeVarint(target: Uint8Array, offset: number, value: number): number {
  let at = offset;
  let rest = value;
  while (rest >= 128) {
    target[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  target[at++] = rest;
  return at;
}
