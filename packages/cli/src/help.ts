// The texts of --help: all commands, or one command with its options. Called by main.ts only.
import { COMMANDS, COMMON_OPTIONS, OPTIONS } from './commands/command-table.ts';
import { EXIT_STATUS, type ExitReason } from './exit-status.ts';
import type { CommandName, OptionName, Words } from './words/words.ts';

/** All commands. */
export function formatHelp(words: Words): string {
  const { help } = words;
  const commands = commandNames().map((name) => [name, words.commands[name].summary] as const);
  return [
    help.tagline,
    '',
    `${help.usage}: sirdas ${help.command} […]`,
    '',
    `${help.commands}:`,
    ...formatTable(commands),
    '',
    `${help.everyCommand}:`,
    ...formatOptions(COMMON_OPTIONS, words),
    '',
    `${help.exitStatus}:`,
    ...formatTable(exitStatuses(words)),
    '',
    help.more,
  ].join('\n');
}

/** One command. `ownOptions` are flag and meaning, for a command that reads its own options. */
export function formatCommandHelp(
  command: CommandName,
  words: Words,
  ownOptions: readonly (readonly [string, string])[],
): string {
  const { help } = words;
  const spec = COMMANDS[command];
  const options = 'options' in spec ? formatOptions(spec.options, words) : formatTable(ownOptions);
  return [
    `${words.commands[command].summary}.`,
    '',
    `${help.usage}: sirdas ${command} ${words.usage[command]}`,
    '',
    words.commands[command].details,
    '',
    `${help.options}:`,
    ...options,
    '',
    `${help.everyCommand}:`,
    ...formatOptions(COMMON_OPTIONS, words),
  ].join('\n');
}

/** Number and meaning of every exit status. */
export function exitStatuses(words: Words): [string, string][] {
  const reasons = Object.keys(EXIT_STATUS) as ExitReason[];
  return reasons.map((reason) => [String(EXIT_STATUS[reason]), words.exitReasons[reason]]);
}

function commandNames(): CommandName[] {
  return Object.keys(COMMANDS) as CommandName[];
}

function formatOptions(names: readonly OptionName[], words: Words): string[] {
  return formatTable(
    names.map((name) => {
      const { short, value } = OPTIONS[name];
      const flag = short === undefined ? `--${name}` : `-${short}, --${name}`;
      return [value === undefined ? flag : `${flag} ${words.values[value]}`, words.options[name]];
    }),
  );
}

function formatTable(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
