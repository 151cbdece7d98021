// Output of one connection: few writes, whole frames, flat memory (SPEC §3, THREATS: send buffer).
import { decodeFrame, encodeFrame, FrameSplitter, LIMITS } from '@sirdas/protocol';
import { describe, expect, it } from 'vitest';
import { Outbound, type OutboundSink, OutputTurn } from './outbound.ts';

const MEBIBYTE = 1024 * 1024;
const log = new Uint8Array(16).fill(9);

/** A socket whose kernel takes everything at once, or nothing. */
class FakeSink implements OutboundSink {
  readonly kind: OutboundSink['kind'];
  readonly writes: Uint8Array[] = [];
  readonly calls: string[] = [];
  takesAll = true;

  constructor(kind: OutboundSink['kind']) {
    this.kind = kind;
  }

  write(bytes: Uint8Array): void {
    // As a real socket: what was taken has been copied, what waits is kept by reference.
    this.writes.push(this.takesAll ? bytes.slice() : bytes);
    this.calls.push('write');
  }

  bufferedBytes(): number {
    return this.takesAll ? 0 : this.writes.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  cork(): void {
    this.calls.push('cork');
  }

  uncork(): void {
    this.calls.push('uncork');
  }
}

function setUp(kind: OutboundSink['kind'] = 'stream') {
  const sink = new FakeSink(kind);
  const turn = new OutputTurn();
  const overflows: true[] = [];
  const out = new Outbound({ sink, turn, onOverflow: () => overflows.push(true) });
  return { sink, turn, out, overflows };
}

function decodeStream(writes: readonly Uint8Array[]) {
  const frames: ReturnType<typeof decodeFrame>[] = [];
  const splitter = new FrameSplitter(LIMITS.MAX_FRAME_BYTES);
  for (const bytes of writes) splitter.push(bytes, (frame) => frames.push(decodeFrame(frame.slice())));
  return frames;
}

const endOfTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
const entry = (seq: number, sizeBytes: number) => ({
  seq,
  timeMs: 5,
  envelope: new Uint8Array(sizeBytes).fill(seq),
  epoch: 0,
  commit: false,
});

describe('outbound on a stream', () => {
  it('writes all frames of a turn at once, in order', async () => {
    const { sink, out } = setUp();
    out.sendAccepted(1, 10);
    out.sendDeliver(log, [entry(1, 100), entry(2, 1)]);
    out.send({ request: 3, kind: 'done' });
    expect(sink.writes).toHaveLength(0);
    await endOfTurn();
    expect(sink.writes).toHaveLength(1);
    expect(decodeStream(sink.writes)).toEqual([
      { request: 1, kind: 'accepted', seq: 10 },
      { request: 0, kind: 'deliver', log, entries: [entry(1, 100), entry(2, 1)] },
      { request: 3, kind: 'done' },
    ]);
  });

  it('writes nothing when there is nothing', async () => {
    const { sink, out } = setUp();
    out.flush();
    await endOfTurn();
    expect(sink.writes).toHaveLength(0);
  });

  it('carries frames that are larger than its buffer', async () => {
    const { sink, out } = setUp();
    const large = [entry(1, 90_000), entry(2, 98_304)];
    out.sendAccepted(1, 1);
    for (const one of large) out.sendDeliver(log, [one]);
    await endOfTurn();
    expect(decodeStream(sink.writes)).toEqual([
      { request: 1, kind: 'accepted', seq: 1 },
      ...large.map((one) => ({ request: 0, kind: 'deliver', log, entries: [one] })),
    ]);
  });

  it('never changes bytes that the socket still holds', async () => {
    const { sink, out } = setUp();
    sink.takesAll = false;
    const expected: unknown[] = [];
    for (let round = 1; round <= 30; round++) {
      out.sendDeliver(log, [entry(round, 5000)]);
      expected.push({ request: 0, kind: 'deliver', log, entries: [entry(round, 5000)] });
      if (round % 3 === 0) await endOfTurn();
    }
    expect(decodeStream(sink.writes)).toEqual(expected);
  });

  it('keeps no large buffer alive for a socket that is behind', async () => {
    const { sink, out } = setUp();
    sink.takesAll = false;
    for (let round = 0; round < 10; round++) {
      out.sendAccepted(round + 1, 1);
      await endOfTurn();
    }
    const heldBytes = sink.writes.reduce((sum, bytes) => sum + bytes.buffer.byteLength, 0);
    expect(heldBytes).toBeLessThan(70_000);
  });

  it('uses a buffer again once the kernel has taken it', async () => {
    const { turn, out } = setUp();
    const buffer = turn.takeBuffer(1);
    turn.giveBuffer(buffer);
    out.sendAccepted(1, 1);
    await endOfTurn();
    expect(turn.takeBuffer(1)).toBe(buffer);
  });
});

describe('outbound on a WebSocket', () => {
  it('writes each frame as one message without prefix, corked', async () => {
    const { sink, out } = setUp('messages');
    out.sendAccepted(1, 10);
    out.sendEncoded(encodeFrame({ request: 0, kind: 'ping' }));
    await endOfTurn();
    expect(sink.calls).toEqual(['cork', 'write', 'write', 'uncork']);
    expect(sink.writes.map((bytes) => decodeFrame(bytes))).toEqual([
      { request: 1, kind: 'accepted', seq: 10 },
      { request: 0, kind: 'ping' },
    ]);
  });
});

describe('outbound to a slow reader', () => {
  it('is full above 1 MiB and calls back when drained, once', async () => {
    const { sink, out } = setUp();
    sink.takesAll = false;
    expect(out.isFull).toBe(false);
    for (let sent = 0; sent <= MEBIBYTE; sent += 50_000) out.sendDeliver(log, [entry(1, 50_000)]);
    expect(out.isFull).toBe(true);
    let calls = 0;
    out.whenDrained(() => calls++);
    await endOfTurn();
    expect(calls).toBe(0);
    sink.takesAll = true;
    out.drained();
    out.drained();
    expect(calls).toBe(1);
    expect(out.isFull).toBe(false);
  });

  it('RLY-102 gives up above 4 MiB, once, and writes nothing more', () => {
    const { sink, out, overflows } = setUp();
    sink.takesAll = false;
    for (let sent = 0; sent < 8 * MEBIBYTE; sent += 90_000) out.sendDeliver(log, [entry(1, 90_000)]);
    expect(overflows).toHaveLength(1);
    expect(sink.bufferedBytes()).toBeLessThan(4.2 * MEBIBYTE);
  });

  it('drops everything when closed', async () => {
    const { sink, out } = setUp();
    out.whenDrained(() => expect.fail('closed'));
    out.sendAccepted(1, 1);
    out.close();
    out.sendAccepted(2, 1);
    out.drained();
    await endOfTurn();
    expect(sink.writes).toHaveLength(0);
  });
});
