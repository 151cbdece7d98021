// `npm run verify`: everything about the repository that is not a test. Every check runs even when an earlier one
// failed, so that one run names all that is wrong; a check's output is shown only when it failed.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled } from './lib/installation.mjs';
import { repositoryRoot, runQuietly } from './lib/tools.mjs';

const PROTOCOL = 'packages/protocol';
const RELEASED_SCHEMA = `${PROTOCOL}/released.binpb`;
const GENERATED_CODE = 'src/gen/sirdas_pb.ts';

const checks = [
  { name: 'types', run: () => runQuietly('tsc', ['-b']) },
  { name: 'lint and format', run: () => runQuietly('biome', ['ci', '--colors=off', '.']) },
  { name: 'lock file whole', run: () => runQuietly('node', ['scripts/complete-lockfile.mjs', '--check']) },
  { name: 'dead code', run: () => runQuietly('knip', ['--no-progress']) },
  ...publishedPackages().map((folder) => ({
    name: `publishable ${folder}`,
    run: () => runQuietly('publint', ['run', folder, '--strict']),
  })),
  { name: 'protocol lint', run: () => runQuietly('buf', ['lint', PROTOCOL]) },
  { name: 'protocol compatible', run: compareWithReleased },
  { name: 'generated code fresh', run: compareGeneratedCode },
];

await ensureInstalled();
const failed = [];
for (const { name, run } of checks) {
  const startedAt = performance.now();
  const { status, output, note } = await run();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${note ?? `${seconds} s`})`);
  if (status !== 0) {
    failed.push(name);
    console.log(output);
  }
}
if (failed.length > 0) {
  console.error(`verify failed: ${failed.join(', ')}`);
  process.exit(1);
}

function publishedPackages() {
  const folders = readdirSync(join(repositoryRoot, 'packages')).map((name) => `packages/${name}`);
  return folders.filter((folder) => {
    const manifest = JSON.parse(readFileSync(join(repositoryRoot, folder, 'package.json'), 'utf8'));
    return manifest.private !== true;
  });
}

/** The wire may not break what has been released; `npm run release-protocol` writes down what that is. */
async function compareWithReleased() {
  if (!existsSync(join(repositoryRoot, RELEASED_SCHEMA))) {
    return { status: 0, output: '', note: 'nothing released yet' };
  }
  return runQuietly('buf', ['breaking', PROTOCOL, '--against', RELEASED_SCHEMA]);
}

async function compareGeneratedCode() {
  const folder = mkdtempSync(join(tmpdir(), 'sirdas-generated-'));
  try {
    const generate = await runQuietly('buf', [
      'generate',
      PROTOCOL,
      ...['--template', `${PROTOCOL}/buf.gen.yaml`],
      ...['--output', folder],
    ]);
    if (generate.status !== 0) return generate;
    const fresh = readFileSync(join(folder, GENERATED_CODE), 'utf8');
    const committed = readFileSync(join(repositoryRoot, PROTOCOL, GENERATED_CODE), 'utf8');
    if (fresh === committed) return { status: 0, output: '' };
    return { status: 1, output: `${PROTOCOL}/${GENERATED_CODE} is out of date: run npm run generate` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
