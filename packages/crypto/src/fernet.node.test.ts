// Fernet tokens against Python's `cryptography`, the implementation that most of the world uses.
import { spawnSync } from 'node:child_process';
import { decodeUtf8, encodeUtf8 } from '@sirdas/protocol';
import { expect, test } from 'vitest';
import { openFernetToken, sealFernetToken } from './fernet.ts';
import { systemRandom } from './random.ts';

const PYTHON = '/usr/bin/python3';
const KEY = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);
const NOW_SECONDS = 1_790_000_000;
const TEXT = 'Merhaba dünya 👋'.repeat(20);

const hasPython = spawnSync(PYTHON, ['-c', 'import cryptography.fernet']).status === 0;
const MISSING = `${PYTHON} with the module cryptography is not here`;

test('Python opens what was sealed here', async ({ skip }) => {
  if (!hasPython) return skip(MISSING);
  const token = await sealFernetToken(KEY, encodeUtf8(TEXT), {
    timeSeconds: NOW_SECONDS,
    random: systemRandom,
  });
  const script = 'sys.stdout.buffer.write(fernet.decrypt_at_time(data, 10, 1790000005))';
  expect(decodeUtf8(runPython(script, token))).toBe(TEXT);
});

test('Python refuses an hour later what was sealed here, so the time is where it belongs', async ({
  skip,
}) => {
  if (!hasPython) return skip(MISSING);
  const token = await sealFernetToken(KEY, encodeUtf8(TEXT), {
    timeSeconds: NOW_SECONDS,
    random: systemRandom,
  });
  expect(decodeUtf8(runPython('print(fernet.extract_timestamp(data), end="")', token))).toBe(
    String(NOW_SECONDS),
  );
  expect(() => runPython('fernet.decrypt_at_time(data, 10, 1790003600)', token)).toThrow('InvalidToken');
});

test('what Python sealed opens here', async ({ skip }) => {
  if (!hasPython) return skip(MISSING);
  const script = 'sys.stdout.buffer.write(fernet.encrypt_at_time(data, 1790000000))';
  for (const text of ['', 'a', 'sixteen bytes ok', TEXT]) {
    const token = runPython(script, encodeUtf8(text));
    expect(decodeUtf8(await openFernetToken(KEY, token, { exactSeconds: NOW_SECONDS }))).toBe(text);
  }
});

/** Runs one line with `fernet` and the given bytes as `data`; what it writes comes back. */
function runPython(line: string, data: Uint8Array): Uint8Array {
  const key = Buffer.from(KEY).toString('base64');
  const program = [
    'import sys, base64',
    'from cryptography.fernet import Fernet',
    `fernet = Fernet(base64.urlsafe_b64encode(base64.b64decode("${key}")))`,
    'data = sys.stdin.buffer.read()',
    line,
  ].join('\n');
  const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', program], { input: data });
  if (status !== 0) throw new Error(stderr.toString());
  return Uint8Array.from(stdout);
}
