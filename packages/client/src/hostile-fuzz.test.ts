// Frames that no test thought of: whatever a relay sends after the login, the client either goes on or hangs up, with
// PROTOCOL_VIOLATION or what the relay called an error; it never throws, and it can always be used again afterwards.
import { encodeFrame, type Frame, fromId, toLogId } from '@sirdas/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FakeRelay } from './fake-relay.testkit.ts';
import { ManualClock } from './manual-clock.testkit.ts';
import { meet, until } from './people.testkit.ts';

const bytesOf = (...lengths: number[]) =>
  fc.oneof(...lengths.map((length) => fc.uint8Array({ minLength: length, maxLength: length })));
const number = fc.oneof(fc.nat({ max: 20 }), fc.nat());
const nickname = fc.constantFrom('alice', 'bob', 'nobody', '', 'NOT canonical', 'x'.repeat(100));

function frames(inbox: Uint8Array): fc.Arbitrary<Frame> {
  const log = fc.oneof(fc.constant(inbox), bytesOf(16, 15, 0));
  const entry = fc.record({
    seq: number,
    timeMs: number,
    envelope: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  });
  const presence = fc.record({ nickname, recordIndex: number });
  const record = fc.record({ record: fc.uint8Array({ maxLength: 100 }), signature: bytesOf(64, 0) });
  const request = fc.oneof(fc.constant(0), fc.nat({ max: 12 }));
  const body = fc.oneof(
    fc.record({ kind: fc.constant('deliver' as const), log, entries: fc.array(entry, { maxLength: 5 }) }),
    fc.record({ kind: fc.constant('presenceChange' as const), presence, online: fc.boolean() }),
    fc.record({ kind: fc.constant('presenceList' as const), online: fc.array(presence, { maxLength: 3 }) }),
    fc.record({ kind: fc.constant('reading' as const), head: number, first: number }),
    fc.record({ kind: fc.constant('accepted' as const), seq: number }),
    fc.record({
      kind: fc.constant('error' as const),
      code: number,
      detail: fc.string(),
      retryAfterMs: number,
    }),
    fc.record({ kind: fc.constant('goodbye' as const), reconnectAfterMs: number }),
    fc.record({
      kind: fc.constant('account' as const),
      nickname,
      inbox: log,
      entries: fc.array(fc.record({ directoryIndex: number, record }), { maxLength: 2 }),
      headIndex: number,
    }),
    fc.record({
      kind: fc.constantFrom('done' as const, 'ping' as const, 'pong' as const, 'listInvites' as const),
    }),
  );
  return fc.tuple(request, body).map(([at, frame]) => ({ ...frame, request: at }) as Frame);
}

it('CLI-010 CLI-014 CLI-015 whatever a relay sends, the client survives it', async () => {
  const clock = new ManualClock();
  const relay = await FakeRelay.start(clock);
  const alice = await meet(relay, clock, 'alice');
  const inbox = fromId(toLogId(relay.needAccount('alice').inbox));
  const flipped = fc.record({
    frame: frames(inbox),
    at: fc.nat(),
    bit: fc.nat({ max: 7 }),
    isFlipped: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(flipped, { minLength: 1, maxLength: 6 }), async (attempts) => {
      const connection = relay.connectionOf('alice');
      const sending = alice.sirdas.send('bob', 'hi');
      for (const { frame, at, bit, isFlipped } of attempts) {
        const bytes = encodeFrame(frame);
        const index = at % bytes.length;
        if (isFlipped) bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
        connection.pushBytes(bytes);
      }
      await sending;
      connection.drop();
      await until(
        () => alice.sirdas.link.state,
        (state) => state === 'offline',
      );
      alice.sirdas.retryNow();
      await until(
        () => alice.sirdas.link.state,
        (state) => state === 'online',
      );
    }),
    { numRuns: 100 },
  );
  expect(alice.sirdas.contacts()).toEqual([]);
}, 240_000);
