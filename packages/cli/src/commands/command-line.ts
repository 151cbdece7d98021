// What was typed after `sirdas`, read against the table of commands. Nothing is done here; main.ts does it.
// Options may stand before and after the command and between its arguments; `--` ends them.
import { parseArgs } from 'node:util';
import { CommandError } from '../errors.ts';
import type { CommandName, OptionName } from '../words/words.ts';
import type { Options } from './command.ts';
import { COMMANDS, COMMON_OPTIONS, OPTIONS } from './command-table.ts';

export type CommandLine =
  | { readonly kind: 'command'; readonly command: CommandName; readonly options: Options }
  /** For a command that reads its own options. */
  | {
      readonly kind: 'raw';
      readonly command: CommandName;
      readonly options: Options;
      readonly args: readonly string[];
    }
  | { readonly kind: 'help'; readonly command: CommandName | null }
  | { readonly kind: 'version' };

/** Throws UNKNOWN_COMMAND or BAD_OPTION. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const position = args.findIndex((_, index) => isCommandPosition(args, index));
  const named = args[position] ?? null;
  const others = named === null ? args : [...args.slice(0, position), ...args.slice(position + 1)];
  if (named === 'help') return { kind: 'help', command: commandNamed(others[0] ?? null) };
  const command = commandNamed(named);
  const spec = command === null ? null : COMMANDS[command];
  if (command !== null && spec !== null && 'ownOptions' in spec && !asksForHelp(others)) {
    return { kind: 'raw', command, ...takeCommonOptions(others) };
  }
  const own = spec !== null && 'options' in spec ? spec.options : [];
  const options = parseOptions(others, [...COMMON_OPTIONS, ...own]);
  if (options.values.version === true) return { kind: 'version' };
  if (command === null || options.values.help === true) return { kind: 'help', command };
  return { kind: 'command', command, options };
}

function commandNamed(name: string | null): CommandName | null {
  if (name === null) return null;
  if (!Object.hasOwn(COMMANDS, name)) throw new CommandError('UNKNOWN_COMMAND', name);
  return name as CommandName;
}

/** The first argument that is no option and no value of a common option before it. */
function isCommandPosition(args: readonly string[], index: number): boolean {
  const argument = args[index] ?? '';
  const before = args[index - 1] ?? '';
  return !argument.startsWith('-') && before !== '--home' && before !== '--lang';
}

function asksForHelp(args: readonly string[]): boolean {
  return args.includes('--help') || args.includes('-h');
}

/** For a command with options of its own: those of every command taken out, the rest as it was. */
function takeCommonOptions(args: readonly string[]): { options: Options; args: string[] } {
  const common: string[] = [];
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const argument = args[i] ?? '';
    const name = COMMON_OPTIONS.find(
      (known) => argument === `--${known}` || argument.startsWith(`--${known}=`),
    );
    if (name === undefined) rest.push(argument);
    else common.push(argument);
    const takesNext = name !== undefined && OPTIONS[name].value !== undefined && argument === `--${name}`;
    if (takesNext) common.push(...args.slice(++i, i + 1));
  }
  return { options: parseOptions(common, COMMON_OPTIONS), args: rest };
}

function parseOptions(args: readonly string[], allowed: readonly OptionName[]): Options {
  const config = Object.fromEntries(
    allowed.map((name) => {
      const { short, value } = OPTIONS[name];
      const type = value === undefined ? ('boolean' as const) : ('string' as const);
      return [name, short === undefined ? { type } : { type, short }];
    }),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: config, allowPositionals: true });
    return { values: values as Options['values'], positionals };
  } catch (cause) {
    throw new CommandError('BAD_OPTION', namesOption(args, cause), { cause });
  }
}

/** The option that parseArgs quotes in its message, which is English and for programmers. */
function namesOption(args: readonly string[], cause: unknown): string {
  const [, quoted] = /'(-[^' ]*)/.exec(cause instanceof Error ? cause.message : '') ?? [];
  return quoted ?? args.find((argument) => argument.startsWith('-')) ?? '';
}
