// One measurement: one workload on one relay. Called by main.ts for every target in every round.
import { setTimeout as sleep } from 'node:timers/promises';
import { Generator } from './generator.ts';
import type { Summary } from './load/load-generator.ts';
import { readBusySeconds, readCpuSeconds, readPeakMebibytes } from './process-usage.ts';
import type { RunningTarget, Target } from './targets/target.ts';

export type WorkloadName = 'w1' | 'w2' | 'w4';

export interface Settings {
  readonly pairs: number;
  readonly inFlight: number;
  readonly perSecond: number;
  readonly offlineMessages: number;
  readonly warmUpMs: number;
  readonly measuredMs: number;
}

/** Figures by name; what a figure means stands in README.md. */
export type Figures = Readonly<Record<string, number>>;

export async function measure(target: Target, workload: WorkloadName, settings: Settings): Promise<Figures> {
  const running = await target.start();
  const generator = new Generator(running.endpoint);
  try {
    await generator.call('prepare', settings.pairs);
    const figures = await workloads[workload]({ running, generator, settings });
    return { ...figures, peakMiB: round(readPeakMebibytes(running.pid), 1) };
  } finally {
    generator.end();
    await running.stop();
  }
}

interface Run {
  readonly running: RunningTarget;
  readonly generator: Generator;
  readonly settings: Settings;
}

const workloads: Readonly<Record<WorkloadName, (run: Run) => Promise<Figures>>> = {
  w1: async (run) => {
    await connect(run);
    await run.generator.call('startClosedLoop', run.settings.inFlight);
    return measureSteady(run);
  },
  w2: async (run) => {
    await connect(run);
    await run.generator.call('startOpenLoop', run.settings.perSecond);
    return measureSteady(run);
  },
  w4: measureOffline,
};

async function connect({ generator }: Run): Promise<void> {
  await generator.call('connectReceivers');
  await generator.call('connectSenders');
}

async function measureSteady({ running, generator, settings }: Run): Promise<Figures> {
  await sleep(settings.warmUpMs);
  const cpuBefore = readCpuSeconds(running.pid);
  const busyBefore = readBusySeconds();
  const before = await generator.call('snapshot', true);
  await sleep(settings.measuredMs);
  const after = await generator.call('snapshot', false);
  const cpuSeconds = readCpuSeconds(running.pid) - cpuBefore;
  const busySeconds = readBusySeconds() - busyBefore;
  const summary = await generator.call('finish');
  const received = after.received - before.received;
  const seconds = (after.timeUs - before.timeUs) / 1e6;
  const loadCpuSeconds = after.cpuSeconds - before.cpuSeconds;
  return {
    perSecond: round(received / seconds, 0),
    cpuPer100k: round((cpuSeconds / received) * 1e5, 2),
    loadCpuPer100k: round((loadCpuSeconds / received) * 1e5, 2),
    otherCores: round((busySeconds - cpuSeconds - loadCpuSeconds) / seconds, 2),
    ...describeTimes('delivery', summary.deliveryUs),
    ...describeTimes('acceptance', summary.acceptanceUs),
    ...countFaults(summary),
  };
}

async function measureOffline({ running, generator, settings }: Run): Promise<Figures> {
  const perPair = Math.floor(settings.offlineMessages / settings.pairs);
  await generator.call('connectSenders');
  const cpuStart = readCpuSeconds(running.pid);
  const stored = await generator.call('store', perPair, settings.inFlight);
  const cpuStored = readCpuSeconds(running.pid);
  const drained = await generator.call('drain');
  const cpuDrained = readCpuSeconds(running.pid);
  return {
    storePerSecond: round(stored.count / stored.seconds, 0),
    drainPerSecond: round(drained.count / drained.seconds, 0),
    storeCpuPer100k: round(((cpuStored - cpuStart) / stored.count) * 1e5, 2),
    drainCpuPer100k: round(((cpuDrained - cpuStored) / Math.max(1, drained.count)) * 1e5, 2),
    ...countFaults(await generator.call('finish')),
  };
}

function countFaults({ lost, duplicates, misordered }: Summary): Figures {
  return { lost, duplicates, misordered };
}

/** Milliseconds. */
function describeTimes(name: string, timesUs: readonly number[]): Figures {
  if (timesUs.length === 0) return {};
  const sorted = Float64Array.from(timesUs).sort();
  const percentile = (part: number) =>
    round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0) / 1000, 2);
  return {
    [`${name}P50`]: percentile(0.5),
    [`${name}P99`]: percentile(0.99),
    [`${name}P999`]: percentile(0.999),
  };
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
