// The wire of the bare relay: a 4-byte length, then 1 byte kind, 4 bytes number, payload; integers big-endian.

export const KIND = {
  /** client: I am user `number`, and read my mailbox. */
  read: 1,
  /** client: I am user `number`, and only send. */
  open: 2,
  /** relay: go on. */
  opened: 3,
  /** client: payload for user `number`. */
  send: 4,
  /** relay: `number` more messages of yours are durable. */
  accepted: 5,
  /** relay: a message of your mailbox. */
  deliver: 6,
  /** client: I have `number` more messages. */
  acknowledge: 7,
} as const;

export const LENGTH_BYTES = 4;
/** Kind and number. */
export const HEADER_BYTES = 5;

export function makeFrame(kind: number, number: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  const frame = Buffer.allocUnsafeSlow(LENGTH_BYTES + HEADER_BYTES + payload.length);
  frame.writeUInt32BE(HEADER_BYTES + payload.length, 0);
  frame[LENGTH_BYTES] = kind;
  frame.writeUInt32BE(number, LENGTH_BYTES + 1);
  frame.set(payload, LENGTH_BYTES + HEADER_BYTES);
  return frame;
}
