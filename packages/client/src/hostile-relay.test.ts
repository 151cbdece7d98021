// A relay that does not keep to the protocol, or is not the one it claims to be: the client hangs up with the right code,
// believes nothing, loses nothing, and comes back.
import { systemRandom } from '@sirdas/crypto';
import { encodeFrame, fromId, toLogId } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { type FakeConnection, FakeRelay } from './fake-relay.testkit.ts';
import { ManualClock } from './manual-clock.testkit.ts';
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

let clock: ManualClock;
let relay: FakeRelay;

beforeEach(async () => {
  clock = new ManualClock();
  relay = await FakeRelay.start(clock);
});

describe('a relay that greets wrongly', () => {
  let alice: Person;

  beforeEach(async () => {
    alice = await openPerson(relay, clock, await prepareMemory(relay, clock, 'alice'));
  });

  /** The code with which the first attempt fails; nothing but the greeting was exchanged unless `sent` says so. */
  async function failToConnect(): Promise<string> {
    const failed = await alice.sirdas.connect({ firstFailure: true }).catch((cause: unknown) => cause);
    return (failed as { code: string }).code;
  }

  const sentKinds = () => relay.connections.flatMap(({ received }) => received.map(({ kind }) => kind));

  it('CLI-016 with another key than the one of the invite learns nothing, and is not tried again', async () => {
    const other = await FakeRelay.start(clock);
    relay.mischief.rewrite = (frame) =>
      frame.kind === 'hello' ? { ...frame, relayKey: other.relayKey } : frame;
    expect(await failToConnect()).toBe('WRONG_RELAY_KEY');
    expect(sentKinds()).toEqual([]);
    expect(alice.sirdas.link).toMatchObject({ retryAtMs: null });
  });

  it('CLI-017 with versions that are not spoken here learns nothing', async () => {
    relay.hello.minVersion = 2;
    relay.hello.maxVersion = 3;
    expect(await failToConnect()).toBe('UNSUPPORTED_VERSION');
    expect(sentKinds()).toEqual([]);
  });

  it.each([-120_001, 120_001])(
    'CLI-018 with a clock that is off by %i ms is not logged in to, but tried again',
    async (skewMs) => {
      relay.hello.clockSkewMs = skewMs;
      expect(await failToConnect()).toBe('CLOCK_SKEW');
      expect(sentKinds()).toEqual([]);
      relay.hello.clockSkewMs = Math.sign(skewMs) * 119_000;
      clock.advance(60_000);
      await until(
        () => alice.sirdas.link,
        (link) => link.state === 'online',
      );
    },
  );

  it('CLI-019 and cannot prove that it holds its key is not believed', async () => {
    relay.mischief.rewrite = (frame) =>
      frame.kind === 'loggedIn' ? { ...frame, relaySignature: systemRandom(64) } : frame;
    expect(await failToConnect()).toBe('WRONG_RELAY_KEY');
    expect(sentKinds()).toEqual(['claim', 'login']);
  });

  it('CLI-019 and passes a login on to the real one, over another TLS channel, is not believed', async () => {
    relay.binding.atClient = systemRandom(32);
    relay.binding.atRelay = systemRandom(32);
    expect(await failToConnect()).toBe('WRONG_RELAY_KEY');
  });

  it('CLI-014 with something else than a greeting is hung up on', async () => {
    relay.mischief.rewrite = (frame) => (frame.kind === 'hello' ? { kind: 'pong', request: 0 } : frame);
    expect(await failToConnect()).toBe('PROTOCOL_VIOLATION');
  });

  it('CLI-014 with events before the login is hung up on', async () => {
    relay.mischief.answer = (frame, connection) => {
      if (frame.kind === 'login')
        connection.push({
          kind: 'presenceChange',
          presence: { nickname: 'eve', recordIndex: 0 },
          online: true,
        });
      return null;
    };
    expect(await failToConnect()).toBe('PROTOCOL_VIOLATION');
    expect(alice.sirdas.online()).toEqual([]);
  });

  it('and then says nothing more is given up after a minute', async () => {
    relay.mischief.answer = () => 'silence';
    const connecting = failToConnect();
    await until(sentKinds, (kinds) => kinds.length > 0);
    clock.advance(60_000);
    expect(await connecting).toBe('UNREACHABLE');
  });
});

describe('a relay that misbehaves while connected', () => {
  let alice: Person;
  let bob: Person;
  let connection: FakeConnection;

  beforeEach(async () => {
    [alice, bob] = await Promise.all([meet(relay, clock, 'alice'), meet(relay, clock, 'bob')]);
    connection = relay.connectionOf('alice');
  });

  /** The client has hung up with PROTOCOL_VIOLATION, and talks again as if nothing had been. */
  async function expectHangUp(): Promise<void> {
    await until(
      () => alice.sirdas.link,
      (link) => link.state === 'offline' && link.error === 'PROTOCOL_VIOLATION',
    );
    expect(connection.isOpen).toBe(false);
    const { id } = await bob.sirdas.send('alice', 'still there?');
    await bob.sirdas.waitUntilAccepted(id);
    clock.advance(60_000);
    await untilSeen(alice, 'message');
    expect(await readTexts(alice, 'bob')).toEqual(['still there?']);
  }

  const log = () => fromId(toLogId(relay.needAccount('alice').inbox));
  const entry = (seq: number) => ({ seq, timeMs: 0, envelope: new Uint8Array(100), epoch: 0, commit: false });

  it.each<[string, () => Uint8Array]>([
    // No field begins with this byte; all random ones would be a frame of a later version once in a while.
    ['random bytes', () => Uint8Array.of(0xff, ...systemRandom(99))],
    [
      'a frame that is cut off',
      () => encodeFrame({ kind: 'deliver', request: 0, log: log(), entries: [entry(1)] }).subarray(0, 50),
    ],
    [
      'an id of a wrong length',
      () => encodeFrame({ kind: 'deliver', request: 0, log: new Uint8Array(15), entries: [] }),
    ],
  ])('CLI-010 with %s is hung up on', async (_, makeBytes) => {
    connection.pushBytes(makeBytes());
    await expectHangUp();
  });

  it.each<[string, (to: FakeConnection) => void]>([
    ['CLI-014 with a frame that only clients send', (to) => to.push({ kind: 'watchPresence' })],
    ['CLI-014 with a second greeting', (to) => to.greet()],
    ['CLI-015 with a response that nobody waits for', (to) => to.push({ kind: 'done' }, 4711)],
    [
      'CLI-015 with an error that nobody waits for',
      (to) => to.push({ kind: 'error', code: 9, detail: '', retryAfterMs: 0 }, 4711),
    ],
    [
      'CLI-025 with entries of a log that was never asked for',
      (to) => to.push({ kind: 'deliver', log: systemRandom(16), entries: [entry(1)] }),
    ],
    [
      'CLI-026 with entries that come twice',
      (to) => to.push({ kind: 'deliver', log: log(), entries: [entry(1), entry(1)] }),
    ],
    [
      'CLI-026 with entries that go backwards',
      (to) => to.push({ kind: 'deliver', log: log(), entries: [entry(2), entry(1)] }),
    ],
    [
      'CLI-029 with somebody online whose name cannot be',
      (to) =>
        to.push({
          kind: 'presenceChange',
          presence: { nickname: 'Not Canonical', recordIndex: 0 },
          online: true,
        }),
    ],
    [
      'CLI-029 with somebody online in a colour that cannot be',
      (to) =>
        to.push({
          kind: 'presenceChange',
          presence: { nickname: 'eve', colour: 0x1000000, recordIndex: 0 },
          online: true,
        }),
    ],
    ['CLI-029 with nobody online', (to) => to.push({ kind: 'presenceChange', online: true })],
  ])('%s is hung up on', async (_, misbehave) => {
    misbehave(connection);
    await expectHangUp();
  });

  it('CLI-015 that answers a question with the answer to another one is hung up on', async () => {
    relay.mischief.answer = (frame) => (frame.kind === 'lookUp' ? { kind: 'done' } : null);
    await expect(alice.sirdas.lookUp('bob')).rejects.toMatchObject({ code: 'UNREACHABLE' });
    relay.mischief = {};
    await expectHangUp();
  });

  it('CLI-024 that counts its entries wrongly is hung up on', async () => {
    relay.mischief.rewrite = (frame) => (frame.kind === 'reading' ? { ...frame, head: 0, first: 7 } : frame);
    await alice.sirdas.disconnect();
    const connecting = alice.sirdas.connect({ firstFailure: true });
    await expect(connecting).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  });

  it('CLI-013 may send frames of kinds that are not known yet', async () => {
    // Field 99 of Frame, length-delimited and empty; with and without a request number.
    connection.pushBytes(Uint8Array.of(0x9a, 0x06, 0x00));
    connection.pushBytes(Uint8Array.of(0x08, 0x07, 0x9a, 0x06, 0x00));
    await bob.sirdas.send('alice', 'no harm done');
    await untilSeen(alice, 'message');
    expect(connection.isOpen).toBe(true);
    expect(seen(alice, 'link').at(-1)?.link).toEqual({ state: 'online' });
  });

  it('CLI-025 that delivers faster than letters can be read is made to wait', async () => {
    await bob.sirdas.send('alice', 'first');
    await untilSeen(alice, 'message');
    // The vault is slow: a save that waits keeps everything behind it waiting.
    const release = alice.vault.holdSaves();
    const head = relay.inboxOf('alice').head;
    const large = (seq: number) => ({ ...entry(seq), envelope: new Uint8Array(98_000) });
    const count = 50;
    for (let i = 1; i <= count; i++) {
      connection.push({ kind: 'deliver', log: log(), entries: [large(head + i)] });
    }
    await until(
      () => connection.isPaused,
      (isPaused) => isPaused,
    );
    // However long that takes, the relay's silence is not held against it.
    for (let i = 0; i < 10; i++) clock.advance(60_000);
    expect(connection.isOpen).toBe(true);
    release();
    await until(
      () => connection.isPaused,
      (isPaused) => !isPaused,
    );
    await untilSeen(alice, 'refused', count);
  });
});
