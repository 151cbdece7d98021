// The two clocks of a relay, as arguments for tests. What is stored or sent uses the wall clock; what is waited for uses the
// monotonic one, so that setting the machine's clock ends no connection.

export interface Clock {
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Milliseconds since some moment; never goes back. */
  readonly monotonicMs: () => number;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
