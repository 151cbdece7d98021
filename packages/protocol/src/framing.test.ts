import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes, encodeUint32 } from './bytes.ts';
import { FrameSplitter, prefixFrame } from './framing.ts';

const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 20 });

describe('FrameSplitter', () => {
  test('gives back the frames however the stream is cut', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (sent, cuts) => {
        const stream = concatBytes(sent.map(prefixFrame));
        const splitter = new FrameSplitter(300);
        const received: Uint8Array[] = [];
        let at = 0;
        for (let i = 0; at < stream.length; i++) {
          const end = at + (cuts[i % cuts.length] ?? 1);
          splitter.push(stream.slice(at, end), (frame) => received.push(frame));
          at = end;
        }
        expect(received).toEqual(sent);
      }),
    );
  });

  test('frames stay intact when the chunk they ended in is reused', () => {
    const splitter = new FrameSplitter(100);
    const received: Uint8Array[] = [];
    const chunk = prefixFrame(Uint8Array.of(1, 2, 3)).slice(0, 5);
    splitter.push(chunk, (frame) => received.push(frame));
    chunk.fill(0xff);
    splitter.push(Uint8Array.of(2, 3), (frame) => received.push(frame));
    expect(received).toEqual([Uint8Array.of(1, 2, 3)]);
  });

  test('a frame that lies within one chunk is not copied', () => {
    const chunk = prefixFrame(Uint8Array.of(7, 8));
    let received: Uint8Array | undefined;
    new FrameSplitter(100).push(chunk, (frame) => {
      received = frame;
    });
    expect(received?.buffer).toBe(chunk.buffer);
  });

  test('PRO-001 refuses an empty frame, whole or in pieces', () => {
    for (const step of [1, 4]) {
      const splitter = new FrameSplitter(100);
      expect(() => {
        for (let at = 0; at < 4; at += step) splitter.push(new Uint8Array(step), () => {});
      }).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
    }
  });

  test('PRO-001 refuses a length beyond the limit as soon as the prefix is there', () => {
    for (const length of [101, 2 ** 30, 2 ** 32 - 1]) {
      expect(() => new FrameSplitter(100).push(encodeUint32(length), () => {})).toThrow(
        expect.objectContaining({ code: 'TOO_LARGE' }),
      );
    }
  });

  test('PRO-001 the limit itself is allowed, and may be raised later', () => {
    const splitter = new FrameSplitter(2);
    const lengths: number[] = [];
    splitter.push(prefixFrame(new Uint8Array(2)), (frame) => lengths.push(frame.length));
    splitter.maxFrameBytes = 3;
    splitter.push(prefixFrame(new Uint8Array(3)), (frame) => lengths.push(frame.length));
    expect(lengths).toEqual([2, 3]);
  });
});
