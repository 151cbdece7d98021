// Medians and ratios of a run of the benchmark.
import { describe, expect, it } from 'vitest';
import { formatReport, type Measurement } from './report.ts';

function measurement(target: string, round: number, perSecond: number): Measurement {
  return { workload: 'w1', target, round, figures: { perSecond, lost: 0 } };
}

describe('report', () => {
  it('shows medians and compares with the better of the limits', () => {
    const report = formatReport([
      ...[30, 10, 20].map((perSecond, round) => measurement('relay-tcp', round, perSecond)),
      ...[25, 24, 26].map((perSecond, round) => measurement('limit-main', round, perSecond)),
      ...[5, 6, 7].map((perSecond, round) => measurement('limit-thread', round, perSecond)),
    ]);
    expect(report.split('\n')).toEqual([
      'w1         relay-tcp  limit-main  limit-thread',
      'perSecond         20          25             6',
      'lost               0           0             0',
      'relay-tcp / limit, perSecond: 0.80',
    ]);
  });
});
