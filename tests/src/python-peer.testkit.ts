// Somebody who uses the Python client (interop/python): its commands in processes of their own, on a folder of their own. What
// the commands write is read as JSON lines.
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  type ProcessExit,
  type ProcessOptions,
  repositoryRoot,
  type SupervisedProcess,
  startProcess,
} from './child-process.testkit.ts';
import { makeTemporaryFolder } from './temporary-folder.testkit.ts';

export const PYTHON = '/usr/bin/python3';
export const PYTHON_FOLDER = join(repositoryRoot, 'interop/python');

/** A line of output; which other fields it has depends on `kind` (interop/python/README.md). */
export type PythonLine = { readonly kind: string } & Readonly<Record<string, unknown>>;

export interface PythonRun extends ProcessExit {
  readonly lines: readonly PythonLine[];
  /** The code with which the command failed, or an empty string. */
  readonly error: string;
}

export class PythonPeer {
  readonly nickname: string;
  readonly #home: string;

  private constructor(nickname: string, home: string) {
    this.nickname = nickname;
    this.#home = home;
  }

  /** With an empty folder; `join` is to follow. */
  static async prepare(nickname: string): Promise<PythonPeer> {
    return new PythonPeer(nickname, join(await makeTemporaryFolder(), 'python'));
  }

  static async join(link: string, nickname: string): Promise<PythonPeer> {
    const peer = await PythonPeer.prepare(nickname);
    const { status, error } = await peer.run(['join', link, '--name', nickname]);
    if (status !== 0) throw new Error(`the Python client could not join: ${error}`);
    return peer;
  }

  /** Runs a command to its end. */
  async run(args: readonly string[], options: ProcessOptions = {}): Promise<PythonRun> {
    const process = this.start(args, options);
    const exit = await process.exit;
    const error = /^[A-Z_]+(?=:|$)/m.exec(process.stderr.text())?.[0] ?? '';
    return { ...exit, lines: readLines(process), error };
  }

  /** Starts a command that goes on: `listen` or `bridge`. */
  start(args: readonly string[], options: ProcessOptions = {}): SupervisedProcess {
    const command = ['-m', 'sirdas_peer', '--json', '--home', this.#home, ...args];
    return startProcess(PYTHON, command, { cwd: PYTHON_FOLDER, ...options });
  }

  /** A `bridge`, connected. */
  async startBridge(): Promise<PythonBridge> {
    const process = this.start(['bridge'], { input: { open: true } });
    await process.stdout.waitFor(/"kind": "connected"/);
    return new PythonBridge(process);
  }

  /** Everything that waits, and `count` messages. */
  async listen(count: number): Promise<string[]> {
    const { status, lines, error } = await this.run(['listen', '--count', `${count}`, '--timeout', '60']);
    if (status !== 0) throw new Error(`the Python client heard ${lines.length} lines, then ${error}`);
    return textsOf(lines);
  }
}

/** A running `bridge`: talks while it listens. */
export class PythonBridge {
  readonly process: SupervisedProcess;

  constructor(process: SupervisedProcess) {
    this.process = process;
  }

  get lines(): readonly PythonLine[] {
    return readLines(this.process);
  }

  send(nickname: string, text: string): void {
    this.process.writeLine(JSON.stringify({ to: nickname, text }));
  }

  /** Resolves with the lines of this kind when there are so many. */
  async waitForKind(kind: string, count: number): Promise<readonly PythonLine[]> {
    const found = () => this.lines.filter((line) => line.kind === kind);
    await this.#waitUntil(() => found().length >= count);
    return found();
  }

  /** Resolves when such a line has come. */
  async waitForLine(expected: PythonLine): Promise<void> {
    const isSuch = (line: PythonLine) => isDeepStrictEqual(line, expected);
    await this.#waitUntil(() => this.lines.some(isSuch));
  }

  async #waitUntil(holds: () => boolean): Promise<void> {
    while (!holds()) await this.process.stdout.waitFor(/./, { from: this.process.stdout.lines.length });
  }

  async close(): Promise<void> {
    await this.process.end('SIGTERM');
  }
}

export function textsOf(lines: readonly PythonLine[]): string[] {
  return lines.filter(({ kind }) => kind === 'message').map((line) => String(line['text']));
}

function readLines(process: SupervisedProcess): PythonLine[] {
  return process.stdout.lines.map((line) => JSON.parse(line) as PythonLine);
}
