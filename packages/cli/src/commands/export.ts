// `sirdas export FILE`: everything of the account that another device may take over, as an age file with a passphrase of
// its own. Works without a connection; never overwrites a file.
import { writeFile } from 'node:fs/promises';
import { withAccount } from '../account.ts';
import { type Console, print, warn } from '../console.ts';
import { CommandError } from '../errors.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { chooseExportPassphrase } from '../protection.ts';
import { type Options, takeArguments } from './command.ts';

export async function runExport(console: Console, options: Options): Promise<number> {
  const [file = ''] = takeArguments(options, [console.words.arguments.FILE]);
  return await withAccount(console, options, async (sirdas) => {
    if (console.isInteractive) warn(console, console.words.transfer.beforeExport);
    const passphrase = await chooseExportPassphrase(console, options, { isNew: true });
    await writeNewFile(file, await sirdas.exportBackup(passphrase));
    print(console, console.words.transfer.exported(file));
    return EXIT_STATUS.done;
  });
}

/** Readable by its owner only. Throws FILE_EXISTS or FILE_UNWRITABLE. */
async function writeNewFile(file: string, content: Uint8Array): Promise<void> {
  try {
    await writeFile(file, content, { flag: 'wx', mode: 0o600, flush: true });
  } catch (cause) {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    throw new CommandError(exists ? 'FILE_EXISTS' : 'FILE_UNWRITABLE', file, { cause });
  }
}
