// Time as an argument: everything in this package that waits or dates something takes a Clock, so that tests decide when
// time passes. Programs pass `systemClock`.

export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Calls `run` once after that time; the returned function cancels it. */
  startTimer(delayMs: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  startTimer(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
