// Small files that must survive a crash and that nobody else may read: relay-key.ts keeps the relay key and certificate with it.
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { RelayError } from './errors.ts';

const OWNER_ONLY_FILE = 0o600;

/** Null when there is no such file; throws DATA_UNWRITABLE when it is there and cannot be read. */
export function readFileIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw unwritable(path, cause);
  }
}

/** All or nothing: after a crash there is either the file of before or the whole new one. Throws DATA_UNWRITABLE. */
export function writeFileSafely(path: string, content: string): void {
  const temporary = `${path}.new`;
  try {
    rmSync(temporary, { force: true });
    writeDurably(temporary, content);
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

function writeDurably(path: string, content: string): void {
  const file = openSync(path, 'wx', OWNER_ONLY_FILE);
  try {
    // Not writeSync, which may write less than it was given.
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncFolder(folder: string): void {
  const file = openSync(folder, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function unwritable(path: string, cause: unknown): RelayError {
  return new RelayError(
    'DATA_UNWRITABLE',
    `${path} cannot be read or written. Check that the relay's user owns the data folder and that the disk is not full.`,
    { cause },
  );
}
