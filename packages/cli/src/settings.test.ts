import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readSettings, saveSettings } from './settings.ts';

function makeHome(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sirdas-settings-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'home');
}

test('settings are kept; sounds are on until they are switched off', () => {
  const home = makeHome();
  expect(readSettings(home)).toEqual({ sound: true });
  saveSettings(home, { sound: false });
  expect(readSettings(home)).toEqual({ sound: false });
});

test('a damaged file is the defaults', () => {
  const home = makeHome();
  saveSettings(home, { sound: false });
  writeFileSync(join(home, 'terminal.json'), '{');
  expect(readSettings(home)).toEqual({ sound: true });
});
