// A disk that is easily filled: a small tmpfs, which only root may mount.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { makeTemporaryFolder } from './temporary-folder.testkit.ts';

export const NO_SMALL_DISK = 'only root may mount the small tmpfs that this test fills';

/** Null where it may not be mounted: the test is then skipped with NO_SMALL_DISK as its reason. */
export async function mountSmallDisk(sizeMib: number): Promise<SmallDisk | null> {
  const folder = await makeTemporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMib}m`, 'sirdas-test', folder], {
      stdio: 'ignore',
    });
  } catch {
    return null;
  }
  // Lazily: a process that is still ending may have a file open.
  onTestFinished(() => void execFileSync('umount', ['--lazy', folder]));
  return new SmallDisk(folder);
}

export class SmallDisk {
  readonly folder: string;
  readonly #ballast: string;

  constructor(folder: string) {
    this.folder = folder;
    this.#ballast = join(folder, 'ballast');
  }

  /** Takes all room but so much. */
  async fill(leaveBytes: number): Promise<void> {
    this.empty();
    const { bavail, bsize } = await statfs(this.folder);
    writeFileSync(this.#ballast, Buffer.alloc(Math.max(0, bavail * bsize - leaveBytes)));
  }

  empty(): void {
    writeFileSync(this.#ballast, '');
  }
}
