// Frames over a WebSocket (SPEC §2): one binary message is one frame. For browsers, and for Node where only the web
// listener can be reached. The platform's TLS checks the certificate by its own rules; that the relay is the one of the
// invite is proven in the handshake. WebSockets give no channel binding and cannot make a sender wait.
import { LIMITS } from '@sirdas/protocol';
import { aborted, checkAborted } from '../abort.ts';
import { SirdasError } from '../errors.ts';
import type { Channel, ChannelHandlers, Transport } from './transport.ts';

const SUBPROTOCOL = 'sirdas.v1';

/** `url` is the relay's web listener with path `/v1`: `wss://relay.example:6443/v1`. */
export function websocketTransport(url: string): Transport {
  return {
    connect: (_address, handlers, signal) => connect(url, handlers, signal),
  };
}

async function connect(url: string, handlers: ChannelHandlers, signal: AbortSignal): Promise<Channel> {
  checkAborted(signal);
  const socket = new WebSocket(url, SUBPROTOCOL);
  socket.binaryType = 'arraybuffer';
  await waitUntilOpen(socket, signal);
  return wrapSocket(socket, handlers);
}

function waitUntilOpen(socket: WebSocket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(aborted(signal));
      socket.close();
    };
    signal.addEventListener('abort', abort, { once: true });
    const settle = (finish: () => void) => () => {
      signal.removeEventListener('abort', abort);
      finish();
    };
    const unreachable = () => reject(new SirdasError('UNREACHABLE', 'the relay does not answer'));
    socket.onopen = settle(resolve);
    socket.onerror = settle(unreachable);
    socket.onclose = settle(unreachable);
  });
}

function wrapSocket(socket: WebSocket, handlers: ChannelHandlers): Channel {
  let failure: SirdasError | null = null;
  const refuse = (why: string) => {
    failure = new SirdasError('PROTOCOL_VIOLATION', why);
    socket.close();
  };
  socket.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (failure) return;
    // CLI-010
    if (!(data instanceof ArrayBuffer)) return refuse('the relay sent a text');
    if (data.byteLength === 0 || data.byteLength > LIMITS.MAX_FRAME_BYTES) {
      return refuse('the relay sent a frame of a forbidden length');
    }
    handlers.onFrame(new Uint8Array(data));
  };
  // A close event follows an error event and says as much.
  socket.onerror = null;
  socket.onclose = (event) => handlers.onClose(failure ?? (event.wasClean ? null : event));
  return {
    channelBinding: new Uint8Array(),
    send(frame) {
      if (socket.readyState === WebSocket.OPEN) socket.send(Uint8Array.from(frame));
    },
    setReading() {},
    close: () => socket.close(),
  };
}
