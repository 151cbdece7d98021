// SPEC.md is the norm: its tables and this package's constants must say the same.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { nameWireError, WIRE_ERRORS } from './errors.ts';
import { file_sirdas } from './gen/sirdas_pb.ts';
import { LABELS } from './labelled-input.ts';
import { LIMITS, MAX_VERSION, MIN_VERSION } from './limits.ts';

const spec = readFileSync(new URL('../SPEC.md', import.meta.url), 'utf8');

describe('SPEC.md', () => {
  test('§9 lists exactly the errors of the code', () => {
    const rows = tableUnder('## 9. Errors').map(([code, name, fatal, retry]) => [
      name,
      { code: Number(code), fatal: fatal === 'yes', retry: retry === 'yes' },
    ]);
    expect(Object.fromEntries(rows)).toEqual(WIRE_ERRORS);
    for (const [name, { code }] of Object.entries(WIRE_ERRORS)) expect(nameWireError(code)).toBe(name);
    expect(nameWireError(9999)).toBeNull();
  });

  test('§8 lists exactly the limits of the code', () => {
    const rows = tableUnder('## 8. Limits').map(([name, value]) => [unquote(name), Number(value)]);
    expect(Object.fromEntries(rows)).toEqual(LIMITS);
  });

  test('§1.1 lists exactly the labels of the code', () => {
    const labels = tableUnder('### 1.1 Byte strings').map(([label]) => unquote(label));
    expect(labels.toSorted()).toEqual(Object.values(LABELS).toSorted());
  });

  test('the table of versions ends with the newest one', () => {
    const versions = tableUnder('# The sırdaş protocol').map(([version]) => Number(version));
    expect(versions).toEqual(Array.from({ length: MAX_VERSION }, (_, i) => MIN_VERSION + i));
  });

  test('§3.1 names every kind of frame in sirdas.proto', () => {
    const section = spec.slice(spec.indexOf('### 3.1'), spec.indexOf('## 4.'));
    const frame = file_sirdas.messages.find((message) => message.name === 'Frame');
    const kinds = frame?.fields.filter((field) => field.oneof).map((field) => field.name) ?? [];
    expect(kinds.length).toBeGreaterThan(20);
    expect(kinds.filter((kind) => !section.includes(`\`${kind}\``))).toEqual([]);
  });

  test('§10 gives every check id once', () => {
    const ids = tableUnder('## 10. Checks').map(([id]) => id);
    expect(ids.length).toBeGreaterThan(10);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^(PRO|CRY|RLY|CLI)-\d{3}$/);
  });
});

/** The cells of the first table after a heading, without its head. */
function tableUnder(heading: string): string[][] {
  const start = spec.indexOf(heading);
  expect(start, heading).toBeGreaterThanOrEqual(0);
  const lines = spec.slice(start).split('\n');
  const first = lines.findIndex((line) => line.startsWith('|'));
  const end = lines.findIndex((line, i) => i > first && !line.startsWith('|'));
  return lines.slice(first + 2, end < 0 ? undefined : end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function unquote(cell: string | undefined): string {
  return (cell ?? '').replaceAll('`', '');
}
