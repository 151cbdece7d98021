// Opening a vault folder: passphrase, no passphrase, keyring, changing between them, and everything that can be wrong.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SirdasError } from '../errors.ts';
import type { Keyring } from './keyring.ts';
import { systemKeyring } from './keyring.ts';
import { changeProtection, openVault, readVaultProtection, type VaultProtection } from './open-vault.ts';
import { makeTemporaryFolder } from './temporary-folder.testkit.ts';

/** As cheap as allowed: these tests are not about the cost. */
const argon2id = { memoryKib: 64, iterations: 1, parallelism: 1 };
const withPassphrase = (passphrase: string): VaultProtection => ({
  kind: 'passphrase',
  passphrase,
  argon2id,
});
const unprotected: VaultProtection = { kind: 'unprotected' };

class FakeKeyring implements Keyring {
  readonly entries = new Map<string, string>();

  async store(entry: string, secret: string): Promise<void> {
    this.entries.set(entry, secret);
  }

  async look(entry: string): Promise<string> {
    const secret = this.entries.get(entry);
    if (secret === undefined) throw new SirdasError('KEYRING_UNAVAILABLE', 'no such entry');
    return secret;
  }
}

/** Writes one setting and closes. */
async function fill(folder: string, protection: VaultProtection): Promise<void> {
  const vault = await openVault({ folder, protection });
  await vault.save({ settings: { hello: 'world' } });
  await vault.close();
}

async function read(folder: string, protection: VaultProtection) {
  const vault = await openVault({ folder, protection });
  const settings = await vault.load().then(({ settings }) => settings);
  await vault.close();
  return settings;
}

const opening = (folder: string, protection: VaultProtection) => openVault({ folder, protection });

describe('a vault with a passphrase', () => {
  it('opens with it, in whatever way the keyboard composes its letters', async () => {
    const folder = await makeTemporaryFolder();
    await fill(folder, withPassphrase('gu\u0308venli \u011fizli'));
    expect(await read(folder, withPassphrase('g\u00fcvenli g\u0306izli'))).toEqual({ hello: 'world' });
    expect(await readVaultProtection(folder)).toBe('passphrase');
  });

  it('says WRONG_PASSPHRASE for another, VAULT_LOCKED for none', async () => {
    const folder = await makeTemporaryFolder();
    await fill(folder, withPassphrase('right'));
    await expect(opening(folder, withPassphrase('wrong'))).rejects.toMatchObject({
      code: 'WRONG_PASSPHRASE',
    });
    await expect(opening(folder, withPassphrase(''))).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
    await expect(opening(folder, unprotected)).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
    expect(await read(folder, withPassphrase('right'))).toEqual({ hello: 'world' });
  });

  it('is not made without one', async () => {
    const folder = await makeTemporaryFolder();
    await expect(opening(folder, withPassphrase(''))).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
    expect(await readVaultProtection(folder)).toBe('absent');
    await fill(folder, withPassphrase('now'));
  });

  it('uses 64 MiB, three passes and a fresh salt unless told otherwise', async () => {
    const folder = await makeTemporaryFolder();
    await fill(folder, { kind: 'passphrase', passphrase: 'costly' });
    const { source } = JSON.parse(await readFile(join(folder, 'vault-key.json'), 'utf8'));
    expect(source.argon2id).toEqual({ memoryKib: 65_536, iterations: 3, parallelism: 1 });
    const other = await makeTemporaryFolder();
    await fill(other, withPassphrase('costly'));
    const { source: otherSource } = JSON.parse(await readFile(join(other, 'vault-key.json'), 'utf8'));
    expect(otherSource.salt).not.toBe(source.salt);
    expect(await read(folder, { kind: 'passphrase', passphrase: 'costly' })).toEqual({ hello: 'world' });
  });

  it('says VAULT_CORRUPT, not WRONG_PASSPHRASE, when the key file is damaged', async () => {
    const folder = await makeTemporaryFolder();
    await fill(folder, withPassphrase('right'));
    const path = join(folder, 'vault-key.json');
    const text = await readFile(path, 'utf8');
    const json = JSON.parse(text);
    const damages = [
      text.slice(0, text.length / 2),
      '',
      text.replace(/(?<="wrappedMasterKey": ")./, (first) => (first === '_' ? '-' : '_')),
      JSON.stringify({ ...json, source: { ...json.source, argon2id: { ...argon2id, memoryKib: 65 } } }),
    ];
    for (const damaged of damages) {
      await writeFile(path, damaged);
      await expect(opening(folder, withPassphrase('right'))).rejects.toMatchObject({ code: 'VAULT_CORRUPT' });
    }
    await rm(path);
    await expect(opening(folder, withPassphrase('right'))).rejects.toMatchObject({ code: 'VAULT_CORRUPT' });
    await writeFile(path, text);
    expect(await read(folder, withPassphrase('right'))).toEqual({ hello: 'world' });
  });

  it.each([
    { memoryKib: 4_000_000, iterations: 1, parallelism: 1 },
    { memoryKib: 64, iterations: 1_000_000, parallelism: 1 },
    { memoryKib: 64.5, iterations: 1, parallelism: 1 },
  ])('refuses to pay %o for a guess', async (costs) => {
    const folder = await makeTemporaryFolder();
    const protection: VaultProtection = { kind: 'passphrase', passphrase: 'x', argon2id: costs };
    await expect(opening(folder, protection)).rejects.toMatchObject({ code: 'VAULT_CORRUPT' });
  });

  it('says VAULT_TOO_NEW for a key file of a later version', async () => {
    const folder = await makeTemporaryFolder();
    await fill(folder, withPassphrase('right'));
    await writeFile(join(folder, 'vault-key.json'), JSON.stringify({ format: 'sirdas-vault-key-2' }));
    await expect(opening(folder, withPassphrase('right'))).rejects.toMatchObject({ code: 'VAULT_TOO_NEW' });
  });
});

describe('changing the protection', () => {
  it('keeps everything and makes the old passphrase useless', async () => {
    const folder = await makeTemporaryFolder();
    await fill(folder, withPassphrase('old'));
    await changeProtection({ folder, protection: withPassphrase('old') }, withPassphrase('new'));
    expect(await read(folder, withPassphrase('new'))).toEqual({ hello: 'world' });
    await expect(opening(folder, withPassphrase('old'))).rejects.toMatchObject({ code: 'WRONG_PASSPHRASE' });
  });

  it('needs the right passphrase, and a vault that is not open', async () => {
    const folder = await makeTemporaryFolder();
    await fill(folder, withPassphrase('old'));
    const change = (from: VaultProtection) => changeProtection({ folder, protection: from }, unprotected);
    await expect(change(withPassphrase('guess'))).rejects.toMatchObject({ code: 'WRONG_PASSPHRASE' });
    const vault = await opening(folder, withPassphrase('old'));
    await expect(change(withPassphrase('old'))).rejects.toMatchObject({ code: 'VAULT_IN_USE' });
    await vault.close();
    await change(withPassphrase('old'));
    expect(await readVaultProtection(folder)).toBe('unprotected');
    expect(await read(folder, unprotected)).toEqual({ hello: 'world' });
  });
});

describe('a vault without a passphrase', () => {
  it('opens with what lies in the folder, whatever is offered', async () => {
    const folder = await makeTemporaryFolder();
    await fill(folder, unprotected);
    expect(await read(folder, unprotected)).toEqual({ hello: 'world' });
    expect(await read(folder, withPassphrase('not needed'))).toEqual({ hello: 'world' });
    expect((await readdir(folder)).sort()).toEqual(['vault-key.json', 'vault.db']);
  });

  it('may have its key in the keyring of the system instead', async () => {
    const folder = await makeTemporaryFolder();
    const keyring = new FakeKeyring();
    const protection: VaultProtection = { kind: 'keyring', keyring };
    await fill(folder, protection);
    expect(await readVaultProtection(folder)).toBe('keyring');
    expect(await read(folder, protection)).toEqual({ hello: 'world' });
    const [secret = ''] = keyring.entries.values();
    expect(await readFile(join(folder, 'vault-key.json'), 'utf8')).not.toContain(secret);
    keyring.entries.clear();
    await expect(opening(folder, protection)).rejects.toMatchObject({ code: 'KEYRING_UNAVAILABLE' });
  });
});

describe('the keyring of the system', () => {
  it('is named as unavailable where there is none', async () => {
    expect(() => systemKeyring('win32')).toThrow(SirdasError);
    const path = process.env['PATH'];
    process.env['PATH'] = await makeTemporaryFolder();
    try {
      for (const platform of ['linux', 'darwin'] as const) {
        const { store, look } = systemKeyring(platform);
        await expect(store('a', 'b')).rejects.toMatchObject({ code: 'KEYRING_UNAVAILABLE' });
        await expect(look('a')).rejects.toMatchObject({ code: 'KEYRING_UNAVAILABLE' });
      }
    } finally {
      process.env['PATH'] = path;
    }
  });

  it.each([
    ['linux', 'secret-tool'],
    ['darwin', 'security'],
  ] as const)(
    'on %s gets secrets through standard input, never through arguments',
    async (platform, program) => {
      const folder = await makeTemporaryFolder();
      // Stands in for the system's program: keeps its arguments and its input, and gives the secret back.
      const script = `#!/bin/sh
echo "$@" >> '${folder}/arguments'
case "$*" in lookup*|find-*) cat '${folder}/secret';; *) sed 's/.*-w //' > '${folder}/secret';; esac
`;
      await mkdir(join(folder, 'bin'));
      await writeFile(join(folder, 'bin', program), script, { mode: 0o700 });
      const path = process.env['PATH'];
      process.env['PATH'] = `${join(folder, 'bin')}:${path}`;
      try {
        const { store, look } = systemKeyring(platform);
        await store('entry-1', 'S3CRET');
        expect(await look('entry-1')).toBe('S3CRET');
      } finally {
        process.env['PATH'] = path;
      }
      const args = await readFile(join(folder, 'arguments'), 'utf8');
      expect(args).toContain('entry-1');
      expect(args).not.toContain('S3CRET');
    },
  );
});
