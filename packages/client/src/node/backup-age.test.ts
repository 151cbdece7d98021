// The program `age` itself opens a backup: nobody needs sırdaş to get at their own messages.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FakeRelay } from '../fake-relay.testkit.ts';
import { ManualClock } from '../manual-clock.testkit.ts';
import { meet } from '../people.testkit.ts';
import { makeTemporaryFolder } from './temporary-folder.testkit.ts';

/** `age` asks for passphrases on a terminal only; this program of util-linux gives it one. */
const terminal = 'script';
const isMissing = ['age', terminal].some((program) => spawnSync(program, ['--version']).error !== undefined);

describe('a backup', () => {
  it.skipIf(isMissing)('is opened by `age -d` (skipped where age or script is not installed)', async () => {
    const clock = new ManualClock();
    const alice = await meet(await FakeRelay.start(clock), clock, 'alice');
    await alice.sirdas.send('alice', 'a note to keep');
    const { id } = (await alice.sirdas.messages(alice.sirdas.conversationWith('alice')))[0] ?? {};
    if (id) await alice.sirdas.waitUntilAccepted(id);
    const folder = await makeTemporaryFolder();
    const [file, plain] = [join(folder, 'backup.age'), join(folder, 'backup.jsonl')];
    await writeFile(file, await alice.sirdas.exportBackup('güvenli parola', { scryptLogN: 10 }));
    const command = `age -d -o '${plain}' '${file}'`;
    execFileSync(terminal, ['-qec', command, '/dev/null'], {
      input: 'güvenli parola\n',
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    const lines = (await readFile(plain, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ kind: 'backup', nickname: 'alice' });
    expect(lines.filter(({ kind }) => kind === 'message')).toMatchObject([
      { body: { text: 'a note to keep' } },
    ]);
  });
});
