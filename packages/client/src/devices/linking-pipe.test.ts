// One linking channel: what comes is kept in order until it is asked for, within bounds; whatever ends it ends every wait.
import { beforeEach, describe, expect, it } from 'vitest';
import { SirdasError } from '../errors.ts';
import { ManualClock } from '../manual-clock.testkit.ts';
import { LinkingPipe, type PipeSession } from './linking-pipe.ts';

const channel = new Uint8Array(16).fill(1);

let clock: ManualClock;
let requests: number;
let sent: string[];
/** What the relay answers to the next message; null: done. */
let refusals: (SirdasError | null)[];
let hangUp: (reason: SirdasError) => void;
let pipe: LinkingPipe;

beforeEach(() => {
  clock = new ManualClock();
  requests = 0;
  sent = [];
  refusals = [];
  const ended = Promise.withResolvers<SirdasError>();
  hangUp = ended.resolve;
  const session: PipeSession = {
    request: async () => {
      requests++;
      const refusal = refusals.shift();
      if (refusal) throw refusal;
      return { kind: 'done', request: 1 } as never;
    },
    send: ({ kind }) => sent.push(kind),
    closed: ended.promise,
  };
  pipe = new LinkingPipe({ session, channel, ttlMs: 1000, clock, signal: undefined });
});

const say = (first: number, to = channel) =>
  pipe.hear({ kind: 'linkingMessage', request: 0, channel: to, payload: Uint8Array.of(first) });
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (cause: { code: string }) => cause.code,
  );

describe('a linking channel', () => {
  it('gives what came in its order, before and after it was asked for, and nothing of other channels', async () => {
    say(1);
    say(2);
    const given = [await pipe.receive(), await pipe.receive()];
    const later = pipe.receive();
    say(9, new Uint8Array(16));
    say(3);
    expect([...given, await later].map(([first]) => first)).toEqual([1, 2, 3]);
  });

  it('CLI-085 ends when more came than an honest device says before it is answered', async () => {
    for (let i = 0; i < 33; i++) say(i);
    expect(pipe.over.reason).toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  });

  it('gives what came before it ended, and then the reason', async () => {
    say(1);
    pipe.hear({ kind: 'linkingEnded', request: 0, channel });
    say(2);
    expect(await pipe.receive()).toEqual(Uint8Array.of(1));
    expect(await codeOf(pipe.receive())).toBe('LINKING_ENDED');
    pipe.close();
    expect(sent).toEqual([]);
  });

  it('expires, and tells the other end that it is over', async () => {
    const waiting = codeOf(pipe.receive());
    clock.advance(1000);
    expect(await waiting).toBe('LINKING_EXPIRED');
    pipe.close();
    expect(sent).toEqual(['linkingEnded']);
  });

  it('ends with its connection', async () => {
    const waiting = codeOf(pipe.receive());
    hangUp(new SirdasError('UNREACHABLE', 'the test pulled the plug'));
    expect(await waiting).toBe('UNREACHABLE');
  });

  it('waits when the relay asks for patience, and ends when nobody is at the other end', async () => {
    refusals = [new SirdasError('RATE_LIMITED', 'slowly', { retryAfterMs: 500 })];
    const sending = codeOf(pipe.send(channel));
    await expect.poll(() => clock.timerCount).toBe(2);
    expect(requests).toBe(1);
    clock.advance(500);
    expect(await sending).toBe('done');
    expect(requests).toBe(2);
    refusals = [new SirdasError('UNKNOWN_CHANNEL', 'gone')];
    expect(await codeOf(pipe.send(channel))).toBe('LINKING_ENDED');
  });
});
