// The programs outside npm that the tests use: a real browser, what the Python client is written with, and strace, which makes
// system calls fail.
// On Debian and Ubuntu missing ones are installed when we are root; otherwise the person is told the command.
import { giveUp, runQuietly, runTool } from './tools.mjs';

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own syntax.
const STATUS_FORMAT = '${Status}';
const DEBIAN_PACKAGES = [
  'chromium',
  'protobuf-compiler',
  'python3-cryptography',
  'python3-protobuf',
  'strace',
];

export async function ensureSystemPackages() {
  const missing = await findMissing();
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) {
    giveUp(
      `The tests need these packages. Install them and try again:\n  sudo apt-get install ${missing.join(' ')}`,
    );
  }
  console.log(`Installing ${missing.join(', ')} (apt-get) …`);
  const status = await installAsRoot(missing);
  if (status !== 0) {
    giveUp(`apt-get could not install ${missing.join(', ')}. Read its message above, then try again.`);
  }
}

async function findMissing() {
  const missing = [];
  for (const name of DEBIAN_PACKAGES) {
    // `ENOENT` here means that this is no Debian.
    const query = await runQuietly('dpkg-query', ['-W', '--showformat', STATUS_FORMAT, name]).catch(
      () => null,
    );
    if (query === null) {
      console.warn(`Not a Debian system: the tests expect ${DEBIAN_PACKAGES.join(', ')} to be there.`);
      return [];
    }
    if (query.output !== 'install ok installed') missing.push(name);
  }
  return missing;
}

async function installAsRoot(names) {
  const updated = await runTool('apt-get', ['update', '-qq']);
  if (updated !== 0) return updated;
  const quiet = ['-o', 'Dpkg::Use-Pty=0', '-qq', '-y', '--no-install-recommends'];
  return runTool('env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install', ...quiet, ...names]);
}
