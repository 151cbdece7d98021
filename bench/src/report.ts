// Medians over the rounds, side by side, and how our relay compares with the best variant of the bare one.
import type { Figures, WorkloadName } from './measure.ts';

export interface Measurement {
  readonly workload: WorkloadName;
  readonly target: string;
  readonly round: number;
  readonly figures: Figures;
}

/** What our relay is compared by, per workload; higher is better. */
const RATIO_FIGURES: Readonly<Record<WorkloadName, readonly string[]>> = {
  w1: ['perSecond'],
  w2: [],
  w4: ['storePerSecond', 'drainPerSecond'],
};

export function formatReport(measurements: readonly Measurement[]): string {
  const workloads = [...new Set(measurements.map(({ workload }) => workload))];
  return workloads
    .map((workload) =>
      formatWorkload(
        workload,
        measurements.filter((each) => each.workload === workload),
      ),
    )
    .join('\n\n');
}

function formatWorkload(workload: WorkloadName, measurements: readonly Measurement[]): string {
  const targets = [...new Set(measurements.map(({ target }) => target))];
  const medians = new Map(targets.map((target) => [target, medianFigures(measurements, target)]));
  const names = [...new Set([...medians.values()].flatMap((figures) => Object.keys(figures)))];
  const rows = names.map((name) => [
    name,
    ...targets.map((target) => `${medians.get(target)?.[name] ?? ''}`),
  ]);
  return [formatTable([[workload, ...targets], ...rows]), ...formatRatios(workload, medians)].join('\n');
}

function formatRatios(workload: WorkloadName, medians: ReadonlyMap<string, Figures>): string[] {
  const limits = [...medians].filter(([target]) => target.startsWith('limit-'));
  if (limits.length === 0) return [];
  return RATIO_FIGURES[workload].flatMap((name) => {
    const limit = Math.max(...limits.map(([, figures]) => figures[name] ?? 0));
    return [...medians]
      .filter(([target]) => target.startsWith('relay-'))
      .map(([target, figures]) => `${target} / limit, ${name}: ${((figures[name] ?? 0) / limit).toFixed(2)}`);
  });
}

function medianFigures(measurements: readonly Measurement[], target: string): Figures {
  const runs = measurements.filter((each) => each.target === target).map(({ figures }) => figures);
  const names = [...new Set(runs.flatMap((figures) => Object.keys(figures)))];
  return Object.fromEntries(names.map((name) => [name, median(runs.map((figures) => figures[name] ?? 0))]));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd : cell.padStart).call(cell, widths[column] ?? 0))
        .join('  '),
    )
    .join('\n');
}
