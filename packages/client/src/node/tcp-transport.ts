// Frames over TCP (SPEC §2, §3): TLS 1.3 with the relay's pinned key, or plain TCP where that is allowed. Nothing is sent
// before the key of the certificate has been compared, and nothing received before is looked at.
import { createHash, timingSafeEqual } from 'node:crypto';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { FrameSplitter, LIMITS, prefixFrame } from '@sirdas/protocol';
import { aborted, checkAborted } from '../abort.ts';
import { SirdasError } from '../errors.ts';
import type { RelayAddress } from '../model.ts';
import type { Channel, ChannelHandlers, Transport } from '../transport/transport.ts';

const BINDING_LABEL = 'EXPORTER-Channel-Binding';
const BINDING_BYTES = 32;
const NO_BINDING = new Uint8Array();
const CLOSE_TIMEOUT_MS = 1000;

export interface TcpOptions {
  /** Plain TCP also to other machines, where the invite asks for it. Everybody on the way then sees who writes to whom. */
  readonly allowPlaintext?: boolean;
}

export function tcpTransport(options: TcpOptions = {}): Transport {
  return {
    async connect(address, handlers, signal) {
      checkAborted(signal);
      if (!address.plaintext) return connectPinned(address, handlers, signal);
      // CLI-012
      if (!options.allowPlaintext && !isLoopback(address.host)) {
        throw new SirdasError('PLAINTEXT_REFUSED', 'plain TCP to another machine was not allowed');
      }
      const socket = connectPlain({ host: address.host, port: address.port });
      await waitFor(socket, 'connect', signal);
      return wrapSocket(socket, NO_BINDING, handlers);
    },
  };
}

async function connectPinned(
  address: RelayAddress,
  handlers: ChannelHandlers,
  signal: AbortSignal,
): Promise<Channel> {
  const socket = connectTls({
    host: address.host,
    port: address.port,
    minVersion: 'TLSv1.3',
    // The pin below replaces names, dates and issuers (SPEC §2).
    rejectUnauthorized: false,
  });
  await waitFor(socket, 'secureConnect', signal);
  // CLI-011
  if (!hasPinnedKey(socket, address.fingerprint)) {
    socket.destroy();
    throw new SirdasError('WRONG_RELAY_KEY', 'the certificate belongs to another key than the pinned one');
  }
  const binding = socket.exportKeyingMaterial(BINDING_BYTES, BINDING_LABEL, Buffer.alloc(0));
  return wrapSocket(socket, Uint8Array.from(binding), handlers);
}

function hasPinnedKey(socket: TLSSocket, fingerprint: Uint8Array): boolean {
  const key = socket.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' });
  if (!key) return false;
  const found = createHash('sha256').update(key).digest();
  return found.length === fingerprint.length && timingSafeEqual(found, fingerprint);
}

function waitFor(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  // A socket without a listener for errors would end the program.
  socket.on('error', () => {});
  socket.setNoDelay(true);
  return new Promise((resolve, reject) => {
    const settle = (error: SirdasError | null) => {
      signal.removeEventListener('abort', abort);
      socket.off(event, succeed).off('error', fail).off('close', fail);
      if (!error) return resolve();
      socket.destroy();
      reject(error);
    };
    const succeed = () => settle(null);
    const abort = () => settle(aborted(signal));
    const fail = (cause: unknown) =>
      settle(new SirdasError('UNREACHABLE', 'the relay does not answer', { cause }));
    signal.addEventListener('abort', abort, { once: true });
    socket.on(event, succeed).on('error', fail).on('close', fail);
  });
}

function wrapSocket(socket: Socket, channelBinding: Uint8Array, handlers: ChannelHandlers): Channel {
  const splitter = new FrameSplitter(LIMITS.MAX_FRAME_BYTES);
  const queue = new WriteQueue(socket);
  let failure: unknown = null;
  socket.on('data', (chunk: Uint8Array) => {
    if (failure) return;
    try {
      splitter.push(chunk, handlers.onFrame);
    } catch (cause) {
      // CLI-010
      failure = new SirdasError('PROTOCOL_VIOLATION', 'the relay sent something else than frames', { cause });
      socket.destroy();
    }
  });
  socket.on('error', (cause) => {
    failure ??= cause;
  });
  socket.on('close', () => handlers.onClose(failure));
  return {
    channelBinding,
    send: (frame) => queue.add(frame),
    setReading: (isOn) => void (isOn ? socket.resume() : socket.pause()),
    close: () => queue.end(),
  };
}

/** Frames of one turn of the event loop leave in one write: one TLS record, one packet. */
class WriteQueue {
  readonly #socket: Socket;
  #waiting: Uint8Array[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  add(frame: Uint8Array): void {
    if (this.#waiting.length === 0) setImmediate(() => this.#flush());
    this.#waiting.push(prefixFrame(frame));
  }

  end(): void {
    this.#flush();
    this.#socket.end();
    this.#socket.resume();
    // A relay that does not close its side is not waited for.
    setTimeout(() => this.#socket.destroy(), CLOSE_TIMEOUT_MS).unref();
  }

  #flush(): void {
    const frames = this.#waiting;
    this.#waiting = [];
    if (frames.length > 0 && this.#socket.writable) this.#socket.write(Buffer.concat(frames));
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
