// What is inside a backup (docs/decisions/0007-vault.md): JSON lines, so that `age -d` gives something that a person can look
// at and a program in any language can take over. Byte strings and ids are base64url and hexadecimal text. No counters of
// used keys, no outbox: whoever restores is a new device. Written and read by backup.ts.
import { restoreAccount, SecretBytes } from '@sirdas/crypto';
import {
  decodeUtf8,
  encodeUtf8,
  fromBase64Url,
  fromHex,
  parseNickname,
  toBase64Url,
  toConversationId,
  toDeviceId,
  toLogId,
  toMessageId,
} from '@sirdas/protocol';
import { SirdasError } from './errors.ts';
import type { Message } from './model.ts';
import type { AccountState, ContactState, ConversationChange, MessageCounter } from './vault/vault.ts';

const VERSION = 1;
const SMALLEST_BYTES = 65_536;

/** What a device knows, as far as another one may take it over. */
export interface BackupContent {
  readonly account: BackupAccount;
  readonly contacts: readonly ContactState[];
  readonly conversations: readonly ConversationChange[];
  /** Of each conversation in order. */
  readonly messages: readonly Omit<Message, 'position'>[];
  readonly counters: readonly MessageCounter[];
}

export type BackupAccount = Pick<
  AccountState,
  'relay' | 'webAddress' | 'nickname' | 'identitySeed' | 'rsaPrivateKey' | 'device' | 'deviceSeed'
> & {
  readonly published: NonNullable<AccountState['published']>;
  readonly classicOnly: boolean;
};

/** Padded to the next power of two, so that the size of a backup says little about what was written to somebody. */
export function encodeBackup(content: BackupContent): Uint8Array {
  const lines = [
    formatAccount(content.account),
    ...content.contacts.map(formatContact),
    ...content.conversations.map((conversation) => ({ kind: 'conversation', ...conversation })),
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

/** Throws BAD_EXPORT. */
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
    .map((line) => new Line(JSON.parse(line)));
  const ofKind = (kind: string) => lines.filter((line) => line.text('kind') === kind);
  const [first] = lines;
  if (first?.text('kind') !== 'backup' || lines.at(-1)?.text('kind') !== 'end') throw malformed('ends');
  if (first.number('version') !== VERSION) throw malformed('version');
  return {
    account: parseAccount(first),
    contacts: ofKind('contact').map(parseContact),
    conversations: ofKind('conversation').map(parseConversation),
    messages: ofKind('message').map(parseMessage),
    counters: ofKind('counter').map(parseCounter),
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

function parseAccount(line: Line): BackupAccount {
  const relay = new Line(line.value('relay'));
  return {
    relay: {
      host: relay.text('host'),
      port: relay.number('port'),
      fingerprint: relay.bytes('fingerprint'),
      plaintext: relay.flag('plaintext'),
    },
    webAddress: line.text('webAddress'),
    nickname: parseNickname(line.text('nickname')),
    device: toDeviceId(line.id('device')),
    identitySeed: new SecretBytes(line.bytes('identitySeed')),
    deviceSeed: new SecretBytes(line.bytes('deviceSeed')),
    rsaPrivateKey: line.value('rsaPrivateKey') === null ? null : new SecretBytes(line.bytes('rsaPrivateKey')),
    published: parsePin(line),
    classicOnly: line.flag('classicOnly'),
  };
}

function formatContact({ nickname, inbox, pin, verifiedMs }: ContactState): object {
  return { kind: 'contact', nickname, inbox, verifiedMs, ...formatPin(pin) };
}

function parseContact(line: Line): ContactState {
  return {
    nickname: parseNickname(line.text('nickname')),
    inbox: toLogId(line.id('inbox')),
    pin: parsePin(line),
    verifiedMs: line.value('verifiedMs') === null ? null : line.number('verifiedMs'),
    changed: null,
  };
}

function formatPin(pin: ContactState['pin']): object {
  return { record: toBase64Url(pin.record), publishedOtherSuite: pin.publishedOtherSuite };
}

function parsePin(line: Line): ContactState['pin'] {
  const pin = { record: line.bytes('record'), publishedOtherSuite: line.flag('publishedOtherSuite') };
  // Decodes, or throws.
  restoreAccount(pin);
  return pin;
}

function parseConversation(line: Line): ConversationChange {
  return {
    id: toConversationId(line.id('id')),
    with: parseNickname(line.text('with')),
    readPosition: line.number('readPosition'),
  };
}

/** Why a message failed is of no use on another device. */
function formatMessage({ failure, body, ...message }: Omit<Message, 'position'>): object {
  return { kind: 'message', ...message, text: body.kind === 'text' ? body.text : null };
}

function parseMessage(line: Line): Omit<Message, 'position'> {
  const text = line.value('text');
  return {
    id: toMessageId(line.id('id')),
    conversation: toConversationId(line.id('conversation')),
    sender: parseNickname(line.text('sender')),
    device: toDeviceId(line.id('device')),
    direction: line.choice('direction', ['in', 'out']),
    sentMs: line.number('sentMs'),
    savedMs: line.number('savedMs'),
    body: text === null ? { kind: 'unsupported' } : { kind: 'text', text: line.text('text') },
    ...(line.value('delivery') === undefined
      ? {}
      : { delivery: line.choice('delivery', ['accepted', 'failed']) }),
    missingBefore: line.number('missingBefore'),
    envelope: line.choice('envelope', ['classic']),
  };
}

function parseCounter(line: Line): MessageCounter {
  return {
    conversation: toConversationId(line.id('conversation')),
    sender: parseNickname(line.text('sender')),
    device: toDeviceId(line.id('device')),
    counter: line.number('counter'),
  };
}

/** One line of a backup, whose fields are what they should be or an error. */
class Line {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null) throw malformed('a line that is no object');
    this.#fields = { ...value };
  }

  value(name: string): unknown {
    return this.#fields[name];
  }

  text(name: string): string {
    const value = this.value(name);
    if (typeof value !== 'string') throw malformed(name);
    return value;
  }

  choice<Choice extends string>(name: string, choices: readonly Choice[]): Choice {
    const found = choices.find((choice) => choice === this.value(name));
    if (found === undefined) throw malformed(name);
    return found;
  }

  number(name: string): number {
    const value = this.value(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw malformed(name);
    return value;
  }

  flag(name: string): boolean {
    const value = this.value(name);
    if (typeof value !== 'boolean') throw malformed(name);
    return value;
  }

  bytes(name: string): Uint8Array<ArrayBuffer> {
    return fromBase64Url(this.text(name));
  }

  id(name: string): Uint8Array {
    return fromHex(this.text(name));
  }
}

function malformed(what: string): Error {
  return new Error(`a backup with wrong ${what}`);
}
