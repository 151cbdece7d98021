// The TCP transport against real sockets: the pin decides before anything is said, frames come and go whole, and whatever
// else is on the line ends it.
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { FrameSplitter, LIMITS, prefixFrame } from '@sirdas/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { RelayAddress } from '../model.ts';
import type { Channel } from '../transport/transport.ts';
import { tcpTransport } from './tcp-transport.ts';
import { testCertificate, testFingerprint } from './test-certificate.testkit.ts';

const never = new AbortController().signal;
let cleanUp: (() => void)[] = [];

afterEach(() => {
  for (const clean of cleanUp) clean();
  cleanUp = [];
});

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUp.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A TLS server that hands over each connection; its chunks are collected. */
async function listenTls(onSocket: (socket: TLSSocket) => void, options = {}): Promise<number> {
  const server = createTlsServer({ ...testCertificate, ...options }, (socket) => {
    socket.on('error', () => {});
    onSocket(socket);
  });
  server.on('tlsClientError', () => {});
  return listen(server);
}

function addressOf(port: number, change: Partial<RelayAddress> = {}): RelayAddress {
  return { host: '127.0.0.1', port, fingerprint: testFingerprint(), plaintext: false, ...change };
}

interface Line {
  readonly channel: Channel;
  readonly frames: Uint8Array[];
  readonly closed: Promise<unknown>;
  /** Resolves when that many frames have come. */
  untilFrames(count: number): Promise<void>;
}

async function open(address: RelayAddress): Promise<Line> {
  const frames: Uint8Array[] = [];
  const closed = Promise.withResolvers<unknown>();
  let notice = () => {};
  const channel = await tcpTransport().connect(
    address,
    {
      onFrame: (frame) => {
        frames.push(Uint8Array.from(frame));
        notice();
      },
      onClose: closed.resolve,
    },
    never,
  );
  cleanUp.push(() => channel.close());
  const untilFrames = (count: number) =>
    new Promise<void>((resolve) => {
      notice = () => frames.length >= count && resolve();
      notice();
    });
  return { channel, frames, closed: closed.promise, untilFrames };
}

describe('TCP transport', () => {
  it('carries frames both ways over TLS 1.3, with one channel binding for both ends', async () => {
    const served = Promise.withResolvers<TLSSocket>();
    const port = await listenTls(served.resolve);
    const { channel, frames, untilFrames } = await open(addressOf(port));
    const socket = await served.promise;
    expect(socket.getProtocol()).toBe('TLSv1.3');
    const binding = socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0));
    expect(channel.channelBinding).toEqual(Uint8Array.from(binding));
    const received: Uint8Array[] = [];
    const splitter = new FrameSplitter(LIMITS.MAX_FRAME_BYTES);
    const chunks: number[] = [];
    const twoFrames = new Promise<void>((resolve) => {
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk.length);
        splitter.push(chunk, (frame) => received.push(Uint8Array.from(frame)));
        if (received.length === 2) resolve();
      });
    });
    channel.send(Uint8Array.of(1, 2));
    channel.send(Uint8Array.of(3));
    await twoFrames;
    expect(received).toEqual([Uint8Array.of(1, 2), Uint8Array.of(3)]);
    // One turn of the event loop, one write.
    expect(chunks).toEqual([11]);
    for (const byte of prefixFrame(Uint8Array.of(7, 8, 9))) socket.write(Uint8Array.of(byte));
    await untilFrames(1);
    expect(frames).toEqual([Uint8Array.of(7, 8, 9)]);
  });

  it('CLI-011 says nothing to a relay with another key, and does not listen to it', async () => {
    let heard = 0;
    const port = await listenTls((socket) => {
      socket.on('data', (chunk: Buffer) => {
        heard += chunk.length;
      });
      socket.write(prefixFrame(Uint8Array.of(1)));
    });
    const wrong = addressOf(port, { fingerprint: new Uint8Array(32) });
    await expect(open(wrong)).rejects.toMatchObject({ code: 'WRONG_RELAY_KEY' });
    const short = addressOf(port, { fingerprint: testFingerprint().subarray(0, 31) });
    await expect(open(short)).rejects.toMatchObject({ code: 'WRONG_RELAY_KEY' });
    expect(heard).toBe(0);
  });

  it('speaks nothing below TLS 1.3', async () => {
    const port = await listenTls(() => {}, { maxVersion: 'TLSv1.2' });
    await expect(open(addressOf(port))).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('is UNREACHABLE where nobody listens, or something else than TLS answers', async () => {
    const plain = await listen(createServer((socket) => socket.end('220 mail.example ESMTP\r\n')));
    await expect(open(addressOf(plain))).rejects.toMatchObject({ code: 'UNREACHABLE' });
    const closed = createServer();
    const port = await listen(closed);
    await new Promise((resolve) => closed.close(resolve));
    await expect(open(addressOf(port))).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await expect(open(addressOf(port, { host: 'no-such-host.invalid' }))).rejects.toMatchObject({
      code: 'UNREACHABLE',
    });
  });

  it('stops connecting when it is told to', async () => {
    const connected = Promise.withResolvers<void>();
    // Accepts and never says a word: the TLS handshake does not end.
    const port = await listen(createServer(() => connected.resolve()));
    const stopper = new AbortController();
    const handlers = { onFrame: () => {}, onClose: () => {} };
    const connecting = tcpTransport().connect(addressOf(port), handlers, stopper.signal);
    await connected.promise;
    stopper.abort();
    await expect(connecting).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('CLI-012 speaks without TLS to this machine, to others only when allowed', async () => {
    const port = await listen(createServer((socket) => socket.write(prefixFrame(Uint8Array.of(5)))));
    const { channel, frames, untilFrames } = await open(addressOf(port, { plaintext: true }));
    await untilFrames(1);
    expect(frames).toEqual([Uint8Array.of(5)]);
    expect(channel.channelBinding).toHaveLength(0);
    for (const host of ['192.0.2.1', 'relay.example', '127.0.0.1.example', '::2']) {
      const elsewhere = addressOf(port, { plaintext: true, host });
      await expect(open(elsewhere)).rejects.toMatchObject({ code: 'PLAINTEXT_REFUSED' });
    }
    const stopper = new AbortController();
    const handlers = { onFrame: () => {}, onClose: () => {} };
    const address = addressOf(port, { plaintext: true, host: '192.0.2.1' });
    const connecting = tcpTransport({ allowPlaintext: true }).connect(address, handlers, stopper.signal);
    stopper.abort();
    await expect(connecting).rejects.toMatchObject({ code: expect.stringMatching(/ABORTED|UNREACHABLE/) });
  });

  it.each([
    ['a length beyond the limit', Uint8Array.of(0xff, 0xff, 0xff, 0xff)],
    ['a length of zero', Uint8Array.of(0, 0, 0, 0)],
  ])('CLI-010 ends the connection at %s', async (_, bytes) => {
    const port = await listenTls((socket) => socket.write(bytes));
    const { closed, frames } = await open(addressOf(port));
    expect(await closed).toMatchObject({ code: 'PROTOCOL_VIOLATION' });
    expect(frames).toEqual([]);
  });

  it('tells of the end when the relay leaves in the middle of a frame', async () => {
    const port = await listenTls((socket) => socket.end(Uint8Array.of(0, 0, 0, 9, 1)));
    const { closed, frames } = await open(addressOf(port));
    expect(await closed).toBeNull();
    expect(frames).toEqual([]);
  });

  it('sends what is queued before it closes', async () => {
    const got = Promise.withResolvers<Buffer>();
    const port = await listenTls((socket) => {
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.on('end', () => got.resolve(Buffer.concat(chunks)));
    });
    const { channel, closed } = await open(addressOf(port));
    channel.send(Uint8Array.of(1));
    channel.close();
    channel.send(Uint8Array.of(2));
    expect(Uint8Array.from(await got.promise)).toEqual(Uint8Array.of(0, 0, 0, 1, 1));
    await closed;
  });

  it('closes also when the relay goes on talking and never closes its side', async () => {
    const port = await listen(
      createServer({ allowHalfOpen: true }, (socket) => {
        const talking = setInterval(() => socket.write(prefixFrame(new Uint8Array(1000))), 10);
        socket.on('close', () => clearInterval(talking));
      }),
    );
    const { channel, closed } = await open(addressOf(port, { plaintext: true }));
    channel.close();
    await closed;
  });

  it('makes the relay wait while reading is off', async () => {
    const served = Promise.withResolvers<Socket>();
    const port = await listen(createServer(served.resolve));
    const { channel, frames, untilFrames } = await open(addressOf(port, { plaintext: true }));
    channel.setReading(false);
    const socket = await served.promise;
    const frame = prefixFrame(new Uint8Array(500_000));
    // More than the buffers of both systems hold together.
    let isWaiting = false;
    for (let i = 0; i < 100 && !isWaiting; i++) {
      isWaiting = !socket.write(frame) && socket.writableLength > 20_000_000;
    }
    expect(isWaiting).toBe(true);
    expect(frames.length).toBeLessThanOrEqual(1);
    channel.setReading(true);
    await untilFrames(40);
  });
});
