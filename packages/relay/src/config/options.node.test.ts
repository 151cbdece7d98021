import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { RELAY_OPTIONS } from './options.ts';

const operating = readFileSync(new URL('../../../../docs/operating.md', import.meta.url), 'utf8');

/** Rows of the tables of options: flag, default, meaning. */
const rows = [...operating.matchAll(/^\| `(--[a-z-]+)[^`]*` \| (?:`([^`]*)`)? ?\| (.+) \|$/gm)].map(
  ([, flag, standard = '', help]) => ({ flag, standard, help }),
);

test('docs/operating.md shows every option with its default and its meaning', () => {
  const options = RELAY_OPTIONS.map(({ flag, standard, help }) => ({
    flag,
    standard: flag === '--data' ? '~/.local/share/sirdas-relay' : standard,
    help,
  }));
  expect(rows).toEqual(options);
});

test('no two options have the same name', () => {
  expect(new Set(RELAY_OPTIONS.map(({ flag }) => flag)).size).toBe(RELAY_OPTIONS.length);
});
