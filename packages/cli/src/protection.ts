// How the vault is opened: what protects it says the vault itself, the passphrase comes from --passphrase-file, from
// SIRDAS_PASSPHRASE or from the person. Nothing is asked without a terminal, and a vault without protection has to be
// asked for by name. Called by account.ts and join.ts.
import { readFileSync } from 'node:fs';
import { readVaultProtection, type VaultProtection } from '@sirdas/client/node';
import { type Options, readSwitch, readText } from './commands/command.ts';
import type { Console } from './console.ts';
import { CommandError } from './errors.ts';
import { askSecret } from './prompt.ts';

/** For the vault in `folder`, which may not exist yet. Throws CommandError. */
export async function chooseProtection(
  console: Console,
  options: Options,
  folder: string,
): Promise<VaultProtection> {
  const existing = await readVaultProtection(folder);
  if (existing === 'absent') return await chooseNewProtection(console, options);
  if (existing !== 'passphrase') return { kind: existing };
  const given = readGivenPassphrase(console, options);
  if (given === null && !console.isInteractive) throw new CommandError('NO_PASSPHRASE');
  return {
    kind: 'passphrase',
    passphrase: given ?? (await askSecret(console, console.words.prompts.passphrase)),
  };
}

/** For a vault that is made now. Throws CommandError. */
export async function chooseNewProtection(console: Console, options: Options): Promise<VaultProtection> {
  if (readSwitch(options, 'no-passphrase')) return { kind: 'unprotected' };
  if (readSwitch(options, 'keyring')) return { kind: 'keyring' };
  const given = readGivenPassphrase(console, options);
  if (given !== null) return { kind: 'passphrase', passphrase: needText(given) };
  if (!console.isInteractive) throw new CommandError('NO_PASSPHRASE');
  return {
    kind: 'passphrase',
    passphrase: await askNewPassphrase(console, console.words.prompts.newPassphrase),
  };
}

/** Asks twice. Throws PASSPHRASES_DIFFER or PASSPHRASE_EMPTY. */
async function askNewPassphrase(console: Console, question: string): Promise<string> {
  const passphrase = needText(await askSecret(console, question));
  const repeated = await askSecret(console, console.words.prompts.repeatPassphrase);
  if (repeated !== passphrase) throw new CommandError('PASSPHRASES_DIFFER');
  return passphrase;
}

/** The passphrase of an export: from a file, the environment or the person, who is asked twice for a new one. */
export async function chooseExportPassphrase(
  console: Console,
  options: Options,
  { isNew }: { readonly isNew: boolean },
): Promise<string> {
  const given = readGiven(console, readText(options, 'export-passphrase-file'), 'SIRDAS_EXPORT_PASSPHRASE');
  if (given !== null) return needText(given);
  if (!console.isInteractive) throw new CommandError('NO_EXPORT_PASSPHRASE');
  const { exportPassphrase, importPassphrase } = console.words.prompts;
  return isNew
    ? await askNewPassphrase(console, exportPassphrase)
    : await askSecret(console, importPassphrase);
}

/** From a file or the environment; null: neither. Throws FILE_UNREADABLE. */
export function readGivenPassphrase(console: Console, options: Options): string | null {
  return readGiven(console, readText(options, 'passphrase-file'), 'SIRDAS_PASSPHRASE');
}

function readGiven(console: Console, file: string | null, variable: string): string | null {
  if (file === null) return console.environment[variable] ?? null;
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw new CommandError('FILE_UNREADABLE', file, { cause });
  }
}

function needText(passphrase: string): string {
  if (passphrase === '') throw new CommandError('PASSPHRASE_EMPTY');
  return passphrase;
}
