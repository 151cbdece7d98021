// What every Store must do with accounts, records and invites: each case is one promise of store.ts. Run by every adapter's
// test.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from './store.ts';
import {
  inbox,
  makeAccount,
  makeInvite,
  makeRecord,
  NOW_MS,
  nickname,
  phoneOf,
  QUOTAS,
  type StoreSite,
} from './store-site.testkit.ts';

export function describeDirectoryContract(name: string, makeSite: () => Promise<StoreSite>): void {
  let site: StoreSite;
  let store: Store;

  beforeEach(async () => {
    site = await makeSite();
    store = await site.open(QUOTAS);
  });

  afterEach(async () => {
    await store.close();
    await site.remove();
  });

  const claimWith = (who: string, inviteHash: Uint8Array) =>
    store.saveRecord(makeRecord(who), makeAccount(who, { inviteHash }));
  const readRecords = async (who: string, fromIndex: number, limit: number) =>
    (await store.findAccount(nickname(who), { fromIndex, limit }))?.records ?? [];
  const listIds = async (createdBy: string | null = null, nowMs = NOW_MS) =>
    (await store.listInvites(createdBy === null ? null : nickname(createdBy), nowMs)).map(({ id }) => id);

  describe(`directory contract: ${name}: claim`, () => {
    it('makes an account with an inbox', async () => {
      const record = makeRecord('alice');
      expect(await store.saveRecord(record, makeAccount('alice', { inbox }))).toBe('saved');
      const { headHash, headRecord, ...account } =
        (await store.findAccount(nickname('alice'), null)) ?? fail();
      expect(account).toEqual({ nickname: 'alice', inbox, mayInvite: false, headIndex: 0, records: [] });
      expect(Buffer.from(headHash)).toEqual(Buffer.from(record.recordHash));
      expect(Buffer.from(headRecord)).toEqual(Buffer.from(record.signedRecord));
      expect((await store.readAfter(inbox, phoneOf('alice'), 0, { maxEntries: 1, maxBytes: 1 }))?.head).toBe(
        0,
      );
    });

    it('knows nobody who has not claimed', async () => {
      expect(await store.findAccount(nickname('nobody'), null)).toBeNull();
    });

    it('answers the same claim again with known, and spends nothing', async () => {
      const invite = makeInvite(1, { usesLeft: 2 });
      await store.saveInvite(invite);
      expect(await claimWith('alice', invite.tokenHash)).toBe('saved');
      expect(await claimWith('alice', invite.tokenHash)).toBe('known');
      expect((await store.listInvites(null, NOW_MS))[0]?.usesLeft).toBe(1);
    });

    it('refuses a taken name and a confusable one, and spends nothing', async () => {
      const invite = makeInvite(1);
      await store.saveInvite(invite);
      await store.saveRecord(makeRecord('alice'), makeAccount('alice'));
      const other = makeRecord('alice', 0, { variant: 'other' });
      const account = makeAccount('alice2', { inviteHash: invite.tokenHash });
      expect(await store.saveRecord(other, account)).toBe('NICKNAME_TAKEN');
      const lookAlike = { ...account, skeleton: 'alice' };
      expect(await store.saveRecord(makeRecord('aIice'), lookAlike)).toBe('NICKNAME_CONFUSABLE');
      expect((await store.listInvites(null, NOW_MS))[0]?.usesLeft).toBe(1);
    });

    it('lets one of many racing claims have a name', async () => {
      const racing = Array.from({ length: 20 }, (_, index) => {
        const record = makeRecord('alice', 0, { variant: `${index}` });
        return store.saveRecord(record, makeAccount(`alice${index}`, { skeleton: 'alice' }));
      });
      const outcomes = await Promise.all(racing);
      expect(outcomes.filter((outcome) => outcome === 'saved')).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === 'NICKNAME_TAKEN')).toHaveLength(19);
    });
  });

  describe(`directory contract: ${name}: invites`, () => {
    it('admits as many as an invite has uses, also when they race', async () => {
      const invite = makeInvite(1, { usesLeft: 3 });
      await store.saveInvite(invite);
      const racing = Array.from({ length: 10 }, (_, index) => claimWith(`guest${index}`, invite.tokenHash));
      const outcomes = await Promise.all(racing);
      expect(outcomes.filter((outcome) => outcome === 'saved')).toHaveLength(3);
      expect(outcomes.filter((outcome) => outcome === 'INVITE_USED_UP')).toHaveLength(7);
      expect(await listIds()).toEqual([]);
    });

    it('RLY-037 says nothing about a name to who is not admitted', async () => {
      await store.saveRecord(makeRecord('alice'), makeAccount('alice'));
      const record = makeRecord('alice', 0, { variant: 'other' });
      const account = makeAccount('alice', { inviteHash: makeInvite(1).tokenHash });
      expect(await store.saveRecord(record, account)).toBe('INVITE_INVALID');
    });

    it('refuses an unknown, an expired and a revoked one', async () => {
      const expired = makeInvite(1, { expiresMs: NOW_MS });
      const revoked = makeInvite(2);
      await store.saveInvite(expired);
      await store.saveInvite(revoked);
      expect(await store.saveInvite({ ...revoked, usesLeft: 0 })).toBe(true);
      expect(await claimWith('alice', makeInvite(3).tokenHash)).toBe('INVITE_INVALID');
      expect(await claimWith('alice', expired.tokenHash)).toBe('INVITE_EXPIRED');
      expect(await claimWith('alice', revoked.tokenHash)).toBe('INVITE_INVALID');
      expect(await store.findAccount(nickname('alice'), null)).toBeNull();
    });

    it('gives the right to invite only if the invite does', async () => {
      await store.saveInvite(makeInvite(1, { grantsInvites: true }));
      await store.saveInvite(makeInvite(2));
      await claimWith('alice', makeInvite(1).tokenHash);
      await claimWith('bob', makeInvite(2).tokenHash);
      expect((await store.findAccount(nickname('alice'), null))?.mayInvite).toBe(true);
      expect((await store.findAccount(nickname('bob'), null))?.mayInvite).toBe(false);
    });

    it('lists those that still admit somebody, oldest first, all or of one account', async () => {
      const first = makeInvite(3, { createdBy: nickname('alice') });
      const second = makeInvite(1);
      await store.saveInvite(first);
      await store.saveInvite(makeInvite(2, { expiresMs: NOW_MS }));
      await store.saveInvite(makeInvite(4, { usesLeft: 0 }));
      await store.saveInvite(second);
      expect(await listIds()).toEqual([first.id, second.id]);
      expect(await listIds('alice')).toEqual([first.id]);
      expect(await listIds(null, NOW_MS + 1000)).toEqual([]);
      const [listed] = await store.listInvites(nickname('alice'), NOW_MS);
      expect({ ...listed, tokenHash: [...(listed?.tokenHash ?? [])] }).toEqual({
        ...first,
        tokenHash: [...first.tokenHash],
      });
    });

    it('changes how often one may still be used', async () => {
      await store.saveInvite(makeInvite(1));
      await store.saveInvite(makeInvite(1, { usesLeft: 5 }));
      expect((await store.listInvites(null, NOW_MS)).map(({ usesLeft }) => usesLeft)).toEqual([5]);
    });

    it('saves one for a relay without accounts only there', async () => {
      expect(await store.saveInvite(makeInvite(1), 'withoutAccounts')).toBe(true);
      await store.saveRecord(makeRecord('alice'), makeAccount('alice'));
      expect(await store.saveInvite(makeInvite(2), 'withoutAccounts')).toBe(false);
      expect(await listIds()).toEqual([makeInvite(1).id]);
    });

    it('says expired until retention ends, then forgets', async () => {
      await store.saveInvite(makeInvite(1));
      const later = NOW_MS + 1000 + QUOTAS.retentionMs;
      expect((await store.sweep(later - 1)).expiredInvites).toBe(0);
      expect((await store.sweep(later)).expiredInvites).toBe(1);
      expect(await claimWith('alice', makeInvite(1).tokenHash)).toBe('INVITE_INVALID');
    });
  });

  describe(`directory contract: ${name}: records`, () => {
    it('takes the next record only', async () => {
      await store.saveRecord(makeRecord('alice'), makeAccount('alice'));
      expect(await store.saveRecord(makeRecord('alice', 1), null)).toBe('saved');
      expect(await store.saveRecord(makeRecord('alice', 1), null)).toBe('known');
      expect(await store.saveRecord(makeRecord('alice', 0), null)).toBe('known');
      expect(await store.saveRecord(makeRecord('alice', 3), null)).toBe('RECORD_STALE');
      const sibling = makeRecord('alice', 1, { variant: 'other' });
      expect(await store.saveRecord(sibling, null)).toBe('RECORD_STALE');
      const stranger = makeRecord('alice', 2, { variant: 'other' });
      expect(await store.saveRecord(stranger, null)).toBe('RECORD_STALE');
      expect(await store.saveRecord(makeRecord('bob', 1), null)).toBe('UNKNOWN_ACCOUNT');
      expect((await store.findAccount(nickname('alice'), null))?.headIndex).toBe(1);
    });

    it('lets one of two racing next records in', async () => {
      await store.saveRecord(makeRecord('alice'), makeAccount('alice'));
      const next = makeRecord('alice', 1);
      const rival = { ...next, recordHash: new Uint8Array(32).fill(7) };
      const outcomes = await Promise.all([next, rival].map((record) => store.saveRecord(record, null)));
      expect(outcomes.sort()).toEqual(['RECORD_STALE', 'saved']);
    });

    it('numbers the records of all accounts without holes', async () => {
      await store.saveRecord(makeRecord('alice'), makeAccount('alice'));
      await store.saveRecord(makeRecord('alice', 5), null);
      await store.saveRecord(makeRecord('bob'), makeAccount('bob'));
      await store.saveRecord(makeRecord('alice', 1), null);
      const indexesOf = async (who: string) =>
        (await readRecords(who, 0, 10)).map(({ directoryIndex }) => directoryIndex);
      expect(await indexesOf('alice')).toEqual([0, 2]);
      expect(await indexesOf('bob')).toEqual([1]);
    });

    it('gives records from an index on, as many as asked for', async () => {
      await store.saveRecord(makeRecord('alice'), makeAccount('alice'));
      for (let index = 1; index <= 4; index++) await store.saveRecord(makeRecord('alice', index), null);
      const texts = (await readRecords('alice', 2, 2)).map(({ signedRecord }) =>
        Buffer.from(signedRecord).toString(),
      );
      expect(texts).toEqual(['signed record 2 of alice', 'signed record 3 of alice']);
    });

    it('remembers everything after reopening', async () => {
      await store.saveInvite(makeInvite(1));
      await store.saveRecord(makeRecord('alice'), makeAccount('alice'));
      const before = await store.findAccount(nickname('alice'), null);
      await store.close();
      store = await site.open(QUOTAS);
      expect(await store.findAccount(nickname('alice'), null)).toEqual(before);
      expect(await listIds()).toEqual([makeInvite(1).id]);
    });
  });
}

function fail(): never {
  throw new Error('there is no such account');
}
