// A machine in the middle that understands frames: it stands between a real client and a real relay without TLS and may
// drop, repeat, change, reorder or invent what passes. To the client it is the relay. Used by the hostile-relay tests.
import { createServer, type Server, Socket } from 'node:net';
import { decodeFrame, encodeFrame, type Frame, FrameSplitter, LIMITS, prefixFrame } from '@sirdas/protocol';
import { onTestFinished } from 'vitest';

/** One client's connection through the proxy. */
export class ProxiedLink {
  readonly #client: Socket;
  readonly #relay: Socket;

  constructor(client: Socket, relay: Socket) {
    this.#client = client;
    this.#relay = relay;
  }

  sendToClient(frame: Frame): void {
    this.#client.write(prefixFrame(encodeFrame(frame)));
  }

  sendToRelay(frame: Frame): void {
    this.#relay.write(prefixFrame(encodeFrame(frame)));
  }

  /** Cuts both sides without a word. */
  cut(): void {
    this.#client.destroy();
    this.#relay.destroy();
  }
}

/** What becomes of a frame: the frames that go on in its place. */
export type FrameFilter = (frame: Frame, link: ProxiedLink) => readonly Frame[];

const passOn: FrameFilter = (frame) => [frame];

export class FrameProxy {
  /** May be replaced at any time. */
  toClient: FrameFilter = passOn;
  toRelay: FrameFilter = passOn;
  readonly links = new Set<ProxiedLink>();
  readonly #server: Server;
  readonly #target: { readonly host: string; port: number };

  constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = { ...target };
    this.#server = createServer((client) => this.#join(client));
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
    return address.port;
  }

  /** Where new connections go. */
  retarget(port: number): void {
    this.#target.port = port;
  }

  cutAll(): void {
    for (const link of this.links) link.cut();
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    const relay = new Socket();
    const link = new ProxiedLink(client, relay);
    this.links.add(link);
    const pump = (from: Socket, to: Socket, filter: FrameFilter) => {
      const splitter = new FrameSplitter(LIMITS.MAX_FRAME_BYTES);
      from.setNoDelay(true);
      from.on('data', (chunk: Uint8Array) => {
        splitter.push(chunk, (bytes) => {
          // A copy: a filter may keep the frame for later.
          const frame = decodeFrame(Uint8Array.from(bytes));
          for (const out of filter(frame, link)) to.write(prefixFrame(encodeFrame(out)));
        });
      });
      from.on('error', () => {});
      from.on('end', () => to.end());
      from.on('close', () => {
        to.destroySoon();
        this.links.delete(link);
      });
    };
    pump(client, relay, (...args) => this.toRelay(...args));
    pump(relay, client, (...args) => this.toClient(...args));
    relay.connect(this.#target);
  }
}

/** A proxy on a free loopback port, for as long as the test runs. */
export async function startFrameProxy(target: {
  readonly host: string;
  readonly port: number;
}): Promise<FrameProxy> {
  const proxy = new FrameProxy(target);
  await proxy.listen();
  onTestFinished(() => proxy.close());
  return proxy;
}
