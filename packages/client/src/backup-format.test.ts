// The lines of a backup: every kind comes back as it was, version 1 is still read, and what opens groups never gets in.
import { toBase64Url, toHex } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { collectBackup } from './backup.ts';
import { type BackupContent, decodeBackup, encodeBackup } from './backup-format.ts';
import { FakeRelay } from './fake-relay.testkit.ts';
import { ManualClock } from './manual-clock.testkit.ts';
import type { ConversationEvent, Message } from './model.ts';
import type { ClaimedAccount } from './own-account.ts';
import { meet, meetModern, type Person } from './people.testkit.ts';
import { newConversation } from './vault/conversation-state.ts';
import {
  alice,
  bob,
  bytes,
  device,
  log,
  otherTalk,
  sampleGroup,
  sampleKeyPackage,
  sampleMessage,
  samplePending,
  talk,
} from './vault/vault-samples.testkit.ts';

const EVENTS: readonly ConversationEvent[] = [
  { what: 'created', name: 'ev', members: [alice, bob] },
  { what: 'joined' },
  { what: 'added', members: [bob] },
  { what: 'removed', members: [bob] },
  { what: 'left' },
  { what: 'renamed', name: 'yeni ev' },
  { what: 'role', member: bob, role: 'admin' },
  { what: 'timer', expiresAfterMs: 5000 },
  { what: 'device-added', device },
  { what: 'device-removed', device },
  { what: 'reset', reason: 'fork' },
  { what: 'undecryptable', cause: 'damaged' },
  { what: 'change-refused', error: 'CHANGE_NOT_ALLOWED' },
  { what: 'key-changed' },
];

let person: Person;

beforeEach(async () => {
  const clock = new ManualClock();
  person = await meet(await FakeRelay.start(clock), clock, 'carol');
});

async function collect(): Promise<BackupContent> {
  const { account } = person.memory;
  if (!account?.published) throw new Error('not joined yet');
  const choice = { classicOnly: true, history: 'all', nowMs: 5000 } as const;
  return collectBackup(person.vault, account as ClaimedAccount, choice);
}

async function fill(): Promise<void> {
  const reply: Partial<Message> = {
    body: { kind: 'text', text: 'yanıt', replyTo: { sender: alice, id: sampleMessage(7).id } },
    ...{ envelope: 'mls', editedMs: 1700, missingBefore: 2 },
    reactions: [{ from: alice, emoji: '👍🏽' }],
  };
  const own: Partial<Message> = { sender: alice, direction: 'out', delivery: 'accepted' };
  await person.vault.save({
    messages: [
      sampleMessage(1, reply),
      sampleMessage(2, { ...own, deliveredTo: [bob], readBy: [bob] }),
      sampleMessage(3, { body: { kind: 'deleted' } }),
      sampleMessage(4, { body: { kind: 'unsupported' } }),
      sampleMessage(5, {
        expiresAfterMs: 500,
        expiresMs: 6000,
        body: { kind: 'text', text: 'GEÇİCİ', replyTo: null },
      }),
      ...EVENTS.map((event, i) => sampleMessage(10 + i, { body: { kind: 'event', event } })),
    ],
    conversations: [
      {
        ...{ id: talk, kind: 'group', name: 'ev', group: log, postQuantum: true, state: 'active' },
        members: [{ nickname: alice, role: 'owner', devices: [device] }],
        ...{ expiresAfterMs: 500, hasWritten: true, readPosition: 2 },
      },
      { id: otherTalk, with: bob },
    ],
    counters: [{ conversation: talk, sender: bob, device, counter: null, untold: 3 }],
    settings: { 'send-receipts': 'no', 'of-this-device': 'only' },
  });
}

describe('a backup of version 2', () => {
  it('knows since when an account can do better than letters', async () => {
    const clock = new ManualClock();
    person = await meetModern(await FakeRelay.start(clock), clock, 'dave');
    const content = await collect();
    const { published } = decodeBackup(encodeBackup(content)).account;
    expect(published).toEqual(content.account.published);
    expect(published.firstOtherSuite).toEqual({ index: 0, timeMs: expect.any(Number) });
  });

  it('brings back every kind of line', async () => {
    await fill();
    await person.vault.save({ groups: [{ log, record: sampleGroup(), pages: [] }] });
    const content = await collect();
    expect(decodeBackup(encodeBackup(content))).toEqual(content);
    expect(content.messages).toHaveLength(4 + EVENTS.length);
    expect(content.groups).toEqual([{ log, conversation: talk, generation: 1, suite: 'mls-xwing-1' }]);
    expect(content.account.settings).toEqual({ 'send-receipts': 'no' });
    expect(content.counters).toContainEqual({
      conversation: talk,
      sender: bob,
      device,
      counter: null,
      untold: 3,
    });
  });

  it('holds no state of a group, no secret of a key package, nothing to be sent, nothing that disappears', async () => {
    await fill();
    const group = sampleGroup({ pending: samplePending() });
    const pages = [{ page: 0, bytes: bytes(400, 0xa1) }];
    await person.vault.save({
      groups: [{ log, record: group, pages }],
      addKeyPackages: [sampleKeyPackage('REFERENCE-NEEDLE')],
      addToOutbox: [
        {
          ...{ message: sampleMessage(2).id, conversation: talk, recipient: bob, copy: 'recipient' },
          ...{ content: bytes(300, 0xa2), counter: 4 },
          sealed: { kind: 'mls', envelope: bytes(300, 0xa3), log, logEpoch: 4 },
        },
      ],
    });
    const plaintext = new TextDecoder().decode(encodeBackup(await collect()));
    expect(plaintext).toContain(
      toBase64Url(person.memory.account?.identitySeed.reveal() ?? new Uint8Array()),
    );
    const secret = [0x15, 0x17, 0x18, 0x19, 0x1e, 0xa1, 0xa2, 0xa3];
    for (const value of secret) {
      const run = bytes(12, value);
      const numbers = [...run].join();
      for (const needle of [toHex(run), toBase64Url(run), numbers]) expect(plaintext).not.toContain(needle);
    }
    for (const needle of ['REFERENCE-NEEDLE', 'GEÇİCİ']) expect(plaintext).not.toContain(needle);
  });
});

describe('a backup of version 1', () => {
  it('is read, with what came later left open', async () => {
    await fill();
    const content = await collect();
    const v1 = (lines: readonly object[]) =>
      new TextEncoder().encode(lines.map((line) => JSON.stringify(line)).join('\n'));
    const [first = ''] = new TextDecoder().decode(encodeBackup(content)).split('\n');
    const { settings, ...account } = JSON.parse(first);
    const { id, conversation, sender, direction, sentMs, savedMs } = sampleMessage(1);
    const said = { id, conversation, sender, device, direction, sentMs, savedMs };
    const read = decodeBackup(
      v1([
        { ...account, version: 1 },
        { kind: 'conversation', id: talk, with: bob, readPosition: 1 },
        { kind: 'message', ...said, missingBefore: 0, envelope: 'classic', text: 'eski' },
        { kind: 'counter', conversation: talk, sender: bob, device, counter: 4 },
        { kind: 'end', padding: '' },
      ]),
    );
    const { lastPosition, ...conversationBefore } = newConversation(talk);
    expect(read.conversations).toEqual([{ ...conversationBefore, with: bob, readPosition: 1 }]);
    expect(read.messages).toEqual([
      { ...sampleMessage(1), body: { kind: 'text', text: 'eski', replyTo: null } },
    ]);
    expect(read.counters).toEqual([{ conversation: talk, sender: bob, device, counter: 4, untold: 0 }]);
    expect([...read.groups, ...Object.keys(read.account.settings)]).toEqual([]);
  });

  it.each([0, 3])('is not version %i', async (version) => {
    const lines = new TextDecoder().decode(encodeBackup(await collect())).split('\n');
    const [first = ''] = lines;
    const other = lines.with(0, JSON.stringify({ ...JSON.parse(first), version })).join('\n');
    expect(() => decodeBackup(new TextEncoder().encode(other))).toThrow(
      expect.objectContaining({ code: 'BAD_EXPORT' }),
    );
  });
});
