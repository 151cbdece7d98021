// What both ends of linking have in common at the terminal: the number that the person compares, and how far the handing over is. Used
// by the commands link-device and devices.
import { createInterface } from 'node:readline';
import { SirdasError } from '@sirdas/client';
import { type Options, readSwitch } from './commands/command.ts';
import { type Console, print, warn } from './console.ts';
import { CommandError } from './errors.ts';
import { formatJsonLine } from './json-line.ts';
import { askLine } from './prompt.ts';

export type Confirm = (digits: string, signal: AbortSignal) => Promise<boolean>;

/**
 * On a terminal the person is asked. A script shows the number to somebody, or to the script of the other device, and has to give that
 * one's number back: nothing else confirms. Throws NEEDS_CONFIRM_CODE.
 */
export function chooseConfirmation(console: Console, options: Options): Confirm {
  const isScript = readSwitch(options, 'confirm-code');
  if (!isScript && !console.isInteractive) throw new CommandError('NEEDS_CONFIRM_CODE');
  return async (digits, signal) => {
    const { linking } = console.words;
    if (isScript) {
      const isJson = readSwitch(options, 'json');
      print(console, isJson ? formatJsonLine({ v: 1, type: 'linking-code', code: digits }) : digits);
      return (await readLine(console, signal)).replaceAll(/\s/g, '') === digits;
    }
    warn(console, linking.digits(console.paint(spaceDigits(digits), { bold: true })));
    const answer = await askLine(console, linking.askSame, signal);
    const isSame = answer.toLocaleLowerCase(console.language).startsWith(linking.yes);
    if (isSame) warn(console, linking.waiting);
    return isSame;
  };
}

/** One line of the standard input; empty at its end. */
function readLine(console: Console, signal: AbortSignal): Promise<string> {
  const reader = createInterface({ input: console.input });
  return new Promise<string>((resolve, reject) => {
    reader.once('line', resolve);
    reader.once('close', () => resolve(''));
    signal.addEventListener(
      'abort',
      () => reject(new SirdasError('ABORTED', 'nobody waits for the number')),
      {
        once: true,
      },
    );
  }).finally(() => reader.close());
}

/** `123 4567`, for comparing by eye. */
function spaceDigits(digits: string): string {
  return `${digits.slice(0, 3)} ${digits.slice(3)}`;
}

/** One line that is written over and over, on a terminal only. */
export class ProgressLine {
  readonly #console: Console;
  #shown = -1;

  constructor(console: Console) {
    this.#console = console;
  }

  show(fraction: number): void {
    const percent = Math.floor(fraction * 100);
    if (!this.#console.isInteractive || percent === this.#shown) return;
    this.#shown = percent;
    this.#console.errors.write(`\r${this.#console.words.linking.progress(percent)}`);
  }

  end(): void {
    if (this.#shown >= 0) this.#console.errors.write('\n');
  }
}
