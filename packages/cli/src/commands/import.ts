// `sirdas import FILE`: sets this computer up from an export. It becomes a new device of the account, at once when the relay can be
// reached, else with the next command that connects; then it waits until its conversations have let it in again.
import { readFile } from 'node:fs/promises';
import { needEmptyVault, protectEmptyVault, readHome, standardDeviceName, withVault } from '../account.ts';
import { type Console, print, warn } from '../console.ts';
import { CommandError } from '../errors.ts';
import { chooseExportPassphrase } from '../protection.ts';
import { awaitReturn } from '../rejoining.ts';
import { type Options, readSwitch, readText, takeArguments } from './command.ts';

export async function runImport(console: Console, options: Options): Promise<number> {
  const [file = ''] = takeArguments(options, [console.words.arguments.FILE]);
  const content = await readExport(file);
  const { transfer: words } = console.words;
  if (console.isInteractive) warn(console, words.beforeImport);
  const passphrase = await chooseExportPassphrase(console, options, { isNew: false });
  await protectEmptyVault(console, options);
  return await withVault(console, options, async (sirdas) => {
    needEmptyVault(sirdas);
    const deviceName = readText(options, 'device-name') ?? standardDeviceName();
    const replaces = readSwitch(options, 'replace');
    const { nickname } = await sirdas.importBackup(content, passphrase, { deviceName, replaces });
    print(console, words.imported(nickname, readHome(console, options)));
    return await awaitReturn(sirdas, console, options);
  });
}

async function readExport(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new CommandError('FILE_UNREADABLE', file, { cause });
  }
}
