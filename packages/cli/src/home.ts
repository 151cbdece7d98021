// Where the account of this computer is kept, and what the command is called here.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** `--home`, else SIRDAS_HOME, else the folder for data of the XDG base directory specification. Absolute. */
export function findHome(given: string | null, environment: Environment): string {
  if (given !== null) return resolve(given);
  if (environment['SIRDAS_HOME']) return resolve(environment['SIRDAS_HOME']);
  const base = environment['XDG_DATA_HOME'] || join(environment['HOME'] || homedir(), '.local', 'share');
  return join(base, 'sirdas');
}

/** What a person has to type to start this program again: through npm's runner when it came from there. */
export function nameCommand(environment: Environment): string {
  return environment['npm_command'] === undefined ? 'sirdas' : 'npx sirdas';
}
