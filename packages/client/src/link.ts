// The link to the relay: connects, logs in, stays connected, comes back after every loss, and gives up only where trying
// again cannot help. The rest of the client sees sessions come and go. Made by sirdas.ts. DESIGN §3, SPEC §4.
import type { RandomSource } from '@sirdas/crypto';
import type { Frame } from '@sirdas/protocol';
import { aborted, untilAborted } from './abort.ts';
import { chooseDelayMs } from './backoff.ts';
import type { Clock } from './clock.ts';
import { findWireProperties, toSirdasError } from './convert-error.ts';
import { type ClientErrorCode, SirdasError } from './errors.ts';
import { type LoginIdentity, logIn } from './handshake.ts';
import type { LinkState, RelayAddress } from './model.ts';
import { type RelayEvent, Session } from './session.ts';
import type { Transport } from './transport/transport.ts';

/** Connecting, logging in and catching up with what changed meanwhile. */
const BRING_UP_TIMEOUT_MS = 60_000;
/** A connection that held this long counts as good: the next loss starts with a short wait again. */
const STABLE_MS = 60_000;

/** Found by this side, and not better by trying again; of the relay's errors SPEC §9 says it. */
const FINAL_CODES: ReadonlySet<ClientErrorCode> = new Set<ClientErrorCode>([
  'WRONG_RELAY_KEY',
  'PLAINTEXT_REFUSED',
  'NO_ACCOUNT',
  'DEVICE_REVOKED',
  'TOO_MANY_DEVICES',
  'WORK_TOO_HARD',
  'VAULT_CORRUPT',
  'CLOSED',
]);

export interface LinkOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Asked anew for every connection. Throws NO_ACCOUNT. */
  readonly identify: () => Promise<{ readonly address: RelayAddress; readonly identity: LoginIdentity }>;
  /** What follows the login and must succeed before the link counts as online; or logging in anew is needed. */
  readonly bringUp: (session: Session, loggedIn: Frame<'loggedIn'>) => Promise<'ready' | 'log-in-again'>;
  readonly onEvent: (event: RelayEvent, session: Session) => void;
  /** The relay does not let this device in (LOGIN_FAILED): what that means, or null when trying again at once may help. */
  readonly onRefused: () => SirdasError | null;
  readonly onStateChange: (state: LinkState) => void;
}

export class Link {
  readonly #options: LinkOptions;
  #state: LinkState = { state: 'offline', error: null, retryAtMs: null };
  #session: Session | null = null;
  /** Not null while the link is on. */
  #stopper: AbortController | null = null;
  #ended: Promise<void> = Promise.resolve();
  /** Ends the wait before the next attempt. */
  #wake: () => void = () => {};
  #failures = 0;
  #lastError: SirdasError | null = null;
  #toldMs: number | null = null;
  readonly #watchers = new Set<(state: LinkState) => void>();

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** The logged-in session; throws UNREACHABLE while there is none. */
  get session(): Session {
    if (this.#session) return this.#session;
    throw new SirdasError('UNREACHABLE', 'there is no connection to the relay at the moment');
  }

  get isOn(): boolean {
    return this.#stopper !== null;
  }

  /** Connects and keeps connected until `stop`. */
  start(): void {
    if (this.#stopper) {
      this.#wake();
      return;
    }
    const stopper = new AbortController();
    this.#stopper = stopper;
    this.#failures = 0;
    this.#ended = this.#run(stopper.signal);
  }

  /** Tries again at once, also after a final error. */
  retryNow(): void {
    this.#failures = 0;
    this.#toldMs = null;
    this.start();
  }

  /** Hangs up and waits until nothing is under way any more. */
  async stop(reason = new SirdasError('CLOSED', 'the link was stopped')): Promise<void> {
    this.#stopper?.abort(reason);
    this.#stopper = null;
    this.#session?.close(reason);
    await this.#ended;
  }

  /** Hangs up and comes back with the usual wait. */
  reconnect(reason: SirdasError): void {
    this.#session?.close(reason);
  }

  /** The relay asked to stay away for a while. */
  noteGoodbye(reconnectAfterMs: number): void {
    this.#toldMs = reconnectAfterMs;
  }

  /**
   * Resolves when online. Throws the error of the link when it will not try again by itself, or, with `firstFailure`, as soon
   * as an attempt fails; ABORTED.
   */
  async waitUntilOnline(options: { signal?: AbortSignal | undefined; firstFailure: boolean }): Promise<void> {
    const settled = Promise.withResolvers<void>();
    const judge = (state: LinkState) => {
      if (state.state === 'online') settled.resolve();
      const isOver = state.state === 'offline' && (options.firstFailure || state.retryAtMs === null);
      if (isOver) settled.reject(this.#lastError ?? new SirdasError('CLOSED', 'the link was stopped'));
    };
    this.#watchers.add(judge);
    try {
      if (this.#state.state === 'online') return;
      await untilAborted(settled.promise, options.signal);
    } finally {
      this.#watchers.delete(judge);
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#setState({ state: 'connecting', attempt: this.#failures + 1 });
      const reason = await this.#connectOnce(signal);
      if (signal.aborted) break;
      const error = reason.code === 'LOGIN_FAILED' ? this.#options.onRefused() : reason;
      if (!error) continue;
      await this.#waitForNextAttempt(error, signal);
    }
    this.#lastError = null;
    this.#setState({ state: 'offline', error: null, retryAtMs: null });
  }

  /** One connection from beginning to end; returns why it ended. */
  async #connectOnce(signal: AbortSignal): Promise<SirdasError> {
    const { clock } = this.#options;
    let session: Session | null = null;
    try {
      session = await this.#bringUp(signal);
      this.#session = session;
      this.#toldMs = null;
      const onlineSinceMs = clock.nowMs();
      this.#setState({ state: 'online' });
      const reason = await session.closed;
      this.#failures = clock.nowMs() - onlineSinceMs >= STABLE_MS ? 0 : this.#failures + 1;
      return reason;
    } catch (cause) {
      this.#failures++;
      return toSirdasError(cause);
    } finally {
      this.#session = null;
    }
  }

  async #bringUp(stopSignal: AbortSignal): Promise<Session> {
    const { transport, clock, random, identify, bringUp, onEvent } = this.#options;
    const deadline = new AbortController();
    const late = new SirdasError('UNREACHABLE', 'the relay took too long');
    const cancel = clock.startTimer(BRING_UP_TIMEOUT_MS, () => deadline.abort(late));
    const signal = AbortSignal.any([stopSignal, deadline.signal]);
    let session: Session | null = null;
    try {
      for (;;) {
        const { address, identity } = await identify();
        session = await Session.connect({ transport, address, clock, onEvent }, signal);
        const loggedIn = await logIn(session, identity, { clock, random, signal });
        if ((await untilAborted(bringUp(session, loggedIn), signal)) === 'ready') return session;
        session.close(new SirdasError('CLOSED', 'this connection has served its purpose'));
      }
    } catch (cause) {
      const error = signal.aborted ? aborted(signal) : toSirdasError(cause);
      // What ended the session says more than that a request on it failed.
      if (!session) throw error;
      session.close(error);
      throw error.code === 'UNREACHABLE' ? await session.closed : error;
    } finally {
      cancel();
    }
  }

  async #waitForNextAttempt(error: SirdasError, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    const woken = Promise.withResolvers<void>();
    this.#lastError = error;
    this.#wake = woken.resolve;
    signal.addEventListener('abort', () => woken.resolve(), { once: true });
    if (isFinal(error.code)) {
      this.#setState({ state: 'offline', error: error.code, retryAtMs: null });
      return woken.promise;
    }
    const delayMs = chooseDelayMs(this.#failures - 1, this.#toldMs ?? error.retryAfterMs, random);
    const cancel = clock.startTimer(delayMs, woken.resolve);
    this.#setState({ state: 'offline', error: error.code, retryAtMs: clock.nowMs() + delayMs });
    await woken.promise;
    cancel();
  }

  #setState(state: LinkState): void {
    this.#state = state;
    this.#options.onStateChange(state);
    for (const watch of [...this.#watchers]) watch(state);
  }
}

function isFinal(code: ClientErrorCode): boolean {
  return FINAL_CODES.has(code) || findWireProperties(code)?.retry === false;
}
