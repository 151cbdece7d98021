// The web listeners: pages over HTTP, frames over WebSocket at /v1 (SPEC §2); with TLS on 6443, without on loopback.
// Everything that a stranger's browser can send arrives here, hence the checks before a WebSocket is one.
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { LIMITS } from '@sirdas/protocol';
import { WebSocketServer } from 'ws';
import type { Link } from '../link.ts';
import type { Door, Visitor } from './door.ts';
import { WebSocketLink } from './websocket-link.ts';

const WEBSOCKET_PATH = '/v1';
const SUBPROTOCOL = 'sirdas.v1';
const MAX_HEADER_BYTES = 8192;
/** Far more than a browser needs for all pages; how often it may connect is limited too (RLY-012). */
const MAX_REQUESTS_PER_CONNECTION = 100;

export interface WebListenerOptions {
  readonly door: Door;
  /** Null: without TLS. */
  readonly tls: { readonly key: string; readonly cert: string } | null;
  readonly handshakeTimeoutMs: number;
  /** The client's address stands in X-Forwarded-For. */
  readonly isBehindProxy: boolean;
  readonly isAllowedOrigin: (origin: string) => boolean;
  readonly onRequest: RequestListener;
  readonly onLink: (link: Link, visitor: Visitor) => void;
}

export function createWebListener(options: WebListenerOptions): Server {
  const visitors = new Visitors(options);
  const server = createHttpServer(options, visitors);
  // RLY-060
  server.maxRequestsPerSocket = MAX_REQUESTS_PER_CONNECTION;
  server.on('connection', (socket: Socket) => visitors.add(socket));
  const webSockets = createWebSocketServer();
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const refusal = checkUpgrade(request, options);
    if (refusal !== null) {
      refuseUpgrade(socket, refusal);
      return;
    }
    const visitor = visitors.find(request, socket);
    if (visitor === null) return;
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      options.onLink(new WebSocketLink(webSocket, socket, visitor), visitor);
    });
  });
  return server;
}

function createHttpServer(options: WebListenerOptions, visitors: Visitors): Server {
  const { tls, handshakeTimeoutMs } = options;
  const limits: ServerOptions = {
    noDelay: true,
    maxHeaderSize: MAX_HEADER_BYTES,
    // RLY-003
    headersTimeout: handshakeTimeoutMs,
    requestTimeout: handshakeTimeoutMs,
    connectionsCheckingInterval: Math.min(1000, handshakeTimeoutMs),
    keepAliveTimeout: 5000,
  };
  const onRequest: RequestListener = (request, response) => {
    const waitMs = visitors.waitMs(request.socket);
    if (waitMs === 0) options.onRequest(request, response);
    else response.writeHead(503, { 'Retry-After': Math.ceil(waitMs / 1000), Connection: 'close' }).end();
  };
  if (tls === null) return createServer(limits, onRequest);
  const tlsOptions = { ...tls, minVersion: 'TLSv1.3', handshakeTimeout: handshakeTimeoutMs } as const;
  return createTlsServer({ ...limits, ...tlsOptions }, onRequest);
}

function createWebSocketServer(): WebSocketServer {
  const limits = {
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: LIMITS.MAX_FRAME_BYTES,
    // RLY-019
    maxFragments: 64,
    maxBufferedChunks: 1024,
    closeTimeout: 3000,
    handleProtocols: () => SUBPROTOCOL,
  };
  return new WebSocketServer(limits);
}

/** The status line of the refusal, or null. */
function checkUpgrade(request: IncomingMessage, options: WebListenerOptions): string | null {
  if (request.url !== WEBSOCKET_PATH) return '404 Not Found';
  // RLY-016: a page of another site must not use the browser of somebody who can reach this relay.
  const { origin } = request.headers;
  if (origin !== undefined && !options.isAllowedOrigin(origin)) return '403 Forbidden';
  // RLY-017
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  return offered.includes(SUBPROTOCOL) ? null : '400 Bad Request';
}

function refuseUpgrade(socket: Socket, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

/** Who is on which socket. Known by the other end's address and port: TLS wraps the socket that was counted in another one. */
class Visitors {
  readonly #options: WebListenerOptions;
  readonly #byPeer = new Map<string, Visitor>();

  constructor(options: WebListenerOptions) {
    this.#options = options;
  }

  add(socket: Socket): void {
    const peer = namePeer(socket);
    const visitor = this.#options.door.enter(socket);
    if (visitor === null) return;
    this.#byPeer.set(peer, visitor);
    socket.once('close', () => this.#byPeer.delete(peer));
  }

  waitMs(socket: Socket): number {
    return this.#byPeer.get(namePeer(socket))?.waitMs ?? 0;
  }

  /** Null when the socket was closed without a word. */
  find(request: IncomingMessage, socket: Socket): Visitor | null {
    const { isBehindProxy, door } = this.#options;
    const visitor = this.#byPeer.get(namePeer(socket));
    if (!visitor) {
      socket.destroy();
      return null;
    }
    const forwarded = request.headers['x-forwarded-for'];
    if (isBehindProxy && visitor.address.isLoopback && forwarded !== undefined) {
      // The last one was written by our own proxy, those before it may be anybody's invention.
      return door.enterFrom([forwarded].flat().join(',').split(',').at(-1)?.trim(), socket);
    }
    // Reading the pages before connecting has taken no time from the handshake.
    return { ...visitor, enteredAtMs: door.nowMs() };
  }
}

function namePeer(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
