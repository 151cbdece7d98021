// Runs the repository's own tools: whatever lies in node_modules/.bin comes first on the path, also `node`,
// because the packages need Node 22.12 while these scripts must start under the Node 20 of a plain machine.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

export const repositoryRoot = resolve(import.meta.dirname, '../..');

/** Runs a tool with our terminal as its own; resolves to its exit status (128 + n when signal n ended it). */
export async function runTool(command, args = []) {
  const { status } = await start(command, args, 'inherit');
  return status;
}

/** Runs a tool silently; resolves to its exit status and everything it printed. */
export function runQuietly(command, args = []) {
  return start(command, args, 'pipe');
}

/**
 * Like `runTool`, for a program that runs until it is told to stop: signals sent to us reach it, and we wait.
 * Ctrl-C in a terminal goes to the whole process group, so there the program has already received SIGINT.
 */
export async function runService(command, args) {
  const { status } = await start(command, args, 'inherit', (child) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => {
        if (signal !== 'SIGINT' || !isInTerminal()) child.kill(signal);
      });
    }
  });
  return status;
}

function isInTerminal() {
  return [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
}

/** Ends this process with a sentence for the person in front of it. */
export function giveUp(sentence) {
  console.error(sentence);
  process.exit(1);
}

function start(command, args, stdio, onSpawn = (_child) => {}) {
  return new Promise((settle, reject) => {
    const child = spawn(command, args, {
      cwd: repositoryRoot,
      env: toolEnvironment(),
      stdio: stdio === 'pipe' ? ['ignore', 'pipe', 'pipe'] : stdio,
    });
    const chunks = /** @type {Buffer[]} */ ([]);
    child.stdout?.on('data', (chunk) => chunks.push(chunk));
    child.stderr?.on('data', (chunk) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (status, signal) => {
      settle({
        status: signal === null ? status : 128 + constants.signals[signal],
        output: Buffer.concat(chunks).toString(),
      });
    });
    onSpawn(child);
  });
}

function toolEnvironment() {
  const path = [join(repositoryRoot, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  return { ...process.env, PATH: path };
}
