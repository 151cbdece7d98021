// What a person has set for the terminal on this computer: a small JSON file beside the vault. Nothing in it is secret.
// A missing or damaged file is the defaults; it is written whole and moved into place.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Settings {
  readonly sound: boolean;
}

const FILE = 'terminal.json';
const DEFAULTS: Settings = { sound: true };

export function readSettings(home: string): Settings {
  try {
    const saved: unknown = JSON.parse(readFileSync(join(home, FILE), 'utf8'));
    const sound =
      typeof saved === 'object' && saved !== null && 'sound' in saved ? saved.sound : DEFAULTS.sound;
    return { sound: sound !== false };
  } catch {
    return DEFAULTS;
  }
}

export function saveSettings(home: string, settings: Settings): void {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const file = join(home, FILE);
  writeFileSync(`${file}.new`, `${JSON.stringify(settings)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
