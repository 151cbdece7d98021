// Records of every kind for the tests of vaults.
import { SecretBytes } from '@sirdas/crypto';
import { parseNickname, toConversationId, toDeviceId, toLogId, toMessageId } from '@sirdas/protocol';
import type { Message } from '../model.ts';
import type {
  AccountState,
  ContactState,
  GroupRecord,
  KeyPackageSecret,
  OutboxItem,
  Vault,
} from './vault.ts';

/** One place where a vault lies. */
export interface VaultPlace {
  /** Opens it; the vault that was open before has been closed. */
  open(): Promise<Vault>;
}

export const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);

export const alice = parseNickname('alice');
export const bob = parseNickname('bob');
export const talk = toConversationId(bytes(16, 1));
export const otherTalk = toConversationId(bytes(16, 2));
export const device = toDeviceId(bytes(16, 3));
export const log = toLogId(bytes(16, 4));
export const otherLog = toLogId(bytes(16, 20));

export function sampleMessage(number: number, change: Partial<Message> = {}): Omit<Message, 'position'> {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(0, number);
  return {
    id: toMessageId(id),
    conversation: talk,
    sender: bob,
    device,
    direction: 'in',
    sentMs: 1000 + number,
    savedMs: 2000 + number,
    body: { kind: 'text', text: `merhaba ${number}`, replyTo: null },
    missingBefore: 0,
    envelope: 'classic',
    editedMs: null,
    reactions: [],
    deliveredTo: [],
    readBy: [],
    expiresAfterMs: 0,
    expiresMs: null,
    ...change,
  };
}

export function sampleAccount(): AccountState {
  return {
    relay: { host: 'localhost', port: 6000, fingerprint: bytes(32, 5), plaintext: false },
    webAddress: 'https://localhost:6443',
    nickname: alice,
    device,
    identitySeed: new SecretBytes(bytes(32, 6)),
    deviceSeed: new SecretBytes(bytes(32, 7)),
    rsaPrivateKey: new SecretBytes(bytes(1200, 8)),
    published: { record: bytes(600, 9), publishedOtherSuite: false },
    pending: null,
    inviteToken: bytes(16, 10),
    inbox: log,
    mayInvite: true,
    restoredFrom: null,
  };
}

export function sampleContact(change: Partial<ContactState> = {}): ContactState {
  const pin = { record: bytes(600, 11), publishedOtherSuite: false };
  return { nickname: bob, inbox: log, pin, verifiedMs: null, changed: null, ...change };
}

export function sampleItem(number: number): Omit<OutboxItem, 'order'> {
  const { id: message, conversation } = sampleMessage(number);
  return {
    ...{ message, conversation, recipient: bob, copy: 'recipient' },
    ...{ content: bytes(40, number), counter: null, sealed: null },
  };
}

export function sampleGroup(change: Partial<GroupRecord> = {}): GroupRecord {
  return {
    log,
    conversation: talk,
    generation: 1,
    suite: 'mls-xwing-1',
    logEpoch: 4,
    epoch: 3,
    leaving: [bob],
    epochPart: bytes(5000, 21),
    pending: null,
    updatedMs: 7,
    sealedSinceUpdate: 2,
    ...change,
  };
}

export function samplePending(): NonNullable<GroupRecord['pending']> {
  return {
    logEpoch: 4,
    envelope: bytes(900, 23),
    nextEpochPart: bytes(5000, 24),
    nextPages: [{ page: 0, bytes: bytes(100, 25) }],
    deliveries: [{ inboxes: [bytes(16, 26)], envelope: bytes(700, 27) }],
    readers: [bytes(16, 28), bytes(16, 29)],
  };
}

export function sampleKeyPackage(
  reference: string,
  change: Partial<KeyPackageSecret> = {},
): KeyPackageSecret {
  const secret = new SecretBytes(bytes(200, 30));
  return { reference, suite: 'mls-x25519-1', secret, expiresMs: 99, lastResort: false, ...change };
}
