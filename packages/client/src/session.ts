// One connection to a relay: frames in and out, requests matched with their responses, events handed on, anything else
// from the relay taken as a reason to hang up. Made by handshake.ts, kept by link.ts. SPEC §3.
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  type FrameBody,
  type FrameKind,
  ProtocolError,
  UnknownKindError,
} from '@sirdas/protocol';
import { checkAborted, untilAborted } from './abort.ts';
import type { Clock } from './clock.ts';
import { findWireProperties, fromWireError } from './convert-error.ts';
import { SirdasError } from './errors.ts';
import { Keepalive } from './keepalive.ts';
import type { RelayAddress } from './model.ts';
import type { Channel, Transport } from './transport/transport.ts';

/** A relay says little before it is asked for something. */
const MAX_EARLY_EVENTS = 16;

/** Which response belongs to which request (SPEC §3.1). */
const RESPONSES = {
  claim: 'done',
  login: 'loggedIn',
  append: 'accepted',
  read: 'reading',
  createLog: 'done',
  commit: 'accepted',
  publishKeyPackages: 'keyPackageCounts',
  claimKeyPackages: 'claimedKeyPackages',
  lookUp: 'account',
  publishRecord: 'done',
  watchPresence: 'presenceList',
  setVisibility: 'done',
  createInvite: 'inviteCreated',
  listInvites: 'inviteList',
  revokeInvite: 'done',
  openLinking: 'linkingOpened',
  joinLinking: 'done',
  linkingMessage: 'done',
} as const satisfies Partial<Record<FrameKind, FrameKind>>;

/** What may come unasked. */
const EVENTS = [
  'deliver',
  'presenceChange',
  'goodbye',
  'signal',
  'keyPackageCounts',
  'linkingMessage',
  'linkingEnded',
] as const satisfies readonly FrameKind[];

type RequestKind = keyof typeof RESPONSES;
type Response<Kind extends RequestKind> = Frame<(typeof RESPONSES)[Kind]>;

/** What the relay says without having been asked. */
export type RelayEvent = Frame<(typeof EVENTS)[number]>;

/** What comes over a linking channel (SPEC §4.5), on a connection that has logged in or has opened one instead. */
export type LinkingEvent = Frame<'linkingMessage' | 'linkingEnded'>;

interface Pending {
  readonly kind: FrameKind;
  readonly resolve: (frame: Frame) => void;
  readonly reject: (error: SirdasError) => void;
}

export interface SessionOptions {
  readonly transport: Transport;
  readonly address: RelayAddress;
  readonly clock: Clock;
  /** From `startKeepalive` on. */
  readonly onEvent: (event: RelayEvent, session: Session) => void;
}

export class Session {
  readonly #clock: Clock;
  readonly #onEvent: SessionOptions['onEvent'];
  readonly #pending = new Map<number, Pending>();
  readonly #waiting = new Set<(error: SirdasError) => void>();
  readonly #hello = Promise.withResolvers<Frame<'hello'>>();
  readonly #closed = Promise.withResolvers<SirdasError>();
  #channel: Channel | null = null;
  #reason: SirdasError | null = null;
  #nextRequest = 1;
  #isGreeted = false;
  #mayRead = true;
  #isReading = true;
  #keepalive: Keepalive | null = null;
  /** Events that came behind the answer that lets this connection in, while that was still being verified. */
  #early: Frame[] | null = null;

  private constructor(options: SessionOptions) {
    this.#clock = options.clock;
    this.#onEvent = options.onEvent;
    // Whoever waits for the greeting hears of it there; nobody may be waiting.
    this.#hello.promise.catch(() => {});
  }

  /** Throws what the transport throws. Aborting later closes the session. */
  static async connect(options: SessionOptions, signal: AbortSignal): Promise<Session> {
    const session = new Session(options);
    const handlers = {
      onFrame: (bytes: Uint8Array) => session.#receive(bytes),
      onClose: (cause: unknown) => session.#lose(cause),
    };
    session.#channel = await options.transport.connect(options.address, handlers, signal);
    return session;
  }

  get channelBinding(): Uint8Array {
    return this.#channel?.channelBinding ?? new Uint8Array();
  }

  /** The first frame of the relay. */
  waitForHello(signal: AbortSignal): Promise<Frame<'hello'>> {
    return untilAborted(this.#hello.promise, signal);
  }

  get isOpen(): boolean {
    return this.#reason === null;
  }

  /** Why the session ended; resolves when it did. */
  get closed(): Promise<SirdasError> {
    return this.#closed.promise;
  }

  /**
   * Sends a request and waits for its response. Throws what the relay answered, UNREACHABLE when the connection ends before,
   * ABORTED; the relay may have done what was asked in the last two cases.
   */
  async request<Kind extends RequestKind>(
    body: FrameBody<Kind>,
    signal?: AbortSignal,
  ): Promise<Response<Kind>> {
    checkAborted(signal);
    if (this.#reason) throw lost(this.#reason);
    const request = this.#nextRequest++;
    const answer = new Promise<Frame>((resolve, reject) => {
      this.#pending.set(request, { kind: RESPONSES[body.kind as Kind], resolve, reject });
    });
    this.#transmit({ ...body, request } as Frame);
    this.#updateReading();
    this.#keepalive?.expectAnswer();
    // Of an aborted request the answer may still come and is ignored then.
    answer.catch(() => {});
    return (await untilAborted(answer, signal)) as Response<Kind>;
  }

  /** What comes some other way over this connection, or UNREACHABLE as soon as it ends. */
  async untilClosed<Result>(promise: Promise<Result>): Promise<Result> {
    if (this.#reason) throw lost(this.#reason);
    const ended = Promise.withResolvers<never>();
    this.#waiting.add(ended.reject);
    try {
      return await Promise.race([promise, ended.promise]);
    } finally {
      this.#waiting.delete(ended.reject);
    }
  }

  /** Sends a frame that has no response. */
  send(body: FrameBody<'ack' | 'ping' | 'pong' | 'signal' | 'linkingEnded'>): void {
    this.#transmit({ ...body, request: 0 });
  }

  /** While off, the relay has to wait with what it delivers, except as long as somebody waits for an answer. */
  setReading(isOn: boolean): void {
    this.#mayRead = isOn;
    this.#updateReading();
  }

  /** Once the relay has let this connection in: events may come from now on. */
  startKeepalive(intervalMs: number): void {
    if (this.#reason) return;
    this.#keepalive = new Keepalive({
      clock: this.#clock,
      intervalMs,
      isWaiting: () => this.#pending.size > 0,
      isDeaf: () => !this.#isReading,
      ping: () => this.send({ kind: 'ping' }),
      giveUp: () => this.close(new SirdasError('UNREACHABLE', 'the relay has gone silent')),
    });
    const early = this.#early ?? [];
    this.#early = null;
    for (const frame of early) this.#receiveUnasked(frame);
  }

  /** Hangs up. Requests that wait are answered with UNREACHABLE. */
  close(reason: SirdasError): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#keepalive?.stop();
    this.#channel?.close();
    this.#hello.reject(reason);
    for (const { reject } of this.#pending.values()) reject(lost(reason));
    this.#pending.clear();
    for (const reject of this.#waiting) reject(lost(reason));
    this.#closed.resolve(reason);
  }

  /** Answers come behind deliveries: who needs one to go on must be able to read it. */
  #updateReading(): void {
    const isReading = this.#mayRead || this.#pending.size > 0;
    if (isReading !== this.#isReading) this.#channel?.setReading(isReading);
    this.#isReading = isReading;
  }

  #transmit(frame: Frame): void {
    if (!this.#reason) this.#channel?.send(encodeFrame(frame));
  }

  #lose(cause: unknown): void {
    const known = cause instanceof SirdasError;
    this.close(known ? cause : new SirdasError('UNREACHABLE', 'the connection broke', { cause }));
  }

  #receive(bytes: Uint8Array): void {
    if (this.#reason) return;
    this.#keepalive?.hear();
    try {
      this.#dispatch(decodeFrame(bytes));
    } catch (cause) {
      // CLI-013
      if (cause instanceof UnknownKindError) return;
      // CLI-010
      if (cause instanceof ProtocolError) this.close(violation('a frame that does not decode', cause));
      else throw cause;
    }
  }

  #dispatch(frame: Frame): void {
    if (frame.kind === 'error') this.#receiveError(frame);
    else if (!this.#isGreeted) this.#greet(frame);
    else if (frame.request !== 0) this.#receiveResponse(frame);
    else this.#receiveUnasked(frame);
  }

  #greet(frame: Frame): void {
    // CLI-014
    if (frame.kind !== 'hello') {
      this.close(violation('something else than a greeting'));
      return;
    }
    this.#isGreeted = true;
    this.#hello.resolve(frame);
  }

  #receiveUnasked(frame: Frame): void {
    // CLI-014
    if (this.#keepalive === null) this.#receiveEarly(frame);
    else if (frame.kind === 'ping') this.send({ kind: 'pong' });
    else if (isRelayEvent(frame)) this.#onEvent(frame, this);
    else if (frame.kind !== 'pong') this.close(violation('a frame that only clients send'));
  }

  #receiveEarly(frame: Frame): void {
    // CLI-014
    if (this.#early === null || this.#early.length === MAX_EARLY_EVENTS) {
      this.close(violation('an event before the login'));
    } else this.#early.push(frame);
  }

  #receiveResponse(frame: Frame): void {
    const pending = this.#pending.get(frame.request);
    // CLI-015
    if (pending?.kind !== frame.kind) {
      this.close(violation('a response that nobody waits for'));
      return;
    }
    this.#pending.delete(frame.request);
    if (frame.kind === 'loggedIn' || frame.kind === 'linkingOpened') this.#early = [];
    this.#updateReading();
    pending.resolve(frame);
  }

  #receiveError(frame: Frame<'error'>): void {
    const error = fromWireError(frame);
    const pending = this.#pending.get(frame.request);
    // CLI-015
    if (frame.request !== 0 && !pending) {
      this.close(violation('an error that nobody waits for'));
      return;
    }
    this.#pending.delete(frame.request);
    this.#updateReading();
    pending?.reject(error);
    if (frame.request === 0 || findWireProperties(error.code)?.fatal) this.close(error);
  }
}

function isRelayEvent(frame: Frame): frame is RelayEvent {
  return EVENTS.some((kind) => kind === frame.kind);
}

function violation(what: string, cause?: unknown): SirdasError {
  return new SirdasError('PROTOCOL_VIOLATION', `the relay sent ${what}`, { cause });
}

function lost(reason: SirdasError): SirdasError {
  return new SirdasError('UNREACHABLE', 'the connection ended before the relay answered', { cause: reason });
}
