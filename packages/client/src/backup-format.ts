// What is inside a backup (docs/decisions/0007-vault.md): JSON lines, so that `age -d` gives something that a person can look
// at and a program in any language can take over. Byte strings and ids are base64url and hexadecimal text. No state of any group,
// no outbox: whoever restores is a new device. Written and read by backup.ts, and by devices/ for a device that is linked.
import { type AccountPin, restoreAccount, SecretBytes } from '@sirdas/crypto';
import {
  type ConversationId,
  decodeUtf8,
  encodeUtf8,
  type LogId,
  MLS_SUITES,
  type MlsSuite,
  toBase64Url,
  toConversationId,
  toDeviceId,
  toLogId,
} from '@sirdas/protocol';
import { BackupLine, malformed } from './backup-line.ts';
import { type BackupMessage, formatMessage, GROUP_ROLES, parseMessage } from './backup-messages.ts';
import { SirdasError } from './errors.ts';
import { newConversation } from './vault/conversation-state.ts';
import type { AccountState, ContactState, ConversationState, MessageCounter } from './vault/vault.ts';

const VERSION = 2;
const SMALLEST_BYTES = 65_536;

/** What a device knows, as far as another one may take it over. */
export interface BackupContent {
  readonly account: BackupAccount;
  readonly contacts: readonly ContactState[];
  readonly conversations: readonly BackupConversation[];
  readonly groups: readonly BackupGroup[];
  /** Of each conversation in order. */
  readonly messages: readonly BackupMessage[];
  readonly counters: readonly MessageCounter[];
}

export type BackupAccount = Pick<
  AccountState,
  'relay' | 'webAddress' | 'nickname' | 'identitySeed' | 'rsaPrivateKey' | 'device' | 'deviceSeed'
> & {
  readonly published: NonNullable<AccountState['published']>;
  readonly classicOnly: boolean;
  /** What the person has chosen. */
  readonly settings: Readonly<Record<string, string>>;
};

/** `readPosition`: how many of the messages of the backup the person has seen. */
export type BackupConversation = Omit<ConversationState, 'lastPosition'>;

/** Where a conversation is, or was, without anything that opens it. */
export interface BackupGroup {
  readonly log: LogId;
  readonly conversation: ConversationId;
  readonly generation: number;
  readonly suite: MlsSuite;
}

/** Padded to the next power of two, so that the size of a backup says little about what was written to somebody. */
export function encodeBackup(content: BackupContent): Uint8Array {
  const lines = [
    formatAccount(content.account),
    ...content.contacts.map(formatContact),
    ...content.conversations.map(({ kind, ...rest }) => ({ kind: 'conversation', type: kind, ...rest })),
    ...content.groups.map((group) => ({ kind: 'group', ...group })),
    ...content.messages.map(formatMessage),
    ...content.counters.map((counter) => ({ kind: 'counter', ...counter })),
  ];
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const end = (padding: string) => `${JSON.stringify({ kind: 'end', padding })}\n`;
  const unpadded = encodeUtf8(text + end('')).length;
  let padded = SMALLEST_BYTES;
  while (padded < unpadded) padded *= 2;
  return encodeUtf8(text + end('.'.repeat(padded - unpadded)));
}

/** Reads version 1 too. Throws BAD_EXPORT. */
export function decodeBackup(bytes: Uint8Array): BackupContent {
  try {
    return parse(decodeUtf8(bytes));
  } catch (cause) {
    throw new SirdasError('BAD_EXPORT', 'the backup is damaged or of another kind', { cause });
  }
}

function parse(text: string): BackupContent {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => new BackupLine(JSON.parse(line)));
  const ofKind = (kind: string) => lines.filter((line) => line.text('kind') === kind);
  const [first] = lines;
  if (first?.text('kind') !== 'backup' || lines.at(-1)?.text('kind') !== 'end') throw malformed('end');
  const version = first.number('version');
  if (version < 1 || version > VERSION) throw malformed('version');
  const isEarlier = version === 1;
  return {
    account: parseAccount(first, isEarlier),
    contacts: ofKind('contact').map(parseContact),
    conversations: ofKind('conversation').map(isEarlier ? parseEarlierConversation : parseConversation),
    groups: ofKind('group').map(parseGroup),
    messages: ofKind('message').map((line) => parseMessage(line, version)),
    counters: ofKind('counter').map((line) => parseCounter(line, isEarlier)),
  };
}

function formatAccount(account: BackupAccount): object {
  const { relay, identitySeed, deviceSeed, rsaPrivateKey, published, ...rest } = account;
  return {
    kind: 'backup',
    version: VERSION,
    ...rest,
    relay: { ...relay, fingerprint: toBase64Url(relay.fingerprint) },
    identitySeed: toBase64Url(identitySeed.reveal()),
    deviceSeed: toBase64Url(deviceSeed.reveal()),
    rsaPrivateKey: rsaPrivateKey && toBase64Url(rsaPrivateKey.reveal()),
    ...formatPin(published),
  };
}

function parseAccount(line: BackupLine, isEarlier: boolean): BackupAccount {
  const relay = line.line('relay');
  return {
    relay: {
      host: relay.text('host'),
      port: relay.number('port'),
      fingerprint: relay.bytes('fingerprint'),
      plaintext: relay.flag('plaintext'),
    },
    webAddress: line.text('webAddress'),
    nickname: line.nickname('nickname'),
    device: toDeviceId(line.id('device')),
    identitySeed: new SecretBytes(line.bytes('identitySeed')),
    deviceSeed: new SecretBytes(line.bytes('deviceSeed')),
    rsaPrivateKey: line.value('rsaPrivateKey') === null ? null : new SecretBytes(line.bytes('rsaPrivateKey')),
    published: parsePin(line),
    classicOnly: line.flag('classicOnly'),
    settings: isEarlier ? {} : line.texts('settings'),
  };
}

function formatContact({ nickname, inbox, pin, verifiedMs }: ContactState): object {
  return { kind: 'contact', nickname, inbox, verifiedMs, ...formatPin(pin) };
}

function parseContact(line: BackupLine): ContactState {
  return {
    nickname: line.nickname('nickname'),
    inbox: toLogId(line.id('inbox')),
    pin: parsePin(line),
    verifiedMs: line.numberOrNull('verifiedMs'),
    changed: null,
  };
}

function formatPin({ record, publishedOtherSuite, firstOtherSuite, deviceHistory }: AccountPin): object {
  const history = deviceHistory?.map(({ signatureKey, ...device }) => ({
    ...device,
    signatureKey: toBase64Url(signatureKey),
  }));
  return {
    ...{ record: toBase64Url(record), publishedOtherSuite },
    ...(firstOtherSuite && { firstOtherSuite: [firstOtherSuite] }),
    ...(history && { deviceHistory: history }),
  };
}

function parsePin(line: BackupLine): AccountPin {
  const history = line.value('deviceHistory') === undefined ? null : line.lines('deviceHistory');
  const [first] = line.value('firstOtherSuite') === undefined ? [] : line.lines('firstOtherSuite');
  const pin: AccountPin = {
    record: line.bytes('record'),
    publishedOtherSuite: line.flag('publishedOtherSuite'),
    ...(first && { firstOtherSuite: { index: first.number('index'), timeMs: first.number('timeMs') } }),
    ...(history && {
      deviceHistory: history.map((device) => ({
        id: toDeviceId(device.id('id')),
        signatureKey: device.bytes('signatureKey'),
        addedIndex: device.number('addedIndex'),
        removedIndex: device.numberOrNull('removedIndex'),
      })),
    }),
  };
  // Decodes, or throws.
  restoreAccount(pin);
  return pin;
}

function parseConversation(line: BackupLine): BackupConversation {
  return {
    id: toConversationId(line.id('id')),
    kind: line.choice('type', ['direct', 'group']),
    with: line.value('with') === null ? null : line.nickname('with'),
    name: line.text('name'),
    members: line.lines('members').map((member) => ({
      nickname: member.nickname('nickname'),
      role: member.choice('role', GROUP_ROLES),
      devices: member.ids('devices').map(toDeviceId),
    })),
    group: line.value('group') === null ? null : toLogId(line.id('group')),
    postQuantum: line.flag('postQuantum'),
    state: line.choice('state', ['active', 'left', 'removed', 'broken']),
    expiresAfterMs: line.number('expiresAfterMs'),
    hasWritten: line.flag('hasWritten'),
    readPosition: line.number('readPosition'),
  };
}

function parseEarlierConversation(line: BackupLine): BackupConversation {
  const { lastPosition, ...empty } = newConversation(toConversationId(line.id('id')));
  return { ...empty, with: line.nickname('with'), readPosition: line.number('readPosition') };
}

function parseGroup(line: BackupLine): BackupGroup {
  return {
    log: toLogId(line.id('log')),
    conversation: toConversationId(line.id('conversation')),
    generation: line.number('generation'),
    suite: line.choice('suite', MLS_SUITES),
  };
}

function parseCounter(line: BackupLine, isEarlier: boolean): MessageCounter {
  return {
    conversation: toConversationId(line.id('conversation')),
    sender: line.nickname('sender'),
    device: toDeviceId(line.id('device')),
    counter: line.numberOrNull('counter'),
    untold: isEarlier ? 0 : line.number('untold'),
  };
}
