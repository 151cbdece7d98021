// The file beside the vault's database that says how its master key is protected. Readable without the lock, replaced as a
// whole: a crash leaves the old or the new one. Its checksum tells a damaged file from a wrong passphrase; it gives nothing
// away, for it is over what stands in the file anyway. Called by open-vault.ts.
import { createHash } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fromBase64Url, toBase64Url } from '@sirdas/protocol';
import { type ClientErrorCode, SirdasError } from '../errors.ts';
import type { Argon2Parameters } from '../vault/master-key.ts';

const FILE_NAME = 'vault-key.json';
const FORMAT = 'sirdas-vault-key-1';

/** Where the key comes from that unwraps the master key. */
export type KeySource =
  | { readonly kind: 'passphrase'; readonly salt: Uint8Array; readonly argon2id: Argon2Parameters }
  /** In this very file: who can read the folder can read the vault. */
  | { readonly kind: 'unprotected'; readonly key: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'keyring'; readonly entry: string };

export interface KeyFile {
  readonly source: KeySource;
  readonly wrappedMasterKey: Uint8Array;
}

/** Null: there is none. Throws VAULT_CORRUPT, VAULT_TOO_NEW, VAULT_UNWRITABLE. */
export async function readKeyFile(folder: string): Promise<KeyFile | null> {
  try {
    return parse(await readFile(join(folder, FILE_NAME), 'utf8'));
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return null;
    throw nameFileError(cause);
  }
}

/** Durable when it resolves. Throws DISK_FULL or VAULT_UNWRITABLE; the old file then still stands. */
export async function writeKeyFile(folder: string, keyFile: KeyFile): Promise<void> {
  const path = join(folder, FILE_NAME);
  try {
    await writeDurably(`${path}.new`, format(keyFile));
    await rename(`${path}.new`, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    throw nameFileError(cause);
  }
}

/** Turns an error of the file system into one of the SDK's. */
export function nameFileError(cause: unknown): unknown {
  const codes: Readonly<Record<string, ClientErrorCode>> = {
    ENOSPC: 'DISK_FULL',
    EDQUOT: 'DISK_FULL',
    EACCES: 'VAULT_UNWRITABLE',
    EPERM: 'VAULT_UNWRITABLE',
    EROFS: 'VAULT_UNWRITABLE',
    ENOTDIR: 'VAULT_UNWRITABLE',
    EEXIST: 'VAULT_UNWRITABLE',
    EISDIR: 'VAULT_UNWRITABLE',
  };
  const code = Object.keys(codes).find((name) => hasCode(cause, name));
  const named = code ? codes[code] : undefined;
  return named ? new SirdasError(named, `the vault folder answered ${code}`, { cause }) : cause;
}

interface KeyFileJson {
  readonly format: string;
  readonly source: Readonly<Record<string, unknown>>;
  readonly wrappedMasterKey: string;
  readonly checksum: string;
}

function format({ source, wrappedMasterKey }: KeyFile): string {
  const wrapped = toBase64Url(wrappedMasterKey);
  const json = { format: FORMAT, source: formatSource(source), wrappedMasterKey: wrapped };
  return `${JSON.stringify({ ...json, checksum: computeChecksum(json) }, null, 2)}\n`;
}

function formatSource(source: KeySource): Record<string, unknown> {
  if (source.kind === 'passphrase') return { ...source, salt: toBase64Url(source.salt) };
  if (source.kind === 'unprotected') return { ...source, key: toBase64Url(source.key) };
  return { ...source };
}

function parse(text: string): KeyFile {
  try {
    const json = JSON.parse(text) as KeyFileJson;
    if (json.format !== FORMAT && /^sirdas-vault-key-\d+$/.test(json.format)) {
      throw new SirdasError('VAULT_TOO_NEW', 'the key file was written by a newer version');
    }
    if (json.checksum !== computeChecksum(json)) throw new Error('the checksum is wrong');
    return { source: parseSource(json.source), wrappedMasterKey: fromBase64Url(json.wrappedMasterKey) };
  } catch (cause) {
    if (cause instanceof SirdasError) throw cause;
    throw new SirdasError('VAULT_CORRUPT', 'the key file is damaged', { cause });
  }
}

/** The checksum has matched: the types are those that `formatSource` wrote. */
function parseSource(source: KeyFileJson['source']): KeySource {
  switch (source['kind']) {
    case 'passphrase': {
      const argon2id = source['argon2id'] as Argon2Parameters;
      return { kind: 'passphrase', salt: fromBase64Url(source['salt'] as string), argon2id };
    }
    case 'unprotected':
      return { kind: 'unprotected', key: fromBase64Url(source['key'] as string) };
    case 'keyring':
      return { kind: 'keyring', entry: source['entry'] as string };
    default:
      throw new Error('an unknown kind of protection');
  }
}

function computeChecksum(json: Omit<KeyFileJson, 'checksum'>): string {
  const { format: name, source, wrappedMasterKey } = json;
  return createHash('sha256')
    .update(JSON.stringify([name, source, wrappedMasterKey]))
    .digest('base64url');
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the renaming durable; Windows can neither open folders nor needs it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function hasCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code;
}
