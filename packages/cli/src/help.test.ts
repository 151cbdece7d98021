import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from './commands/command-table.ts';
import { exitStatuses, formatCommandHelp, formatHelp } from './help.ts';
import { wordsIn } from './words/catalogue.ts';
import type { CommandName } from './words/words.ts';

const commands = Object.keys(COMMANDS) as CommandName[];

describe.each(['en', 'tr'] as const)('help in %s', (language) => {
  const words = wordsIn(language);

  test('lists every command and every exit status', () => {
    const help = formatHelp(words);
    for (const command of commands) expect(help).toMatch(new RegExp(`^  ${command} `, 'm'));
    for (const [status, meaning] of exitStatuses(words))
      expect(help).toContain(`${status.padEnd(3)}  ${meaning}`);
  });

  test.each(commands)('sirdas %s --help shows its use and its options', (command) => {
    const help = formatCommandHelp(command, words, [['--tcp-port PORT', 'x']]);
    expect(help).toContain(`sirdas ${command}`);
    expect(help).toContain('--lang');
    const spec = COMMANDS[command];
    if ('options' in spec) for (const option of spec.options) expect(help).toContain(`--${option}`);
  });
});

test('docs/exit-codes.md has the same table', () => {
  const document = readFileSync(new URL('../../../docs/exit-codes.md', import.meta.url), 'utf8');
  const rows = [...document.matchAll(/^\| (\d+) \| ([^|]+) \|/gm)].map(([, status, meaning = '']) => [
    status,
    meaning.trim(),
  ]);
  expect(rows).toEqual(exitStatuses(wordsIn('en')));
});
