// AbortSignal everywhere something can wait: the same way to stop, the same error.
import { SirdasError } from './errors.ts';

/** Throws ABORTED when the signal is aborted. */
export function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(signal);
}

/** The promise, or ABORTED as soon as the signal says so; what the promise stands for goes on by itself. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  if (signal.aborted) {
    // Nobody waits for it any more, and it may still fail.
    promise.catch(() => {});
    throw aborted(signal);
  }
  let stop = () => {};
  const abortion = new Promise<never>((_, reject) => {
    stop = () => reject(aborted(signal));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, abortion]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

export function aborted(signal: AbortSignal): SirdasError {
  // Who aborts with one of our errors says more than "aborted".
  if (signal.reason instanceof SirdasError) return signal.reason;
  return new SirdasError('ABORTED', 'aborted', { cause: signal.reason });
}
