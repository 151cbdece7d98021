// `npm test [-- vitest options]`: from a fresh clone to the result of all tests. Runs under Node 20, installs and
// builds what is missing (the end-to-end tests start the built command), then hands over to vitest.
import { ensureInstalled } from './lib/installation.mjs';
import { ensureSystemPackages } from './lib/system-packages.mjs';
import { runTool } from './lib/tools.mjs';

await ensureInstalled();
await ensureSystemPackages();
const built = await runTool('tsc', ['-b', 'tsconfig.build.json']);
if (built !== 0) process.exit(built);
process.exit(await runTool('vitest', ['run', ...process.argv.slice(2)]));
