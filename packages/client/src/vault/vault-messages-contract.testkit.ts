// What every Vault adapter does with messages. A part of vault-contract.testkit.ts.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '../model.ts';
import { newConversation } from './conversation-state.ts';
import type { Amendment, Vault } from './vault.ts';
import { alice, bob, otherTalk, sampleMessage, talk, type VaultPlace } from './vault-samples.testkit.ts';

export function describeMessageContract(name: string, makePlace: () => Promise<VaultPlace>): void {
  describe(`vault contract, messages: ${name}`, () => {
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
  });
}
