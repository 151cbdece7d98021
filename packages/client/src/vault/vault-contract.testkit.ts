// What every Vault adapter must do, as one suite of tests. Each adapter's own test file calls it with a way to open a
// vault and to open the same one again.
import { beforeEach, describe, expect, it } from 'vitest';
import { newConversation } from './conversation-state.ts';
import type { Vault } from './vault.ts';
import { describeGroupContract } from './vault-groups-contract.testkit.ts';
import { describeMessageContract } from './vault-messages-contract.testkit.ts';
import {
  alice,
  bob,
  bytes,
  device,
  log,
  otherLog,
  otherTalk,
  sampleAccount,
  sampleContact,
  sampleItem,
  sampleMessage,
  talk,
  type VaultPlace,
} from './vault-samples.testkit.ts';

export function describeVaultContract(name: string, makePlace: () => Promise<VaultPlace>): void {
  describeMessageContract(name, makePlace);
  describeGroupContract(name, makePlace);
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
