// The keyring of the operating system: `secret-tool` (Secret Service, Linux) or `security` (macOS keychain), both as
// programs of the system. Secrets go through standard input and output, never through arguments, which every user of the
// machine can read. Called by open-vault.ts.
import { spawn } from 'node:child_process';
import { SirdasError } from '../errors.ts';

const SERVICE = 'sirdas';

/** One way to keep a secret under a name. */
export interface Keyring {
  /** Throws KEYRING_UNAVAILABLE. */
  store(entry: string, secret: string): Promise<void>;
  /** Throws KEYRING_UNAVAILABLE, also when there is no such entry. */
  look(entry: string): Promise<string>;
}

/** The keyring of this system. Entries are names of letters, digits and hyphens; secrets are base64url. */
export function systemKeyring(platform: NodeJS.Platform = process.platform): Keyring {
  if (platform === 'linux') return secretService;
  if (platform === 'darwin') return keychain;
  throw new SirdasError('KEYRING_UNAVAILABLE', 'no keyring is supported on this system');
}

const secretService: Keyring = {
  async store(entry, secret) {
    const label = `--label=sırdaş vault ${entry}`;
    await run('secret-tool', ['store', label, 'service', SERVICE, 'vault', entry], secret);
  },
  look: (entry) => run('secret-tool', ['lookup', 'service', SERVICE, 'vault', entry], ''),
};

const keychain: Keyring = {
  async store(entry, secret) {
    // Interactive mode reads the command, secret included, from standard input.
    const command = `add-generic-password -U -s ${SERVICE} -a ${entry} -w ${secret}\n`;
    await run('security', ['-i'], command);
    if ((await keychain.look(entry)) !== secret) throw unavailable();
  },
  look: (entry) => run('security', ['find-generic-password', '-s', SERVICE, '-a', entry, '-w'], ''),
};

/** What the program wrote, without the line end; it must succeed and, when nothing was given to it, say something. */
async function run(program: string, args: readonly string[], input: string): Promise<string> {
  const output = await new Promise<string>((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.on('error', (cause) => reject(unavailable(cause)));
    child.on('close', (status) => (status === 0 ? resolve(text.trimEnd()) : reject(unavailable())));
    // A program that ends without reading is seen by its exit status.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
  if (input === '' && output === '') throw unavailable();
  return output;
}

function unavailable(cause?: unknown): SirdasError {
  return new SirdasError('KEYRING_UNAVAILABLE', 'the keyring did not answer', { cause });
}
