// The native listener: TCP with TLS 1.3 (or without, when told so), frames with a length prefix (SPEC §2, §3). Sockets are
// wrapped by hand instead of with tls.Server, so that connections are counted before they cost a TLS handshake.
import { createServer, type Server, type Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { Link } from '../link.ts';
import type { Door, Visitor } from './door.ts';
import { StreamLink } from './stream-link.ts';

export interface TcpListenerOptions {
  readonly door: Door;
  /** The context of the moment (the certificate is renewed while the relay runs); null: plain TCP. */
  readonly secureContext: (() => SecureContext) | null;
  readonly handshakeTimeoutMs: number;
  readonly onLink: (link: Link, visitor: Visitor) => void;
}

export function createTcpListener(options: TcpListenerOptions): Server {
  return createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    socket.on('error', ignoreSocketError);
    const visitor = options.door.enter(socket);
    if (visitor === null) return;
    if (options.secureContext === null) options.onLink(new StreamLink(socket, visitor), visitor);
    else startTls(socket, options.secureContext(), { options, visitor });
  });
}

function startTls(
  socket: Socket,
  secureContext: SecureContext,
  { options, visitor }: { readonly options: TcpListenerOptions; readonly visitor: Visitor },
): void {
  const tlsSocket = new TLSSocket(socket, { isServer: true, secureContext });
  const giveUp = () => socket.destroy();
  // RLY-003
  const deadline = setTimeout(giveUp, options.handshakeTimeoutMs);
  tlsSocket.on('error', giveUp);
  tlsSocket.on('end', giveUp);
  tlsSocket.once('close', () => clearTimeout(deadline));
  tlsSocket.once('secure', () => {
    clearTimeout(deadline);
    tlsSocket.off('end', giveUp);
    options.onLink(new StreamLink(tlsSocket, visitor), visitor);
  });
}

/** A broken connection closes by itself; there is nobody to tell. */
function ignoreSocketError(): void {}
