// Reads what stands behind the name of a slash command: words, quoted where there are spaces in them, and switches.

const QUOTED = /"([^"]*)"|“([^”]*)”|(\S+)/g;

/** `"Saturday trip" ayşe` is two words. */
export function splitWords(argument: string): string[] {
  return Array.from(
    argument.matchAll(QUOTED),
    ([, straight, curly, plain]) => straight ?? curly ?? plain ?? '',
  );
}

/** The first word, and everything behind it as it was. */
export function splitFirst(argument: string): readonly [first: string, rest: string] {
  const [, first = '', rest = ''] = /^(\S*)\s*([\s\S]*)$/.exec(argument) ?? [];
  return [first, rest];
}

/** Null for anything else than on and off. */
export function readSwitch(argument: string): boolean | null {
  if (argument === 'on') return true;
  return argument === 'off' ? false : null;
}
