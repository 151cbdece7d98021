// A random moment to wait, so that many members who see the same need do not all begin at once. Used by reconcile.ts and reports.ts.
import type { RandomSource } from '@sirdas/crypto';

const DRAW_BYTES = 4;

/** From 0 up to, but not including, `maxMs`. */
export function drawDelayMs(random: RandomSource, maxMs: number): number {
  const bytes = random(DRAW_BYTES);
  const draw = new DataView(bytes.buffer, bytes.byteOffset, DRAW_BYTES).getUint32(0);
  return Math.floor((draw / 2 ** 32) * maxMs);
}
