// What the store says is durable is on the disk: after kill -9 at any instant, with an fsync that fails, with a full disk.
// THREATS §3, rows 1, 8 and 10. Faults of system calls are made with strace.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { LogId } from '@sirdas/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  claim,
  inbox,
  makeEntry,
  makeInvite,
  makeLogId,
  NOW_MS,
  phone,
  phoneOf,
  QUOTAS,
  readAll,
  summarize,
} from '../store-site.testkit.ts';
import { openSqliteStore } from './sqlite-store.ts';

const APPEND_PROCESS = fileURLToPath(new URL('./append-process.testkit.ts', import.meta.url));
const COMMIT_PROCESS = fileURLToPath(new URL('./commit-process.testkit.ts', import.meta.url));
const quotas = { ...QUOTAS, maxLogEntries: 10_000_000, maxLogBytes: 2 ** 40 };
const PAGE = { maxEntries: 1000, maxBytes: 1024 * 1024 };

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sirdas-durability-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function startAppending(logs: number, batches: number, prefix: readonly string[] = []) {
  return startWriting([APPEND_PROCESS, folder, `${logs}`, `${batches}`], prefix);
}

/** Runs a writing process; `lines` is filled with what it has been told to be durable. */
function startWriting(program: readonly string[], prefix: readonly string[] = []) {
  const [command = process.execPath, ...args] = [
    ...prefix,
    ...[process.execPath, '--conditions=sirdas-source'],
    ...program,
  ];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<string>((resolve) => child.once('close', () => resolve(stderr)));
  return { child, lines, ended };
}

async function untilLines(lines: readonly string[], count: number, child: ChildProcess): Promise<void> {
  while (lines.length < count && child.exitCode === null) await sleep(1);
}

/** Checks that each log holds exactly 1..head with the right content, and that nothing that was acknowledged is missing. */
async function checkLogs(acknowledgedHeads: readonly number[]): Promise<void> {
  const store = await openSqliteStore({ folder, quotas });
  try {
    for (const [index, acknowledgedHead] of acknowledgedHeads.entries()) {
      let seq = 0;
      let head = 1;
      while (seq < head) {
        const slice = await store.readAfter(makeLogId(index + 1), phoneOf(`user${index}`), seq, PAGE);
        if (slice === null) throw new Error('the log is gone');
        head = slice.head;
        for (const entry of slice.entries) {
          expect(entry.seq).toBe(++seq);
          expect(Buffer.from(entry.envelope).toString()).toMatch(new RegExp(`^${index}:${seq}:x*$`));
        }
      }
      expect(seq).toBeGreaterThanOrEqual(acknowledgedHead);
    }
  } finally {
    await store.close();
  }
}

describe('kill -9', () => {
  it('loses nothing that was acknowledged, at 10 random instants', { timeout: 120_000 }, async () => {
    let heads: number[] = [0, 0, 0];
    for (let round = 0; round < 10; round++) {
      const { child, lines, ended } = startAppending(3, 1_000_000);
      await untilLines(lines, 1 + Math.floor(Math.random() * 20), child);
      await sleep(Math.random() * 50);
      child.kill('SIGKILL');
      await ended;
      heads = JSON.parse(lines.at(-1) ?? '[0,0,0]') as number[];
      await checkLogs(heads);
    }
    expect(Math.min(...heads)).toBeGreaterThan(10);
  });
});

/** Of every epoch all is there: its commit, what that delivered, and who reads since; or none of it. */
async function checkCommits(acknowledgedEpoch: number): Promise<number> {
  const store = await openSqliteStore({ folder, quotas });
  try {
    const everything = { maxEntries: 1_000_000, maxBytes: 2 ** 40 };
    const read = async (log: LogId, device = phone) => store.readAfter(log, device, 0, everything);
    const committed = await read(makeLogId(10));
    const epoch = committed?.epoch ?? 0;
    expect(epoch).toBeGreaterThanOrEqual(acknowledgedEpoch);
    const expected = Array.from({ length: epoch }, (_, index) => index);
    const epochsOf = (slice: typeof committed) =>
      slice?.entries.map(({ envelope }) => Number.parseInt(Buffer.from(envelope).toString(), 10));
    expect(committed?.entries.map(({ epoch }) => epoch)).toEqual(expected);
    expect(epochsOf(committed)).toEqual(expected);
    expect(epochsOf(await read(inbox))).toEqual(expected);
    expect(epochsOf(await read(makeLogId(2), phoneOf('bob')))).toEqual(expected);
    const bobs = await read(makeLogId(10), phoneOf('bob'));
    expect(bobs?.isEnd).toBe(epoch % 2 === 0);
    return epoch;
  } finally {
    await store.close();
  }
}

describe('kill -9 between commits', () => {
  it('leaves each commit whole or not at all, at 10 random instants', { timeout: 120_000 }, async () => {
    let epoch = 0;
    for (let round = 0; round < 10; round++) {
      const { child, lines, ended } = startWriting([COMMIT_PROCESS, folder]);
      await untilLines(lines, 1 + Math.floor(Math.random() * 20), child);
      await sleep(Math.random() * 20);
      child.kill('SIGKILL');
      await ended;
      epoch = await checkCommits(Number(lines.at(-1) ?? epoch));
    }
    expect(epoch).toBeGreaterThan(10);
  });
});

const tracing = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']);
const canTrace = tracing.status === 0;
const reason = canTrace ? '' : ' (skipped: strace cannot be run here)';

describe.skipIf(!canTrace)(`system calls${reason}`, () => {
  it('waits for the disk once for each batch', { timeout: 60_000 }, async () => {
    const trace = join(folder, 'trace');
    const strace = ['strace', '-f', '-qq', '-e', 'trace=fsync,fdatasync', '-o', trace];
    const { ended, lines } = startAppending(2, 50, strace);
    await ended;
    expect(lines).toHaveLength(50);
    const { stdout } = spawnSync('grep', ['-cE', 'f(data)?sync\\(.*= 0', trace], { encoding: 'utf8' });
    // A few more: creating the files, making the schema, the two accounts, closing.
    expect(Number(stdout)).toBeGreaterThanOrEqual(50);
    expect(Number(stdout)).toBeLessThan(80);
  });

  it('acknowledges nothing after an fsync that failed, and says so', { timeout: 60_000 }, async () => {
    const inject = 'inject=fsync,fdatasync:error=EIO:when=30';
    const strace = ['strace', '-f', '-qq', '-e', 'trace=fsync,fdatasync', '-e', inject, '-o', '/dev/null'];
    const { child, ended, lines } = startAppending(2, 1_000_000, strace);
    await ended;
    expect(child.exitCode).toBe(1);
    expect(lines.pop()).toBe('{"error":"FAILED"}');
    expect(lines.length).toBeGreaterThan(5);
    await checkLogs(JSON.parse(lines.at(-1) ?? '[]') as number[]);
  });
});

/** Writes until nothing fits any more. */
function fillDisk(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (const size of [1024 * 1024, 4096, 1]) writeUntilFull(file, new Uint8Array(size));
  } finally {
    closeSync(file);
  }
}

function writeUntilFull(file: number, bytes: Uint8Array): void {
  try {
    while (writeSync(file, bytes) === bytes.length);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}

/** A disk of its own; only root may make one. */
function mountSmallDisk(sizeMebibytes: number): string | null {
  const disk = mkdtempSync(join(tmpdir(), 'sirdas-disk-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMebibytes}m`, 'tmpfs', disk]);
  if (status === 0) return disk;
  rmSync(disk, { recursive: true });
  return null;
}

function unmount(disk: string): void {
  spawnSync('umount', [disk]);
  rmSync(disk, { recursive: true });
}

const probe = mountSmallDisk(1);
if (probe !== null) unmount(probe);

describe.skipIf(probe === null)(`full disk${probe === null ? ' (skipped: mount needs root)' : ''}`, () => {
  const MEBIBYTE = 1024 * 1024;
  const batchOf = (sizeMebibytes: number) =>
    Array.from({ length: sizeMebibytes * 16 }, () => makeEntry(inbox, 'x'.repeat(64 * 1024)));
  let disk = '';

  beforeEach(() => {
    disk = mountSmallDisk(48) ?? '';
  });

  afterEach(() => unmount(disk));

  it('refuses a whole batch, and takes the next one when acknowledgements have made room', async () => {
    const options = { folder: join(disk, 'data'), quotas, reserveBytes: 36 * MEBIBYTE };
    const store = await openSqliteStore(options);
    await claim(store, 'alice', inbox);
    let stored = 0;
    let outcomes = summarize(await store.append(batchOf(2)));
    while (outcomes[0] !== 'STORAGE_FULL') {
      stored += outcomes.length;
      outcomes = summarize(await store.append(batchOf(2)));
    }
    expect(new Set(outcomes)).toEqual(new Set(['STORAGE_FULL']));
    expect(stored).toBeGreaterThan(0);
    expect((await store.readAfter(inbox, phone, 0, PAGE))?.head).toBe(stored);
    store.acknowledge([{ log: inbox, device: phone, seq: stored, timeMs: NOW_MS }]);
    await expect.poll(async () => (await store.readAfter(inbox, phone, 0, PAGE))?.first).toBe(stored + 1);
    expect(summarize(await store.append(batchOf(2)))[0]).toBe(stored + 1);
    await store.close();
  });

  it('survives that others fill the disk to the last byte', async () => {
    const store = await openSqliteStore({ folder: join(disk, 'data'), quotas, reserveBytes: 0 });
    await claim(store, 'alice', inbox);
    await store.append([makeEntry(inbox, 'before')]);
    fillDisk(join(disk, 'ballast'));
    const outcomes = summarize(await store.append(batchOf(2)));
    expect(new Set(outcomes)).toEqual(new Set(['STORAGE_FULL']));
    await expect(store.saveInvite(makeInvite(1))).rejects.toMatchObject({ code: 'STORAGE_FULL' });
    rmSync(join(disk, 'ballast'));
    expect(summarize(await store.append([makeEntry(inbox, 'after')]))).toEqual([2]);
    expect(await readAll(store, inbox)).toBe('1..2: 1=before 2=after');
    await store.close();
  });
});
