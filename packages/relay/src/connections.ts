// All connections of a relay: makes them from links, watches their time, says goodbye to them. Called by relay.ts.
import { encodeFrame, prefixFrame, WIRE_ERRORS } from '@sirdas/protocol';
import { Connection } from './connection.ts';
import type { Link } from './link.ts';
import type { Visitor } from './listeners/door.ts';
import type { Services } from './services.ts';

const MIN_WATCH_INTERVAL_MS = 20;
const MAX_WATCH_INTERVAL_MS = 1000;
/** How long somebody who was turned away may take to read why. */
const TURNED_AWAY_MS = 3000;
/** Clients come back spread over this time, not all at once. */
const RECONNECT_AFTER_MS = 1000;
const RECONNECT_SPREAD_MS = 4000;

export class Connections {
  readonly #services: Services;
  readonly #open = new Set<Connection>();
  #watchTimer: NodeJS.Timeout | null = null;
  #isGoingDown = false;

  constructor(services: Services) {
    this.#services = services;
  }

  /** Deadlines, pings and half-open connections are looked after from here until `destroy`. */
  startWatching(): void {
    const { handshakeTimeout, pingInterval } = this.#services.config;
    const wantedMs = Math.min(handshakeTimeout, pingInterval) / 10;
    const intervalMs = Math.max(MIN_WATCH_INTERVAL_MS, Math.min(MAX_WATCH_INTERVAL_MS, wantedMs));
    this.#watchTimer = setInterval(() => this.#watch(), intervalMs);
  }

  accept(link: Link, visitor: Visitor): void {
    if (this.#isGoingDown) {
      link.destroy();
      return;
    }
    if (visitor.waitMs > 0) {
      this.#turnAway(link, visitor.waitMs);
      return;
    }
    this.#services.metrics.connectionsOpened++;
    const connection = new Connection(link, this.#services, () => this.#open.delete(connection));
    this.#open.add(connection);
    connection.open();
  }

  /** Takes nobody any more. */
  sayGoodbye(): void {
    this.#isGoingDown = true;
    for (const connection of this.#open) {
      const [byte = 0] = this.#services.randomBytes(1);
      connection.sayGoodbye(Math.round(RECONNECT_AFTER_MS + (byte / 255) * RECONNECT_SPREAD_MS));
    }
  }

  /** Resolves when every request that was under way is answered, appends aside. */
  async whenIdle(): Promise<void> {
    await Promise.all([...this.#open].map((connection) => connection.whenIdle()));
  }

  /** Ends all; resolves when their last bytes have left. */
  async end(): Promise<void> {
    for (const connection of this.#open) connection.end();
    await Promise.all([...this.#open].map((connection) => connection.closed));
  }

  /** At once and without a word. */
  destroy(): void {
    if (this.#watchTimer) clearInterval(this.#watchTimer);
    for (const connection of this.#open) connection.destroy();
  }

  #watch(): void {
    const nowMs = this.#services.clock.monotonicMs();
    for (const connection of this.#open) connection.checkTime(nowMs);
  }

  #turnAway(link: Link, retryAfterMs: number): void {
    const error = 'TOO_MANY_CONNECTIONS';
    this.#services.metrics.countRefusal(error);
    const deadline = setTimeout(() => link.destroy(), TURNED_AWAY_MS);
    const ignore = () => {};
    link.start({
      onBytes: ignore,
      onFrame: ignore,
      onMalformed: ignore,
      onDrain: ignore,
      onClose: () => clearTimeout(deadline),
    });
    const { code } = WIRE_ERRORS[error];
    const frame = encodeFrame({ request: 0, kind: 'error', code, detail: error, retryAfterMs });
    link.write(link.kind === 'stream' ? prefixFrame(frame) : frame);
    link.end();
  }
}
