// `sirdas import FILE`: sets this computer up from an export. It becomes a new device of the account, at once when the
// relay can be reached, else with the next command that connects.
import { readFile } from 'node:fs/promises';
import { SirdasError } from '@sirdas/client';
import { connectOnce, protectEmptyVault, readHome, standardDeviceName, withVault } from '../account.ts';
import { type Console, print, warn } from '../console.ts';
import { describeFailure } from '../describe-failure.ts';
import { CommandError } from '../errors.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { chooseExportPassphrase } from '../protection.ts';
import { type Options, readText, takeArguments } from './command.ts';

export async function runImport(console: Console, options: Options): Promise<number> {
  const [file = ''] = takeArguments(options, [console.words.arguments.FILE]);
  const content = await readExport(file);
  const passphrase = await chooseExportPassphrase(console, options, { isNew: false });
  await protectEmptyVault(console, options);
  return await withVault(console, options, async (sirdas) => {
    const deviceName = readText(options, 'device-name') ?? standardDeviceName();
    const { nickname } = await sirdas.importBackup(content, passphrase, { deviceName });
    print(console, console.words.transfer.imported(nickname, readHome(console, options)));
    try {
      await connectOnce(sirdas, options);
    } catch (error) {
      if (!(error instanceof SirdasError)) throw error;
      for (const line of describeFailure(error, console).lines) warn(console, line);
    }
    return EXIT_STATUS.done;
  });
}

async function readExport(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new CommandError('FILE_UNREADABLE', file, { cause });
  }
}
