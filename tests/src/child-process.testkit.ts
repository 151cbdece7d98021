// Processes that a test starts: their lines can be waited for, their end too, and none outlives its test. Everything else
// that runs a program (relay-process, command) stands on this.
import { type ChildProcess, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { LineLog } from './line-log.testkit.ts';

export const repositoryRoot = resolve(import.meta.dirname, '../..');

export interface ProcessExit {
  /** null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** For its standard input, which is then closed; `open`: `writeLine` is going to be called. Absent: nothing. */
  readonly input?: string | Uint8Array | { readonly open: true };
}

export class SupervisedProcess {
  readonly stdout: LineLog;
  readonly stderr: LineLog;
  /** Resolves when the process has ended and both outputs have been read to their end. */
  readonly exit: Promise<ProcessExit>;
  readonly #child: ChildProcess;

  constructor(command: string, args: readonly string[], options: ProcessOptions = {}) {
    const name = [command, ...args].join(' ');
    this.stdout = new LineLog(`stdout of ${name}`);
    this.stderr = new LineLog(`stderr of ${name}`);
    this.#child = spawn(command, args, {
      cwd: options.cwd ?? repositoryRoot,
      env: { ...toolEnvironment(), ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (chunk: Uint8Array) => this.stdout.push(chunk));
    this.#child.stderr?.on('data', (chunk: Uint8Array) => this.stderr.push(chunk));
    // A process that ends without reading its input is not an error of the test.
    this.#child.stdin?.on('error', () => {});
    const { input = '' } = options;
    if (typeof input === 'string' || input instanceof Uint8Array) this.#child.stdin?.end(input);
    this.exit = new Promise((settle, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (status, signal) => {
        this.stdout.end();
        this.stderr.end();
        settle({ status, signal });
      });
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the process did not start');
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  writeLine(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Sends a signal and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<ProcessExit> {
    if (!this.hasEnded) this.#child.kill(signal);
    return this.exit;
  }
}

/** Starts a program; when the test is over it is killed if it still runs. */
export function startProcess(
  command: string,
  args: readonly string[],
  options?: ProcessOptions,
): SupervisedProcess {
  const started = new SupervisedProcess(command, args, options);
  onTestFinished(async () => {
    await started.end('SIGKILL');
  });
  return started;
}

/** The repository's own Node, never the system's older one. */
function toolEnvironment(): NodeJS.ProcessEnv {
  const path = [join(repositoryRoot, 'node_modules/.bin'), process.env['PATH']].join(':');
  return {
    PATH: path,
    HOME: process.env['HOME'] ?? '/nonexistent',
    LANG: 'C.UTF-8',
    // Hundreds of short programs are started; what the compiler has found out about them is kept.
    NODE_COMPILE_CACHE: join(repositoryRoot, 'node_modules/.cache/sirdas-tests'),
  };
}
