// What Tab makes of a slash command that was begun: its name, then the words it takes: people, members of the open group,
// roles, spans of time, emoji. Pure.
import { QUICK_REACTIONS } from '../chat/selection-keys.ts';
import { ROLES } from './group-commands.ts';
import { SLASH_NAMES, type SlashName } from './slash-commands.ts';

export interface CompletionSources {
  /** Everybody in the list. */
  readonly people: readonly string[];
  /** Others in the open conversation. */
  readonly members: readonly string[];
  /** Own other devices. */
  readonly devices: readonly string[];
}

/** The words that a command takes, one after another; the last one repeats where `repeats`. */
interface Grammar {
  readonly words: readonly ((sources: CompletionSources) => readonly string[])[];
  readonly repeats?: boolean;
}

const people = ({ people: names }: CompletionSources) => names;
const members = ({ members: names }: CompletionSources) => names;
const ON_OFF = { words: [() => ['on', 'off']] };

const GRAMMARS: Readonly<Partial<Record<SlashName, Grammar>>> = {
  msg: { words: [people] },
  group: { words: [() => [], people], repeats: true },
  add: { words: [people], repeats: true },
  remove: { words: [members] },
  role: { words: [members, () => ROLES] },
  react: { words: [() => [...QUICK_REACTIONS, 'off']] },
  timer: { words: [() => ['30m', '1h', '8h', '1d', '1w', 'off']] },
  color: { words: [() => ['auto']] },
  verify: { words: [(sources) => [...sources.members, 'confirm']] },
  accept: { words: [members] },
  devices: { words: [() => ['revoke'], (sources) => sources.devices] },
  sound: ON_OFF,
  visible: ON_OFF,
  receipts: ON_OFF,
  typing: ON_OFF,
};

/** What the line can become; whole lines, cursor at the end. */
export function completeSlash(line: string, sources: CompletionSources): readonly string[] {
  const [, name, argument] = /^\/(\S*)(?:\s+(.*))?$/.exec(line) ?? [];
  if (name === undefined) return [];
  if (argument === undefined)
    return SLASH_NAMES.filter((known) => known.startsWith(name)).map((known) => `/${known} `);
  const grammar = Object.entries(GRAMMARS).find(([known]) => known === name)?.[1];
  return grammar === undefined ? [] : completeArgument(`/${name} `, argument, grammar, sources);
}

function completeArgument(
  command: string,
  argument: string,
  { words, repeats = false }: Grammar,
  sources: CompletionSources,
): readonly string[] {
  // A name in quotes is one word.
  const given = argument.match(/"[^"]*"?|\S+/g) ?? [];
  const isBegun = argument !== '' && !/\s$/.test(argument);
  const position = isBegun ? given.length - 1 : given.length;
  const choices = words[repeats ? Math.min(position, words.length - 1) : position];
  if (choices === undefined) return [];
  const started = isBegun ? (given.at(-1) ?? '') : '';
  const before = argument.slice(0, argument.length - started.length);
  const goesOn = repeats || position < words.length - 1 || command === '/msg ';
  return choices(sources)
    .filter((choice) => choice.startsWith(started) && !given.slice(0, position).includes(choice))
    .map((choice) => `${command}${before}${choice}${goesOn ? ' ' : ''}`);
}
