import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFrame } from './frame.ts';
import { FrameSchema } from './gen/sirdas_pb.ts';
import {
  encodeAck,
  encodeAppend,
  readHotFrame,
  sizeOfAccepted,
  sizeOfDeliver,
  writeAccepted,
  writeDeliver,
} from './hot-frames.ts';

const requests = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const seqs = fc.integer({ min: 1, max: 2 ** 49 - 1 });
const logs = fc.uint8Array({ minLength: 16, maxLength: 16 });
const epochs = fc.integer({ min: 0, max: 2 ** 49 - 1 });
const envelopes = fc.uint8Array({ minLength: 1, maxLength: 20_000 });
const entries = fc.array(
  fc.record({
    seq: seqs,
    timeMs: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    envelope: envelopes,
    epoch: epochs,
    commit: fc.boolean(),
  }),
  { maxLength: 4 },
);

describe('hot frames', () => {
  test('append and ack are the bytes that the generated code makes, and are read back', () => {
    fc.assert(
      fc.property(requests, logs, envelopes, epochs, (request, log, envelope, epoch) => {
        const bytes = encodeAppend({ request, log, envelope, epoch });
        const value = { log, envelope, epoch: BigInt(epoch) };
        expect(bytes).toEqual(generated(request, { case: 'append', value }));
        expect(readHotFrame(bytes)).toEqual({ kind: 'append', request, log, envelope, epoch });
      }),
      { numRuns: 50 },
    );
    fc.assert(
      fc.property(logs, seqs, (log, seq) => {
        const bytes = encodeAck(log, seq);
        expect(bytes).toEqual(generated(0, { case: 'ack', value: { log, seq: BigInt(seq) } }));
        expect(readHotFrame(bytes)).toEqual({ kind: 'ack', request: 0, log, seq });
      }),
    );
  });

  test('accepted and deliver are the bytes that the generated code makes, of the size announced', () => {
    fc.assert(
      fc.property(requests, seqs, (request, seq) => {
        const target = new Uint8Array(sizeOfAccepted(request, seq) + 5);
        expect(writeAccepted(target, 3, request, seq)).toBe(target.length - 2);
        const expected = generated(request, { case: 'accepted', value: { seq: BigInt(seq) } });
        expect(target.subarray(3, -2)).toEqual(expected);
      }),
    );
    fc.assert(
      fc.property(logs, entries, (log, list) => {
        const target = new Uint8Array(sizeOfDeliver(list) + 5);
        expect(writeDeliver(target, 3, log, list)).toBe(target.length - 2);
        const wire = list.map((entry) => ({
          seq: BigInt(entry.seq),
          timeMs: BigInt(entry.timeMs),
          envelope: entry.envelope,
          epoch: BigInt(entry.epoch),
          commit: entry.commit,
        }));
        expect(target.subarray(3, -2)).toEqual(
          generated(0, { case: 'deliver', value: { log, entries: wire } }),
        );
      }),
      { numRuns: 50 },
    );
  });

  test('an envelope is read as a view, not copied', () => {
    const bytes = append(1, 16, 3);
    const frame = readHotFrame(bytes);
    expect(frame?.kind === 'append' && frame.envelope.buffer === bytes.buffer).toBe(true);
  });

  test('everything else is left to the general decoder: truncated, longer, other kinds, garbage', () => {
    for (const whole of [append(300, 16, 200), append(300, 16, 200, 700)]) {
      for (let length = 0; length < whole.length; length++) {
        expect(readHotFrame(whole.subarray(0, length))).toBeNull();
      }
      expect(readHotFrame(Uint8Array.of(...whole, 0))).toBeNull();
    }
    expect(readHotFrame(generated(1, { case: 'ping', value: {} }))).toBeNull();
    expect(
      readHotFrame(generated(1, { case: 'read', value: { log: new Uint8Array(16), after: 3n } })),
    ).toBeNull();
    expect(readHotFrame(append(1, 15, 3))).toBeNull();
    // An epoch of 0 that is written out is not the only form of an inbox's append.
    const writtenOut = Uint8Array.of(...append(1, 16, 3), 0x18, 0x00);
    writtenOut[4] = (writtenOut[4] ?? 0) + 2;
    expect(decodeFrame(writtenOut)).toMatchObject({ kind: 'append', epoch: 0 });
    expect(readHotFrame(writtenOut)).toBeNull();
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void readHotFrame(bytes)));
  });
});

function append(request: number, logBytes: number, envelopeBytes: number, epoch = 0): Uint8Array {
  return encodeAppend({
    request,
    log: new Uint8Array(logBytes),
    envelope: new Uint8Array(envelopeBytes),
    epoch,
  });
}

function generated(request: number, kind: object): Uint8Array {
  return toBinary(FrameSchema, create(FrameSchema, { request, kind } as never));
}
