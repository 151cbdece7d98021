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
  /** Of all lives but the last one. */
  #progressBefore = 0;

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
    this.#progressBefore += this.#countProgress();
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
    return this.#progressBefore + this.#countProgress();
  }

  #countProgress(): number {
    return this.#lives.at(-1)?.stdout.lines.filter((line) => this.#progressPattern.test(line)).length ?? 0;
  }
}

export interface TormentReport {
  readonly faults: number;
  /** From each kill until it achieved something again. */
  readonly recoveriesMs: readonly number[];
}

/**
 * In every round each of `chooseVictims(round)` is killed and started again at a random instant of its own, so that any of them
 * may be there or not when another one dies; a round is over when all of them achieve something again.
 */
export async function torment(
  chooseVictims: (round: number) => readonly Killable[],
  { rounds, random, maxDelayMs }: { rounds: number; random: SeededRandom; maxDelayMs: number },
): Promise<Map<string, TormentReport>> {
  const recoveriesMs = new Map<string, number[]>();
  for (let round = 0; round < rounds; round++) {
    const planned = chooseVictims(round).map((victim) => ({ victim, delayMs: random.below(maxDelayMs) }));
    await Promise.all(
      planned.map(async ({ victim, delayMs }) => {
        const recoveryMs = await killOnce(victim, delayMs);
        recoveriesMs.set(victim.name, [...(recoveriesMs.get(victim.name) ?? []), recoveryMs]);
      }),
    );
  }
  return new Map(
    [...recoveriesMs].map(([name, times]) => [name, { faults: times.length, recoveriesMs: times }]),
  );
}

/** Returns the time from the kill until the victim achieves something again. */
async function killOnce(victim: Killable, delayMs: number): Promise<number> {
  // Not a wait for something: the instant of the fault.
  await sleep(delayMs);
  const killedAtMs = performance.now();
  await victim.kill();
  const before = victim.progress();
  await victim.restart();
  await waitForProgress(victim, before);
  return performance.now() - killedAtMs;
}

/** `kill -9 relay 50, recovery p50 612 ms, p99 930 ms`. */
export function describeTorment([name, { faults, recoveriesMs }]: readonly [string, TormentReport]): string {
  const [p50, p99] = [0.5, 0.99].map((share) => Math.round(percentile(recoveriesMs, share)));
  return `kill -9 ${name} ${faults}, recovery p50 ${p50} ms, p99 ${p99} ms`;
}

export async function waitForProgress(victim: Killable, before: number): Promise<void> {
  const deadline = performance.now() + PROGRESS_TIMEOUT_MS;
  while (victim.progress() <= before) {
    if (performance.now() > deadline) throw new Error(`${victim.name} achieves nothing any more`);
    await sleep(5);
  }
}
