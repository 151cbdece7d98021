// A temporary data folder in which tests open SQLite stores.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreSite } from '../store-site.testkit.ts';
import { openSqliteStore } from './sqlite-store.ts';

export async function makeSqliteSite(): Promise<StoreSite & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'sirdas-store-'));
  return {
    folder,
    open: (quotas) => openSqliteStore({ folder, quotas }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
