// Reads `deliver` and `accepted` frames of our relay in place, without an object for each message: the generator shares the
// machine with the relay it measures, and must not be what is slow. SPEC §3.

/** Two bytes: field number and wire type of the kind. */
const TAG_ACCEPTED = 0xaa01;
const TAG_DELIVER = 0xc201;
/** One byte. */
const TAG_ERROR = 0x52;
const TAG_REQUEST = 0x08;
const TAG_ENTRY = 0x12;
const LOG_FIELD_BYTES = 18;

export class HotReader {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  /** The newest entry that was delivered. */
  newestSeq = 0;

  /** What kind of frame it was; `other` was not read. */
  read(bytes: Buffer, start: number, end: number, onEntry: (bytes: Buffer, offset: number) => void) {
    this.#bytes = bytes;
    this.#at = start;
    if (bytes[start] === TAG_REQUEST) {
      this.#at++;
      this.#readVarint();
    }
    const tag = bytes.readUInt16BE(this.#at);
    if (tag >> 8 === TAG_ERROR) return 'error';
    if (tag === TAG_ACCEPTED) return 'accepted';
    if (tag !== TAG_DELIVER) return 'other';
    this.#at += 2;
    this.#readVarint();
    this.#at += LOG_FIELD_BYTES;
    while (this.#at < end) this.#readEntry(onEntry);
    return 'deliver';
  }

  /** Entry: seq, time and envelope, each with a one-byte tag. */
  #readEntry(onEntry: (bytes: Buffer, offset: number) => void): void {
    if (this.#bytes[this.#at++] !== TAG_ENTRY) throw new Error('not an entry');
    this.#readVarint();
    this.#at++;
    this.newestSeq = this.#readVarint();
    this.#at++;
    this.#readVarint();
    this.#at++;
    const length = this.#readVarint();
    onEntry(this.#bytes, this.#at);
    this.#at += length;
  }

  #readVarint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  }
}
