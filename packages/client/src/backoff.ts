// How long to wait before connecting again: exponential with full jitter, so that all clients of a relay that was restarted
// do not come back at once. Used by link.ts.
import type { RandomSource } from '@sirdas/crypto';

const FIRST_MS = 500;
const LONGEST_MS = 60_000;
/** What a relay may ask for at most; otherwise one frame could keep clients away for weeks. */
const LONGEST_TOLD_MS = 600_000;

/** `attempt` counts failures in a row from 0; `toldMs` is what the relay asked for. */
export function chooseDelayMs(attempt: number, toldMs: number | null, random: RandomSource): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  const jittered = drawFraction(random) * longest;
  return Math.round(Math.min(toldMs ?? 0, LONGEST_TOLD_MS) + jittered);
}

/** Uniform in [0, 1). */
function drawFraction(random: RandomSource): number {
  return new DataView(random(4).buffer).getUint32(0) / 2 ** 32;
}
