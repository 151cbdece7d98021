// Waits for a moment in which the machine has nothing else to do. Called by main.ts before every measurement.
import { setTimeout as sleep } from 'node:timers/promises';
import { readBusySeconds } from './process-usage.ts';

/** Cores in use by others; less counts as quiet. */
const QUIET_CORES = 0.3;
const PROBE_MS = 1500;

/** Gives up waiting after `maxWaitMs`: the figure `otherCores` shows what the measurement is worth. */
export async function waitForQuietMachine(maxWaitMs: number): Promise<void> {
  const giveUpAtMs = performance.now() + maxWaitMs;
  while (performance.now() < giveUpAtMs) {
    const before = readBusySeconds();
    const startedAtMs = performance.now();
    await sleep(PROBE_MS);
    const seconds = (performance.now() - startedAtMs) / 1000;
    if ((readBusySeconds() - before) / seconds < QUIET_CORES) return;
  }
}
