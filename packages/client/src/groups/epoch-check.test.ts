import { describe, expect, it } from 'vitest';
import { describeEpoch } from './epoch-check.ts';

describe('the digits of an epoch', () => {
  it('are 30, in groups of 5, with leading zeros', () => {
    const authenticatorHash = new Uint8Array(32);
    // 2^40 - 1 = 1099511627775 and 7.
    authenticatorHash.set([255, 255, 255, 255, 255, 0, 0, 0, 0, 7]);
    const { epoch, digits } = describeEpoch({ epoch: 12, authenticatorHash });
    expect(epoch).toBe(12);
    expect(digits).toBe('27775 00007 00000 00000 00000 00000');
  });

  it('depend on each of the first 30 bytes', () => {
    const seen = new Set<string>();
    for (let i = 0; i < 30; i++) {
      const authenticatorHash = new Uint8Array(32);
      authenticatorHash[i] = 1;
      seen.add(describeEpoch({ epoch: 0, authenticatorHash }).digits);
    }
    expect(seen.size).toBe(30);
    expect(seen).not.toContain(describeEpoch({ epoch: 0, authenticatorHash: new Uint8Array(32) }).digits);
  });
});
