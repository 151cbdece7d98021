// What every Vault adapter does with groups and key packages. A part of vault-contract.testkit.ts.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Vault } from './vault.ts';
import {
  bytes,
  log,
  sampleGroup,
  sampleKeyPackage,
  samplePending,
  type VaultPlace,
} from './vault-samples.testkit.ts';

export function describeGroupContract(name: string, makePlace: () => Promise<VaultPlace>): void {
  describe(`vault contract, groups: ${name}`, () => {
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
  });
}
