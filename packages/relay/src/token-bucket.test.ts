import { describe, expect, test } from 'vitest';
import { KeyedBuckets, TokenBucket } from './token-bucket.ts';

const rate = { burst: 3, perSecond: 2 };

describe('a token bucket', () => {
  test('gives its burst at once and then one token per interval', () => {
    const bucket = new TokenBucket(rate, 0);
    expect([1, 2, 3].map(() => bucket.take(1, 0))).toEqual([0, 0, 0]);
    expect(bucket.take(1, 0)).toBe(500);
    expect(bucket.take(1, 499)).toBe(1);
    expect(bucket.take(1, 500)).toBe(0);
    expect(bucket.take(1, 500)).toBe(500);
  });

  test('never holds more than its burst', () => {
    const bucket = new TokenBucket(rate, 0);
    bucket.take(3, 0);
    expect(bucket.take(3, 1_000_000)).toBe(0);
    expect(bucket.take(1, 1_000_000)).toBe(500);
  });

  test('names a time that will come also for more than its burst', () => {
    const bucket = new TokenBucket(rate, 0);
    bucket.take(3, 0);
    expect(bucket.take(100, 0)).toBe(1500);
  });

  test('names no time that neither a timer nor an answer can hold', () => {
    const bucket = new TokenBucket({ burst: 1, perSecond: 1 / (60 * 86_400) }, 0);
    bucket.take(1, 0);
    expect(bucket.take(1, 0)).toBe(2 ** 31 - 1);
    expect(bucket.spend(100, 0)).toBe(2 ** 31 - 1);
  });

  test('goes into debt where reading is only slowed down', () => {
    const bucket = new TokenBucket(rate, 0);
    expect(bucket.spend(3, 0)).toBe(0);
    expect(bucket.spend(4, 0)).toBe(2000);
    expect(bucket.spend(0, 1000)).toBe(1000);
    expect(bucket.spend(0, 2000)).toBe(0);
  });

  test('takes nothing away when the clock is set back', () => {
    const bucket = new TokenBucket(rate, 10_000);
    bucket.take(1, 10_000);
    expect(bucket.take(2, 0)).toBe(0);
  });

  test('gives back what was not used', () => {
    const bucket = new TokenBucket(rate, 0);
    bucket.take(3, 0);
    bucket.giveBack(1);
    expect(bucket.take(1, 0)).toBe(0);
    expect(bucket.take(1, 0)).toBe(500);
  });
});

describe('buckets by key', () => {
  test('count each key on its own', () => {
    const buckets = new KeyedBuckets({ burst: 1, perSecond: 1 });
    expect([buckets.take('a', 1, 0), buckets.take('b', 1, 0), buckets.take('a', 1, 0)]).toEqual([0, 0, 1000]);
  });

  test('forget who has been quiet, and nobody else', () => {
    const buckets = new KeyedBuckets({ burst: 1, perSecond: 1 });
    for (let key = 0; key < 5000; key++) buckets.take(`early ${key}`, 1, 0);
    for (let key = 0; key < 5000; key++) buckets.take(`late ${key}`, 1, 60_000);
    expect(buckets.size).toBeLessThan(7000);
    expect(buckets.take('late 0', 1, 60_000)).toBe(1000);
  });

  test('without a limit remember nothing', () => {
    const unlimited = { burst: Number.POSITIVE_INFINITY, perSecond: Number.POSITIVE_INFINITY };
    const buckets = new KeyedBuckets(unlimited);
    for (let i = 0; i < 100; i++) expect(buckets.take('a', 1e9, 0)).toBe(0);
    expect(buckets.size).toBe(0);
    const bucket = new TokenBucket(unlimited, 0);
    expect([bucket.spend(1e9, 0), bucket.spend(1e9, 5)]).toEqual([0, 0]);
  });
});
