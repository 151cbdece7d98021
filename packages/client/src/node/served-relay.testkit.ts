// A fake relay behind a real socket (plain TCP on loopback), for tests whose client runs in a process of its own.
import { createServer } from 'node:net';
import { FrameSplitter, LIMITS, prefixFrame } from '@sirdas/protocol';
import { onTestFinished } from 'vitest';
import type { FakeRelay } from '../fake-relay.testkit.ts';
import type { RelayAddress } from '../model.ts';

/** Where clients reach it; closed when the test is over. */
export async function serveRelay(relay: FakeRelay): Promise<RelayAddress> {
  const server = createServer(async (socket) => {
    socket.on('error', () => {});
    const splitter = new FrameSplitter(LIMITS.MAX_FRAME_BYTES);
    const channel = await relay.transport.connect(
      relay.address,
      {
        onFrame: (frame) => socket.write(prefixFrame(frame)),
        onClose: () => socket.destroy(),
      },
      new AbortController().signal,
    );
    socket.on('data', (chunk: Uint8Array) => splitter.push(chunk, (frame) => channel.send(frame)));
    socket.on('close', () => channel.close());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    relay.dropAll();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return { host: '127.0.0.1', port, fingerprint: relay.fingerprint, plaintext: true };
}
