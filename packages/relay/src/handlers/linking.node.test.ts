// open_linking, join_linking, linking_message and linking_ended (SPEC §4.5).
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import type { RelayConfig } from '../config/options.ts';
import { enterMembers, type Member, reconnect } from '../conversation.testkit.ts';
import { LinkingChannels, type LinkingEnd } from '../linking.ts';
import type { Peer } from '../peer.ts';
import { errorName, startTestRelay, TestClient, type TestRelay } from '../relay.testkit.ts';
import { handleLinkingMessage } from './linking.ts';

let relay: TestRelay;
let ayşe: Member;
afterEach(() => relay.remove());

const start = async (values: Partial<RelayConfig> = {}) => {
  relay = await startTestRelay(values);
  [ayşe] = (await enterMembers(relay)) as [Member];
};

/** A device without an account, and its channel. */
async function openChannel(): Promise<{ client: TestClient; channel: Uint8Array }> {
  const client = await TestClient.overTcp(relay.ports.tcp);
  const { channel } = await client.expect('linkingOpened', { kind: 'openLinking' });
  return { client, channel };
}

const join = ({ client }: Member, channel: Uint8Array) =>
  client.askForError({ kind: 'joinLinking', channel });
const say = (client: TestClient, channel: Uint8Array, payload: string | Uint8Array) =>
  client.askForError({ kind: 'linkingMessage', channel, payload: Buffer.from(payload) });
const nextText = async (client: TestClient) =>
  Buffer.from((await client.next('linkingMessage')).payload).toString();

describe('a channel', () => {
  test('hands messages on both ways, in order, until one end goes', async () => {
    await start();
    const { client, channel } = await openChannel();
    expect(await join(ayşe, channel)).toBeNull();
    expect(await Promise.all(['a', 'b', 'c'].map((text) => say(ayşe.client, channel, text)))).toEqual([
      null,
      null,
      null,
    ]);
    expect([await nextText(client), await nextText(client), await nextText(client)]).toEqual(['a', 'b', 'c']);
    expect(await say(client, channel, 'answer')).toBeNull();
    expect(await nextText(ayşe.client)).toBe('answer');
    expect(await say(ayşe.client, channel, randomBytes(65_536))).toBeNull();
    expect((await client.next('linkingMessage')).payload).toHaveLength(65_536);
    ayşe.client.send({ request: 0, kind: 'linkingEnded', channel });
    expect((await client.next('linkingEnded')).channel).toEqual(channel);
    await client.closed;
    expect(await say(ayşe.client, channel, 'late')).toBe('UNKNOWN_CHANNEL');
  });

  test('ends with the connection of either end', async () => {
    await start();
    const first = await openChannel();
    await join(ayşe, first.channel);
    await first.client.close();
    await ayşe.client.next('linkingEnded');
    const second = await openChannel();
    await join(ayşe, second.channel);
    await ayşe.client.close();
    await second.client.next('linkingEnded');
    await second.client.closed;
  });

  test('ends when the new device says so', async () => {
    await start();
    const { client, channel } = await openChannel();
    await join(ayşe, channel);
    client.send({ request: 0, kind: 'linkingEnded', channel });
    await ayşe.client.next('linkingEnded');
    await client.closed;
  });

  test('RLY-141 is joined once', async () => {
    await start();
    const { client, channel } = await openChannel();
    const other = await reconnect(relay, ayşe);
    await ayşe.client.closed;
    const again = { ...ayşe, client: other };
    expect(await join(again, randomBytes(16))).toBe('UNKNOWN_CHANNEL');
    expect([await join(again, channel), await join(again, channel)]).toEqual([null, 'UNKNOWN_CHANNEL']);
    client.send({ request: 0, kind: 'linkingEnded', channel });
    await other.next('linkingEnded');
    expect(await join(again, channel)).toBe('UNKNOWN_CHANNEL');
  });

  test('a second channel of the same connection ends the first', async () => {
    await start();
    const [first, second] = [await openChannel(), await openChannel()];
    await join(ayşe, first.channel);
    await join(ayşe, second.channel);
    await first.client.next('linkingEnded');
    expect(await say(ayşe.client, second.channel, 'hello')).toBeNull();
    expect(await nextText(second.client)).toBe('hello');
  });

  test('RLY-142 nobody speaks into a channel that is not joined, or another one', async () => {
    await start();
    const { client, channel } = await openChannel();
    const other = await openChannel();
    expect(await say(client, channel, 'too early')).toBe('UNKNOWN_CHANNEL');
    expect(await say(ayşe.client, channel, 'not joined')).toBe('UNKNOWN_CHANNEL');
    await join(ayşe, channel);
    expect(await say(ayşe.client, other.channel, 'another')).toBe('UNKNOWN_CHANNEL');
    expect(await say(other.client, channel, 'another')).toBe('UNKNOWN_CHANNEL');
    ayşe.client.send({ request: 0, kind: 'linkingEnded', channel: other.channel });
    expect(await say(ayşe.client, channel, 'hello')).toBeNull();
    expect(await nextText(client)).toBe('hello');
  });
});

/** One end as handleLinkingMessage sees it; `said` is what it was sent. */
class FakeEnd {
  readonly said: string[] = [];
  readonly address = { net: 'a', isLoopback: true };
  readonly services = { metrics: { linkingBytes: 0 } };
  readonly out = { isFull: false, whenDrained: (resume: () => void) => this.#waiting.push(resume) };
  pauses = 0;
  readonly #waiting: (() => void)[] = [];

  reply(_request: number, body: { readonly kind: string }): void {
    this.said.push(body.kind);
  }

  refuse(_request: number, error: string): void {
    this.said.push(error);
  }

  end(): void {
    this.said.push('closed');
  }

  pauseReading(): void {
    this.pauses++;
  }

  resumeReading(): void {
    this.pauses--;
  }

  drain(): void {
    this.out.isFull = false;
    for (const resume of this.#waiting.splice(0)) resume();
  }

  asPeer(): Peer {
    return this as unknown as Peer;
  }
}

describe('RLY-143 an end that does not read', () => {
  test.each(['drain', 'go'] as const)(
    'is sent nothing more, and the other waits until it does %s',
    async (how) => {
      await start();
      const channels = new LinkingChannels({
        ...{ maxChannels: 1, maxChannelsPerAddress: 1, ttlMs: 1000, monotonicMs: () => 0, randomBytes },
      });
      const [slow, fast] = [new FakeEnd(), new FakeEnd()];
      const channel = channels.open(slow.asPeer());
      if ('waitMs' in channel) throw new Error('there is room');
      channel.join(fast.asPeer());
      slow.out.isFull = true;
      const message = { kind: 'linkingMessage', channel: channel.id, payload: Buffer.from('x') } as const;
      const sending = [1, 2].map((request) =>
        handleLinkingMessage(fast.asPeer(), channel, { request, ...message }),
      );
      expect([fast.pauses, slow.said, fast.said]).toEqual([2, [], []]);
      if (how === 'drain') slow.drain();
      else channel.end(slow.asPeer());
      await Promise.all(sending);
      expect(fast.pauses).toBe(0);
      if (how === 'drain') {
        expect([slow.said, fast.said]).toEqual([
          ['linkingMessage', 'linkingMessage'],
          ['done', 'done'],
        ]);
      } else {
        expect([slow.said, fast.said]).toEqual([
          ['closed'],
          ['linkingEnded', 'UNKNOWN_CHANNEL', 'UNKNOWN_CHANNEL'],
        ]);
      }
    },
  );
});

describe('a device without an account', () => {
  test('RLY-140 waits only with so many others', async () => {
    await start({ maxLinkings: 2 });
    const [first] = [await openChannel(), await openChannel()];
    const third = await TestClient.overTcp(relay.ports.tcp);
    expect(errorName(await third.ask({ kind: 'openLinking' }))).toBe('RATE_LIMITED');
    await first.client.close();
    await expect.poll(async () => errorName(await third.ask({ kind: 'openLinking' }))).toBeNull();
  });

  test('RLY-144 has until the channel ends, not the time of a handshake', async () => {
    await start({ handshakeTimeout: 200, linkingTtl: 1000 });
    const startedAtMs = performance.now();
    const { client, channel } = await openChannel();
    await join(ayşe, channel);
    await client.next('linkingEnded');
    await ayşe.client.next('linkingEnded');
    await client.closed;
    expect(performance.now() - startedAtMs).toBeGreaterThan(900);
  });

  test('RLY-145 sends 64 KiB at most in all, and 8 KiB in a frame', async () => {
    await start();
    const small = await openChannel();
    await join(ayşe, small.channel);
    for (let i = 0; i < 8; i++) expect(await say(small.client, small.channel, randomBytes(8000))).toBeNull();
    small.client.send({
      request: 1000,
      kind: 'linkingMessage',
      channel: small.channel,
      payload: randomBytes(8000),
    });
    expect(await small.client.nextError()).toBe('FRAME_TOO_LARGE');
    await ayşe.client.next('linkingEnded');
    const large = await openChannel();
    large.client.send({
      request: 1,
      kind: 'linkingMessage',
      channel: large.channel,
      payload: randomBytes(8192),
    });
    expect(await large.client.nextError()).toBe('FRAME_TOO_LARGE');
  });

  test.each([
    ['open another', (client: TestClient) => client.send({ request: 9, kind: 'openLinking' })],
    [
      'look somebody up',
      (client: TestClient) => client.send({ request: 9, kind: 'lookUp', nickname: 'owner', fromIndex: 0 }),
    ],
    [
      'join',
      (client: TestClient) => client.send({ request: 9, kind: 'joinLinking', channel: new Uint8Array(16) }),
    ],
  ])('RLY-001 may not %s while its channel is open', async (_, send) => {
    await start();
    const { client } = await openChannel();
    send(client);
    expect(await client.nextError()).toBe('WRONG_STATE');
    await client.closed;
  });

  test('RLY-001 one that has logged in opens no channel', async () => {
    await start();
    ayşe.client.send({ request: 9, kind: 'openLinking' });
    expect(await ayşe.client.nextError()).toBe('WRONG_STATE');
  });
});

test('RLY-140 channels are limited per address, loopback aside', async () => {
  await start();
  const channels = new LinkingChannels({
    ...{ maxChannels: 100, maxChannelsPerAddress: 2, ttlMs: 1000, monotonicMs: () => 0, randomBytes },
  });
  const endAt = (net: string, isLoopback = false) =>
    ({ address: { net, isLoopback }, reply: () => {}, end: () => {} }) as Partial<LinkingEnd> as LinkingEnd;
  const open = (end: LinkingEnd) => 'id' in channels.open(end);
  expect([open(endAt('a')), open(endAt('a')), open(endAt('a')), open(endAt('b'))]).toEqual([
    true,
    true,
    false,
    true,
  ]);
  const local = endAt('c', true);
  expect([open(local), open(local), open(local)]).toEqual([true, true, true]);
});
