import { expect, test } from 'vitest';
import { createSoundPlayer } from './sound-player.ts';
import { synthesiseSound } from './tone.ts';

const BELL = '\u0007';

function makePlayer(environment: Record<string, string> = {}, isInstalled = false) {
  const state = { nowMs: 0, bells: '' };
  const player = createSoundPlayer({
    environment,
    ring: (bell) => {
      state.bells += bell;
    },
    now: () => state.nowMs,
    isInstalled: () => isInstalled,
  });
  return { state, player };
}

test('the sounds are WAV files, and different ones', () => {
  const received = synthesiseSound('received');
  expect(new TextDecoder().decode(received.subarray(0, 4))).toBe('RIFF');
  expect(new DataView(received.buffer).getUint32(4, true)).toBe(received.length - 8);
  expect(received).not.toEqual(synthesiseSound('sent'));
  const loudest = Math.max(...new Int16Array(received.buffer, 44).map(Math.abs));
  expect(loudest).toBeGreaterThan(3000);
  expect(loudest).toBeLessThan(16_000);
});

test('without a player the bell rings', () => {
  const { state, player } = makePlayer();
  player.play('received');
  expect(state.bells).toBe(BELL);
});

test('over SSH the bell rings, because the person sits elsewhere', () => {
  const { state, player } = makePlayer({ SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, true);
  player.play('received');
  expect(state.bells).toBe(BELL);
});

test('a burst is heard once, and again after a pause', () => {
  const { state, player } = makePlayer();
  for (let i = 0; i < 50; i++) {
    player.play('received');
    state.nowMs += 500;
  }
  expect(state.bells).toBe(BELL);
  state.nowMs += 2000;
  player.play('received');
  expect(state.bells).toBe(BELL + BELL);
});
