// What every Store must do with key packages: each case is one promise of store.ts. Run by every adapter's test.
import type { DeviceId } from '@sirdas/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewKeyPackage, Store } from './store.ts';
import {
  claim,
  inbox,
  laptop,
  makeLogId,
  makeRecord,
  NOW_MS,
  phone,
  phoneOf,
  QUOTAS,
  type StoreSite,
} from './store-site.testkit.ts';

const DAY_MS = 86_400_000;
const bob = phoneOf('bob');

export function describeKeyPackageContract(name: string, makeSite: () => Promise<StoreSite>): void {
  let site: StoreSite;
  let store: Store;

  beforeEach(async () => {
    site = await makeSite();
    store = await site.open(QUOTAS);
    await claim(store, 'alice', inbox);
    await claim(store, 'bob', makeLogId(2));
  });

  afterEach(async () => {
    await store.close();
    await site.remove();
  });

  const publish = (
    device: DeviceId,
    keyPackages: readonly NewKeyPackage[],
    changes: { replaces?: boolean } = {},
  ) =>
    store.saveKeyPackages({
      ...{ device, keyPackages, replaces: false, maxPerSuite: 3, expiresAfterMs: NOW_MS + DAY_MS },
      ...changes,
    });
  const claimFrom = async (...devices: readonly DeviceId[]) =>
    (await store.claimKeyPackages({ devices, suite: 'mls-1', expiresAfterMs: NOW_MS + DAY_MS })).map(
      ({ keyPackage, isLastResort, left }) => `${isLastResort ? 'last ' : ''}${keyPackage[0]}, ${left} left`,
    );

  describe(`key package contract: ${name}`, () => {
    it('RLY-122 RLY-124 hands each out once, the oldest first, then the last resort', async () => {
      await publish(phone, [makeKeyPackage(1), makeKeyPackage(2), makeKeyPackage(9, { isLastResort: true })]);
      await publish(bob, [makeKeyPackage(5)]);
      await store.close();
      store = await site.open(QUOTAS);
      expect(await claimFrom(phone, bob, laptop)).toEqual(['1, 1 left', '5, 0 left']);
      expect(await claimFrom(phone, bob)).toEqual(['2, 0 left']);
      expect(await claimFrom(phone)).toEqual(['last 9, 0 left']);
      await publish(phone, [makeKeyPackage(1), makeKeyPackage(2), makeKeyPackage(3)], { replaces: true });
      expect(await claimFrom(phone)).toEqual(['3, 0 left']);
      expect(await claimFrom(phone)).toEqual([]);
    });

    it('THREATS 22 gives none to two who ask at once', async () => {
      await publish(phone, [makeKeyPackage(1), makeKeyPackage(2), makeKeyPackage(3)]);
      const claims = (await Promise.all(Array.from({ length: 50 }, () => claimFrom(phone)))).flat();
      expect(claims).toEqual(['1, 2 left', '2, 1 left', '3, 0 left']);
    });

    it('RLY-121 takes all or none', async () => {
      const four = [1, 2, 3, 4].map((number) => makeKeyPackage(number));
      expect(await publish(phone, four)).toBeNull();
      expect(await publish(phone, four.slice(0, 3))).toEqual([
        { suite: 'mls-1', count: 3, hasLastResort: false },
      ]);
      expect(await publish(phone, four.slice(0, 3))).toEqual([
        { suite: 'mls-1', count: 3, hasLastResort: false },
      ]);
      const other = makeKeyPackage(5, { suite: 'mls-2' });
      expect(await publish(phone, [other, ...four.slice(3)])).toBeNull();
      expect(await publish(phone, [other, makeKeyPackage(6, { isLastResort: true })])).toEqual([
        { suite: 'mls-1', count: 3, hasLastResort: true },
        { suite: 'mls-2', count: 1, hasLastResort: false },
      ]);
      expect(await publish(phone, four.slice(3), { replaces: true })).toEqual([
        { suite: 'mls-1', count: 1, hasLastResort: false },
      ]);
    });

    it('RLY-123 neither hands out nor counts what expires too soon, and forgets what has expired', async () => {
      await publish(phone, [
        makeKeyPackage(1, { expiresMs: NOW_MS + DAY_MS }),
        makeKeyPackage(2, { expiresMs: NOW_MS + DAY_MS, isLastResort: true }),
      ]);
      expect(await publish(phone, [])).toEqual([]);
      expect(await claimFrom(phone)).toEqual([]);
      expect((await store.sweep(NOW_MS + DAY_MS - 1)).expiredKeyPackages).toBe(0);
      expect((await store.sweep(NOW_MS + DAY_MS)).expiredKeyPackages).toBe(2);
    });

    it('RLY-131 forgets those of a device that its account has removed', async () => {
      await store.saveRecord(makeRecord('bob', 1, { devices: [bob, laptop] }), null);
      await publish(laptop, [makeKeyPackage(1), makeKeyPackage(9, { isLastResort: true })]);
      await store.saveRecord(makeRecord('bob', 2, { devices: [bob] }), null);
      await store.saveRecord(makeRecord('bob', 3, { devices: [bob, laptop] }), null);
      expect(await claimFrom(laptop)).toEqual([]);
    });
  });
}

function makeKeyPackage(number: number, changes: Partial<NewKeyPackage> = {}): NewKeyPackage {
  return {
    suite: 'mls-1',
    hash: new Uint8Array(32).fill(number),
    keyPackage: new Uint8Array(100).fill(number),
    expiresMs: NOW_MS + 30 * DAY_MS,
    isLastResort: false,
    ...changes,
  };
}
