// What every Store must do with the logs of conversations and with devices: each case is one promise of store.ts. Run by every
// adapter's test.
import type { DeviceId, LogId } from '@sirdas/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChangeOutcome, LogCommit, Store } from './store.ts';
import {
  claim,
  describeSlice,
  EVERYTHING,
  inbox,
  laptop,
  makeAccount,
  makeDeviceId,
  makeEntry,
  makeLogId,
  makeRecord,
  NOW_MS,
  nickname,
  phone,
  phoneOf,
  QUOTAS,
  readAll,
  type StoreSite,
  summarize,
} from './store-site.testkit.ts';

const bobsInbox = makeLogId(2);
const log = makeLogId(10);
const bob = phoneOf('bob');
const carla = phoneOf('carla');

export function describeConversationContract(name: string, makeSite: () => Promise<StoreSite>): void {
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
    await claim(store, 'bob', bobsInbox);
    await claim(store, 'carla', makeLogId(3));
  });

  afterEach(async () => {
    await store.close();
    await site.remove();
  });

  const create = (creator: DeviceId, name = log) => store.changeLog({ kind: 'creation', log: name, creator });
  const commit = (epoch: number, changes: Partial<LogCommit> = {}) =>
    store.changeLog({
      ...{ kind: 'commit', log, committer: phone, epoch, timeMs: NOW_MS, deliveries: [], readers: [phone] },
      envelope: Buffer.from(`commit ${epoch}`),
      ...changes,
    });
  const append = async (text: string, epoch: number, writer = phone) =>
    summarize(await store.append([{ ...makeEntry(log, text), epoch, writer }]))[0];
  const begin = async (...readers: readonly DeviceId[]) => {
    await create(phone);
    await commit(0, { readers });
  };
  const acknowledge = async (device: DeviceId, seq: number, name: LogId = log) => {
    store.acknowledge([{ log: name, device, seq, timeMs: NOW_MS }]);
    await reopen();
  };
  const describeHead = async (device: DeviceId, name: LogId = log) => {
    const slice = await store.readAfter(name, device, 0, { maxEntries: 0, maxBytes: 0 });
    if (slice === null) return null;
    const { head, first, epoch, acknowledged, isEnd } = slice;
    return { head, first, epoch, acknowledged, isEnd };
  };

  describe(`conversation contract: ${name}: epochs`, () => {
    it('RLY-110 begins with the creator as only reader', async () => {
      expect(describeChange(await create(phone))).toBe(0);
      expect(await describeHead(phone)).toEqual({
        head: 0,
        first: 1,
        epoch: 0,
        acknowledged: 0,
        isEnd: false,
      });
      expect(await describeHead(bob)).toBeNull();
      expect(describeChange(await create(phone))).toBe(0);
      expect(describeChange(await create(bob))).toBe('LOG_EXISTS');
      expect(describeChange(await create(phone, inbox))).toBe('LOG_EXISTS');
      expect(describeChange(await create(makeDeviceId(9), makeLogId(11)))).toBe('READERS_INVALID');
    });

    it('keeps in which epoch an entry came, and what was a commit, also after reopening', async () => {
      await begin(phone, bob);
      await append('a', 1);
      expect(describeChange(await commit(1, { readers: [phone, bob] }))).toBe(3);
      await append('b', 2, bob);
      await reopen();
      const slice = await store.readAfter(log, phone, 0, EVERYTHING);
      expect(slice?.entries.map(({ seq, epoch, commit: isCommit }) => [seq, epoch, isCommit])).toEqual([
        ...[
          [1, 0, true],
          [2, 1, false],
          [3, 1, true],
          [4, 2, false],
        ],
      ]);
      expect(slice?.epoch).toBe(2);
      expect(describeSlice(slice)).toBe('1..4: 1=commit 0 2=a 3=commit 1 4=b');
    });

    it('RLY-111 RLY-112 takes entries of readers in the present epoch only', async () => {
      await begin(phone, bob);
      expect([await append('x', 0), await append('x', 2), await append('x', 1, carla)]).toEqual([
        ...['STALE_EPOCH', 'STALE_EPOCH', 'UNKNOWN_LOG'],
      ]);
      const mixed = [phone, carla, bob, carla].map((writer) => ({
        ...makeEntry(log, 'x'),
        epoch: 1,
        writer,
      }));
      const [first, ...rest] = mixed;
      if (!first) throw new Error('there are four');
      const batch = [first, { ...first, epoch: 0 }, ...rest];
      expect(summarize(await store.append(batch))).toEqual([
        2,
        'STALE_EPOCH',
        'UNKNOWN_LOG',
        3,
        'UNKNOWN_LOG',
      ]);
      expect(summarize(await store.append([{ ...makeEntry(inbox, 'x'), epoch: 1 }]))).toEqual([
        'STALE_EPOCH',
      ]);
    });

    it('THREATS 16 17 gives an epoch to one of many who race for it, and stores nothing of the others', async () => {
      await begin(phone, bob);
      const racing = Array.from({ length: 30 }, (_, index) =>
        commit(1, {
          committer: index % 2 === 0 ? phone : bob,
          readers: [phone, bob],
          deliveries: [{ inboxes: [bobsInbox], envelope: Buffer.from(`welcome ${index}`) }],
        }),
      );
      const outcomes = (await Promise.all(racing)).map(describeChange);
      expect(outcomes.filter((outcome) => outcome === 2)).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'STALE_EPOCH')).toHaveLength(29);
      expect(await readAll(store, bobsInbox, bob)).toBe(`1..1: 1=welcome ${outcomes.indexOf(2)}`);
    });

    it('says where deliveries went', async () => {
      await begin(phone);
      await store.append([makeEntry(bobsInbox, 'before')]);
      const outcome = await commit(1, {
        deliveries: [
          { inboxes: [bobsInbox, inbox], envelope: Buffer.from('a') },
          { inboxes: [bobsInbox], envelope: Buffer.from('b') },
        ],
      });
      expect(outcome).toEqual({ outcome: 'stored', seq: 2, deliveredSeqs: [[2, 1], [3]] });
      expect(await readAll(store, bobsInbox, bob)).toBe('1..3: 1=before 2=a 3=b');
    });

    it('RLY-113 RLY-114 stores all of a commit or nothing', async () => {
      await reopen({ ...QUOTAS, maxLogEntries: 2 });
      await begin(phone);
      for (const text of ['a', 'b']) await store.append([makeEntry(bobsInbox, text)]);
      const deliver = (...inboxes: LogId[]) =>
        commit(1, { deliveries: [{ inboxes, envelope: Buffer.from('w') }] }).then(describeChange);
      expect(await deliver(inbox, bobsInbox)).toBe('MAILBOX_FULL');
      expect(await deliver(inbox, makeLogId(99))).toBe('READERS_INVALID');
      expect(await deliver(inbox, log)).toBe('READERS_INVALID');
      const strangers = await commit(1, { readers: [phone, makeDeviceId(9)] });
      expect(describeChange(strangers)).toBe('READERS_INVALID');
      expect(describeChange(await commit(1, { committer: bob }))).toBe('UNKNOWN_LOG');
      expect(describeChange(await commit(0, { log: inbox }))).toBe('UNKNOWN_LOG');
      await reopen({ ...QUOTAS, maxLogEntries: 2 });
      expect(await describeHead(phone)).toMatchObject({ head: 1, epoch: 1 });
      expect(await readAll(store, inbox)).toBe('1..0:');
      expect(await deliver(inbox)).toBe(2);
      expect(describeChange(await commit(2))).toBe('MAILBOX_FULL');
    });

    it('copies what it was given before the call returns', async () => {
      await begin(phone);
      const envelope = Buffer.from('before');
      const deliveries = [{ inboxes: [inbox], envelope }];
      const committing = commit(1, { envelope, deliveries });
      envelope.fill(0x21);
      await committing;
      expect(await readAll(store, log)).toContain('2=before');
      expect(await readAll(store, inbox)).toBe('1..1: 1=before');
    });
  });

  describe(`conversation contract: ${name}: readers`, () => {
    it('RLY-118 lets a new one begin behind the commit, and who stays keep its place', async () => {
      await begin(phone);
      await append('before', 1);
      await commit(1, { readers: [bob, phone] });
      await append('after', 2);
      expect(await readAll(store, log, bob)).toBe('4..4: 4=after');
      expect(await describeHead(bob)).toMatchObject({ acknowledged: 3 });
      expect(await describeHead(phone)).toMatchObject({ first: 1, acknowledged: 1 - 1 });
      await commit(2, { readers: [phone, bob] });
      expect(await describeHead(bob)).toMatchObject({ first: 4, acknowledged: 3 });
    });

    it('keeps an entry once until the last reader has it', async () => {
      await begin(phone, bob);
      await append('a', 1);
      await acknowledge(phone, 2);
      expect(await readAll(store, log)).toBe('1..2: 1=commit 0 2=a'.replace('1..2: 1=commit 0', '2..2:'));
      await acknowledge(bob, 2);
      expect(await readAll(store, log)).toBe('3..2:');
    });

    it('RLY-117 lets who was removed read up to the commit, until it has acknowledged it', async () => {
      await begin(phone, bob);
      await append('a', 1);
      await commit(1, { readers: [phone] });
      await append('b', 2);
      await commit(2, { readers: [phone] });
      expect(await readAll(store, log, bob)).toBe('2..3: 2=a 3=commit 1');
      expect(await describeHead(bob)).toEqual({ head: 3, first: 2, epoch: 2, acknowledged: 1, isEnd: true });
      expect(await append('c', 3, bob)).toBe('UNKNOWN_LOG');
      expect(describeChange(await commit(3, { committer: bob }))).toBe('UNKNOWN_LOG');
      await acknowledge(phone, 5);
      expect(await readAll(store, log, bob)).toBe('2..3: 2=a 3=commit 1');
      await acknowledge(bob, 2);
      expect(await readAll(store, log, bob)).toBe('3..3: 3=commit 1');
      await acknowledge(bob, 3);
      expect(await describeHead(bob)).toBeNull();
      expect(await readAll(store, log)).toBe('6..5:');
    });

    it('waits no more for who was removed when the log is full', async () => {
      await reopen({ ...QUOTAS, maxLogEntries: 3 });
      await begin(phone, bob);
      await commit(1, { readers: [phone] });
      store.acknowledge([{ log, device: phone, seq: 2, timeMs: NOW_MS }]);
      for (const text of ['a', 'b']) expect(typeof (await append(text, 2))).toBe('number');
      expect(await append('c', 2)).toBe(5);
      expect(await describeHead(bob)).toBeNull();
      expect(await append('d', 2)).toBe('MAILBOX_FULL');
    });

    it('forgets a log that has ended when everybody has its end, or when that has expired', async () => {
      await begin(phone, bob);
      await commit(1, { readers: [] });
      await acknowledge(phone, 2);
      expect(await describeHead(phone)).toBeNull();
      expect(describeChange(await create(carla))).toBe('LOG_EXISTS');
      await store.sweep(NOW_MS + QUOTAS.retentionMs + 1);
      expect(await describeHead(bob)).toBeNull();
      expect(describeChange(await create(carla))).toBe(0);
      expect(await describeHead(carla)).toMatchObject({ head: 0, epoch: 0 });
    });

    it('keeps a conversation of which everything has expired', async () => {
      await begin(phone, bob);
      await store.sweep(NOW_MS + QUOTAS.retentionMs + 1);
      expect(await describeHead(bob)).toMatchObject({ head: 1, first: 2, epoch: 1 });
      expect(await append('a', 1, bob)).toBe(2);
    });
  });

  describe(`conversation contract: ${name}: devices`, () => {
    it('RLY-130 belong to one account for ever', async () => {
      await store.saveRecord(makeRecord('alice', 1, { devices: [phone, laptop] }), null);
      await store.saveRecord(makeRecord('alice', 2, { devices: [phone] }), null);
      for (const device of [phone, laptop]) {
        const record = makeRecord('bob', 1, { devices: [bob, device] });
        expect(await store.saveRecord(record, null)).toBe('DEVICE_TAKEN');
        const first = makeRecord('dora', 0, { devices: [device] });
        expect(await store.saveRecord(first, makeAccount('dora'))).toBe('DEVICE_TAKEN');
      }
      expect((await store.findAccount(nickname('bob'), null))?.headIndex).toBe(0);
      expect(await store.findAccount(nickname('dora'), null)).toBeNull();
      const again = makeRecord('alice', 3, { devices: [phone, laptop] });
      expect(await store.saveRecord(again, null)).toBe('saved');
    });

    it('RLY-131 lose all logs with the record that removes them', async () => {
      await store.saveRecord(makeRecord('bob', 1, { devices: [bob, laptop] }), null);
      await begin(phone, bob, laptop);
      await append('a', 1);
      await acknowledge(phone, 2);
      await acknowledge(bob, 2);
      expect(await describeHead(laptop)).toMatchObject({ head: 2 });
      await store.saveRecord(makeRecord('bob', 2, { devices: [bob] }), null);
      expect(await describeHead(laptop)).toBeNull();
      expect(await describeHead(laptop, bobsInbox)).toBeNull();
      expect(await describeHead(phone)).toMatchObject({ first: 3 });
      expect(await append('b', 1, laptop)).toBe('UNKNOWN_LOG');
      expect(describeChange(await commit(1, { readers: [phone, laptop] }))).toBe('READERS_INVALID');
    });

    it('take a conversation with them that nobody else reads', async () => {
      await store.saveRecord(makeRecord('bob', 1, { devices: [bob, laptop] }), null);
      await create(laptop);
      await store.saveRecord(makeRecord('bob', 2, { devices: [bob] }), null);
      expect(describeChange(await create(phone))).toBe(0);
    });

    it('are waited for no more when they were silent for long, and read on when they come back', async () => {
      const later = NOW_MS + QUOTAS.idleMs;
      await begin(phone, bob);
      for (const device of [phone, bob]) await acknowledge(device, 1);
      await store.append([{ ...makeEntry(log, 'a', later), epoch: 1 }]);
      store.acknowledge([{ log, device: phone, seq: 2, timeMs: later }]);
      await reopen();
      expect((await store.sweep(later)).idleDevices).toBe(0);
      expect(await describeHead(bob)).toMatchObject({ first: 2 });
      expect((await store.sweep(later + 1)).idleDevices).toBe(1);
      expect(await describeHead(bob)).toMatchObject({ head: 2, first: 3, acknowledged: 1 });
      expect((await store.sweep(later + 2)).idleDevices).toBe(0);
      expect(await append('from bob', 1, bob)).toBe(3);
      store.acknowledge([{ log: bobsInbox, device: bob, seq: 0, timeMs: later + 3 }]);
      await reopen();
      await store.append([{ ...makeEntry(log, 'b', later), epoch: 1 }]);
      store.acknowledge([{ log, device: phone, seq: 4, timeMs: later }]);
      await reopen();
      expect(await readAll(store, log, bob)).toBe('3..4: 3=from bob 4=b');
    });
  });
}

/** The number of the entry, or the reason of refusal. */
function describeChange(outcome: ChangeOutcome): number | string {
  return outcome.outcome === 'stored' ? outcome.seq : outcome.error;
}
