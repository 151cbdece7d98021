// claim and login (SPEC §4). Whoever cannot log in learns nothing: unknown account, unknown device and wrong signature get
// the same answer after the same time.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  equalBytes,
  type Frame,
  fromId,
  type LoginTranscript,
  loginInput,
  MAX_VERSION,
  MIN_VERSION,
  relayProofInput,
  toDeviceId,
  type WireErrorName,
} from '@sirdas/protocol';
import type { AccountHead } from '../directory.ts';
import { LogIdReader } from '../log-id-reader.ts';
import type { Peer } from '../peer.ts';
import type { Session } from '../sessions.ts';
import { verifyEd25519 } from '../signatures.ts';
import { readNickname } from './nickname-field.ts';

/** A failed login is answered this long after it came, whatever was wrong with it. */
const FAILED_LOGIN_ANSWER_MS = 250;
/** A point of the curve of which nobody knows the private key: keeps the work for unknown devices the same. */
const NOBODYS_KEY = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex');

export async function handleClaim(peer: Peer, frame: Frame<'claim'>): Promise<void> {
  const { limits, directory, admission } = peer.services;
  // RLY-010
  const waitMs = limits.tryClaim(peer.address);
  if (waitMs > 0) return peer.refuse(frame.request, 'RATE_LIMITED', waitMs);
  // RLY-005
  if (!frame.record) return peer.endWith('BAD_FRAME');
  const credentials = {
    inviteToken: frame.admission.case === 'inviteToken' ? frame.admission.value : null,
    proofOfWork: frame.admission.case === 'proofOfWork' ? frame.admission.value : null,
    relayNonce: peer.nonce,
  };
  let isOpenClaim = false;
  let openWaitMs = 0;
  const problem = await directory.claim(frame.record, (recordBytes) => {
    const admitted = admission.check(credentials, recordBytes);
    if ('refused' in admitted || admitted.inviteHash !== null) return admitted;
    // RLY-032
    openWaitMs = limits.tryOpenClaim(peer.address);
    isOpenClaim = openWaitMs === 0;
    return isOpenClaim ? admitted : { refused: 'RATE_LIMITED' };
  });
  if (problem === null) return peer.reply(frame.request, { kind: 'done' });
  if (isOpenClaim) limits.openClaimRefused(peer.address);
  peer.refuse(frame.request, problem, openWaitMs);
}

/** The session once the client has been told; null when the login failed. */
export async function handleLogin(peer: Peer, frame: Frame<'login'>): Promise<Session | null> {
  const { limits, sessions, clock } = peer.services;
  // RLY-006
  if (frame.version < MIN_VERSION || frame.version > MAX_VERSION)
    return fail(peer, frame, 'UNSUPPORTED_VERSION');
  // RLY-009
  const waitMs = limits.tryLogin(peer.address);
  if (waitMs > 0) {
    peer.refuse(frame.request, 'RATE_LIMITED', waitMs);
    return null;
  }
  const startedAtMs = clock.monotonicMs();
  const verified = await verifyLogin(peer, frame);
  if (verified === null) {
    limits.loginFailed(peer.address);
    await sleep(Math.max(0, startedAtMs + FAILED_LOGIN_ANSWER_MS - clock.monotonicMs()));
    return fail(peer, frame, 'LOGIN_FAILED');
  }
  if (peer.isEnding) return null;
  const session = makeSession(peer, frame, verified.head);
  // The session stands in the list before the account is read again: a record that removes this device either shows up in
  // what is read now or finds the session and ends it.
  sessions.add(session);
  const head = await peer.services.directory.findHead(session.nickname);
  if (peer.isEnding || head === null || !findDevice(head, frame.device)) {
    sessions.remove(session);
    return fail(peer, frame, 'LOGIN_FAILED');
  }
  welcome(peer, frame, { transcript: verified.transcript, head, session });
  return session;
}

interface VerifiedLogin {
  readonly head: AccountHead;
  readonly transcript: LoginTranscript;
}

async function verifyLogin(peer: Peer, frame: Frame<'login'>): Promise<VerifiedLogin | null> {
  const nickname = readNickname(frame.nickname);
  if (nickname === null) return null;
  // Now: a client that goes away meanwhile has no channel any more, and has not failed.
  const channelBinding = frame.channelBound ? peer.channelBinding : new Uint8Array(0);
  const head = await peer.services.directory.findHead(nickname);
  const device = head && findDevice(head, frame.device);
  // RLY-008
  if (channelBinding === null) return null;
  const transcript: LoginTranscript = {
    relayKey: peer.services.relayKey.publicKey,
    relayNonce: peer.nonce,
    version: frame.version,
    nickname,
    device: toDeviceId(frame.device),
    clientNonce: frame.nonce,
    channelBinding,
    visible: frame.visible,
  };
  // RLY-007
  const isSigned = verifyEd25519(
    device?.signatureKey ?? NOBODYS_KEY,
    loginInput(transcript),
    frame.signature,
  );
  return head && device && isSigned ? { head, transcript } : null;
}

function welcome(
  peer: Peer,
  frame: Frame<'login'>,
  login: { readonly transcript: LoginTranscript; readonly head: AccountHead; readonly session: Session },
): void {
  const { presence, relayKey, metrics } = peer.services;
  const { stored, record } = login.head;
  peer.reply(frame.request, {
    kind: 'loggedIn',
    relaySignature: relayKey.sign(relayProofInput(login.transcript)),
    inbox: fromId(stored.inbox),
    recordIndex: stored.headIndex,
    recordHash: stored.headHash,
    mayInvite: stored.mayInvite,
  });
  metrics.logins++;
  presence.enter(login.session.member, { colour: record.profile?.colour, recordIndex: record.index });
}

function makeSession(peer: Peer, frame: Frame<'login'>, { stored }: AccountHead): Session {
  return {
    nickname: stored.nickname,
    device: toDeviceId(frame.device),
    inbox: stored.inbox,
    mayInvite: stored.mayInvite,
    member: { nickname: stored.nickname, isVisible: frame.visible },
    logIds: new LogIdReader(),
    readings: new Map(),
    watcher: null,
    linking: null,
    lookUps: Promise.resolve(),
    endWith: (error) => peer.endWith(error),
    tell: (event) => peer.reply(0, event),
  };
}

function findDevice(
  { record }: AccountHead,
  id: Uint8Array,
): AccountHead['record']['devices'][number] | undefined {
  return record.devices.find((device) => equalBytes(device.id, id));
}

function fail(peer: Peer, frame: Frame<'login'>, error: WireErrorName): null {
  peer.endWith(error, frame.request);
  return null;
}
