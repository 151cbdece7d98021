// The search that the relay-view test relies on must find what is there: every form, in files and in a process.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startProcess } from './child-process.testkit.ts';
import { formsOf, searchFolder, searchMemory, searchText } from './plaintext-search.testkit.ts';
import { makeTemporaryFolder } from './temporary-folder.testkit.ts';

const SECRET = 'gizli-çay-saati-4711';

const WRITTEN: [string, Buffer][] = [
  ['utf8', Buffer.from(SECRET)],
  ['latin1', Buffer.from(SECRET, 'latin1')],
  ['utf16le', Buffer.from(SECRET, 'utf16le')],
  ['utf16be', Buffer.from(SECRET, 'utf16le').swap16()],
  ['hex', Buffer.from(Buffer.from(SECRET).toString('hex'))],
  ['HEX', Buffer.from(Buffer.from(SECRET).toString('hex').toUpperCase())],
  ...[0, 1, 2].map((offset): [string, Buffer] => [
    `base64 at ${offset}`,
    Buffer.from(Buffer.from(`${'x'.repeat(offset)}${SECRET}!?`).toString('base64')),
  ]),
];

test.each(WRITTEN)('finds a text written as %s into a file', async (form, bytes) => {
  const folder = await makeTemporaryFolder();
  writeFileSync(
    join(folder, 'data'),
    Buffer.concat([Buffer.alloc(100_000, 0x61), bytes, Buffer.alloc(9, 0x61)]),
  );
  expect(searchFolder(folder, [SECRET])).toEqual([`${SECRET} as ${form} in data`]);
  expect(searchFolder(folder, ['another text'])).toEqual([]);
});

test('finds a text in the name of a file and in output', async () => {
  const folder = await makeTemporaryFolder();
  writeFileSync(join(folder, SECRET), '');
  expect(searchFolder(folder, [SECRET])).toHaveLength(1);
  expect(searchText(`a line with ${SECRET}.`, [SECRET], 'the log')).toHaveLength(1);
  expect(formsOf(SECRET).length).toBeGreaterThanOrEqual(8);
});

test('finds a text that a process holds in its memory, and none that it does not hold', async () => {
  const reversed = [...SECRET].reverse().join('');
  const program = `const text = process.argv[1].split('').reverse().join(''); console.log('ready'); setInterval(() => text.length, 1000);`;
  const holder = startProcess('node', ['--eval', program, reversed]);
  await holder.stdout.waitFor(/ready/);
  const held = searchMemory(holder.pid, [SECRET]);
  expect(held.findings).not.toEqual([]);
  expect(held.searchedBytes).toBeGreaterThan(2_000_000);
  expect(searchMemory(holder.pid, [`${SECRET}-which-nobody-holds`]).findings).toEqual([]);
});
