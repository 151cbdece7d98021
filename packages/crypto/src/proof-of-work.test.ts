import { LABELS, labelledInput } from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import { solveProofOfWork } from './proof-of-work.ts';
import { outcomeOf } from './vectors.testkit.ts';

const relayNonce = new Uint8Array(32).fill(3);
const record = new Uint8Array(700).fill(4);

describe('a solution', () => {
  test.each([0, 1, 7, 8, 9, 13])(
    'has %i zero bits by the platform’s own SHA-256 (SPEC §4.3)',
    async (bits) => {
      const work = await solveProofOfWork({ relayNonce, record, bits });
      expect(work).toHaveLength(8);
      const input = labelledInput(LABELS.proofOfWork, [relayNonce, record, work]);
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', input));
      const binary = [...hash].map((byte) => byte.toString(2).padStart(8, '0')).join('');
      expect(binary.startsWith('0'.repeat(bits))).toBe(true);
    },
  );

  test('depends on the nonce and on the record', async () => {
    const other = new Uint8Array(32).fill(5);
    const solutions = await Promise.all([
      solveProofOfWork({ relayNonce, record, bits: 12 }),
      solveProofOfWork({ relayNonce: other, record, bits: 12 }),
      solveProofOfWork({ relayNonce, record: other, bits: 12 }),
    ]);
    expect(new Set(solutions.map(String)).size).toBe(3);
  });
});

test('lets the program run in between and stops when it is aborted', async () => {
  const abort = new AbortController();
  const solving = solveProofOfWork({ relayNonce, record, bits: 26, signal: abort.signal });
  setTimeout(() => abort.abort(new Error('changed my mind')));
  await expect(solving).rejects.toThrow('changed my mind');
});

test('does not start when it is aborted already', async () => {
  const signal = AbortSignal.abort(new Error('too late'));
  await expect(solveProofOfWork({ relayNonce, record, bits: 0, signal })).rejects.toThrow('too late');
});

test('CRY-018 more than 26 bits are not even tried', async () => {
  expect(await outcomeOf(() => solveProofOfWork({ relayNonce, record, bits: 27 }))).toBe('WORK_TOO_HARD');
  expect(await outcomeOf(() => solveProofOfWork({ relayNonce, record, bits: 2 ** 32 - 1 }))).toBe(
    'WORK_TOO_HARD',
  );
});
