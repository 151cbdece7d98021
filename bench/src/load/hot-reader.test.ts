// The reader that works in place understands what the codec writes.
import { encodeFrame, type Frame } from '@sirdas/protocol';
import { describe, expect, it } from 'vitest';
import { HotReader } from './hot-reader.ts';

const log = new Uint8Array(16).fill(7);

function read(frame: Frame) {
  const encoded = encodeFrame(frame);
  const bytes = Buffer.concat([Buffer.from([1, 2, 3]), encoded, Buffer.from([4, 5])]);
  const entries: number[] = [];
  const reader = new HotReader();
  const kind = reader.read(bytes, 3, 3 + encoded.length, (_, offset) => entries.push(bytes[offset] ?? -1));
  return { kind, entries, newestSeq: reader.newestSeq };
}

describe('hot reader', () => {
  it('finds every envelope of a delivery', () => {
    const entries = [1, 200, 70_000].map((size, index) => ({
      seq: 100 + index,
      timeMs: 1_800_000_000_000,
      envelope: new Uint8Array(size).fill(10 + index),
      epoch: 0,
      commit: false,
    }));
    expect(read({ request: 0, kind: 'deliver', log, entries })).toEqual({
      kind: 'deliver',
      entries: [10, 11, 12],
      newestSeq: 102,
    });
  });

  it('tells acceptances, errors and everything else apart', () => {
    expect(read({ request: 20_000, kind: 'accepted', seq: 5 }).kind).toBe('accepted');
    const error = { kind: 'error', code: 9, detail: '', retryAfterMs: 0 } as const;
    expect(read({ request: 20_000, ...error }).kind).toBe('error');
    expect(read({ request: 0, ...error }).kind).toBe('error');
    expect(read({ request: 0, kind: 'ping' }).kind).toBe('other');
    const reading = { kind: 'reading', head: 5, first: 1, epoch: 0, acknowledged: 0 } as const;
    expect(read({ request: 1, ...reading }).kind).toBe('other');
  });
});
