// Token buckets: how much of something may happen at once, and how much per second in the long run (THREATS: limits).
// Used by limits.ts and connection.ts. The clock is an argument, nothing here waits.

/** `burst` at once, refilled with `perSecond`. Infinity in both is no limit. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** Refilling in small steps loses this much at most. */
const ROUNDING = 1e-9;

/** 24 days: what a timer can wait, and what fits into `retry_after_ms`. Whoever comes back then is told the rest. */
const MAX_WAIT_MS = 2 ** 31 - 1;

/** One bucket, full at first. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #countedAtMs: number;

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#countedAtMs = nowMs;
  }

  /** Takes `cost` tokens and returns 0, or takes none and returns the milliseconds until there will be enough. */
  take(cost: number, nowMs: number): number {
    this.#refill(nowMs);
    if (this.#tokens >= cost - ROUNDING) {
      this.#tokens -= cost;
      return 0;
    }
    return this.#msUntil(Math.min(cost, this.#rate.burst));
  }

  /** Takes `cost` tokens in any case and returns the milliseconds until the debt, if there is one, is paid. */
  spend(cost: number, nowMs: number): number {
    this.#refill(nowMs);
    this.#tokens -= cost;
    return this.#tokens >= -ROUNDING ? 0 : this.#msUntil(0);
  }

  /** Undoes a `take`. */
  giveBack(cost: number): void {
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + cost);
  }

  /** True when forgetting this bucket changes nothing. */
  isFull(nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#tokens >= this.#rate.burst - ROUNDING;
  }

  #refill(nowMs: number): void {
    // A clock that was set back must not take tokens away.
    const elapsedMs = Math.max(0, nowMs - this.#countedAtMs);
    this.#countedAtMs = nowMs;
    if (elapsedMs > 0) {
      this.#tokens = Math.min(this.#rate.burst, this.#tokens + (elapsedMs * this.#rate.perSecond) / 1000);
    }
  }

  #msUntil(tokens: number): number {
    const waitMs = Math.ceil(((tokens - this.#tokens - ROUNDING) * 1000) / this.#rate.perSecond - 1e-6);
    return Math.min(waitMs, MAX_WAIT_MS);
  }
}

const MIN_KEYS_BEFORE_PRUNING = 1024;

/** A bucket for each key. Forgets full buckets, so that its size follows what happened lately. */
export class KeyedBuckets {
  readonly #rate: Rate;
  readonly #buckets = new Map<string, TokenBucket>();
  #pruneAtSize = MIN_KEYS_BEFORE_PRUNING;

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** As `TokenBucket.take`, on the bucket of that key. */
  take(key: string, cost: number, nowMs: number): number {
    if (this.#rate.burst === Number.POSITIVE_INFINITY) return 0;
    let bucket = this.#buckets.get(key);
    if (!bucket) {
      this.#prune(nowMs);
      bucket = new TokenBucket(this.#rate, nowMs);
      this.#buckets.set(key, bucket);
    }
    return bucket.take(cost, nowMs);
  }

  /** True when nothing was taken for that key, or so long ago that it makes no difference. */
  isFull(key: string, nowMs: number): boolean {
    return this.#buckets.get(key)?.isFull(nowMs) ?? true;
  }

  giveBack(key: string, cost: number): void {
    this.#buckets.get(key)?.giveBack(cost);
  }

  get size(): number {
    return this.#buckets.size;
  }

  #prune(nowMs: number): void {
    if (this.#buckets.size < this.#pruneAtSize) return;
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(nowMs)) this.#buckets.delete(key);
    this.#pruneAtSize = Math.max(MIN_KEYS_BEFORE_PRUNING, 2 * this.#buckets.size);
  }
}
