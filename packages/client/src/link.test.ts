// Staying connected: losses, backoff, final errors, goodbyes, dead connections, stopping. Time is the test's.
import { beforeEach, describe, expect, it } from 'vitest';
import { chooseDelayMs } from './backoff.ts';
import { SirdasError } from './errors.ts';
import { error } from './fake-logs.testkit.ts';
import { FakeRelay } from './fake-relay.testkit.ts';
import { ManualClock } from './manual-clock.testkit.ts';
import type { LinkState } from './model.ts';
import {
  meet,
  openPerson,
  type Person,
  prepareMemory,
  readTexts,
  seen,
  until,
  untilSeen,
} from './people.testkit.ts';
import { Sirdas } from './sirdas.ts';

let clock: ManualClock;
let relay: FakeRelay;
let alice: Person;

beforeEach(async () => {
  clock = new ManualClock();
  relay = await FakeRelay.start(clock);
  alice = await meet(relay, clock, 'alice');
});

const untilState = (isSo: (state: LinkState) => boolean) => until(() => alice.sirdas.link, isSo);
const untilOnline = () => untilState(({ state }) => state === 'online');

async function untilOffline(): Promise<Extract<LinkState, { state: 'offline' }>> {
  const link = await untilState(({ state }) => state === 'offline');
  if (link.state !== 'offline') throw new Error('unreachable');
  return link;
}

function refuseConnections(): void {
  relay.mischief.connect = () => {
    throw new SirdasError('UNREACHABLE', 'the test has no network');
  };
}

describe('a connection that is lost', () => {
  it('is made again by itself, and nothing is missing', async () => {
    const bob = await meet(relay, clock, 'bob');
    relay.connectionOf('alice').drop();
    const { retryAtMs } = await untilOffline();
    expect(retryAtMs).toBeGreaterThanOrEqual(clock.nowMs());
    const { id } = await bob.sirdas.send('alice', 'while you were away');
    await bob.sirdas.waitUntilAccepted(id);
    clock.advance((retryAtMs ?? 0) - clock.nowMs());
    await untilSeen(alice, 'message');
    expect(await readTexts(alice, 'bob')).toEqual(['while you were away']);
  });

  it('is tried again with growing pauses of at most a minute, from the beginning after a stable one', async () => {
    refuseConnections();
    relay.connectionOf('alice').drop();
    const pausesMs: number[] = [];
    for (let attempt = 2; attempt < 14; attempt++) {
      const { retryAtMs } = await untilOffline();
      pausesMs.push((retryAtMs ?? 0) - clock.nowMs());
      clock.advance(pausesMs.at(-1) ?? 0);
      await untilSeen(alice, 'link', seen(alice, 'link').length + 1);
    }
    for (const [i, pauseMs] of pausesMs.entries()) {
      expect(pauseMs).toBeLessThanOrEqual(Math.min(60_000, 500 * 2 ** i));
    }
    expect(Math.max(...pausesMs.slice(6))).toBeGreaterThan(2000);
    relay.mischief = {};
    alice.sirdas.retryNow();
    await untilOnline();
    // Half a minute at a time: the relay must be able to answer the pings in between.
    for (let i = 0; i < 3; i++) {
      clock.advance(30_000);
      await relay.connectionOf('alice').settle();
    }
    relay.connectionOf('alice').drop();
    const { retryAtMs } = await untilOffline();
    expect((retryAtMs ?? 0) - clock.nowMs()).toBeLessThanOrEqual(500);
  });

  it('is tried again at once when asked to', async () => {
    refuseConnections();
    relay.connectionOf('alice').drop();
    await untilOffline();
    relay.mischief = {};
    alice.sirdas.retryNow();
    await untilOnline();
  });

  it('is not tried again before the relay wants, after a goodbye', async () => {
    relay.connectionOf('alice').push({ kind: 'goodbye', reconnectAfterMs: 20_000 });
    relay.connectionOf('alice').push(error('GOING_DOWN'));
    const { error: code, retryAtMs } = await untilOffline();
    expect(code).toBe('GOING_DOWN');
    expect((retryAtMs ?? 0) - clock.nowMs()).toBeGreaterThanOrEqual(20_000);
  });

  it('does not stay away for as long as a relay may ask', () => {
    const random = (length: number) => new Uint8Array(length).fill(0xff);
    expect(chooseDelayMs(0, 4_000_000_000, random)).toBeLessThanOrEqual(600_500);
  });
});

describe('a connection that dies without a word', () => {
  it('is noticed within 150 seconds', async () => {
    relay.connectionOf('alice').isDeaf = true;
    let waitedMs = 0;
    while (alice.sirdas.link.state === 'online' && waitedMs < 200_000) {
      clock.advance(10_000);
      waitedMs += 10_000;
      await Promise.resolve();
    }
    expect(waitedMs).toBeLessThanOrEqual(150_000);
    expect((await untilOffline()).error).toBe('UNREACHABLE');
  });

  it('is noticed sooner while something waits for an answer', async () => {
    relay.connectionOf('alice').isDeaf = true;
    const lookingUp = alice.sirdas.lookUp('bob').catch((cause: SirdasError) => cause.code);
    clock.advance(10_000);
    clock.advance(30_000);
    expect(await lookingUp).toBe('UNREACHABLE');
  });

  it('is not suspected while the relay answers pings', async () => {
    const connection = relay.connectionOf('alice');
    for (let i = 0; i < 20; i++) {
      clock.advance(30_000);
      await connection.settle();
    }
    expect(seen(alice, 'link').at(-1)?.link).toEqual({ state: 'online' });
    expect(connection.received.filter(({ kind }) => kind === 'ping').length).toBeGreaterThan(5);
  });

  it('and pings of the relay are answered', async () => {
    const connection = relay.connectionOf('alice');
    connection.push({ kind: 'ping' });
    await until(
      () => connection.received.at(-1)?.kind,
      (kind) => kind === 'pong',
    );
  });
});

describe('an error that trying again cannot mend', () => {
  it.each(['REPLACED', 'WRONG_STATE', 'BAD_FRAME'] as const)(
    '%s stops the link until asked',
    async (code) => {
      relay.connectionOf('alice').push(error(code));
      expect(await untilOffline()).toEqual({ state: 'offline', error: code, retryAtMs: null });
      clock.advance(600_000);
      expect(alice.sirdas.link.state).toBe('offline');
      alice.sirdas.retryNow();
      await untilOnline();
    },
  );

  it.each(['TOO_MANY_CONNECTIONS', 'SLOW_READER', 'TIMED_OUT', 'GOING_DOWN'] as const)(
    '%s is none',
    async (code) => {
      relay.connectionOf('alice').push(error(code));
      expect((await untilOffline()).retryAtMs).not.toBeNull();
    },
  );

  it('ends the waiting of `connect`', async () => {
    await alice.sirdas.disconnect();
    relay.mischief.answer = (frame) => (frame.kind === 'login' ? error('LOGIN_FAILED') : null);
    await expect(alice.sirdas.connect()).rejects.toMatchObject({ code: 'DEVICE_REVOKED' });
  });

  it('CLI-091 a login that is refused means, to a device that has been in, that it is out of the account', async () => {
    relay.connectionOf('alice').push(error('LOGIN_FAILED'));
    expect(await untilOffline()).toEqual({ state: 'offline', error: 'DEVICE_REVOKED', retryAtMs: null });
    clock.advance(600_000);
    expect(alice.sirdas.link.state).toBe('offline');
    const carol = await openPerson(relay, clock, await prepareMemory(relay, clock, 'carol'));
    relay.mischief.answer = (frame) => (frame.kind === 'login' ? error('LOGIN_FAILED') : null);
    await expect(carol.sirdas.connect()).rejects.toMatchObject({ code: 'LOGIN_FAILED' });
  });
});

describe('stopping', () => {
  it('of the waiting for a connection leaves the link trying', async () => {
    const carol = await openPerson(relay, clock, await prepareMemory(relay, clock, 'carol'));
    refuseConnections();
    const stopper = new AbortController();
    const connecting = carol.sirdas.connect({ signal: stopper.signal });
    await untilSeen(carol, 'link', 2);
    stopper.abort();
    await expect(connecting).rejects.toMatchObject({ code: 'ABORTED' });
    expect(carol.sirdas.link).toMatchObject({ state: 'offline', error: 'UNREACHABLE' });
    relay.mischief = {};
    clock.advance(60_000);
    await until(
      () => carol.sirdas.link.state,
      (state) => state === 'online',
    );
  });

  it('by disconnecting keeps it off', async () => {
    await alice.sirdas.disconnect();
    expect(alice.sirdas.link).toEqual({ state: 'offline', error: null, retryAtMs: null });
    clock.advance(600_000);
    expect(relay.connections.filter(({ isOpen }) => isOpen)).toEqual([]);
    await expect(alice.sirdas.lookUp('bob')).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await alice.sirdas.connect();
    await untilOnline();
  });

  it('in the middle of connecting leaves nothing open', async () => {
    await alice.sirdas.disconnect();
    relay.mischief.answer = (frame) => (frame.kind === 'login' ? 'silence' : null);
    const connecting = alice.sirdas.connect();
    await until(
      () => relay.connections.at(-1)?.received.length,
      (count) => count === 1,
    );
    await alice.sirdas.disconnect();
    await expect(connecting).rejects.toMatchObject({ code: 'CLOSED' });
    expect(relay.connections.filter(({ isOpen }) => isOpen)).toEqual([]);
  });

  it('for good ends requests, iterators and timers', async () => {
    relay.mischief.answer = (frame) => (frame.kind === 'lookUp' ? 'silence' : null);
    const lookingUp = alice.sirdas.lookUp('bob').catch((cause: SirdasError) => cause.code);
    const events = alice.sirdas.events();
    const drained = (async () => {
      for await (const event of events) void event;
    })();
    await alice.sirdas.close();
    await alice.sirdas.close();
    expect(await lookingUp).toBe('UNREACHABLE');
    await drained;
    expect(clock.timerCount).toBe(0);
    await expect(alice.sirdas.send('bob', 'hi')).rejects.toMatchObject({ code: 'CLOSED' });
    expect(() => alice.sirdas.retryNow()).toThrow(SirdasError);
  });

  it('by the signal given to `open` closes the client', async () => {
    const stopper = new AbortController();
    const sirdas = await Sirdas.open({
      vault: alice.vault,
      transport: relay.transport,
      clock,
      signal: stopper.signal,
    });
    stopper.abort();
    await sirdas.close();
    await expect(sirdas.connect()).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
