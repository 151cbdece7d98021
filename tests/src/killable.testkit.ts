// Processes that are killed again and again while they work: one that keeps coming back, with all its output over all its
// lives, and what was seen to go on again after each kill. Used by the fault tests.
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { SupervisedProcess } from './child-process.testkit.ts';
import { percentile } from './message-history.testkit.ts';
import type { SeededRandom } from './seeded-random.testkit.ts';

const PROGRESS_TIMEOUT_MS = 60_000;

/** Something that can be killed and started again. */
export interface Killable {
  readonly name: string;
  kill(): Promise<void>;
  /** Resolves when it has started. */
  restart(): Promise<void>;
  /** Counts what it has achieved; must grow again after each restart. */
  progress(): number;
}

/** A program of programs/ under one set of arguments, life after life. */
export class KillableProgram implements Killable {
  readonly name: string;
  readonly #args: readonly string[];
  readonly #progressPattern: RegExp;
  readonly #lives: SupervisedProcess[] = [];

  constructor(name: string, args: readonly string[], progressPattern: RegExp) {
    this.name = name;
    this.#args = args;
    this.#progressPattern = progressPattern;
    onTestFinished(() => this.kill());
  }

  get process(): SupervisedProcess {
    const life = this.#lives.at(-1);
    if (!life) throw new Error(`${this.name} was not started`);
    return life;
  }

  async restart(): Promise<void> {
    const life = new SupervisedProcess('node', this.#args, { input: { open: true } });
    this.#lives.push(life);
    await life.stdout.waitFor(/^ready/);
  }

  async kill(): Promise<void> {
    await this.#lives.at(-1)?.end('SIGKILL');
  }

  /** Every line of every life. */
  lines(): string[] {
    return this.#lives.flatMap((life) => life.stdout.lines);
  }

  progress(): number {
    return this.lines().filter((line) => this.#progressPattern.test(line)).length;
  }
}

export interface TormentReport {
  readonly faults: number;
  /** From each kill until it achieved something again. */
  readonly recoveriesMs: readonly number[];
}

/** Kills it so many times, each time a random while after it was seen to work. */
export async function torment(
  victim: Killable,
  { kills, random, maxDelayMs }: { kills: number; random: SeededRandom; maxDelayMs: number },
): Promise<TormentReport> {
  const recoveriesMs: number[] = [];
  await waitForProgress(victim, 0);
  for (let kill = 0; kill < kills; kill++) {
    // Not a wait for something: the instant of the fault.
    await sleep(random.below(maxDelayMs));
    const killedAtMs = performance.now();
    await victim.kill();
    const before = victim.progress();
    await victim.restart();
    await waitForProgress(victim, before);
    recoveriesMs.push(performance.now() - killedAtMs);
  }
  return { faults: kills, recoveriesMs };
}

/** `kill -9 relay 50, recovery p50 612 ms, p99 930 ms`. */
export function describeTorment(name: string, { faults, recoveriesMs }: TormentReport): string {
  const [p50, p99] = [0.5, 0.99].map((share) => Math.round(percentile(recoveriesMs, share)));
  return `kill -9 ${name} ${faults}, recovery p50 ${p50} ms, p99 ${p99} ms`;
}

async function waitForProgress(victim: Killable, before: number): Promise<void> {
  const deadline = performance.now() + PROGRESS_TIMEOUT_MS;
  while (victim.progress() <= before) {
    if (performance.now() > deadline) throw new Error(`${victim.name} achieves nothing any more`);
    await sleep(5);
  }
}
