// Group commit and delivery: who is told what and when, in which order, and from where (SPEC §3.1).
import { type HotEntry, toDeviceId, toLogId } from '@sirdas/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeldStore } from './held-store.testkit.ts';
import { Logs } from './logs.ts';
import type { Store } from './store/store.ts';
import type { EntrySink } from './subscription.ts';
import { LocalWakeup } from './wakeup/local-wakeup.ts';

const inbox = toLogId(new Uint8Array(16).fill(1));
const otherInbox = toLogId(new Uint8Array(16).fill(2));
const unknownLog = toLogId(new Uint8Array(16).fill(9));
const device = toDeviceId(new Uint8Array(16).fill(3));

/** A connection that takes deliveries until it is full. */
class FakeSink implements EntrySink {
  readonly delivered: number[] = [];
  readonly slices: number[] = [];
  isFull = false;
  #waiting: (() => void)[] = [];

  sendDeliver(_log: Uint8Array, entries: readonly HotEntry[]): void {
    this.delivered.push(...entries.map(({ seq }) => seq));
    this.slices.push(entries.reduce((sum, { envelope }) => sum + envelope.length, 0));
  }

  sendSignal(_frame: Uint8Array): void {
    throw new Error('nobody sent a signal');
  }

  whenDrained(resume: () => void): void {
    this.#waiting.push(resume);
  }

  drain(): void {
    this.isFull = false;
    for (const resume of this.#waiting.splice(0)) resume();
  }
}

function setUp() {
  const store = new HeldStore([inbox, otherInbox]);
  const wakeup = new LocalWakeup();
  const failures: unknown[] = [];
  const outcomes: (string | number)[] = [];
  const logs = new Logs({
    store: store as Partial<Store> as Store,
    wakeup,
    nowMs: () => 5,
    onStoreFailed: (cause) => failures.push(cause),
    onCommitted: () => {},
  });
  const append = (text: string, log = inbox) =>
    logs.append({ log, timeMs: 5, envelope: Buffer.from(text), writer: device, epoch: 0 }, (outcome) => {
      outcomes.push(outcome.outcome === 'stored' ? outcome.seq : outcome.error);
    });
  const commit = async () => {
    await endOfTurn();
    store.commit();
    await endOfTurn();
  };
  const read = async (after = 0, sink = new FakeSink()) => {
    const reading = await logs.read(inbox, device, after, sink);
    reading?.subscription.start();
    await endOfTurn();
    return { sink, reading };
  };
  return { store, wakeup, logs, failures, outcomes, append, commit, read };
}

const endOfTurn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
const elsewhere = { log: inbox, timeMs: 5, envelope: new Uint8Array(1), writer: device, epoch: 0 };
const numbersTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('append', () => {
  it('puts what arrives in one turn into one batch and reports outcomes in order', async () => {
    const { store, outcomes, append, commit } = setUp();
    append('a');
    append('x', unknownLog);
    append('b', otherInbox);
    append('c');
    await commit();
    expect(store.batches.map((batch) => batch.length)).toEqual([4]);
    expect(outcomes).toEqual([1, 'UNKNOWN_LOG', 1, 2]);
  });

  it('reports nothing before the commit', async () => {
    const { store, outcomes, append } = setUp();
    append('a');
    await endOfTurn();
    expect(store.heldCommits).toBe(1);
    expect(outcomes).toEqual([]);
  });

  it('collects what arrives during a commit into the next batch', async () => {
    const { store, outcomes, append, commit } = setUp();
    append('a');
    await endOfTurn();
    append('b');
    await endOfTurn();
    append('c');
    await commit();
    expect(store.batches.map((batch) => batch.length)).toEqual([1, 2]);
    expect(outcomes).toEqual([1]);
    await commit();
    expect(outcomes).toEqual([1, 2, 3]);
  });

  it('asks senders to pause while 16 MiB wait, and calls back', async () => {
    const { logs, commit } = setUp();
    const envelope = new Uint8Array(1024 * 1024);
    const append = () => logs.append({ log: inbox, timeMs: 5, envelope, writer: device, epoch: 0 }, () => {});
    for (let i = 0; i < 16; i++) expect(append()).toBe(true);
    expect(append()).toBe(false);
    let calls = 0;
    logs.whenRoom(() => calls++);
    await endOfTurn();
    expect(calls).toBe(0);
    await commit();
    expect(calls).toBe(1);
    expect(append()).toBe(true);
  });

  it('acknowledges nothing any more when the store failed', async () => {
    const { store, outcomes, failures, append, commit } = setUp();
    append('a');
    await endOfTurn();
    append('b');
    const cause = new Error('fsync');
    store.fail(cause);
    await commit();
    expect(failures).toEqual([cause]);
    expect(outcomes).toEqual([]);
    expect(store.batches).toHaveLength(1);
  });

  it('tells when everything has its outcome', async () => {
    const { logs, outcomes, append, commit } = setUp();
    await logs.whenIdle();
    append('a');
    let isIdle = false;
    const idle = logs.whenIdle().then(() => {
      isIdle = true;
      expect(outcomes).toEqual([1, 2]);
    });
    await endOfTurn();
    append('b');
    await commit();
    expect(isIdle).toBe(false);
    await commit();
    await idle;
  });
});

describe('read', () => {
  it('knows no other log', async () => {
    const { logs } = setUp();
    expect(await logs.read(unknownLog, device, 0, new FakeSink())).toBeNull();
  });

  it('delivers what is stored, then what comes, the latter from memory', async () => {
    const { store, append, commit, read } = setUp();
    append('a');
    await commit();
    const { sink, reading } = await read();
    expect([reading?.head, reading?.first]).toEqual([1, 1]);
    expect(sink.delivered).toEqual([1]);
    const readsBefore = store.reads.length;
    append('b');
    append('c');
    await commit();
    expect(sink.delivered).toEqual([1, 2, 3]);
    expect(store.reads).toHaveLength(readsBefore);
  });

  it('delivers nothing before it is started, and nothing is lost meanwhile', async () => {
    const { logs, append, commit } = setUp();
    const sink = new FakeSink();
    const reading = await logs.read(inbox, device, 0, sink);
    append('a');
    await commit();
    expect(sink.delivered).toEqual([]);
    reading?.subscription.start();
    await endOfTurn();
    expect(sink.delivered).toEqual([1]);
  });

  it('leaves out what was refused and what belongs to other logs', async () => {
    const { store, append, commit, read } = setUp();
    const { sink } = await read();
    store.refuseTexts = new Set(['no']);
    append('a');
    append('no');
    append('x', otherInbox);
    append('b');
    await commit();
    expect(sink.delivered).toEqual([1, 2]);
  });

  it('begins where the reader says, also behind what has expired and beyond the head', async () => {
    const { store, append, commit, read } = setUp();
    for (let i = 0; i < 5; i++) append('a');
    await commit();
    expect((await read(3)).sink.delivered).toEqual([4, 5]);
    store.expiredSeq = 2;
    expect((await read(0)).sink.delivered).toEqual([3, 4, 5]);
    store.expiredSeq = 5;
    const { sink } = await read(0);
    const ahead = await read(7);
    for (let i = 0; i < 3; i++) append('b');
    await commit();
    expect(sink.delivered).toEqual([6, 7, 8]);
    expect(ahead.sink.delivered).toEqual([8]);
  });

  it('reads from the store what another node has stored', async () => {
    const { store, wakeup, read } = setUp();
    const { sink } = await read();
    store.storeElsewhere(elsewhere);
    wakeup.announce(inbox, 1);
    await endOfTurn();
    expect(sink.delivered).toEqual([1]);
    wakeup.announce(inbox, 1);
    await endOfTurn();
    expect(sink.delivered).toEqual([1]);
  });

  it('stops delivering when stopped', async () => {
    const { append, commit, read } = setUp();
    const { sink, reading } = await read();
    reading?.subscription.stop();
    append('a');
    await commit();
    expect(sink.delivered).toEqual([]);
  });

  it('delivers a large batch in slices that fit into frames', async () => {
    const { logs, commit, read } = setUp();
    const { sink } = await read();
    for (let i = 0; i < 40; i++)
      logs.append(
        { log: inbox, timeMs: 5, envelope: new Uint8Array(90_000), writer: device, epoch: 0 },
        () => {},
      );
    await commit();
    expect(sink.delivered).toEqual(numbersTo(40));
    expect(Math.max(...sink.slices)).toBeLessThanOrEqual(256 * 1024);
  });

  it('leaves a full reader alone and goes on from the store when it has drained', async () => {
    const { store, append, commit, read } = setUp();
    const { sink } = await read();
    sink.isFull = true;
    for (let i = 0; i < 3; i++) {
      append('a');
      await commit();
    }
    expect(sink.delivered).toEqual([]);
    const readsBefore = store.reads.length;
    sink.drain();
    await endOfTurn();
    expect(sink.delivered).toEqual([1, 2, 3]);
    expect(store.reads.length).toBeGreaterThan(readsBefore);
  });

  it('passes acknowledgements on', () => {
    const { store, logs } = setUp();
    logs.acknowledge(inbox, device, 7);
    expect(store.acknowledged).toEqual([{ log: inbox, device, seq: 7, timeMs: 5 }]);
  });
});

describe('any interleaving', () => {
  it('delivers every entry once and in order', async () => {
    const action = fc.oneof(
      { weight: 4, arbitrary: fc.constant('append' as const) },
      ...(['commit', 'fill', 'drain', 'turn', 'elsewhere'] as const).map((name) => ({
        weight: 1,
        arbitrary: fc.constant(name),
      })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
        const { store, wakeup, append, commit, read } = setUp();
        const { sink } = await read();
        let count = 0;
        const act = {
          append: () => {
            append('a');
            count++;
          },
          commit: () => store.commit(),
          fill: () => {
            sink.isFull = true;
          },
          drain: () => sink.drain(),
          turn: () => endOfTurn(),
          elsewhere: async () => {
            store.storeElsewhere(elsewhere);
            wakeup.announce(inbox, ++count);
          },
        };
        for (const name of actions) await act[name]();
        sink.drain();
        await endOfTurn();
        while (store.heldCommits > 0) await commit();
        sink.drain();
        await endOfTurn();
        expect(sink.delivered).toEqual(numbersTo(count));
      }),
      { numRuns: 200 },
    );
  });
});
