// What every Vault adapter must do, as one suite of tests. Each adapter's own test file calls it with a way to open a
// vault and to open the same one again.
import { SecretBytes } from '@sirdas/crypto';
import { parseNickname, toConversationId, toDeviceId, toLogId, toMessageId } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '../model.ts';
import { newConversation } from './conversation-state.ts';
import type {
  AccountState,
  Amendment,
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

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);

export const alice = parseNickname('alice');
const bob = parseNickname('bob');
const talk = toConversationId(bytes(16, 1));
const otherTalk = toConversationId(bytes(16, 2));
const device = toDeviceId(bytes(16, 3));
export const log = toLogId(bytes(16, 4));
const otherLog = toLogId(bytes(16, 20));

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

function sampleContact(change: Partial<ContactState> = {}): ContactState {
  const pin = { record: bytes(600, 11), publishedOtherSuite: false };
  return { nickname: bob, inbox: log, pin, verifiedMs: null, changed: null, ...change };
}

function sampleItem(number: number): Omit<OutboxItem, 'order'> {
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

function samplePending(): NonNullable<GroupRecord['pending']> {
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

export function describeVaultContract(name: string, makePlace: () => Promise<VaultPlace>): void {
  describe(`vault contract: ${name}`, () => {
    let place: VaultPlace;
    let vault: Vault;

    beforeEach(async () => {
      place = await makePlace();
      vault = await place.open();
      return async () => vault.close();
    });

    const reopen = async () => {
      await vault.close();
      vault = await place.open();
    };

    it('is empty when it is new', async () => {
      expect(await vault.load()).toEqual({
        account: null,
        contacts: [],
        conversations: [],
        outbox: [],
        counters: [],
        settings: {},
        groups: [],
        keyPackages: [],
        cursors: [],
        expiring: [],
      });
      expect(await vault.readMessages(talk, null, 10)).toEqual([]);
      expect(await vault.readMessage(bob, sampleMessage(1).id)).toBeNull();
      expect(await vault.readHeldLetters(bob)).toEqual([]);
      expect(await vault.readGroupPages(log)).toEqual([]);
      expect(await vault.readKeyPackage('reference')).toBeNull();
    });

    it('keeps the account with its keys, and removes it', async () => {
      const account = sampleAccount();
      await vault.save({ account });
      await reopen();
      const { account: read } = await vault.load();
      expect(read).toEqual(account);
      expect(read?.identitySeed.reveal()).toEqual(bytes(32, 6));
      expect(read?.rsaPrivateKey?.reveal()).toEqual(bytes(1200, 8));
      await vault.save({ account: null });
      expect((await vault.load()).account).toBeNull();
    });

    it('replaces a contact as a whole', async () => {
      await vault.save({ contacts: [sampleContact(), sampleContact({ nickname: alice })] });
      const changed = { pin: { record: bytes(500, 12), publishedOtherSuite: true }, inbox: log };
      await vault.save({ contacts: [sampleContact({ verifiedMs: 5, changed })] });
      await reopen();
      const { contacts } = await vault.load();
      expect(contacts).toHaveLength(2);
      expect(contacts).toContainEqual(sampleContact({ verifiedMs: 5, changed }));
      expect(contacts).toContainEqual(sampleContact({ nickname: alice }));
    });

    it('numbers messages of each conversation from 1 without holes', async () => {
      const first = await vault.save({ messages: [sampleMessage(1), sampleMessage(2)] });
      const other = sampleMessage(3, { conversation: otherTalk });
      const second = await vault.save({ messages: [other, sampleMessage(4)] });
      expect(first.messages.map((message) => message.position)).toEqual([1, 2]);
      expect(second.messages).toEqual([
        { ...other, position: 1 },
        { ...sampleMessage(4), position: 3 },
      ]);
    });

    it('CLI-003 keeps a message once, however often and in whatever company it comes', async () => {
      await vault.save({ messages: [sampleMessage(1)] });
      const again = await vault.save({ messages: [sampleMessage(1), sampleMessage(2), sampleMessage(2)] });
      expect(again.messages).toEqual([{ ...sampleMessage(2), position: 2 }]);
      await reopen();
      expect((await vault.save({ messages: [sampleMessage(2)] })).messages).toEqual([]);
      expect(await vault.readMessages(talk, null, 10)).toHaveLength(2);
    });

    it('CLI-003 does not let one sender use up the message id of another', async () => {
      await vault.save({ messages: [sampleMessage(1)] });
      const { messages } = await vault.save({ messages: [sampleMessage(1, { sender: alice })] });
      expect(messages).toHaveLength(1);
      expect(await vault.readMessage(alice, sampleMessage(1).id)).toEqual(messages[0]);
    });

    it('reads messages newest first, in pages', async () => {
      await vault.save({ messages: [1, 2, 3, 4, 5].map((number) => sampleMessage(number)) });
      const positions = async (before: number | null, limit: number) =>
        (await vault.readMessages(talk, before, limit)).map((message) => message.position);
      expect(await positions(null, 2)).toEqual([5, 4]);
      expect(await positions(4, 2)).toEqual([3, 2]);
      expect(await positions(2, 10)).toEqual([1]);
      expect(await positions(1, 10)).toEqual([]);
    });

    it('changes how far a message was delivered', async () => {
      const own = sampleMessage(1, { sender: alice, direction: 'out', delivery: 'queued' });
      await vault.save({ messages: [own] });
      const saved = await vault.save({
        deliveries: [
          { sender: alice, id: own.id, delivery: 'failed', failure: 'UNKNOWN_ACCOUNT' },
          { sender: alice, id: sampleMessage(99).id, delivery: 'accepted', acceptedMs: 5 },
        ],
      });
      const failed: Message = { ...own, position: 1, delivery: 'failed', failure: 'UNKNOWN_ACCOUNT' };
      expect(saved.deliveries).toEqual([failed]);
      await reopen();
      expect(await vault.readMessage(alice, own.id)).toEqual(failed);
    });

    it('knows how far each conversation was read and never goes back', async () => {
      await vault.save({
        messages: [sampleMessage(1), sampleMessage(2)],
        conversations: [{ id: talk, with: bob, readPosition: 1 }],
      });
      await vault.save({ conversations: [{ id: talk, with: bob, readPosition: 0 }] });
      expect((await vault.load()).conversations).toEqual([
        { ...newConversation(talk), with: bob, readPosition: 1, lastPosition: 2 },
      ]);
    });

    it('counts what another own device has sent as read, with everything before it', async () => {
      const sent = sampleMessage(3, { sender: alice, direction: 'out', delivery: 'accepted' });
      await vault.save({
        messages: [sampleMessage(1), sampleMessage(2), sent, sampleMessage(4)],
        conversations: [{ id: talk, with: bob, readPosition: 0 }],
      });
      await reopen();
      expect((await vault.load()).conversations).toEqual([
        { ...newConversation(talk), with: bob, readPosition: 3, lastPosition: 4 },
      ]);
    });

    it('counts what this device is to send as read where everything before it is, and nowhere else', async () => {
      const toSend = { sender: alice, direction: 'out', delivery: 'queued' } as const;
      const conversations = [{ id: talk, with: bob, readPosition: 0 }];
      await vault.save({ messages: [sampleMessage(1, toSend), sampleMessage(2)], conversations });
      await vault.save({ messages: [sampleMessage(3, toSend)], conversations });
      await reopen();
      expect((await vault.load()).conversations).toEqual([
        { ...newConversation(talk), with: bob, readPosition: 1, lastPosition: 3 },
      ]);
    });

    it('keeps the outbox in order, replaces and removes', async () => {
      const { outbox } = await vault.save({ addToOutbox: [sampleItem(1), sampleItem(2), sampleItem(3)] });
      const [first, second, third] = outbox.map((item) => item.order);
      expect([first, second, third]).toEqual([...outbox.map((item) => item.order)].sort((a, b) => a - b));
      const sealed = { kind: 'classic', envelope: bytes(2000, 13), identityKey: bytes(32, 14) } as const;
      const replaced = { ...sampleItem(2), counter: 8, order: second ?? 0, sealed };
      await vault.save({ replaceInOutbox: [replaced], removeFromOutbox: [first ?? 0] });
      await reopen();
      expect((await vault.load()).outbox).toEqual([replaced, { ...sampleItem(3), order: third }]);
      const next = await vault.save({ addToOutbox: [sampleItem(4)] });
      expect(next.outbox[0]?.order).toBeGreaterThan(third ?? 0);
    });

    it('does not bring back an outbox item that was removed', async () => {
      const { outbox } = await vault.save({ addToOutbox: [sampleItem(1)] });
      const order = outbox[0]?.order ?? 0;
      await vault.save({ removeFromOutbox: [order] });
      const sealed = { kind: 'classic', envelope: bytes(10, 1), identityKey: bytes(32, 2) } as const;
      await vault.save({ replaceInOutbox: [{ ...sampleItem(1), order, sealed }] });
      expect((await vault.load()).outbox).toEqual([]);
    });

    it('holds letters in the order of arrival and releases all of one sender', async () => {
      const letters = [1, 2, 3].map((value) => ({ sender: bob, envelope: bytes(700, value) }));
      const ofAlice = { sender: alice, envelope: bytes(700, 4) };
      await vault.save({ holdLetters: letters.slice(0, 2) });
      await vault.save({ holdLetters: [ofAlice, ...letters.slice(2)] });
      await reopen();
      expect(await vault.readHeldLetters(bob)).toEqual(letters);
      const later = { sender: bob, envelope: bytes(700, 5) };
      await vault.save({ releaseLettersOf: bob, holdLetters: [later] });
      expect(await vault.readHeldLetters(bob)).toEqual([later]);
      expect(await vault.readHeldLetters(alice)).toEqual([ofAlice]);
    });

    it('keeps cursors, counters and settings', async () => {
      const counter = { conversation: talk, sender: bob, device, untold: 0 };
      await vault.save({ cursors: [{ log, seq: 7 }], counters: [{ ...counter, counter: 3 }] });
      await vault.save({ settings: { sounds: 'off', language: 'tr' } });
      await vault.save({
        settings: { sounds: null, visible: 'no' },
        counters: [{ ...counter, sender: alice, counter: 9 }],
      });
      await reopen();
      expect((await vault.load()).cursors).toEqual([{ log, seq: 7 }]);
      await vault.save({ counters: [{ ...counter, conversation: otherTalk, counter: 1 }] });
      await vault.save({ counters: [{ ...counter, counter: 4 }] });
      const { counters } = await vault.load();
      expect(counters).toHaveLength(3);
      expect(counters).toContainEqual({ ...counter, counter: 4 });
      expect(counters).toContainEqual({ ...counter, sender: alice, counter: 9 });
      expect(counters).toContainEqual({ ...counter, conversation: otherTalk, counter: 1 });
      expect((await vault.load()).settings).toEqual({ language: 'tr', visible: 'no' });
    });

    it('takes what is given of a conversation and keeps the rest', async () => {
      const members = [{ nickname: bob, role: 'owner', devices: [device] }] as const;
      await vault.save({ conversations: [{ id: talk, kind: 'group', name: 'ev', members, group: log }] });
      await vault.save({ conversations: [{ id: talk, expiresAfterMs: 5000, postQuantum: true }] });
      await vault.save({ conversations: [{ id: otherTalk, with: bob, hasWritten: true }] });
      await vault.save({
        conversations: [
          { id: talk, state: 'left' },
          { id: talk, name: 'eski ev' },
        ],
      });
      await reopen();
      const { conversations } = await vault.load();
      expect(conversations).toHaveLength(2);
      expect(conversations).toContainEqual({
        ...newConversation(talk),
        ...{ kind: 'group', name: 'eski ev', members, group: log, expiresAfterMs: 5000 },
        ...{ postQuantum: true, state: 'left' },
      });
      expect(conversations).toContainEqual({ ...newConversation(otherTalk), with: bob, hasWritten: true });
    });

    it('amends messages of the same change and of earlier ones, in order, and tells which', async () => {
      await vault.save({ messages: [sampleMessage(1), sampleMessage(2)] });
      const amend = (number: number, amendment: Amendment) => ({
        ...{ sender: bob, id: sampleMessage(number).id, conversation: talk, amendment },
      });
      const saved = await vault.save({
        messages: [sampleMessage(3)],
        amendments: [
          amend(1, { what: 'edit', text: 'bir', editedMs: 1500 }),
          amend(1, { what: 'edit', text: 'iki', editedMs: 1600 }),
          amend(3, { what: 'reaction', from: alice, emoji: '👍' }),
          amend(99, { what: 'delete' }),
          { ...amend(2, { what: 'delete' }), conversation: otherTalk },
        ],
      });
      const edited = {
        ...{ ...sampleMessage(1), position: 1, editedMs: 1600 },
        body: { kind: 'text', text: 'iki', replyTo: null },
      };
      expect(saved.amended).toEqual([edited]);
      expect(saved.messages).toEqual([
        { ...sampleMessage(3), position: 3, reactions: [{ from: alice, emoji: '👍' }] },
      ]);
      await reopen();
      expect(await vault.readMessage(bob, edited.id)).toEqual(edited);
      expect(await vault.readMessage(bob, sampleMessage(2).id)).toMatchObject({ body: { kind: 'text' } });
    });

    it('removes messages, gives their positions to nobody, and knows them when they come again', async () => {
      await vault.save({ messages: [sampleMessage(1), sampleMessage(2), sampleMessage(3)] });
      const remove = (number: number) => ({ sender: bob, id: sampleMessage(number).id });
      const saved = await vault.save({ removeMessages: [remove(2), remove(3), remove(99)] });
      expect(saved).toEqual({ messages: [], deliveries: [], amended: [], outbox: [] });
      await reopen();
      expect(await vault.readMessage(bob, sampleMessage(3).id)).toBeNull();
      const again = await vault.save({
        messages: [sampleMessage(2), sampleMessage(4)],
        amendments: [{ ...remove(3), conversation: talk, amendment: { what: 'delete' } }],
        conversations: [{ id: talk }],
      });
      expect(again.messages).toEqual([{ ...sampleMessage(4), position: 4 }]);
      expect(again.amended).toEqual([]);
      const positions = (await vault.readMessages(talk, null, 10)).map(({ position }) => position);
      expect(positions).toEqual([4, 1]);
      expect((await vault.load()).conversations).toMatchObject([{ lastPosition: 4 }]);
    });

    it('lists the messages that will go, in the order in which they do', async () => {
      const own = { sender: alice, direction: 'out', delivery: 'queued', expiresAfterMs: 100 } as const;
      await vault.save({
        messages: [sampleMessage(1, own), sampleMessage(2), sampleMessage(3, { expiresAfterMs: 5 })],
      });
      await vault.save({ messages: [sampleMessage(4, { expiresAfterMs: 7, expiresMs: 4000 })] });
      const read = { sender: bob, id: sampleMessage(3).id };
      await vault.save({
        deliveries: [{ sender: alice, id: sampleMessage(1).id, delivery: 'accepted', acceptedMs: 5000 }],
        amendments: [{ ...read, conversation: talk, amendment: { what: 'expires', expiresMs: 4500 } }],
      });
      await reopen();
      const expiring = [
        { sender: bob, id: sampleMessage(4).id, conversation: talk, expiresMs: 4000 },
        { ...read, conversation: talk, expiresMs: 4500 },
        { sender: alice, id: sampleMessage(1).id, conversation: talk, expiresMs: 5100 },
      ];
      expect((await vault.load()).expiring).toEqual(expiring);
      await vault.save({ removeMessages: [read] });
      expect((await vault.load()).expiring).toEqual([expiring[0], expiring[2]]);
    });

    it('keeps a group with its pages, and rewrites only what changes', async () => {
      const pages = [2, 0, 1].map((page) => ({ page, bytes: bytes(300, page) }));
      await vault.save({ groups: [{ log, record: sampleGroup(), pages }] });
      await vault.save({ groups: [{ log, pages: [{ page: 1, bytes: bytes(10, 9) }] }] });
      await reopen();
      expect((await vault.load()).groups).toEqual([sampleGroup()]);
      expect(await vault.readGroupPages(log)).toEqual([
        { page: 0, bytes: bytes(300, 0) },
        { page: 1, bytes: bytes(10, 9) },
        { page: 2, bytes: bytes(300, 2) },
      ]);
      const sealedMore = sampleGroup({ sealedSinceUpdate: 8, logEpoch: 4 });
      await vault.save({ groups: [{ log, record: sealedMore, pages: [{ page: 0, bytes: bytes(11, 1) }] }] });
      expect(await vault.readGroupPages(log)).toHaveLength(3);
      expect((await vault.load()).groups).toEqual([sealedMore]);
    });

    it('forgets the pages of an epoch with the epoch, and a group with everything', async () => {
      const pages = [0, 1].map((page) => ({ page, bytes: bytes(300, page) }));
      const pending = samplePending();
      const record = sampleGroup({ pending });
      await vault.save({ groups: [{ log, record, pages }] });
      await reopen();
      expect((await vault.load()).groups).toEqual([record]);
      const next = sampleGroup({ epochPart: bytes(4000, 22), logEpoch: 5, pending: null });
      await vault.save({ groups: [{ log, record: next, pages: [{ page: 1, bytes: bytes(30, 4) }] }] });
      await reopen();
      expect((await vault.load()).groups).toEqual([next]);
      expect(await vault.readGroupPages(log)).toEqual([{ page: 1, bytes: bytes(30, 4) }]);
      const left = { ...next, epochPart: null };
      await vault.save({ groups: [{ log, record: left, pages: [] }] });
      await reopen();
      expect((await vault.load()).groups).toEqual([left]);
      expect(await vault.readGroupPages(log)).toEqual([]);
      await vault.save({ groups: [{ log, record: null, pages: [] }] });
      await reopen();
      expect((await vault.load()).groups).toEqual([]);
    });

    it('keeps key packages, lists them without their secrets, and removes them with what uses them', async () => {
      const one = sampleKeyPackage('one');
      const two = sampleKeyPackage('two', { lastResort: true });
      await vault.save({ addKeyPackages: [one, two] });
      await reopen();
      const { secret: _, ...told } = two;
      expect((await vault.load()).keyPackages).toContainEqual(told);
      expect(await vault.readKeyPackage('one')).toEqual(one);
      expect((await vault.readKeyPackage('one'))?.secret.reveal()).toEqual(bytes(200, 30));
      const pages = [{ page: 0, bytes: bytes(30, 4) }];
      await vault.save({ removeKeyPackages: ['one'], groups: [{ log, record: sampleGroup(), pages }] });
      await reopen();
      expect(await vault.readKeyPackage('one')).toBeNull();
      expect((await vault.load()).keyPackages).toEqual([told]);
      expect((await vault.load()).groups).toHaveLength(1);
    });

    it('keeps a cursor for each log, and counters whose beginning is not known', async () => {
      await vault.save({
        cursors: [
          { log, seq: 3 },
          { log: otherLog, seq: 9 },
        ],
      });
      await vault.save({ cursors: [{ log, seq: 4 }] });
      const counter = { conversation: talk, sender: bob, device, counter: null, untold: 2 };
      await vault.save({ counters: [counter] });
      await reopen();
      const { cursors, counters } = await vault.load();
      expect(cursors).toHaveLength(2);
      expect(cursors).toContainEqual({ log, seq: 4 });
      expect(cursors).toContainEqual({ log: otherLog, seq: 9 });
      expect(counters).toEqual([counter]);
    });

    it('pages fast through 10,000 messages', async () => {
      for (let i = 0; i < 10; i++) {
        const many = Array.from({ length: 1000 }, (_, j) => sampleMessage(i * 1000 + j));
        await vault.save({ messages: many });
      }
      let before: number | null = null;
      let read = 0;
      for (let i = 0; i < 200; i++) {
        const page: readonly Message[] = await vault.readMessages(talk, before, 50);
        before = page.at(-1)?.position ?? null;
        read += page.length;
      }
      expect(read).toBe(10_000);
      expect(before).toBe(1);
    }, 60_000);

    it('saves 500 messages in one change, and changes in the order of the calls', async () => {
      const many = Array.from({ length: 500 }, (_, i) => sampleMessage(i));
      const [saved, next] = await Promise.all([
        vault.save({ messages: many, cursors: [{ log, seq: 500 }] }),
        vault.save({ messages: [sampleMessage(500)], cursors: [{ log, seq: 501 }] }),
      ]);
      expect(saved.messages).toHaveLength(500);
      expect(next.messages[0]?.position).toBe(501);
      expect((await vault.load()).cursors).toEqual([{ log, seq: 501 }]);
    });

    it('does not change what it was given, nor lets itself be changed through it', async () => {
      const account = sampleAccount();
      await vault.save({ account });
      account.inviteToken?.fill(0);
      expect((await vault.load()).account?.inviteToken).toEqual(bytes(16, 10));
    });

    it('answers nothing after it was closed, and closes twice without harm', async () => {
      const underWay = vault.save({ settings: { before: 'close' } });
      await vault.close();
      await vault.close();
      await underWay;
      await expect((async () => vault.load())()).rejects.toMatchObject({ code: 'CLOSED' });
      await expect((async () => vault.save({}))()).rejects.toMatchObject({ code: 'CLOSED' });
      vault = await place.open();
      expect((await vault.load()).settings).toEqual({ before: 'close' });
    });
  });
}
