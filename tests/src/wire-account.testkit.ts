// An account that a test moves by hand: keys, record, claim, login and letters, over a WireConnection. Made from the
// protocol and crypto packages only; the client package is what stands on trial elsewhere.
import { randomBytes } from 'node:crypto';
import {
  computeRelayFingerprint,
  directConversationId,
  generateSignatureSeed,
  generateUnwrapKey,
  importSignatureKey,
  importUnwrapKey,
  type SecretBytes,
  type SignatureKey,
  type SignedRecord,
  sealClassicLetter,
  signAccountRecord,
  signLogin,
  systemRandom,
  type VerifiedAccount,
  verifyAccountChain,
} from '@sirdas/crypto';
import {
  CLASSIC_SUITE,
  type DeviceId,
  type Frame,
  fromId,
  type LogId,
  type LoginTranscript,
  MAX_VERSION,
  type Nickname,
  prepareNickname,
  toDeviceId,
  toLogId,
} from '@sirdas/protocol';
import { connectWire, type WireAddress, type WireConnection } from './wire-connection.testkit.ts';

export interface WireAccount {
  readonly nickname: Nickname;
  readonly device: DeviceId;
  readonly identityKey: SignatureKey;
  readonly deviceKey: SignatureKey;
  readonly record: SignedRecord;
  readonly verified: VerifiedAccount;
}

/** An open, logged-in connection. */
export interface WireSession {
  readonly connection: WireConnection;
  readonly account: WireAccount;
  readonly inbox: LogId;
}

let sharedUnwrapKey: Promise<SecretBytes> | null = null;

/** What makes an account this account, wherever it is claimed. */
type Keys = Pick<WireAccount, 'device' | 'identityKey' | 'deviceKey'>;

export interface AccountChanges {
  /** Absent: new ones. */
  readonly keys?: Keys;
  /** Without `classic-1` the account has no RSA key. */
  readonly suites?: readonly string[];
}

/** First record of a new account. All accounts of a test file share one RSA key: making one takes long. */
export async function makeWireAccount(
  name: string,
  relayFingerprint: Uint8Array,
  { keys, suites = [CLASSIC_SUITE] }: AccountChanges = {},
): Promise<WireAccount> {
  const nickname = prepareNickname(name);
  sharedUnwrapKey ??= generateUnwrapKey();
  const unwrapKey = await importUnwrapKey(await sharedUnwrapKey);
  const { device, identityKey, deviceKey } = keys ?? (await makeKeys());
  const record = await signAccountRecord(
    {
      relayFingerprint,
      nickname,
      identityKey: identityKey.publicKey,
      index: 0,
      previousHash: new Uint8Array(0),
      devices: [{ id: fromId(device), signatureKey: deviceKey.publicKey, name: 'wire', addedMs: 1 }],
      rsaPublicKey: suites.includes(CLASSIC_SUITE) ? unwrapKey.publicKey : new Uint8Array(0),
      suites,
      profile: { displayName: '' },
      timeMs: 1,
    },
    identityKey,
  );
  const verified = await verifyAccountChain([record], { relayFingerprint, nickname });
  return { nickname, device, identityKey, deviceKey, record, verified };
}

async function makeKeys(): Promise<Keys> {
  return {
    device: toDeviceId(Uint8Array.from(randomBytes(16))),
    identityKey: await importSignatureKey(generateSignatureSeed(systemRandom)),
    deviceKey: await importSignatureKey(generateSignatureSeed(systemRandom)),
  };
}

/** Claims a new nickname with an invite token and logs in. */
export async function joinWire(
  address: WireAddress,
  name: string,
  inviteToken: Uint8Array,
  changes: AccountChanges = {},
): Promise<WireSession> {
  // Before the relay's deadline for handshakes begins.
  sharedUnwrapKey ??= generateUnwrapKey();
  await sharedUnwrapKey;
  const connection = await connectWire(address);
  const hello = await connection.waitForKind('hello');
  const account = await makeWireAccount(name, computeRelayFingerprint(hello.relayKey), changes);
  const admission = { case: 'inviteToken', value: inviteToken } as const;
  await connection.demand({ kind: 'claim', record: account.record, admission }, 'done');
  return finishLogin(connection, account);
}

/** Logs an account in that has joined before. */
export async function logInWire(address: WireAddress, account: WireAccount): Promise<WireSession> {
  const connection = await connectWire(address);
  await connection.waitForKind('hello');
  return finishLogin(connection, account);
}

/** The login frame for a connection that has got its Hello. */
export async function composeLogin(
  connection: WireConnection,
  account: WireAccount,
  changes: Partial<LoginTranscript> = {},
): Promise<Extract<Frame, { kind: 'login' }>> {
  const hello = await connection.waitForKind('hello');
  const channelBinding = connection.channelBinding();
  const transcript: LoginTranscript = {
    relayKey: hello.relayKey,
    relayNonce: hello.nonce,
    version: MAX_VERSION,
    nickname: account.nickname,
    device: account.device,
    clientNonce: Uint8Array.from(randomBytes(32)),
    channelBinding,
    visible: true,
    ...changes,
  };
  return {
    request: 1_000_000,
    kind: 'login',
    version: transcript.version,
    nickname: transcript.nickname,
    device: fromId(transcript.device),
    nonce: transcript.clientNonce,
    channelBound: channelBinding.length > 0,
    visible: transcript.visible,
    signature: await signLogin(account.deviceKey, transcript),
  };
}

async function finishLogin(connection: WireConnection, account: WireAccount): Promise<WireSession> {
  const { request: _, ...login } = await composeLogin(connection, account);
  const loggedIn = await connection.demand(login, 'loggedIn');
  return { connection, account, inbox: toLogId(loggedIn.inbox) };
}

/** One sealed letter; `counter` counts from 1. */
export async function sealWireLetter(
  sender: WireAccount,
  recipient: VerifiedAccount,
  { text, counter }: { text: string; counter: number },
): Promise<Uint8Array> {
  const { relayFingerprint, nickname } = recipient.record;
  return sealClassicLetter({
    sender: { account: sender.verified, identityKey: sender.identityKey },
    recipient,
    content: {
      messageId: Uint8Array.from(randomBytes(16)),
      timeMs: Date.now(),
      conversation: fromId(directConversationId(relayFingerprint, [sender.nickname, nickname])),
      device: fromId(sender.device),
      counter,
      body: { case: 'text', value: { text, expiresAfterMs: 0 } },
    },
    random: systemRandom,
  });
}
