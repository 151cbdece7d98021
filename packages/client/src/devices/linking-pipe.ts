// One linking channel at the relay (SPEC §4.5) as a pair of send and receive: what comes is kept until it is asked for, and
// whatever ends the channel ends every wait. Used by linking-new.ts and linking-old.ts; client-parts.ts hands on the events.
import { equalBytes, LIMITS } from '@sirdas/protocol';
import { aborted, untilAborted } from '../abort.ts';
import type { Clock } from '../clock.ts';
import { SirdasError } from '../errors.ts';
import type { LinkingEvent, Session } from '../session.ts';
import { waitMs } from '../wait.ts';

/** An honest device waits for answers; a relay must not fill the memory of this one. */
const MAX_WAITING = 32;
/** After a refusal for now, when the relay does not say how long. */
const RETRY_MS = 1000;

/** What a pipe needs of a session. */
export type PipeSession = Pick<Session, 'request' | 'send' | 'closed'>;

export interface LinkingPipeOptions {
  readonly session: PipeSession;
  /** 16 bytes. */
  readonly channel: Uint8Array;
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}

export class LinkingPipe {
  readonly #session: PipeSession;
  readonly #channel: Uint8Array;
  readonly #clock: Clock;
  readonly #over = new AbortController();
  readonly #arrived: Uint8Array[] = [];
  readonly #stopTimer: () => void;
  #wake: () => void = () => {};
  /** The relay has no such channel any more. */
  #isGone = false;

  constructor({ session, channel, ttlMs, clock, signal }: LinkingPipeOptions) {
    this.#session = session;
    this.#channel = channel;
    this.#clock = clock;
    this.#stopTimer = clock.startTimer(Math.min(ttlMs, LIMITS.LINKING_TTL_MS), () =>
      this.#end('LINKING_EXPIRED'),
    );
    signal?.addEventListener('abort', () => this.#over.abort(aborted(signal)), { once: true });
    void session.closed.then((reason) => this.#over.abort(reason));
  }

  /** Aborted, with the reason, when nothing more comes or goes. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /**
   * Resolves when the other end has been handed the payload. Throws LINKING_ENDED, LINKING_EXPIRED, PROTOCOL_VIOLATION,
   * ABORTED, and why the connection was lost.
   */
  async send(payload: Uint8Array): Promise<void> {
    for (;;) {
      try {
        await this.#session.request({ kind: 'linkingMessage', channel: this.#channel, payload }, this.over);
        return;
      } catch (cause) {
        if (!(cause instanceof SirdasError)) throw cause;
        if (cause.code === 'UNKNOWN_CHANNEL') throw this.#noteGone();
        if (cause.code !== 'RATE_LIMITED') throw cause;
        await waitMs(this.#clock, cause.retryAfterMs ?? RETRY_MS, this.over);
      }
    }
  }

  /** The next payload of the other end. Throws as `send` does. */
  async receive(): Promise<Uint8Array> {
    for (;;) {
      const payload = this.#arrived.shift();
      if (payload) return payload;
      const woken = Promise.withResolvers<void>();
      this.#wake = woken.resolve;
      await untilAborted(woken.promise, this.over);
    }
  }

  /** Everything that the relay says of linking channels; of others than this one nothing is known here. */
  hear(event: LinkingEvent): void {
    if (!equalBytes(event.channel, this.#channel) || this.over.aborted) return;
    if (event.kind === 'linkingEnded') this.#noteGone();
    // CLI-085
    else if (this.#arrived.length === MAX_WAITING) this.#end('PROTOCOL_VIOLATION');
    else {
      this.#arrived.push(event.payload);
      this.#wake();
    }
  }

  /** This end goes; the other one is told. */
  close(): void {
    this.#stopTimer();
    if (!this.#isGone) this.#session.send({ kind: 'linkingEnded', channel: this.#channel });
    this.#end('CLOSED');
  }

  #noteGone(): SirdasError {
    this.#isGone = true;
    return this.#end('LINKING_ENDED');
  }

  #end(code: 'LINKING_ENDED' | 'LINKING_EXPIRED' | 'PROTOCOL_VIOLATION' | 'CLOSED'): SirdasError {
    const error = new SirdasError(code, 'the linking channel is over');
    this.#over.abort(error);
    return error;
  }
}
