// `npm start [-- relay options]`: from a fresh clone to a running relay. Runs under Node 20, installs and builds
// what is missing, then becomes a thin parent of `sirdas relay`, whose exit status is ours.
import { ensureInstalled } from './lib/installation.mjs';
import { runService, runTool } from './lib/tools.mjs';

await ensureInstalled();
const built = await runTool('tsc', ['-b', 'tsconfig.build.json']);
if (built !== 0) process.exit(built);
process.exit(await runService('node', ['packages/cli/bin/sirdas.js', 'relay', ...process.argv.slice(2)]));
