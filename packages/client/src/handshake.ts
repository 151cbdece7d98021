// From a fresh connection to a logged-in one (SPEC §4): check the relay's greeting, claim the nickname where that is still
// to be done, log in, and let the relay prove itself before anything it says is believed. Called by link.ts.
import {
  computeRelayFingerprint,
  type RandomSource,
  type SignatureKey,
  type SignedRecord,
  signLogin,
  solveProofOfWork,
  verifyRelayProof,
} from '@sirdas/crypto';
import {
  type DeviceId,
  equalBytes,
  type Frame,
  type FrameBody,
  fromId,
  LIMITS,
  type LoginTranscript,
  MAX_VERSION,
  type Nickname,
} from '@sirdas/protocol';
import { aborted } from './abort.ts';
import type { Clock } from './clock.ts';
import { findWireProperties, toSirdasError } from './convert-error.ts';
import { SirdasError } from './errors.ts';
import type { Session } from './session.ts';

const NONCE_BYTES = 32;
/** The relay may ask to be pinged more often, but neither all the time nor too late to notice that it is gone. */
const MIN_PING_INTERVAL_MS = 5000;

/** Who logs in. */
export interface LoginIdentity {
  readonly nickname: Nickname;
  readonly device: DeviceId;
  readonly deviceKey: SignatureKey;
  /** 32 bytes, from the invite. */
  readonly relayFingerprint: Uint8Array;
  readonly isVisible: boolean;
  /** Not null while the nickname is not known to be claimed. */
  readonly claim: ClaimToMake | null;
}

export interface ClaimToMake {
  readonly record: SignedRecord;
  /** 16 bytes; empty: the relay is open. */
  readonly inviteToken: Uint8Array;
  /** Called just before the claim leaves: from then on it may have succeeded without anybody having heard. */
  readonly onSend: () => void;
  /** The relay has refused it for good: it was not made, now or earlier. */
  readonly onRefused: () => void;
  /** The relay has it; must be saved before the login goes on. */
  readonly onClaimed: () => Promise<void>;
}

export interface HandshakeTools {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly signal: AbortSignal;
}

/**
 * Throws WRONG_RELAY_KEY, UNSUPPORTED_VERSION, CLOCK_SKEW, PROTOCOL_VIOLATION, UNREACHABLE, ABORTED, WORK_TOO_HARD and what
 * the relay answers to the claim and the login. The session is closed then.
 */
export async function logIn(
  session: Session,
  identity: LoginIdentity,
  tools: HandshakeTools,
): Promise<Frame<'loggedIn'>> {
  try {
    const hello = await greet(session, identity.relayFingerprint, tools);
    if (identity.claim) await claim(session, hello, identity.claim, tools);
    return await proveBoth(session, hello, identity, tools);
  } catch (cause) {
    const error = tools.signal.aborted ? aborted(tools.signal) : toSirdasError(cause);
    session.close(error);
    throw error;
  }
}

/**
 * The relay's greeting, checked: what every connection begins with. Throws WRONG_RELAY_KEY, UNSUPPORTED_VERSION, CLOCK_SKEW,
 * UNREACHABLE, ABORTED.
 */
export async function greet(
  session: Session,
  relayFingerprint: Uint8Array,
  { clock, signal }: Pick<HandshakeTools, 'clock' | 'signal'>,
): Promise<Frame<'hello'>> {
  const hello = await session.waitForHello(signal);
  checkHello(hello, relayFingerprint, clock.nowMs());
  return hello;
}

function checkHello(hello: Frame<'hello'>, relayFingerprint: Uint8Array, nowMs: number): void {
  // CLI-016
  if (!equalBytes(computeRelayFingerprint(hello.relayKey), relayFingerprint)) {
    throw new SirdasError('WRONG_RELAY_KEY', 'the relay shows another key than the one of the invite');
  }
  // CLI-017
  if (hello.minVersion > MAX_VERSION || hello.maxVersion < MAX_VERSION) {
    throw new SirdasError('UNSUPPORTED_VERSION', 'the relay speaks other versions of the protocol');
  }
  // CLI-018
  if (Math.abs(hello.timeMs - nowMs) > LIMITS.MAX_CLOCK_SKEW_MS) {
    throw new SirdasError('CLOCK_SKEW', 'this clock and the clock of the relay differ too much');
  }
}

async function claim(
  session: Session,
  hello: Frame<'hello'>,
  { record, inviteToken, onSend, onRefused, onClaimed }: ClaimToMake,
  { signal }: HandshakeTools,
): Promise<void> {
  const admission = await chooseAdmission(hello, record, inviteToken, signal);
  onSend();
  try {
    await session.request({ kind: 'claim', record, admission }, signal);
  } catch (cause) {
    if (isFinalAnswer(cause)) onRefused();
    throw cause;
  }
  await onClaimed();
}

function isFinalAnswer(cause: unknown): boolean {
  return cause instanceof SirdasError && findWireProperties(cause.code)?.retry === false;
}

async function chooseAdmission(
  hello: Frame<'hello'>,
  record: SignedRecord,
  inviteToken: Uint8Array,
  signal: AbortSignal,
): Promise<FrameBody<'claim'>['admission']> {
  if (inviteToken.length > 0) return { case: 'inviteToken', value: inviteToken };
  if (hello.proofOfWorkBits === 0) return { case: undefined };
  const task = { relayNonce: hello.nonce, record: record.record, bits: hello.proofOfWorkBits, signal };
  return { case: 'proofOfWork', value: await solveProofOfWork(task) };
}

async function proveBoth(
  session: Session,
  hello: Frame<'hello'>,
  identity: LoginIdentity,
  { random, signal }: HandshakeTools,
): Promise<Frame<'loggedIn'>> {
  const transcript: LoginTranscript = {
    relayKey: hello.relayKey,
    relayNonce: hello.nonce,
    version: MAX_VERSION,
    nickname: identity.nickname,
    device: identity.device,
    clientNonce: random(NONCE_BYTES),
    channelBinding: session.channelBinding,
    visible: identity.isVisible,
  };
  const loggedIn = await session.request(
    {
      kind: 'login',
      version: transcript.version,
      nickname: transcript.nickname,
      device: fromId(transcript.device),
      nonce: transcript.clientNonce,
      channelBound: transcript.channelBinding.length > 0,
      signature: await signLogin(identity.deviceKey, transcript),
      visible: transcript.visible,
    },
    signal,
  );
  // CLI-019
  await verifyRelayProof(transcript, loggedIn.relaySignature);
  const intervalMs = hello.limits?.pingIntervalMs ?? LIMITS.PING_INTERVAL_MS;
  session.startKeepalive(Math.min(Math.max(intervalMs, MIN_PING_INTERVAL_MS), LIMITS.PING_INTERVAL_MS));
  return loggedIn;
}
