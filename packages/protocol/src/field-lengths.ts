// The lengths of byte fields, per message of sirdas.proto (SPEC §3 and §8). Read by plain-message.ts on every decode;
// field-lengths.test.ts fails when a byte field of the schema is missing here.
import { LIMITS } from './limits.ts';

interface ByteLengths {
  readonly min: number;
  readonly max: number;
}

const exactly = (length: number): ByteLengths => ({ min: length, max: length });
const between = (min: number, max: number): ByteLengths => ({ min, max });

const ID = exactly(16);
const KEY_OR_HASH = exactly(32);
const SIGNATURE = exactly(64);
const INVITE_ID = exactly(8);
/** RSA-3072 to RSA-8192. */
const RSA_WRAP = between(384, 1024);

const BYTE_LENGTHS: Readonly<Record<string, Readonly<Record<string, ByteLengths>>>> = {
  // P-256 SubjectPublicKeyInfo with an uncompressed point.
  Hello: { relayKey: exactly(91), nonce: KEY_OR_HASH },
  Claim: { inviteToken: ID, proofOfWork: exactly(8) },
  Login: { device: ID, nonce: KEY_OR_HASH, signature: SIGNATURE },
  LoggedIn: { relaySignature: SIGNATURE, inbox: ID, recordHash: KEY_OR_HASH },
  // An envelope that is too large must reach the relay's own check, which answers ENVELOPE_TOO_LARGE.
  Append: { log: ID, envelope: between(1, LIMITS.MAX_FRAME_BYTES) },
  CreateLog: { log: ID },
  Commit: { log: ID, envelope: between(1, LIMITS.MAX_COMMIT_BYTES), readers: ID },
  Delivery: { inboxes: ID, envelope: between(1, LIMITS.MAX_WELCOME_BYTES) },
  Signal: { log: ID, payload: between(1, LIMITS.MAX_SIGNAL_BYTES) },
  Read: { log: ID },
  Deliver: { log: ID },
  Entry: { envelope: between(1, LIMITS.MAX_WELCOME_BYTES) },
  Ack: { log: ID },
  Account: { inbox: ID },
  InviteCreated: { token: ID, id: INVITE_ID },
  InviteSummary: { id: INVITE_ID },
  RevokeInvite: { id: INVITE_ID },
  KeyPackage: { keyPackage: between(1, LIMITS.MAX_KEY_PACKAGE_BYTES) },
  ClaimKeyPackages: { devices: ID },
  ClaimedKeyPackage: { device: ID, keyPackage: between(1, LIMITS.MAX_KEY_PACKAGE_BYTES) },
  LinkingOpened: { channel: ID },
  JoinLinking: { channel: ID },
  LinkingMessage: { channel: ID, payload: between(1, LIMITS.MAX_LINKING_MESSAGE_BYTES) },
  LinkingEnded: { channel: ID },
  LinkingOffer: { relayFingerprint: KEY_OR_HASH, channel: ID, keyHash: KEY_OR_HASH },
  InviteLink: { relayFingerprint: KEY_OR_HASH, token: between(0, 16) },
  SignedRecord: { record: between(1, LIMITS.MAX_HANDSHAKE_BYTES), signature: SIGNATURE },
  AccountRecord: {
    relayFingerprint: KEY_OR_HASH,
    identityKey: KEY_OR_HASH,
    previousHash: between(0, 32),
    rsaPublicKey: between(0, LIMITS.MAX_RSA_KEY_BYTES),
  },
  Device: { id: ID, signatureKey: KEY_OR_HASH },
  ClassicLetter: {
    header: between(1, 1024),
    signature: SIGNATURE,
    token: between(1, LIMITS.MAX_ENVELOPE_BYTES),
    recipientWrap: RSA_WRAP,
    senderWrap: RSA_WRAP,
  },
  ClassicHeader: {
    relayFingerprint: KEY_OR_HASH,
    messageId: ID,
    tokenHash: KEY_OR_HASH,
    wrapsHash: KEY_OR_HASH,
    keyCommitment: KEY_OR_HASH,
  },
  Envelope: { mlsMessage: between(1, LIMITS.MAX_COMMIT_BYTES) },
  MlsWelcome: { log: ID, welcome: between(1, LIMITS.MAX_WELCOME_BYTES) },
  DeviceReport: { statement: between(1, 1024), signature: SIGNATURE },
  ReportStatement: {
    relayFingerprint: KEY_OR_HASH,
    device: ID,
    conversation: ID,
    log: ID,
    authenticatorHash: between(0, 32),
  },
  MlsCredential: { relayFingerprint: KEY_OR_HASH, device: ID },
  GroupState: { conversation: ID },
  GroupMember: { identityKey: KEY_OR_HASH },
  Content: { messageId: ID, conversation: ID, device: ID },
  MessageReference: { messageId: ID },
  Edit: { messageId: ID },
  Delete: { messageId: ID },
  SignalContent: { device: ID },
};

/** The allowed lengths of a byte field, in bytes; null when the schema gained a field that nobody bounded. */
export function byteLengthsOf(message: string, field: string): ByteLengths | null {
  return BYTE_LENGTHS[message]?.[field] ?? null;
}
