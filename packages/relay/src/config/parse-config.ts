// From flags, environment and one file to a RelayConfig: a flag wins over the environment, that over the file, that over
// the defaults. Whatever is wrong is one sentence naming the option, the value and what is allowed (BAD_CONFIG).
// Called by the command `sirdas relay` and by everything that starts a relay itself (makeRelayConfig).
import { join } from 'node:path';
import { RelayError } from '../errors.ts';
import { formatDuration, NotAllowed } from './option-types.ts';
import { nameOption, OPTIONS, type OptionKey, optionKeys, type RelayConfig } from './options.ts';

const ENVIRONMENT_PREFIX = 'SIRDAS_RELAY_';
const LOOPBACK_HOST = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/;

type Environment = Readonly<Record<string, string | undefined>>;

/** A value as text and where it stands, for the sentence when it is wrong. */
interface Setting {
  readonly text: string;
  readonly source: string;
}
type Settings = Partial<Record<OptionKey, Setting>>;

/**
 * `argv` are the arguments after the command; `readFile` gives the text of the file of `--config`. Throws BAD_CONFIG.
 */
export function parseRelayConfig(
  argv: readonly string[],
  env: Environment,
  readFile: (path: string) => string,
): RelayConfig {
  const flags = readFlags(argv);
  const environment = readEnvironment(env);
  const configPath = flags.configPath ?? environment.configPath;
  const file = configPath === null ? {} : readConfigFile(configPath, readFile);
  return buildConfig({ ...file, ...environment.settings, ...flags.settings }, env);
}

/** The defaults with some values of one's own, checked the same way. Throws BAD_CONFIG. */
export function makeRelayConfig(values: Partial<RelayConfig> & Pick<RelayConfig, 'data'>): RelayConfig {
  const config = { ...buildConfig({}, {}), ...values };
  checkTogether(config);
  return config;
}

/** True for an address that only this machine reaches. */
export function isLoopbackHost(host: string): boolean {
  return LOOPBACK_HOST.test(host);
}

function buildConfig(settings: Settings, env: Environment): RelayConfig {
  const values: Partial<Record<OptionKey, unknown>> = {};
  for (const key of optionKeys()) {
    const setting = settings[key] ?? { text: standardText(key, env), source: 'the default' };
    values[key] = parseSetting(key, setting);
  }
  const config = values as RelayConfig;
  checkTogether(config);
  return config;
}

function standardText(key: OptionKey, env: Environment): string {
  if (key !== 'data') return OPTIONS[key].standard;
  const base = env['XDG_DATA_HOME'] || join(env['HOME'] || '.', '.local', 'share');
  return join(base, 'sirdas-relay');
}

function parseSetting(key: OptionKey, { text, source }: Setting): unknown {
  try {
    return OPTIONS[key].type.parse(text);
  } catch (cause) {
    if (!(cause instanceof NotAllowed)) throw cause;
    throw badConfig(
      `${source}: "${text}" is not allowed for ${nameOption(key)}. Write ${cause.message}.`,
      cause,
    );
  }
}

/** Rules that concern more than one option. */
function checkTogether(config: RelayConfig): void {
  if (config.pingTimeout <= config.pingInterval) {
    const interval = formatDuration(config.pingInterval);
    throw badConfig(`ping-timeout must be longer than ping-interval, which is ${interval}.`);
  }
  if (config.webPort !== null && !config.plaintext && !isLoopbackHost(config.webHost)) {
    throw badConfig(
      `web-host "${config.webHost}" can be reached from other machines, and that listener has no TLS. Say --plaintext as well if this is what you want.`,
    );
  }
  if (config.tcpPort === null && config.webPort === null && config.webTlsPort === null) {
    throw badConfig('tcp-port, web-port and web-tls-port are all off: nobody could reach this relay.');
  }
}

function readFlags(argv: readonly string[]): { settings: Settings; configPath: string | null } {
  const settings: Settings = {};
  let configPath: string | null = null;
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? '';
    const [, name = '', , inline] = /^--([a-z-]+)(=(.*))?$/s.exec(argument) ?? [];
    const key = findKey(name);
    if (key === null && name !== 'config')
      throw badConfig(`"${argument}" is no option of the relay; see --help.`);
    const text = inline ?? (key === null ? undefined : OPTIONS[key].type.bare) ?? argv[++i];
    if (text === undefined) throw badConfig(`--${name} needs a value behind it.`);
    if (key === null) configPath = text;
    else settings[key] = { text, source: `--${name}` };
  }
  return { settings, configPath };
}

function readEnvironment(env: Environment): { settings: Settings; configPath: string | null } {
  const settings: Settings = {};
  let configPath: string | null = null;
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(ENVIRONMENT_PREFIX) || text === undefined) continue;
    const name = variable.slice(ENVIRONMENT_PREFIX.length).toLowerCase().replaceAll('_', '-');
    const key = findKey(name);
    if (name === 'config') configPath = text;
    else if (key === null)
      throw badConfig(`the environment variable ${variable} is no option of the relay; see --help.`);
    else settings[key] = { text, source: variable };
  }
  return { settings, configPath };
}

/** A JSON object whose names are those of the flags without dashes in front. */
function readConfigFile(path: string, readFile: (path: string) => string): Settings {
  let content: unknown;
  try {
    content = JSON.parse(readFile(path));
  } catch (cause) {
    throw badConfig(`${path} cannot be read as JSON. Check that the file is there and what it holds.`, cause);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw badConfig(`${path} must hold one JSON object such as {"tcp-port": 6000}.`);
  }
  const settings: Settings = {};
  for (const [name, value] of Object.entries(content)) {
    const key = findKey(name);
    if (key === null) throw badConfig(`${path}: "${name}" is no option of the relay; see --help.`);
    settings[key] = { text: textOf(value, `${path}: ${name}`), source: path };
  }
  return settings;
}

function textOf(value: unknown, where: string): string {
  if (Array.isArray(value)) return value.map((item) => textOf(item, where)).join(',');
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  throw badConfig(`${where} must be a text, a number, true or false, or a list of texts.`);
}

function findKey(name: string): OptionKey | null {
  return optionKeys().find((key) => nameOption(key) === name) ?? null;
}

function badConfig(sentence: string, cause?: unknown): RelayError {
  return new RelayError('BAD_CONFIG', sentence, { cause });
}
