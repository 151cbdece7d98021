// What a command is: its options and the file that does it, loaded only when it is asked for, so that `sirdas send`
// need not load the full-screen program. command-table.ts lists all of them; command-line.ts reads what was typed.
import type { Console } from '../console.ts';
import { CommandError } from '../errors.ts';
import type { OptionName } from '../words/words.ts';

/** Options as given, by name without `--`, and the rest of the command line. */
export interface Options {
  readonly values: Readonly<Partial<Record<OptionName, string | boolean>>>;
  readonly positionals: readonly string[];
}

/** Does the command; resolves to its exit status. */
export type Run = (console: Console, options: Options) => Promise<number>;

/** For a command that reads its own command line. */
export type RunRaw = (console: Console, args: readonly string[]) => Promise<number>;

export function readText(options: Options, name: OptionName): string | null {
  const value = options.values[name];
  return typeof value === 'string' ? value : null;
}

export function readSwitch(options: Options, name: OptionName): boolean {
  return options.values[name] === true;
}

/** A whole number of an option, or `standard` when it was not given; throws BAD_VALUE. */
export function readNumber(
  options: Options,
  name: OptionName,
  { standard, min, max }: { readonly standard: number; readonly min: number; readonly max: number },
): number {
  const text = readText(options, name);
  if (text === null) return standard;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= min && number <= max)) throw new CommandError('BAD_VALUE', `--${name} ${text}`);
  return number;
}

/** The positional arguments, which must be these and no more; throws MISSING_ARGUMENT or TOO_MANY_ARGUMENTS. */
export function takeArguments(options: Options, names: readonly string[]): readonly string[] {
  const [missing] = names.slice(options.positionals.length);
  if (missing !== undefined) throw new CommandError('MISSING_ARGUMENT', missing);
  const surplus = options.positionals[names.length];
  if (surplus !== undefined) throw new CommandError('TOO_MANY_ARGUMENTS', surplus);
  return options.positionals;
}
