// Makes sure that what package-lock.json asks for is installed, so that `npm start` and `npm test` work on a
// fresh clone by themselves. npm notes what it installed in node_modules/.package-lock.json; comparing contents
// with it, not times, leaves an installation alone that `npm install` has already brought up to date.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { giveUp, repositoryRoot, runQuietly, runTool } from './tools.mjs';

const LOWEST_NODE = '22.12.0';

export async function ensureInstalled() {
  if (!isInstalled()) {
    console.log('Installing dependencies (npm ci) …');
    const status = await runTool('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
    if (status !== 0) {
      giveUp('npm ci did not succeed. Check the network connection, then run the same command again.');
    }
  }
  await requireNode();
}

function isInstalled() {
  const installedPath = join(repositoryRoot, 'node_modules/.package-lock.json');
  if (!existsSync(installedPath)) return false;
  const wanted = readPackages(join(repositoryRoot, 'package-lock.json'));
  const installed = readPackages(installedPath);
  return Object.entries(wanted).every(([path, entry]) => isSatisfied(path, entry, installed[path]));
}

function isSatisfied(path, wanted, installed) {
  if (!path.includes('node_modules/')) return true;
  // npm leaves out optional packages that are made for other machines.
  if (!installed) return wanted.optional === true;
  return wanted.version === installed.version && wanted.integrity === installed.integrity;
}

function readPackages(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

// On Linux x64 and arm64 a suitable Node comes as an npm package; elsewhere it is the person's own.
async function requireNode() {
  const { output } = await runQuietly('node', ['--version']);
  const version = output.trim().replace('v', '');
  if (version.localeCompare(LOWEST_NODE, 'en', { numeric: true }) < 0) {
    giveUp(`sırdaş needs Node ${LOWEST_NODE} or newer; this is ${version}. Install a newer Node.`);
  }
}
