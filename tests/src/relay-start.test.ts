// A relay that cannot start, or can no longer go on, says why in a sentence and ends with the status of docs/exit-codes.md; the
// one that runs already is not disturbed. Through the command, in both languages.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runSirdas } from './command.testkit.ts';
import { findFreePort } from './free-port.testkit.ts';
import { startRelay } from './relay-process.testkit.ts';
import { makeTemporaryFolder } from './temporary-folder.testkit.ts';
import { joinWire } from './wire-account.testkit.ts';

vi.setConfig({ testTimeout: 180_000 });

const NOT_STARTED = {
  en: /^sirdas: The relay was not started/,
  tr: /^sirdas: Aktarıcı başlatılmadı/,
} as const;

test('a second relay on the same data folder is refused, the first one goes on', async () => {
  const relay = await startRelay();
  const { connection } = await joinWire(relay.address, 'ilk', (await relay.ownerInvite()).invite.token);
  await expectNotStarted({ data: relay.dataFolder }, 3, relay.dataFolder);
  await connection.demand({ kind: 'ping' }, 'pong');
});

test('a port that is in use is named', async () => {
  const port = await findFreePort();
  const server = createServer().listen(port, '127.0.0.1');
  onTestFinished(() => void server.close());
  await expectNotStarted({ 'tcp-port': `${port}` }, 4, `${port}`);
});

test('a data folder that is a file, or cannot be one, is named', async () => {
  const folder = await newFolder();
  writeFileSync(folder, 'not a folder');
  await expectNotStarted({ data: folder }, 3, folder);
});

test('a database that is damaged is named and not overwritten', async () => {
  const relay = await startRelay();
  expect(await relay.stop()).toEqual({ status: 0, signal: null });
  const path = join(relay.dataFolder, 'relay.db');
  writeFileSync(path, 'x'.repeat(100_000));
  await expectNotStarted({ data: relay.dataFolder }, 3, relay.dataFolder);
  expect(readFileSync(path, 'utf8')).toBe('x'.repeat(100_000));
});

test('data of a newer version is left alone', async () => {
  const relay = await startRelay();
  await relay.stop();
  const path = join(relay.dataFolder, 'relay.db');
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 99');
  database.close();
  await expectNotStarted({ data: relay.dataFolder }, 3, relay.dataFolder);
});

test.each([
  [{ 'tcp-port': '70000' }, '70000'],
  [{ 'no-such-option': '1' }, 'no-such-option'],
])('a bad option %j is named, with what is allowed', async (flags, named) => {
  await expectNotStarted(flags, 2, named);
});

/** In both languages: the sentence, then a line that names what is wrong. */
async function expectNotStarted(flags: Record<string, string>, status: number, named: string): Promise<void> {
  const ports = {
    host: '127.0.0.1',
    'tcp-port': '0',
    'web-port': 'off',
    'web-tls-port': 'off',
    'metrics-port': 'off',
  };
  const start = async (language: keyof typeof NOT_STARTED) => {
    const all = { ...ports, data: await newFolder(), ...flags };
    const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
    const outcome = await runSirdas(['relay', '--lang', language, ...args]);
    const [sentence = '', detail = ''] = outcome.stderr.split('\n');
    expect(outcome).toMatchObject({ status, stdout: '' });
    expect(sentence).toMatch(NOT_STARTED[language]);
    expect(detail).toContain(named);
  };
  await Promise.all([start('en'), start('tr')]);
}

async function newFolder(): Promise<string> {
  return join(await makeTemporaryFolder(), 'relay');
}
