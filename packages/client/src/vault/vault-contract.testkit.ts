// What every Vault adapter must do, as one suite of tests. Each adapter's own test file calls it with a way to open a
// vault and to open the same one again.
import { SecretBytes } from '@sirdas/crypto';
import { parseNickname, toConversationId, toDeviceId, toLogId, toMessageId } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '../model.ts';
import type { AccountState, ContactState, OutboxItem, Vault } from './vault.ts';

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
const log = toLogId(bytes(16, 4));

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
    body: { kind: 'text', text: `merhaba ${number}` },
    missingBefore: 0,
    envelope: 'classic',
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
  return { message: sampleMessage(number).id, recipient: bob, copy: 'recipient', sealed: null };
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
      expect(await vault.readAccount()).toBeNull();
      expect(await vault.readContacts()).toEqual([]);
      expect(await vault.readConversations()).toEqual([]);
      expect(await vault.readMessages(talk, null, 10)).toEqual([]);
      expect(await vault.readMessage(bob, sampleMessage(1).id)).toBeNull();
      expect(await vault.readOutbox()).toEqual([]);
      expect(await vault.readHeldLetters(bob)).toEqual([]);
      expect(await vault.readCursor(log)).toBeNull();
      expect(await vault.readCounters()).toEqual([]);
      expect(await vault.readSettings()).toEqual({});
    });

    it('keeps the account with its keys, and removes it', async () => {
      const account = sampleAccount();
      await vault.save({ account });
      await reopen();
      const read = await vault.readAccount();
      expect(read).toEqual(account);
      expect(read?.identitySeed.reveal()).toEqual(bytes(32, 6));
      expect(read?.rsaPrivateKey?.reveal()).toEqual(bytes(1200, 8));
      await vault.save({ account: null });
      expect(await vault.readAccount()).toBeNull();
    });

    it('replaces a contact as a whole', async () => {
      await vault.save({ contacts: [sampleContact(), sampleContact({ nickname: alice })] });
      const changed = { pin: { record: bytes(500, 12), publishedOtherSuite: true }, inbox: log };
      await vault.save({ contacts: [sampleContact({ verifiedMs: 5, changed })] });
      await reopen();
      const contacts = await vault.readContacts();
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
          { sender: alice, id: sampleMessage(99).id, delivery: 'accepted' },
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
      expect(await vault.readConversations()).toEqual([
        { id: talk, with: bob, readPosition: 1, lastPosition: 2 },
      ]);
    });

    it('counts what another own device has sent as read, with everything before it', async () => {
      const sent = sampleMessage(3, { sender: alice, direction: 'out', delivery: 'accepted' });
      await vault.save({
        messages: [sampleMessage(1), sampleMessage(2), sent, sampleMessage(4)],
        conversations: [{ id: talk, with: bob, readPosition: 0 }],
      });
      await reopen();
      expect(await vault.readConversations()).toEqual([
        { id: talk, with: bob, readPosition: 3, lastPosition: 4 },
      ]);
    });

    it('counts what this device is to send as read where everything before it is, and nowhere else', async () => {
      const toSend = { sender: alice, direction: 'out', delivery: 'queued' } as const;
      const conversations = [{ id: talk, with: bob, readPosition: 0 }];
      await vault.save({ messages: [sampleMessage(1, toSend), sampleMessage(2)], conversations });
      await vault.save({ messages: [sampleMessage(3, toSend)], conversations });
      await reopen();
      expect(await vault.readConversations()).toEqual([
        { id: talk, with: bob, readPosition: 1, lastPosition: 3 },
      ]);
    });

    it('keeps the outbox in order, replaces and removes', async () => {
      const { outbox } = await vault.save({ addToOutbox: [sampleItem(1), sampleItem(2), sampleItem(3)] });
      const [first, second, third] = outbox.map((item) => item.order);
      expect([first, second, third]).toEqual([...outbox.map((item) => item.order)].sort((a, b) => a - b));
      const sealed = { envelope: bytes(2000, 13), identityKey: bytes(32, 14) };
      const replaced = { ...sampleItem(2), order: second ?? 0, sealed };
      await vault.save({ replaceInOutbox: [replaced], removeFromOutbox: [first ?? 0] });
      await reopen();
      expect(await vault.readOutbox()).toEqual([replaced, { ...sampleItem(3), order: third }]);
      const next = await vault.save({ addToOutbox: [sampleItem(4)] });
      expect(next.outbox[0]?.order).toBeGreaterThan(third ?? 0);
    });

    it('does not bring back an outbox item that was removed', async () => {
      const { outbox } = await vault.save({ addToOutbox: [sampleItem(1)] });
      const order = outbox[0]?.order ?? 0;
      await vault.save({ removeFromOutbox: [order] });
      const sealed = { envelope: bytes(10, 1), identityKey: bytes(32, 2) };
      await vault.save({ replaceInOutbox: [{ ...sampleItem(1), order, sealed }] });
      expect(await vault.readOutbox()).toEqual([]);
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
      const counter = { conversation: talk, sender: bob, device };
      await vault.save({ cursor: { log, seq: 7 }, counters: [{ ...counter, counter: 3 }] });
      await vault.save({ settings: { sounds: 'off', language: 'tr' } });
      await vault.save({
        settings: { sounds: null, visible: 'no' },
        counters: [{ ...counter, sender: alice, counter: 9 }],
      });
      await reopen();
      expect(await vault.readCursor(log)).toBe(7);
      await vault.save({ counters: [{ ...counter, conversation: otherTalk, counter: 1 }] });
      await vault.save({ counters: [{ ...counter, counter: 4 }] });
      const counters = await vault.readCounters();
      expect(counters).toHaveLength(3);
      expect(counters).toContainEqual({ ...counter, counter: 4 });
      expect(counters).toContainEqual({ ...counter, sender: alice, counter: 9 });
      expect(counters).toContainEqual({ ...counter, conversation: otherTalk, counter: 1 });
      expect(await vault.readSettings()).toEqual({ language: 'tr', visible: 'no' });
    });

    it('saves 500 messages in one change, and changes in the order of the calls', async () => {
      const many = Array.from({ length: 500 }, (_, i) => sampleMessage(i));
      const [saved, next] = await Promise.all([
        vault.save({ messages: many, cursor: { log, seq: 500 } }),
        vault.save({ messages: [sampleMessage(500)], cursor: { log, seq: 501 } }),
      ]);
      expect(saved.messages).toHaveLength(500);
      expect(next.messages[0]?.position).toBe(501);
      expect(await vault.readCursor(log)).toBe(501);
    });

    it('does not change what it was given, nor lets itself be changed through it', async () => {
      const account = sampleAccount();
      await vault.save({ account });
      account.inviteToken?.fill(0);
      expect((await vault.readAccount())?.inviteToken).toEqual(bytes(16, 10));
    });

    it('answers nothing after it was closed, and closes twice without harm', async () => {
      const underWay = vault.save({ settings: { before: 'close' } });
      await vault.close();
      await vault.close();
      await underWay;
      await expect(vault.readContacts()).rejects.toMatchObject({ code: 'CLOSED' });
      await expect((async () => vault.save({}))()).rejects.toMatchObject({ code: 'CLOSED' });
      vault = await place.open();
      expect(await vault.readSettings()).toEqual({ before: 'close' });
    });
  });
}
