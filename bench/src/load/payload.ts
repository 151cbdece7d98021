// The envelope of a benchmark message: 1 KiB, the same for every relay. Its first bytes are the number of the message within
// its pair and the time at which it was sent, so that the receiver needs to know nothing else.

export const PAYLOAD_BYTES = 1024;
const SEQ_OFFSET = 0;
const TIME_OFFSET = 4;

/** Random bytes: nothing on the way can compress them. */
export function makePayload(): Buffer {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(PAYLOAD_BYTES)));
}

/** Microseconds on this process's clock; both ends of a pair live in one process. */
export function nowUs(): number {
  return performance.now() * 1000;
}

export function writeStamp(target: Buffer, payloadOffset: number, seq: number, timeUs: number): void {
  target.writeUInt32LE(seq, payloadOffset + SEQ_OFFSET);
  target.writeDoubleLE(timeUs, payloadOffset + TIME_OFFSET);
}

export function readSeq(bytes: Buffer, payloadOffset: number): number {
  return bytes.readUInt32LE(payloadOffset + SEQ_OFFSET);
}

export function readTimeUs(bytes: Buffer, payloadOffset: number): number {
  return bytes.readDoubleLE(payloadOffset + TIME_OFFSET);
}
