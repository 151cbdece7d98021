// One connection from its first byte to its last: decodes, one switch over the kind of frame (dispatch.ts), one handler
// for each (handlers/). Knows the states of SPEC §3.1: handshake → (checking | linking) → ready → ending. Made by relay.ts for every link
// that a listener accepts; the same for TCP, TLS and WebSocket.
//
//   client                        relay
//     |  <----------------- hello   |   handshake
//     |  claim / login ---------->  |   checking: one at a time
//     |  <------ done / logged_in   |   ready
//     |  append, read, … -------->  |
//     |  <-- accepted, deliver, …   |
import {
  decodeClientFrame,
  encodeFrame,
  type Frame,
  type FrameBody,
  LIMITS,
  MAX_VERSION,
  MIN_VERSION,
  ProtocolError,
  UnknownKindError,
  WIRE_ERRORS,
  type WireErrorName,
} from '@sirdas/protocol';
import type { ClientAddress } from './client-address.ts';
import { dispatchFrame } from './dispatch.ts';
import { handleClaim, handleLogin } from './handlers/handshake.ts';
import { tellIfLow } from './handlers/key-packages.ts';
import { handleLinkingEnded, handleLinkingMessage, handleOpenLinking } from './handlers/linking.ts';
import type { Link } from './link.ts';
import type { LinkingChannel } from './linking.ts';
import { Outbound } from './outbound.ts';
import type { Peer } from './peer.ts';
import { ReadingPace } from './reading-pace.ts';
import { COUNTED_KINDS, REQUEST_KINDS } from './request-kinds.ts';
import type { Services } from './services.ts';
import type { Session } from './sessions.ts';
import { StoreError } from './store/store-error.ts';

const NONCE_BYTES = 32;
/** How long a client may take to read the last bytes. */
const ENDING_MS = 3000;
/** So many bytes of fields count as one frame against the pace of reading: hardly a frame has more. */
const DECODED_BYTES_PER_FRAME = 64;
/** Of one client, appends aside; every one of them is kept until it is answered. */
const MAX_OPEN_REQUESTS = 128;
/** All bytes of a device that has no account yet and waits to be linked. */
const MAX_LINKING_BYTES = 65_536;
const PING = encodeFrame({ request: 0, kind: 'ping' });

type Phase = 'handshake' | 'checking' | 'linking' | 'ready' | 'ending' | 'closed';
export class Connection implements Peer {
  readonly services: Services;
  readonly out: Outbound;
  readonly nonce: Uint8Array;
  readonly #link: Link;
  /** Resolves when the socket is gone. */
  readonly closed: Promise<void>;
  readonly #resolveClosed: () => void;
  readonly #openRequests = new Set<Promise<void>>();
  readonly #pace: ReadingPace;
  #phase: Phase = 'handshake';
  #session: Session | null = null;
  /** Of a device that has no account yet. */
  #linking: LinkingChannel | null = null;
  #handshakeBytes = 0;
  /** Not yet counted against the pace of reading: that is done once for each piece of the stream. */
  #newCost = 0;
  #heardAtMs: number;
  #endingAtMs = 0;
  #isPinged = false;
  #pauses = 0;

  constructor(link: Link, services: Services, onClosed: () => void) {
    this.#link = link;
    this.services = services;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise.then(onClosed);
    this.#resolveClosed = resolve;
    this.nonce = services.randomBytes(NONCE_BYTES);
    this.#heardAtMs = services.clock.monotonicMs();
    this.#pace = new ReadingPace(services.config.readRate, services.clock.monotonicMs, this);
    this.out = new Outbound({
      sink: link,
      turn: services.outputTurn,
      onOverflow: () => this.#giveUp('SLOW_READER'),
    });
  }

  get address(): ClientAddress {
    return this.#link.address;
  }

  get channelBinding(): Uint8Array | null {
    return this.#link.channelBinding;
  }

  get isEnding(): boolean {
    return this.#phase === 'ending' || this.#phase === 'closed';
  }

  /** Resolves when what the client has asked for so far is answered, appends aside, or can be answered no more. */
  async whenIdle(): Promise<void> {
    await Promise.race([Promise.all(this.#openRequests), this.closed]);
  }

  open(): void {
    this.#link.setMaxFrameBytes(LIMITS.MAX_HANDSHAKE_BYTES);
    this.#link.start({
      onBytes: (count) => this.#onBytes(count),
      onFrame: (bytes) => this.#onFrame(bytes),
      onMalformed: (error) => this.endWith(error),
      onDrain: () => this.out.drained(),
      onClose: () => this.#onClose(),
    });
    const { relayKey, config, clock } = this.services;
    this.reply(0, {
      kind: 'hello',
      minVersion: MIN_VERSION,
      maxVersion: MAX_VERSION,
      relayKey: relayKey.publicKey,
      nonce: this.nonce,
      timeMs: clock.nowMs(),
      proofOfWorkBits: config.open,
      limits: {
        maxFrameBytes: LIMITS.MAX_FRAME_BYTES,
        maxEnvelopeBytes: config.maxEnvelope,
        pingIntervalMs: config.pingInterval,
        maxDevices: config.maxDevices,
      },
    });
  }

  reply(request: number, body: FrameBody): void {
    if (!this.isEnding) this.out.send({ request, ...body } as Frame);
  }

  refuse(request: number, error: WireErrorName, retryAfterMs = 0): void {
    this.services.metrics.countRefusal(error);
    this.reply(request, { kind: 'error', code: WIRE_ERRORS[error].code, detail: error, retryAfterMs });
  }

  endWith(error: WireErrorName, request = 0): void {
    if (this.isEnding) return;
    this.refuse(request, error);
    this.#end();
  }

  /** The relay is going down: nothing new is taken, what is under way is still answered. */
  sayGoodbye(reconnectAfterMs: number): void {
    if (this.#phase !== 'ready') {
      this.endWith('GOING_DOWN');
      return;
    }
    this.reply(0, { kind: 'goodbye', reconnectAfterMs });
    this.pauseReading();
  }

  end(): void {
    if (!this.isEnding) this.#end();
  }

  destroy(): void {
    this.#link.destroy();
  }

  pauseReading(): void {
    if (this.#pauses++ === 0) this.#link.pauseReading();
  }

  resumeReading(): void {
    // Whoever was not read is not silent.
    this.#heardAtMs = this.services.clock.monotonicMs();
    if (--this.#pauses === 0 && this.#phase !== 'closed') this.#link.resumeReading();
  }

  /** Called every now and then: deadlines, pings, half-open connections (SPEC §4.1, §8). */
  checkTime(nowMs: number): void {
    if (this.#phase === 'ending') {
      if (nowMs - this.#endingAtMs >= ENDING_MS) this.#link.destroy();
      return;
    }
    if (this.#linking !== null) {
      // RLY-144
      if (nowMs >= this.#linking.expiresAtMs) this.#linking.end(null);
      return;
    }
    const { handshakeTimeout, pingInterval, pingTimeout } = this.services.config;
    if (this.#phase !== 'ready') {
      // RLY-003
      if (nowMs - this.#link.openedAtMs >= handshakeTimeout) this.endWith('HANDSHAKE_TIMEOUT');
      return;
    }
    if (this.#pauses > 0) return;
    const silentMs = nowMs - this.#heardAtMs;
    // RLY-014
    if (silentMs >= pingTimeout) {
      this.endWith('TIMED_OUT');
      return;
    }
    if (silentMs >= pingInterval && !this.#isPinged) {
      this.#isPinged = true;
      this.out.sendEncoded(PING);
    }
  }

  #onBytes(count: number): void {
    this.#heardAtMs = this.services.clock.monotonicMs();
    this.#isPinged = false;
    this.#pace.spend(this.#newCost + count / 1024, this.#heardAtMs);
    this.#newCost = 0;
    if (this.#phase === 'ready' || this.isEnding) return;
    this.#handshakeBytes += count;
    // RLY-004, RLY-145
    const maxBytes = this.#phase === 'linking' ? MAX_LINKING_BYTES : LIMITS.MAX_HANDSHAKE_BYTES;
    if (this.#handshakeBytes > maxBytes) this.endWith('FRAME_TOO_LARGE');
  }

  #onFrame(bytes: Uint8Array): void {
    if (this.isEnding) return;
    let frame: Frame | null;
    try {
      frame = decodeClientFrame(bytes);
    } catch (error) {
      this.#newCost += costOf(bytes.length);
      this.#onUndecodable(error);
      return;
    }
    // RLY-001
    if (frame === null) {
      this.endWith('WRONG_STATE');
      return;
    }
    this.#newCost += costOf(bytes.length - (frame.kind === 'append' ? frame.envelope.length : 0));
    // RLY-005
    if (frame.request === 0 && REQUEST_KINDS.has(frame.kind)) {
      this.endWith('BAD_FRAME');
      return;
    }
    try {
      if (this.#session) this.#handle(this.#session, frame);
      else this.#handleHandshake(frame);
    } catch (error) {
      // A mistake of ours concerns this request, not everybody who is connected.
      this.#onFailure(frame.request, error);
    }
  }

  #onUndecodable(error: unknown): void {
    if (error instanceof UnknownKindError) {
      if (error.request !== 0) this.refuse(error.request, 'UNKNOWN_KIND');
      return;
    }
    const isTooLarge = error instanceof ProtocolError && error.code === 'TOO_LARGE';
    this.endWith(isTooLarge ? 'FRAME_TOO_LARGE' : 'BAD_FRAME');
  }

  #handleHandshake(frame: Frame): void {
    if (this.#linking !== null) {
      this.#handleLinking(this.#linking, frame);
      return;
    }
    // RLY-001, RLY-002
    if (this.#phase !== 'handshake') {
      this.endWith('WRONG_STATE');
      return;
    }
    if (frame.kind === 'openLinking') this.#openLinking(frame);
    else if (frame.kind === 'claim') this.#check(frame, handleClaim(this, frame));
    else if (frame.kind === 'login') this.#check(frame, this.#logIn(frame));
    else this.endWith('WRONG_STATE');
  }

  #openLinking(frame: Frame<'openLinking'>): void {
    this.#linking = handleOpenLinking(this, frame);
    if (this.#linking !== null) this.#phase = 'linking';
  }

  /** What a device without an account may say once its channel is open. */
  #handleLinking(channel: LinkingChannel, frame: Frame): void {
    if (frame.kind === 'linkingMessage') this.#answer(frame, handleLinkingMessage(this, channel, frame));
    else if (frame.kind === 'linkingEnded') handleLinkingEnded(this, channel, frame);
    else if (frame.kind === 'ping') this.reply(frame.request, { kind: 'pong' });
    else if (frame.kind !== 'pong') this.endWith('WRONG_STATE');
  }

  /** Nothing else is taken from the client meanwhile. */
  #check(frame: Frame, work: Promise<void>): void {
    this.#phase = 'checking';
    this.#answer(frame, work, () => {
      if (this.#phase === 'checking') this.#phase = 'handshake';
    });
  }

  async #logIn(frame: Frame<'login'>): Promise<void> {
    const session = await handleLogin(this, frame);
    if (session === null) return;
    this.#session = session;
    if (this.isEnding) {
      this.#release();
      return;
    }
    this.#phase = 'ready';
    this.#link.setMaxFrameBytes(LIMITS.MAX_FRAME_BYTES);
    this.services.logs.acknowledge(session.inbox, session.device, 0);
    await tellIfLow(this, session);
  }

  #handle(session: Session, frame: Frame): void {
    // RLY-015
    const waitMs = COUNTED_KINDS.has(frame.kind) ? this.services.limits.tryRequest(session.nickname) : 0;
    if (waitMs > 0) this.refuse(frame.request, 'RATE_LIMITED', waitMs);
    else this.#dispatch(session, frame);
  }

  #dispatch(session: Session, frame: Frame): void {
    const work = dispatchFrame(this, session, frame);
    if (work instanceof Promise) this.#answer(frame, work);
  }

  /** Waits for the work of one request; whatever goes wrong is answered, never silent. */
  #answer(frame: Frame, work: Promise<void>, onDone: () => void = () => {}): void {
    const answered = work
      .catch((error: unknown) => this.#onFailure(frame.request, error))
      .finally(() => {
        this.#openRequests.delete(answered);
        if (this.#openRequests.size === MAX_OPEN_REQUESTS) this.resumeReading();
        onDone();
      });
    this.#openRequests.add(answered);
    // RLY-103
    if (this.#openRequests.size === MAX_OPEN_REQUESTS + 1) this.pauseReading();
  }

  #onFailure(request: number, error: unknown): void {
    if (error instanceof StoreError) {
      if (error.code === 'STORAGE_FULL') {
        this.refuse(request, 'STORAGE_FULL');
        return;
      }
      if (error.code !== 'CLOSED') {
        this.services.onStoreFailed(error);
        return;
      }
    }
    this.services.log.error({ err: error }, 'a request failed');
    this.refuse(request, 'INTERNAL');
  }

  /** What was said so far still leaves; nothing more is said. */
  #end(): void {
    this.#phase = 'ending';
    this.#endingAtMs = this.services.clock.monotonicMs();
    this.#release();
    this.out.flush();
    this.out.close();
    this.#link.end();
  }

  /** Without a word: the client would not read it. */
  #giveUp(error: WireErrorName): void {
    this.services.metrics.countRefusal(error);
    this.#link.destroy();
  }

  #onClose(): void {
    this.#phase = 'closed';
    this.#release();
    this.out.close();
    this.#resolveClosed();
  }

  #release(): void {
    this.#linking?.end(this);
    this.#linking = null;
    const session = this.#session;
    this.#session = null;
    if (session === null) return;
    const { sessions, presence } = this.services;
    for (const { subscription } of session.readings.values()) subscription.stop();
    session.linking?.end(this);
    if (session.watcher) presence.unwatch(session.watcher);
    sessions.remove(session);
    presence.leave(session.member);
  }
}

/** Of a frame, its envelope aside: decoding many small fields costs more than reading as many bytes. */
function costOf(decodedBytes: number): number {
  return Math.ceil(decodedBytes / DECODED_BYTES_PER_FRAME);
}
