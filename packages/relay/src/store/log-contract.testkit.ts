// What every Store must do with logs: each case is one promise of store.ts. Run by every adapter's test.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from './store.ts';
import {
  claim,
  describeSlice,
  EVERYTHING,
  inbox,
  laptop,
  makeDeviceId,
  makeEntries,
  makeEntry,
  makeLogId,
  makeRecord,
  NOW_MS,
  phone,
  phoneOf,
  QUOTAS,
  readAll,
  type StoreSite,
  summarize,
} from './store-site.testkit.ts';

const secondInbox = makeLogId(2);
const unknownLog = makeLogId(9);

export function describeLogContract(name: string, makeSite: () => Promise<StoreSite>): void {
  let site: StoreSite;
  let store: Store;

  const reopen = async (quotas = QUOTAS) => {
    await store.close();
    store = await site.open(quotas);
  };

  beforeEach(async () => {
    site = await makeSite();
    store = await site.open(QUOTAS);
    await claim(store, 'alice', inbox);
  });

  afterEach(async () => {
    await store.close();
    await site.remove();
  });

  describe(`log contract: ${name}: append`, () => {
    it('gives every log its own numbers from 1, in the order of the entries', async () => {
      await claim(store, 'bob', secondInbox);
      const batch = [makeEntry(inbox, 'a'), makeEntry(secondInbox, 'x'), makeEntry(inbox, 'b')];
      expect(summarize(await store.append(batch))).toEqual([1, 1, 2]);
      expect(summarize(await store.append([makeEntry(inbox, 'c')]))).toEqual([3]);
      expect(await readAll(store, inbox)).toBe('1..3: 1=a 2=b 3=c');
      expect(await readAll(store, secondInbox, phoneOf('bob'))).toBe('1..1: 1=x');
    });

    it('keeps the order of batches that are under way together', async () => {
      const batches = Array.from({ length: 20 }, (_, batch) => makeEntries(inbox, 3, `${batch}`));
      const outcomes = await Promise.all(batches.map((batch) => store.append(batch)));
      expect(outcomes.flatMap(summarize)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
    });

    it('copies the envelopes before the call returns', async () => {
      const entry = makeEntry(inbox, 'before');
      const appending = store.append([entry]);
      entry.envelope.fill(0x21);
      await appending;
      expect(await readAll(store, inbox)).toBe('1..1: 1=before');
    });

    it('refuses an entry of an unknown log and stores the others', async () => {
      const batch = [makeEntry(inbox, 'a'), makeEntry(unknownLog, 'x'), makeEntry(inbox, 'b')];
      expect(summarize(await store.append(batch))).toEqual([1, 'UNKNOWN_LOG', 2]);
      expect(await readAll(store, inbox)).toBe('1..2: 1=a 2=b');
    });

    it('keeps time and bytes of envelopes of every size', async () => {
      const sizes = [1, 255, 4096, 98_304, 70_000, 98_304, 3];
      const entries = sizes.map((size, index) => ({
        log: inbox,
        timeMs: NOW_MS + index,
        envelope: new Uint8Array(size).fill(index + 1),
        writer: phone,
        epoch: 0,
      }));
      expect(summarize(await store.append(entries))).toEqual([1, 2, 3, 4, 5, 6, 7]);
      const slice = await store.readAfter(inbox, phone, 0, EVERYTHING);
      expect(slice?.entries.map(({ seq, timeMs, envelope }) => [seq, timeMs, envelope.length])).toEqual(
        sizes.map((size, index) => [index + 1, NOW_MS + index, size]),
      );
      for (const [index, entry] of (slice?.entries ?? []).entries()) {
        expect(entry.envelope.every((byte) => byte === index + 1)).toBe(true);
      }
    });

    it('stores an empty batch', async () => {
      expect(await store.append([])).toEqual([]);
    });

    it('remembers everything after reopening', async () => {
      await store.append(makeEntries(inbox, 3));
      await reopen();
      expect(await readAll(store, inbox)).toBe('1..3: 1=entry 0 2=entry 1 3=entry 2');
      expect(summarize(await store.append([makeEntry(inbox, 'next')]))).toEqual([4]);
    });
  });

  describe(`log contract: ${name}: quotas`, () => {
    it('refuses what exceeds the number of entries and stores the other logs of the batch', async () => {
      await reopen({ ...QUOTAS, maxLogEntries: 2 });
      await claim(store, 'bob', secondInbox);
      const batch = [...makeEntries(inbox, 3), makeEntry(secondInbox, 'x')];
      expect(summarize(await store.append(batch))).toEqual([1, 2, 'MAILBOX_FULL', 1]);
      expect(summarize(await store.append([makeEntry(inbox, 'more')]))).toEqual(['MAILBOX_FULL']);
      expect(await readAll(store, inbox)).toBe('1..2: 1=entry 0 2=entry 1');
    });

    it('refuses what exceeds the bytes, while a smaller one still fits', async () => {
      await reopen({ ...QUOTAS, maxLogBytes: 1000 });
      const sizes = [500, 600, 300];
      const outcomes = await store.append(sizes.map((size) => makeEntry(inbox, 'x'.repeat(size))));
      expect(summarize(outcomes)).toEqual([1, 'MAILBOX_FULL', 2]);
    });

    it('has room again after the devices acknowledged', async () => {
      await reopen({ ...QUOTAS, maxLogEntries: 2, maxLogBytes: 2000 });
      const batch = [makeEntry(inbox, 'x'.repeat(900)), makeEntry(inbox, 'y'.repeat(900))];
      await store.append(batch);
      store.acknowledge([{ log: inbox, device: phone, seq: 2, timeMs: NOW_MS }]);
      await untilFirst(2 + 1);
      expect(summarize(await store.append(batch))).toEqual([3, 4]);
    });
  });

  describe(`log contract: ${name}: readAfter`, () => {
    it('knows no log of another name', async () => {
      expect(await store.readAfter(unknownLog, phone, 0, EVERYTHING)).toBeNull();
    });

    it('tells head and first of an empty log', async () => {
      expect(await readAll(store, inbox)).toBe('1..0:');
    });

    it('begins after the given number, wherever a batch has ended', async () => {
      await store.append(makeEntries(inbox, 5, 'a'));
      await store.append(makeEntries(inbox, 2, 'b'));
      const read = async (after: number) =>
        describeSlice(await store.readAfter(inbox, phone, after, EVERYTHING));
      expect(await read(3)).toBe('1..7: 4=a 3 5=a 4 6=b 0 7=b 1');
      expect(await read(5)).toBe('1..7: 6=b 0 7=b 1');
      expect(await read(7)).toBe('1..7:');
      expect(await read(2 ** 52)).toBe('1..7:');
    });

    it('keeps the limits, but gives at least one entry', async () => {
      await store.append(makeEntries(inbox, 4, 'x'.repeat(100)));
      const count = async (maxEntries: number, maxBytes: number) =>
        (await store.readAfter(inbox, phone, 1, { maxEntries, maxBytes }))?.entries.length;
      expect(await count(2, 10_000)).toBe(2);
      expect(await count(10, 250)).toBe(2);
      expect(await count(10, 1)).toBe(1);
      expect(await count(0, 10_000)).toBe(0);
    });

    it('gives a log of many batches in slices without gaps', async () => {
      for (let batch = 0; batch < 40; batch++) await store.append(makeEntries(inbox, 1 + (batch % 7)));
      const seqs: number[] = [];
      for (let head = 1; (seqs.at(-1) ?? 0) < head; ) {
        const slice = await store.readAfter(inbox, phone, seqs.at(-1) ?? 0, {
          maxEntries: 10,
          maxBytes: 1000,
        });
        seqs.push(...(slice?.entries ?? []).map((entry) => entry.seq));
        head = slice?.head ?? 0;
      }
      expect(seqs).toEqual(Array.from({ length: 155 }, (_, index) => index + 1));
    });
  });

  const untilFirst = (first: number, log = inbox) =>
    expect.poll(async () => (await store.readAfter(log, phone, 0, EVERYTHING))?.first).toBe(first);

  describe(`log contract: ${name}: acknowledge`, () => {
    it('removes an entry when every device has acknowledged it', async () => {
      await store.saveRecord(makeRecord('alice', 1, { devices: [phone, laptop] }), null);
      await store.append(makeEntries(inbox, 3));
      store.acknowledge([{ log: inbox, device: phone, seq: 3, timeMs: NOW_MS }]);
      store.acknowledge([{ log: inbox, device: laptop, seq: 2, timeMs: NOW_MS }]);
      await untilFirst(3);
      expect(await readAll(store, inbox)).toBe('3..3: 3=entry 2');
      store.acknowledge([{ log: inbox, device: laptop, seq: 3, timeMs: NOW_MS }]);
      await untilFirst(4);
      expect(await readAll(store, inbox)).toBe('4..3:');
    });

    it('never moves a cursor back', async () => {
      await store.append(makeEntries(inbox, 3));
      store.acknowledge([
        { log: inbox, device: phone, seq: 3, timeMs: NOW_MS },
        { log: inbox, device: phone, seq: 1, timeMs: NOW_MS },
      ]);
      await untilFirst(4);
      store.acknowledge([{ log: inbox, device: phone, seq: 1, timeMs: NOW_MS }]);
      await reopen();
      expect(await readAll(store, inbox)).toBe('4..3:');
    });

    it('RLY-101 counts an acknowledgement beyond the head as the head', async () => {
      await store.append(makeEntries(inbox, 1));
      store.acknowledge([{ log: inbox, device: phone, seq: 2 ** 52, timeMs: NOW_MS }]);
      await untilFirst(2);
      await store.append([makeEntry(inbox, 'later')]);
      expect(await readAll(store, inbox)).toBe('2..2: 2=later');
    });

    it('ignores devices and logs that it does not know', async () => {
      await store.append(makeEntries(inbox, 1));
      store.acknowledge([
        { log: inbox, device: makeDeviceId(7), seq: 1, timeMs: NOW_MS },
        { log: unknownLog, device: phone, seq: 1, timeMs: NOW_MS },
      ]);
      await reopen();
      expect(await readAll(store, inbox)).toBe('1..1: 1=entry 0');
    });

    it('writes what it was told before it closes', async () => {
      await store.append(makeEntries(inbox, 2));
      store.acknowledge([{ log: inbox, device: phone, seq: 2, timeMs: NOW_MS }]);
      await reopen();
      expect(await readAll(store, inbox)).toBe('3..2:');
    });

    it('gives a number never twice, even after everything was removed', async () => {
      await store.append(makeEntries(inbox, 5));
      store.acknowledge([{ log: inbox, device: phone, seq: 5, timeMs: NOW_MS }]);
      await reopen();
      expect(summarize(await store.append([makeEntry(inbox, 'next')]))).toEqual([6]);
    });
  });

  describe(`log contract: ${name}: devices`, () => {
    it('lets a new device read whatever is still stored', async () => {
      await store.append(makeEntries(inbox, 3));
      store.acknowledge([{ log: inbox, device: phone, seq: 1, timeMs: NOW_MS }]);
      await untilFirst(2);
      await store.saveRecord(makeRecord('alice', 1, { devices: [phone, laptop] }), null);
      store.acknowledge([{ log: inbox, device: phone, seq: 3, timeMs: NOW_MS }]);
      await reopen();
      expect(await readAll(store, inbox)).toBe('2..3: 2=entry 1 3=entry 2');
    });

    it('waits no longer for a device that was removed', async () => {
      await store.saveRecord(makeRecord('alice', 1, { devices: [phone, laptop] }), null);
      await store.append(makeEntries(inbox, 2));
      store.acknowledge([{ log: inbox, device: phone, seq: 2, timeMs: NOW_MS }]);
      await store.saveRecord(makeRecord('alice', 2, { devices: [phone] }), null);
      await untilFirst(3);
    });
  });

  describe(`log contract: ${name}: sweep`, () => {
    const hourMs = 3_600_000;
    const retention = { ...QUOTAS, retentionMs: hourMs };

    it('removes entries past their retention and says how many', async () => {
      await reopen(retention);
      await store.append([makeEntry(inbox, 'a', NOW_MS), makeEntry(inbox, 'b', NOW_MS)]);
      await store.append([makeEntry(inbox, 'c', NOW_MS + hourMs)]);
      expect((await store.sweep(NOW_MS + hourMs)).expiredEntries).toBe(0);
      expect((await store.sweep(NOW_MS + hourMs + 1)).expiredEntries).toBe(2);
      expect(await readAll(store, inbox)).toBe('3..3: 3=c');
    });

    it('loses nothing when the clock was set back between two entries', async () => {
      await reopen({ ...retention, maxLogEntries: 3 });
      await store.append([makeEntry(inbox, 'a', NOW_MS)]);
      await store.append([makeEntry(inbox, 'b', NOW_MS - 1000)]);
      await store.append([makeEntry(inbox, 'c', NOW_MS + hourMs)]);
      expect((await store.sweep(NOW_MS + hourMs - 500)).expiredEntries).toBe(2);
      expect((await store.sweep(NOW_MS + hourMs + 500)).expiredEntries).toBe(0);
      expect(await readAll(store, inbox)).toBe('3..3: 3=c');
      expect(summarize(await store.append(makeEntries(inbox, 3)))).toEqual([4, 5, 'MAILBOX_FULL']);
    });

    it('is not held up by entries from a time when the clock was ahead', async () => {
      await claim(store, 'bob', secondInbox);
      await reopen(retention);
      for (let i = 0; i < 200; i++) await store.append([makeEntry(secondInbox, `${i}`, NOW_MS + 9 * hourMs)]);
      await store.append([makeEntry(inbox, 'a', NOW_MS)]);
      expect((await store.sweep(NOW_MS + hourMs + 1)).expiredEntries).toBe(1);
      expect(await readAll(store, inbox)).toBe('2..1:');
    });

    it('removes many, and makes room in the quota', async () => {
      await reopen({ ...retention, maxLogEntries: 700 });
      for (let i = 0; i < 700; i++) await store.append([makeEntry(inbox, `${i}`)]);
      expect((await store.sweep(NOW_MS + 2 * hourMs)).expiredEntries).toBe(700);
      expect(summarize(await store.append([makeEntry(inbox, 'next')]))).toEqual([701]);
      expect(await readAll(store, inbox)).toBe('701..701: 701=next');
    });
  });
}
