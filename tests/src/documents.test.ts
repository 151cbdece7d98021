// Documents that lie are worse than none: links and file names in them must lead somewhere, and the check ids of SPEC §10
// must stand at a check in the code and in the name of a test.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { repositoryRoot } from './child-process.testkit.ts';
import { listRepositoryFiles, readRepositoryFile } from './repository-files.testkit.ts';

const SPEC = 'packages/protocol/SPEC.md';
const files = listRepositoryFiles();
const documents = files.filter((path) => /^(?:[^/]+|docs\/.+|packages\/protocol\/SPEC)\.md$/.test(path));

describe.each(documents)('%s', (document) => {
  const text = readRepositoryFile(document);

  test('every relative link leads to a file, and to a heading of it', () => {
    const dead = linksOf(text).filter((link) => !leadsSomewhere(document, link));
    expect(dead).toEqual([]);
  });

  test('every file named in backticks exists', () => {
    const missing = namedFilesOf(text).filter((name) => !isFileHere(document, name));
    expect(missing).toEqual([]);
  });
});

describe('check ids', () => {
  const ids = [...readRepositoryFile(SPEC).matchAll(/^\| ((?:PRO|CRY|RLY|CLI)-\d{3}) \|/gm)].map(
    ([, id]) => id,
  );
  const sources = files.filter((path) => /^(?:packages|interop|tests)\/.*\.(?:ts|tsx|py)$/.test(path));
  const isTest = (path: string) => /\.(?:test|testkit)\.tsx?$|(?:^|\/)test_[^/]+\.py$/.test(path);
  const inCode = new Set(sources.filter((path) => !isTest(path)).flatMap(findIds));
  const inTestNames = new Set(sources.filter(isTest).flatMap(findIdsInStrings));

  test('every id used in code or tests stands in SPEC §10', () => {
    expect(ids.length).toBeGreaterThan(10);
    expect([...inCode, ...inTestNames].filter((id) => !ids.includes(id))).toEqual([]);
  });

  test('every id of SPEC §10 stands at a check in the code', () => {
    expect(ids.filter((id) => !inCode.has(id ?? ''))).toEqual([]);
  });

  test('every id of SPEC §10 stands in the name of a test', () => {
    expect(ids.filter((id) => !inTestNames.has(id ?? ''))).toEqual([]);
  });
});

test('the search itself finds a dead link, a missing file and an id (positive control)', () => {
  const text = 'See [this](docs/nowhere.md), [that](#no-heading) and `tests/src/nothing-here.ts`.';
  expect(linksOf(text).filter((link) => !leadsSomewhere('README.md', link))).toEqual([
    'docs/nowhere.md',
    '#no-heading',
  ]);
  expect(namedFilesOf(text).filter((name) => !isFileHere('README.md', name))).toEqual([
    'tests/src/nothing-here.ts',
  ]);
});

/** Targets of links and images that are not on another host. */
function linksOf(markdown: string): string[] {
  const targets = [...markdown.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)|(?:src|href)="([^"]+)"/g)];
  return targets
    .map(([, link, attribute]) => link ?? attribute ?? '')
    .filter((link) => !/^[a-z]+:/i.test(link));
}

function leadsSomewhere(document: string, link: string): boolean {
  const [path = '', heading] = decodeURI(link).split('#');
  const target = path === '' ? document : join(dirname(document), path);
  if (!existsSync(join(repositoryRoot, target))) return false;
  if (heading === undefined || !target.endsWith('.md')) return true;
  return headingsOf(readRepositoryFile(target)).includes(heading);
}

/** Headings as GitHub names them in links. */
function headingsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

/** What stands in backticks and looks like a file of a repository: `store.ts`, `packages/relay`, `docs/operating.md`. */
function namedFilesOf(markdown: string): string[] {
  const withoutFences = markdown.replaceAll(/^```[\s\S]*?^```/gm, '');
  const spans = [...withoutFences.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span.replace(/\/$/, ''));
  const topFolders = new Set(
    files.filter((path) => path.includes('/')).map((path) => path.split('/')[0] ?? ''),
  );
  return spans.filter((span) => {
    if (!/^[\w.@-]+(?:\/[\w.@-]+)*$/.test(span)) return false;
    const isUnderFolder = span.includes('/') && topFolders.has(span.split('/')[0] ?? '');
    return isUnderFolder || /\.(?:ts|tsx|mjs|md|proto|py)$/.test(span);
  });
}

/** A path from the root, from the document, or the end of the path of some file. */
function isFileHere(document: string, name: string): boolean {
  if (name.includes('/dist/')) return true;
  const candidates = [name, join(dirname(document), name)];
  return (
    candidates.some((path) => existsSync(join(repositoryRoot, path))) ||
    files.some((path) => path.endsWith(`/${name}`))
  );
}

function findIds(path: string): string[] {
  return readRepositoryFile(path).match(/\b(?:PRO|CRY|RLY|CLI)-\d{3}\b/g) ?? [];
}

/** Ids inside string literals: names of tests and of their cases. A comment in a test shows nothing. */
function findIdsInStrings(path: string): string[] {
  const strings =
    readRepositoryFile(path).match(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g) ?? [];
  return strings.flatMap((text) => text.match(/\b(?:PRO|CRY|RLY|CLI)-\d{3}\b/g) ?? []);
}
