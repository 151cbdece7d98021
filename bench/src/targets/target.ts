// A relay to be measured, as a process of its own on an empty folder.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Endpoint } from '../load/load-process.ts';

export interface Target {
  readonly name: string;
  start(): Promise<RunningTarget>;
}

export interface RunningTarget {
  readonly endpoint: Endpoint;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface ProcessPlan {
  /** A TypeScript file and its arguments, given the folder that the relay may use. */
  readonly commandFor: (folder: string) => readonly string[];
  /** Understands the line that the process prints when it is ready. */
  readonly readEndpoint: (line: string) => Endpoint | null;
}

const STOP_GRACE_MS = 10_000;

export async function startProcess({ commandFor, readEndpoint }: ProcessPlan): Promise<RunningTarget> {
  // Not in memory: what is measured is the disk, too.
  const folder = mkdtempSync(join(tmpdir(), 'sirdas-bench-'));
  const child = spawn(process.execPath, [...process.execArgv, ...commandFor(folder)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = async () => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { endpoint: await waitForEndpoint(child, readEndpoint), pid: child.pid ?? 0, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function waitForEndpoint(
  child: ChildProcess,
  readEndpoint: ProcessPlan['readEndpoint'],
): Promise<Endpoint> {
  if (child.stdout === null) throw new Error('the relay has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    const endpoint = readEndpoint(line);
    // Its output is of no further interest, but must not fill the pipe.
    if (endpoint !== null) {
      child.stdout.resume();
      return endpoint;
    }
  }
  throw new Error('the relay ended before it was ready');
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
  await exited;
  clearTimeout(timer);
}
