// Plays the sounds: through the first player that is installed, or by the terminal's bell (once for what arrives, twice
// for what leaves). Over SSH always the bell: a player would sound where nobody sits. One sound for a burst: while more
// keeps coming, nothing further is heard. Sounds that fail fail silently; they are never worth an error.
import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Sound, synthesiseSound } from './tone.ts';

/** Quiet this long ends a burst. */
const BURST_MS = 1200;
const BELL = '\u0007';
const SECOND_BELL_MS = 160;

/** Players that take a WAV file, in order of preference, with what keeps them quiet. */
const PLAYERS: readonly (readonly [command: string, ...flags: string[]])[] = [
  ['pw-play'],
  ['paplay'],
  ['aplay', '-q'],
  ['afplay'],
  ['play', '-q'],
];

export interface SoundPlayer {
  readonly play: (sound: Sound) => void;
  /** Removes the temporary files. */
  readonly close: () => void;
}

export interface SoundOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly ring: (bell: string) => void;
  readonly now: () => number;
  /** Tells whether a program can be started; the real one looks along PATH. */
  readonly isInstalled?: (command: string) => boolean;
}

export function createSoundPlayer({ environment, ring, now, isInstalled }: SoundOptions): SoundPlayer {
  const isRemote = environment['SSH_CONNECTION'] !== undefined;
  const canStart = isInstalled ?? ((command: string) => isOnPath(command, environment['PATH'] ?? ''));
  const player = isRemote ? undefined : PLAYERS.find(([command]) => canStart(command));
  const files = new Map<Sound, string>();
  const folder: { path: string | null } = { path: null };
  const quietUntilMs = new Map<Sound, number>();

  const playOnce = (sound: Sound) => {
    if (player === undefined) {
      ring(BELL);
      if (sound === 'sent') setTimeout(() => ring(BELL), SECOND_BELL_MS).unref();
      return;
    }
    folder.path ??= mkdtempSync(join(tmpdir(), 'sirdas-sound-'));
    const file = files.get(sound) ?? writeSound(folder.path, sound);
    files.set(sound, file);
    const [command, ...flags] = player;
    const child = spawn(command, [...flags, file], { stdio: 'ignore' });
    child.on('error', () => {});
    child.unref();
  };

  return {
    play: (sound) => {
      const isBurst = now() < (quietUntilMs.get(sound) ?? 0);
      quietUntilMs.set(sound, now() + BURST_MS);
      if (!isBurst) playOnce(sound);
    },
    close: () => {
      if (folder.path !== null) rmSync(folder.path, { recursive: true, force: true });
    },
  };
}

function writeSound(folder: string, sound: Sound): string {
  const file = join(folder, `${sound}.wav`);
  writeFileSync(file, synthesiseSound(sound));
  return file;
}

function isOnPath(command: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
