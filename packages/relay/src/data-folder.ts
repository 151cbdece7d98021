// The data folder: opens the store in it and says in a sentence why that did not work. Called by relay.ts.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RelayConfig } from './config/options.ts';
import { RelayError } from './errors.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';
import type { Store } from './store/store.ts';
import { StoreError } from './store/store-error.ts';

/** Makes the folder when it is missing. Throws RelayError. */
export async function openStore(config: RelayConfig): Promise<Store> {
  const { data: folder, maxMailboxEntries, maxMailboxBytes, retention, idle } = config;
  const quotas = {
    maxLogEntries: maxMailboxEntries,
    maxLogBytes: maxMailboxBytes,
    retentionMs: retention,
    idleMs: idle,
  };
  try {
    return await openSqliteStore({ folder, quotas });
  } catch (cause) {
    if (cause instanceof StoreError) throw explain(cause, folder);
    throw cause;
  }
}

/** Bytes of all files in it. */
export async function measureFolder(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) {
    // A file may go away between the two calls.
    const file = await stat(join(folder, name)).catch(() => null);
    if (file?.isFile()) bytes += file.size;
  }
  return bytes;
}

function explain(cause: StoreError, folder: string): RelayError {
  switch (cause.code) {
    case 'DATA_IN_USE':
      return new RelayError(
        'DATA_IN_USE',
        `Another relay is running on the data folder ${folder}. Stop that one, or choose another folder with --data.`,
        { cause },
      );
    case 'SCHEMA_TOO_NEW':
      return new RelayError(
        'DATA_TOO_NEW',
        `The data in ${folder} was written by a newer version of sırdaş. Install that version, or a later one.`,
        { cause },
      );
    case 'CORRUPT':
      return new RelayError(
        'DATA_CORRUPT',
        `The database in ${folder} is damaged. Restore the folder from a backup.`,
        { cause },
      );
    case 'STORAGE_FULL':
      return new RelayError(
        'DISK_FULL',
        `There is no room on the disk for ${folder}. Make room and start again.`,
        { cause },
      );
    default:
      return new RelayError(
        'DATA_UNWRITABLE',
        `The data folder ${folder} cannot be read or written. Check that the relay's user owns it, or choose another one with --data.`,
        { cause },
      );
  }
}
