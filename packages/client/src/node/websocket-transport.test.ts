// The WebSocket transport against a real server, in Node; the same code runs in browsers. SPEC §2.
import { LIMITS } from '@sirdas/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket as ServerSocket, WebSocketServer } from 'ws';
import { websocketTransport } from '../transport/websocket.ts';

const address = { host: 'unused', port: 1, fingerprint: new Uint8Array(32), plaintext: false };
let servers: WebSocketServer[] = [];

afterEach(() => {
  for (const server of servers) {
    for (const client of server.clients) client.terminate();
    server.close();
  }
  servers = [];
});

async function listen(onSocket: (socket: ServerSocket, subprotocol: string) => void): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/v1' });
  servers.push(server);
  server.on('connection', (socket) => onSocket(socket, socket.protocol));
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  return `ws://127.0.0.1:${port}/v1`;
}

async function open(url: string, signal = new AbortController().signal) {
  const frames: Uint8Array[] = [];
  const frameCame = Promise.withResolvers<Uint8Array>();
  const closed = Promise.withResolvers<unknown>();
  const onFrame = (frame: Uint8Array) => {
    frames.push(frame);
    frameCame.resolve(frame);
  };
  const channel = await websocketTransport(url).connect(
    address,
    { onFrame, onClose: closed.resolve },
    signal,
  );
  return { channel, frames, firstFrame: frameCame.promise, closed: closed.promise };
}

describe('WebSocket transport', () => {
  it('carries one frame per binary message, both ways, under the subprotocol', async () => {
    const received = Promise.withResolvers<Uint8Array>();
    const spoken = Promise.withResolvers<string>();
    const url = await listen((socket, subprotocol) => {
      spoken.resolve(subprotocol);
      socket.on('message', (data: Buffer) => received.resolve(Uint8Array.from(data)));
      socket.send(Uint8Array.of(1, 2, 3));
    });
    const { channel, firstFrame } = await open(url);
    // A view into a larger buffer: only its own bytes may leave.
    channel.send(Uint8Array.of(9, 4, 5, 9).subarray(1, 3));
    expect(await received.promise).toEqual(Uint8Array.of(4, 5));
    expect(await firstFrame).toEqual(Uint8Array.of(1, 2, 3));
    expect(await spoken.promise).toBe('sirdas.v1');
    expect(channel.channelBinding).toHaveLength(0);
  });

  it.each([
    ['a text', (socket: ServerSocket) => socket.send('hello')],
    ['nothing', (socket: ServerSocket) => socket.send(new Uint8Array(0))],
    ['more than a frame', (socket: ServerSocket) => socket.send(new Uint8Array(LIMITS.MAX_FRAME_BYTES + 1))],
  ])('CLI-010 hangs up on a relay that sends %s', async (_, misbehave) => {
    const url = await listen((socket) => {
      misbehave(socket);
      socket.send(Uint8Array.of(1));
    });
    const { closed, frames } = await open(url);
    expect(await closed).toMatchObject({ code: 'PROTOCOL_VIOLATION' });
    expect(frames).toEqual([]);
  });

  it('is UNREACHABLE where nobody listens or the path is another one', async () => {
    const url = await listen(() => {});
    await expect(open(url.replace('/v1', '/other'))).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await expect(open('ws://127.0.0.1:1/v1')).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('tells of the end, and sends nothing into it', async () => {
    const url = await listen((socket) => socket.close());
    const { channel, closed } = await open(url);
    expect(await closed).toBeNull();
    channel.send(Uint8Array.of(1));
    channel.close();
  });

  it('stops connecting when it is told to', async () => {
    const url = await listen(() => {});
    const stopper = new AbortController();
    const connecting = open(url, stopper.signal);
    stopper.abort();
    await expect(connecting).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(open(url, AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
