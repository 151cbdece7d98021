// All listeners of a relay: opens them together (or none), knows their ports, closes them together. Called by relay.ts.
import type { Server as HttpServer, RequestListener } from 'node:http';
import type { Server } from 'node:net';
import { createSecureContext, type SecureContext, type Server as TlsServer } from 'node:tls';
import type { RelayConfig } from '../config/options.ts';
import { isLoopbackHost } from '../config/parse-config.ts';
import type { Link } from '../link.ts';
import type { Metrics } from '../metrics.ts';
import type { Door, Visitor } from './door.ts';
import { type ListenAddress, listen } from './listen.ts';
import { createMetricsListener } from './metrics-page.ts';
import { createRequestHandler } from './pages.ts';
import { createTcpListener } from './tcp.ts';
import { createWebListener } from './web.ts';

/** The ports that are listened on; null where the listener is off. */
export interface Ports {
  readonly tcp: number | null;
  readonly web: number | null;
  readonly webTls: number | null;
  readonly metrics: number | null;
}

export interface Credentials {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

export interface ListenersOptions {
  readonly config: RelayConfig;
  readonly credentials: Credentials;
  readonly door: Door;
  readonly metrics: Metrics;
  readonly isHealthy: () => boolean;
  readonly onLink: (link: Link, visitor: Visitor) => void;
}

export class Listeners {
  readonly #options: ListenersOptions;
  readonly #servers: Server[] = [];
  #webTlsServer: TlsServer | null = null;
  #secureContext: SecureContext;
  #ports: Ports = { tcp: null, web: null, webTls: null, metrics: null };
  #ownOrigins: ReadonlySet<string> = new Set();

  constructor(options: ListenersOptions) {
    this.#options = options;
    this.#secureContext = makeContext(options.credentials);
  }

  get ports(): Ports {
    return this.#ports;
  }

  /** Throws PORT_IN_USE, PORT_FORBIDDEN or ADDRESS_UNAVAILABLE; nothing is open then. */
  async open(): Promise<void> {
    const { config } = this.#options;
    try {
      this.#ports = {
        tcp: await this.#open(this.#createTcp(), address(config.host, config.tcpPort, 'tcp-port')),
        web: await this.#open(this.#createWeb(null), address(config.webHost, config.webPort, 'web-port')),
        webTls: await this.#open(
          this.#createWebTls(),
          address(config.host, config.webTlsPort, 'web-tls-port'),
        ),
        metrics: await this.#open(
          this.#createMetrics(),
          address(config.metricsHost, config.metricsPort, 'metrics-port'),
        ),
      };
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#ownOrigins = listOwnOrigins(config, this.#ports);
  }

  /** A renewed certificate, for connections from now on. */
  useCredentials(credentials: Credentials): void {
    this.#secureContext = makeContext(credentials);
    this.#webTlsServer?.setSecureContext({ ...credentials, minVersion: 'TLSv1.3' });
  }

  /** Takes no more connections; those there are go on. */
  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map((server) => {
        const closed = new Promise((resolve) => server.close(resolve));
        if (isHttpServer(server)) server.closeIdleConnections();
        return closed;
      }),
    );
  }

  /** Ends what is still open at the very end: pages being sent, somebody reading the metrics. */
  destroy(): void {
    for (const server of this.#servers) if (isHttpServer(server)) server.closeAllConnections();
  }

  async #open(server: Server, at: ListenAddress | null): Promise<number | null> {
    if (at === null) return null;
    const port = await listen(server, at);
    this.#servers.push(server);
    return port;
  }

  #createTcp(): Server {
    const { config, door, onLink } = this.#options;
    return createTcpListener({
      door,
      secureContext: config.plaintext ? null : () => this.#secureContext,
      handshakeTimeoutMs: config.handshakeTimeout,
      onLink,
    });
  }

  #createWeb(tls: Credentials | null): Server {
    const { config, door, onLink, isHealthy } = this.#options;
    const onRequest: RequestListener = createRequestHandler(isHealthy);
    return createWebListener({
      door,
      tls,
      handshakeTimeoutMs: config.handshakeTimeout,
      isBehindProxy: tls === null && config.behindProxy,
      isAllowedOrigin: (origin) => this.#ownOrigins.has(origin),
      onRequest,
      onLink,
    });
  }

  #createWebTls(): Server {
    const server = this.#createWeb(this.#options.credentials) as TlsServer;
    this.#webTlsServer = server;
    return server;
  }

  #createMetrics(): Server {
    return createMetricsListener(this.#options.metrics, this.#options.isHealthy);
  }
}

/** Pages that may connect: those that this relay serves, and those it was told of. */
function listOwnOrigins(config: RelayConfig, ports: Ports): Set<string> {
  const hosts = ['localhost', '127.0.0.1', '[::1]', bracket(config.publicHost)];
  const plain = ports.web === null ? [] : hosts.map((host) => new URL(`http://${host}:${ports.web}`).origin);
  const tls =
    ports.webTls === null ? [] : hosts.map((host) => new URL(`https://${host}:${ports.webTls}`).origin);
  return new Set([
    ...plain,
    ...tls,
    ...config.origins,
    ...(config.publicWeb === '' ? [] : [config.publicWeb]),
  ]);
}

/** What stands before `/i#` in invite links (SPEC §4.4). */
export function makeWebAddress(config: RelayConfig, ports: Ports): string {
  if (config.publicWeb !== '') return config.publicWeb;
  const host = bracket(config.publicHost);
  const isLocal = isLoopbackHost(config.publicHost) && ports.web !== null;
  return isLocal
    ? `http://${host}:${ports.web}`
    : `https://${host}:${ports.webTls ?? config.webTlsPort ?? 6443}`;
}

function bracket(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function address(host: string, port: number | null, option: string): ListenAddress | null {
  return port === null ? null : { host, port, option };
}

function makeContext({ key, cert }: Credentials): SecureContext {
  return createSecureContext({ key, cert, minVersion: 'TLSv1.3' });
}

function isHttpServer(server: Server): server is HttpServer {
  return 'closeIdleConnections' in server;
}
