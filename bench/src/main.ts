// `npm run bench`: measures our relay and the bare one in turns, so that both see the same machine, and prints medians and their
// ratio. Options and figures: README.md.
import { appendFileSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type Figures, measure, type Settings, type WorkloadName } from './measure.ts';
import { waitForQuietMachine } from './quiet-machine.ts';
import { formatReport, type Measurement } from './report.ts';
import { limitTarget } from './targets/limit-target.ts';
import { relayTarget } from './targets/relay-target.ts';
import type { Target } from './targets/target.ts';

const { values } = parseArgs({
  options: {
    workloads: { type: 'string', default: 'w1,w2,w4' },
    targets: { type: 'string', default: 'relay-tcp,relay-tls,limit-main,limit-thread' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '10' },
    'warm-up': { type: 'string', default: '3' },
    pairs: { type: 'string', default: '50' },
    'in-flight': { type: 'string', default: '32' },
    rate: { type: 'string', default: '1000' },
    offline: { type: 'string', default: '50000' },
    'wait-for-quiet': { type: 'string', default: '0' },
    out: { type: 'string' },
  },
});

const TARGETS: readonly Target[] = [
  relayTarget('tcp'),
  relayTarget('tls'),
  limitTarget('main'),
  limitTarget('thread'),
];

const settings: Settings = {
  pairs: Number(values.pairs),
  inFlight: Number(values['in-flight']),
  perSecond: Number(values.rate),
  offlineMessages: Number(values.offline),
  warmUpMs: 1000 * Number(values['warm-up']),
  measuredMs: 1000 * Number(values.seconds),
};
const targets = values.targets.split(',').map(findTarget);
const workloads = values.workloads.split(',').map(checkWorkload);

const measurements: Measurement[] = [];
for (let round = 1; round <= Number(values.rounds); round++) {
  for (const workload of workloads) {
    for (const target of targets) {
      await waitForQuietMachine(1000 * Number(values['wait-for-quiet']));
      const figures = await measure(target, workload, settings);
      measurements.push({ workload, target: target.name, round, figures });
      console.error(`round ${round} ${workload} ${target.name} ${summarize(figures)}`);
    }
  }
}
console.log(formatReport(measurements));
if (values.out !== undefined) {
  for (const measurement of measurements) {
    const line = { at: new Date().toISOString(), machine: describeMachine(), settings, ...measurement };
    appendFileSync(values.out, `${JSON.stringify(line)}\n`);
  }
}
const faults = measurements.reduce((sum, { figures }) => sum + countFaults(figures), 0);
if (faults > 0) {
  console.error(`${faults} messages lost, shown twice or out of order`);
  process.exitCode = 1;
}

function findTarget(name: string): Target {
  const target = TARGETS.find((candidate) => candidate.name === name);
  if (!target)
    throw new Error(`no such target: ${name}; there are ${TARGETS.map((each) => each.name).join(', ')}`);
  return target;
}

function checkWorkload(name: string): WorkloadName {
  if (name === 'w1' || name === 'w2' || name === 'w4') return name;
  throw new Error(`no such workload: ${name}; there are w1, w2, w4`);
}

function summarize(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

function countFaults({ lost = 0, duplicates = 0, misordered = 0 }: Figures): number {
  return lost + duplicates + misordered;
}

function describeMachine(): string {
  const [first] = cpus();
  const memory = /MemTotal:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1] ?? '0';
  const gibibytes = Math.round(Number(memory) / 1024 / 1024);
  return `${cpus().length} × ${first?.model ?? 'unknown'}, ${gibibytes} GiB, Node ${process.version}`;
}
