// `npm run bench:envelopes`: sealing and opening a message of 1 KiB, ours beside libsignal in one run and in turns, and what groups
// cost. libsignal is not a part of the normal install: `npm ci` in bench/peers/libsignal brings it (the script does so).
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MLS_SUITES } from '@sirdas/protocol';
import { type GroupCosts, measureGroup } from './group-costs.ts';
import { mlsSubject } from './mls-subject.ts';
import type { EnvelopeSubject } from './subject.ts';

const PEER_FOLDER = new URL('../../peers/libsignal/', import.meta.url);
const MESSAGE_BYTES = 1024;
const WARM_UP_MESSAGES = 100;

const { values } = parseArgs({
  options: {
    members: { type: 'string', default: '2,50' },
    messages: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '5' },
    groups: { type: 'string', default: '2,50,200' },
  },
});

const subjects: readonly EnvelopeSubject[] = [...MLS_SUITES.map(mlsSubject), await loadPeer()];
for (const members of readNumbers(values.members)) printRoundTrips(members, await measureSubjects(members));
printGroupCosts(await measureGroups());

async function loadPeer(): Promise<EnvelopeSubject> {
  if (!existsSync(new URL('node_modules', PEER_FOLDER))) {
    execFileSync('npm', ['ci'], { cwd: fileURLToPath(PEER_FOLDER), stdio: 'inherit' });
  }
  // Not resolved by the compiler: it is not there after a normal install.
  const { href } = new URL('libsignal-subject.ts', PEER_FOLDER);
  return import(href);
}

/** Median milliseconds of a message by subject; in every round all subjects take turns. */
async function measureSubjects(members: number): Promise<Map<string, number>> {
  const messages = Number(values.messages);
  const plaintext = new Uint8Array(MESSAGE_BYTES).fill(0x61);
  const open = await Promise.all(subjects.map((subject) => subject.open(members)));
  const times = subjects.map((): number[] => []);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [i, pass] of open.entries()) {
      for (let n = 0; n < WARM_UP_MESSAGES; n++) await pass(plaintext);
      const startedAtMs = performance.now();
      for (let n = 0; n < messages; n++) await pass(plaintext);
      times[i]?.push((performance.now() - startedAtMs) / messages);
    }
  }
  return new Map(subjects.map(({ name }, i) => [name, median(times[i] ?? [])]));
}

async function measureGroups(): Promise<GroupCosts[]> {
  const costs: GroupCosts[] = [];
  for (const suite of MLS_SUITES) {
    for (const members of readNumbers(values.groups)) costs.push(await measureGroup(suite, members));
  }
  return costs;
}

function printRoundTrips(members: number, medians: ReadonlyMap<string, number>): void {
  const [[, peer = 1] = []] = [...medians].slice(-1);
  console.log(`\n${members} members, ${MESSAGE_BYTES} bytes, seal and open once, median of ${values.rounds}`);
  console.table(
    [...medians].map(([subject, ms]) => ({ subject, ms: round(ms, 3), ratio: round(ms / peer, 2) })),
  );
}

function printGroupCosts(costs: readonly GroupCosts[]): void {
  console.log('\ngroups: milliseconds and bytes, one device for each member');
  console.table(
    costs.map(({ suite, members, ...figures }) => {
      const rounded = Object.entries(figures).map(([name, value]) => [name, round(value, 1)]);
      return { suite, members, ...Object.fromEntries(rounded) };
    }),
  );
}

function readNumbers(list: string): number[] {
  return list.split(',').map(Number);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
