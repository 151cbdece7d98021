// Packing entries into runs and taking them out again.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NewEntry } from '../store.ts';
import { makeDeviceId, makeLogId } from '../store-site.testkit.ts';
import { type PackedBatch, packBatch, unpackSlice } from './packed-runs.ts';

const EVERYTHING = { maxEntries: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER };

/** The runs of one log of a batch, as if they had been stored from seq 1 on. */
function toSlice(batch: PackedBatch, log: string) {
  const runs = { runFirstSeqs: [] as number[], runSizesBytes: [] as number[], runEpochs: [] as number[] };
  const slice = { head: 0, first: 1, epoch: 0, acknowledged: 0, isEnd: false, runIsCommit: [], ...runs };
  const parts: Uint8Array[] = [];
  let start = 0;
  for (const [run, sizeBytes] of batch.sizesBytes.entries()) {
    if (batch.logs[run] === log) {
      slice.runFirstSeqs.push(slice.head + 1);
      slice.runSizesBytes.push(sizeBytes);
      slice.runEpochs.push(batch.epochs[run] ?? 0);
      slice.head += batch.entryCounts[run] ?? 0;
      parts.push(batch.bytes.subarray(start, start + sizeBytes));
    }
    start += sizeBytes;
  }
  return { ...slice, bytes: new Uint8Array(Buffer.concat(parts)) };
}

const entryArbitrary: fc.Arbitrary<NewEntry> = fc.record({
  log: fc.integer({ min: 1, max: 4 }).map(makeLogId),
  timeMs: fc.integer({ min: 0, max: 2 ** 48 }),
  envelope: fc.uint8Array({ maxLength: 300 }),
  writer: fc.integer({ min: 1, max: 3 }).map(makeDeviceId),
  epoch: fc.integer({ min: 0, max: 2 }),
});

describe('packed runs', () => {
  it('give back every entry of every log in order', () => {
    fc.assert(
      fc.property(fc.array(entryArbitrary, { maxLength: 50 }), (entries) => {
        const { batch } = packBatch(entries);
        for (const log of [1, 2, 3, 4].map(makeLogId)) {
          const unpacked = unpackSlice(toSlice(batch, log), 0, EVERYTHING);
          const expected = entries.filter((entry) => entry.log === log);
          expect(unpacked.map(({ seq }) => seq)).toEqual(expected.map((_, index) => index + 1));
          expect(unpacked.map(({ epoch }) => epoch)).toEqual(expected.map(({ epoch }) => epoch));
          expect(unpacked.map(({ timeMs }) => timeMs)).toEqual(expected.map(({ timeMs }) => timeMs));
          expect(unpacked.map(({ envelope }) => [...envelope])).toEqual(
            expected.map(({ envelope }) => [...envelope]),
          );
        }
      }),
    );
  });

  it('tell where each packed entry came from', () => {
    fc.assert(
      fc.property(fc.array(entryArbitrary, { maxLength: 50 }), (entries) => {
        const { batch, order } = packBatch(entries);
        expect([...order].sort((a, b) => a - b)).toEqual(entries.map((_, index) => index));
        const packedLogs = batch.logs.flatMap((log, run) =>
          new Array<string>(batch.entryCounts[run] ?? 0).fill(log),
        );
        expect(packedLogs).toEqual([...order].map((index) => entries[index]?.log));
        const packedWriters = batch.writers.flatMap((writers, run) =>
          typeof writers === 'string'
            ? new Array<string>(batch.entryCounts[run] ?? 0).fill(writers)
            : writers,
        );
        expect(packedWriters).toEqual([...order].map((index) => entries[index]?.writer));
      }),
    );
  });

  it('are not larger than what is read at once', () => {
    const written = { log: makeLogId(1), timeMs: 1, writer: makeDeviceId(1), epoch: 0 };
    const many = Array.from({ length: 600 }, () => ({ ...written, envelope: new Uint8Array(1) }));
    expect(packBatch(many).batch.entryCounts).toEqual([256, 256, 88]);
    const large = [100_000, 20_000, 20_000, 98_304, 98_304].map((size) => ({
      ...written,
      envelope: new Uint8Array(size),
    }));
    expect(packBatch(large).batch.entryCounts).toEqual([2, 2, 1]);
  });
});
