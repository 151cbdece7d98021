// What a store takes on the disk: it follows what is stored, not what has passed through.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../store.ts';
import { claim, inbox, makeEntry, NOW_MS, phone, QUOTAS, summarize } from '../store-site.testkit.ts';
import { makeSqliteSite } from './sqlite-site.testkit.ts';

const MEBIBYTE = 1024 * 1024;
const quotas = { ...QUOTAS, maxLogEntries: 1_000_000, maxLogBytes: 1024 * MEBIBYTE };
const oneMebibyte = Array.from({ length: 16 }, () => makeEntry(inbox, 'x'.repeat(65_536)));

describe('disk use', () => {
  let site: Awaited<ReturnType<typeof makeSqliteSite>>;
  let store: Store;

  beforeEach(async () => {
    site = await makeSqliteSite();
    store = await site.open(quotas);
    await claim(store, 'alice', inbox);
  });

  afterEach(async () => {
    await store.close();
    await site.remove();
  });

  const mebibytesOf = (name: string) => statSync(join(site.folder, name)).size / MEBIBYTE;

  it('stays small while everything is acknowledged', { timeout: 30_000 }, async () => {
    for (let batch = 0; batch < 100; batch++) {
      const seqs = summarize(await store.append(oneMebibyte));
      store.acknowledge([{ log: inbox, device: phone, seq: Number(seqs.at(-1)), timeMs: NOW_MS }]);
    }
    expect(mebibytesOf('relay.db')).toBeLessThan(8);
    expect(mebibytesOf('relay.db-wal')).toBeLessThan(40);
  });

  it('moves what stays from the write-ahead log into the database', { timeout: 30_000 }, async () => {
    for (let batch = 0; batch < 60; batch++) await store.append(oneMebibyte);
    expect(mebibytesOf('relay.db')).toBeGreaterThan(40);
    expect(mebibytesOf('relay.db-wal')).toBeLessThan(20);
  });
});
