// A folder that lives as long as the test that asked for it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export async function makeTemporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sirdas-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
