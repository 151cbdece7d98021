// Opens a vault folder: locks it, finds the master key, and makes the Vault over it. A new folder becomes a new vault.
// Called by programs through client/node; docs/decisions/0007-vault.md says why it is built like this.
import { mkdir } from 'node:fs/promises';
import { systemRandom } from '@sirdas/crypto';
import { fromBase64Url, toBase64Url, toHex } from '@sirdas/protocol';
import { SirdasError } from '../errors.ts';
import {
  type Argon2Parameters,
  DEFAULT_ARGON2,
  derivePassphraseKey,
  SALT_BYTES,
  unwrapMasterKey,
  WRAPPING_KEY_BYTES,
  wrapMasterKey,
} from '../vault/master-key.ts';
import { MASTER_KEY_BYTES, RecordCipher } from '../vault/record-cipher.ts';
import type { Vault } from '../vault/vault.ts';
import { type KeySource, nameFileError, readKeyFile, writeKeyFile } from './key-file.ts';
import { type Keyring, systemKeyring } from './keyring.ts';
import { SqliteVault } from './sqlite-vault.ts';
import { VaultDatabase } from './vault-database.ts';

/** How a vault's master key is, or shall be, protected. */
export type VaultProtection =
  | { readonly kind: 'passphrase'; readonly passphrase: string; readonly argon2id?: Argon2Parameters }
  /** The key lies in the folder: only the file system's permissions protect the vault. */
  | { readonly kind: 'unprotected' }
  /** The keyring of the operating system; `keyring` is for tests. */
  | { readonly kind: 'keyring'; readonly keyring?: Keyring };

export interface VaultOptions {
  readonly folder: string;
  /**
   * For a new vault: how to protect it. For an existing one: what the caller can offer; a passphrase is needed only where the
   * vault has one.
   */
  readonly protection: VaultProtection;
}

/** What a program must ask for before it opens a vault. `absent`: there is none yet. Needs no lock. */
export async function readVaultProtection(folder: string): Promise<VaultProtection['kind'] | 'absent'> {
  return (await readKeyFile(folder))?.source.kind ?? 'absent';
}

/**
 * Opens or creates the vault in a folder. Throws VAULT_LOCKED (it has a passphrase and none was given), WRONG_PASSPHRASE,
 * VAULT_IN_USE, VAULT_CORRUPT, VAULT_TOO_NEW, VAULT_UNWRITABLE, KEYRING_UNAVAILABLE, DISK_FULL.
 */
export async function openVault(options: VaultOptions): Promise<Vault> {
  const { database, masterKey } = await unlock(options);
  try {
    database.migrate();
    return new SqliteVault(database, await RecordCipher.create(masterKey, systemRandom));
  } catch (cause) {
    database.close();
    throw cause;
  } finally {
    masterKey.fill(0);
  }
}

/**
 * Whether a vault, which may be open, has this passphrase: for asking once more. False for a vault that has none. Throws VAULT_CORRUPT.
 */
export async function isPassphraseOf(folder: string, passphrase: string): Promise<boolean> {
  const keyFile = await readKeyFile(folder);
  if (keyFile?.source.kind !== 'passphrase' || passphrase === '') return false;
  const { salt, argon2id } = keyFile.source;
  const wrappingKey = await derivePassphraseKey(passphrase, salt, argon2id);
  const masterKey = await unwrapMasterKey(keyFile.wrappedMasterKey, wrappingKey);
  masterKey?.fill(0);
  return masterKey !== null;
}

/** Protects an existing vault, not open at the moment, in another way. Throws as `openVault` does. */
export async function changeProtection(options: VaultOptions, next: VaultProtection): Promise<void> {
  const { database, masterKey } = await unlock(options);
  try {
    await saveMasterKey(options.folder, masterKey, next);
  } finally {
    masterKey.fill(0);
    database.close();
  }
}

interface UnlockedVault {
  readonly database: VaultDatabase;
  readonly masterKey: Uint8Array<ArrayBuffer>;
}

async function unlock({ folder, protection }: VaultOptions): Promise<UnlockedVault> {
  await makeFolder(folder);
  const database = VaultDatabase.open(folder);
  try {
    const masterKey = database.isNew
      ? await createMasterKey(folder, protection)
      : await findMasterKey(folder, protection);
    return { database, masterKey };
  } catch (cause) {
    database.close();
    throw cause;
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw nameFileError(cause);
  }
}

async function createMasterKey(folder: string, protection: VaultProtection) {
  const masterKey = systemRandom(MASTER_KEY_BYTES);
  await saveMasterKey(folder, masterKey, protection);
  return masterKey;
}

async function saveMasterKey(
  folder: string,
  masterKey: Uint8Array<ArrayBuffer>,
  protection: VaultProtection,
): Promise<void> {
  const { source, wrappingKey } = await chooseWrappingKey(protection);
  const wrappedMasterKey = await wrapMasterKey(masterKey, wrappingKey, systemRandom);
  await writeKeyFile(folder, { source, wrappedMasterKey });
}

async function chooseWrappingKey(protection: VaultProtection) {
  if (protection.kind === 'passphrase') {
    const argon2id = protection.argon2id ?? DEFAULT_ARGON2;
    const source: KeySource = { kind: 'passphrase', salt: systemRandom(SALT_BYTES), argon2id };
    return {
      source,
      wrappingKey: await derivePassphraseKey(needPassphrase(protection), source.salt, argon2id),
    };
  }
  const key = systemRandom(WRAPPING_KEY_BYTES);
  if (protection.kind === 'unprotected') {
    const source: KeySource = { kind: 'unprotected', key };
    return { source, wrappingKey: key };
  }
  const source: KeySource = { kind: 'keyring', entry: toHex(systemRandom(8)) };
  await keyringOf(protection).store(source.entry, toBase64Url(key));
  return { source, wrappingKey: key };
}

async function findMasterKey(folder: string, protection: VaultProtection) {
  const keyFile = await readKeyFile(folder);
  if (!keyFile) throw new SirdasError('VAULT_CORRUPT', 'the key file of the vault is missing');
  const { source, wrappedMasterKey } = keyFile;
  const masterKey = await unwrapMasterKey(wrappedMasterKey, await findWrappingKey(source, protection));
  if (masterKey) return masterKey;
  const code = source.kind === 'passphrase' ? 'WRONG_PASSPHRASE' : 'VAULT_CORRUPT';
  throw new SirdasError(code, 'the master key of the vault does not open');
}

async function findWrappingKey(source: KeySource, protection: VaultProtection) {
  switch (source.kind) {
    case 'passphrase':
      return derivePassphraseKey(needPassphrase(protection), source.salt, source.argon2id);
    case 'unprotected':
      return source.key;
    case 'keyring':
      return fromBase64Url(await keyringOf(protection).look(source.entry));
  }
}

function needPassphrase(protection: VaultProtection): string {
  if (protection.kind === 'passphrase' && protection.passphrase !== '') return protection.passphrase;
  throw new SirdasError('VAULT_LOCKED', 'the vault needs a passphrase');
}

function keyringOf(protection: VaultProtection): Keyring {
  return (protection.kind === 'keyring' ? protection.keyring : undefined) ?? systemKeyring();
}
