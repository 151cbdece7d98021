// Makes package-lock.json whole again after `npm install` on a machine whose registry lacks the packages that are
// made for other systems: npm then leaves them out without a word, and `npm ci` refuses the lock file on every
// machine. Adds an entry with version, system and processor for each; `--check` only reports. Run by
// `npm run lock` and checked by `npm run verify`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { giveUp, repositoryRoot } from './lib/tools.mjs';

const path = join(repositoryRoot, 'package-lock.json');
const lock = JSON.parse(readFileSync(path, 'utf8'));
const missing = findMissing(lock.packages);
if (missing.length > 0) {
  if (process.argv.includes('--check')) {
    giveUp(`package-lock.json lacks ${missing.length} optional packages: run npm run lock`);
  }
  const entries = [...Object.entries(lock.packages), ...missing];
  lock.packages = Object.fromEntries(entries.sort(([a], [b]) => a.localeCompare(b, 'en')));
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`Added ${missing.length} optional packages for other systems to package-lock.json.`);
}

function findMissing(packages) {
  const found = new Map();
  for (const [location, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (isLocked(packages, location, name)) continue;
      if (!/^\d+\.\d+\.\d+$/.test(version))
        giveUp(`${location} wants ${name} ${version}, not one exact version`);
      const dev = entry.dev === true ? { dev: true } : {};
      found.set(`node_modules/${name}`, { version, ...readPlatform(name), ...dev, optional: true });
    }
  }
  return [...found];
}

function isLocked(packages, location, name) {
  return `node_modules/${name}` in packages || `${location}/node_modules/${name}` in packages;
}

// Such packages are named after the platform they are for: binding-linux-arm64-musl, cli-win32-x64, …
function readPlatform(name) {
  const match = /-(android|darwin|freebsd|linux|openharmony|win32)-([a-z0-9]+)(-[a-z]+)?$/.exec(name);
  if (match === null) return giveUp(`cannot tell which platform ${name} is for`);
  const [, os, processor = '', flavour = ''] = match;
  const libc = os === 'linux' ? { libc: [flavour.includes('musl') ? 'musl' : 'glibc'] } : {};
  return { cpu: [processor.startsWith('armv') ? 'arm' : processor], os: [os], ...libc };
}
