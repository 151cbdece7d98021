// The repository as a list of files, without what is generated or installed. Used by the tests that compare documents,
// code and test names with each other.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './child-process.testkit.ts';

const NOT_OURS = new Set(['node_modules', 'dist', '.git', '.types', '.vitest', 'coverage', '__pycache__']);

/** Paths relative to the repository's root, with `/`. */
export function listRepositoryFiles(): string[] {
  return listFolder('');
}

export function readRepositoryFile(path: string): string {
  return readFileSync(join(repositoryRoot, path), 'utf8');
}

function listFolder(folder: string): string[] {
  const entries = readdirSync(join(repositoryRoot, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return NOT_OURS.has(entry.name) ? [] : listFolder(path);
  });
}
