// Waiting with the client's clock, in a way that can be ended.
import { untilAborted } from './abort.ts';
import type { Clock } from './clock.ts';

/** Resolves after that time; throws ABORTED. */
export async function waitMs(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  const passed = Promise.withResolvers<void>();
  const cancel = clock.startTimer(delayMs, passed.resolve);
  try {
    await untilAborted(passed.promise, signal);
  } finally {
    cancel();
  }
}
