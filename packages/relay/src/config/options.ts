// Every option of a relay: name, kind, default and one line for --help. One table for the flags (`--tcp-port`), the
// environment (`SIRDAS_RELAY_TCP_PORT`) and the file (`"tcp-port"`); read by parse-config.ts and by the command `sirdas relay`.
// docs/operating.md shows the same table; options.test.ts compares the two.
import { LIMITS } from '@sirdas/protocol';
import {
  duration,
  host,
  integer,
  listenHost,
  type OptionType,
  oneOf,
  origins,
  path,
  port,
  rate,
  size,
  toggle,
  webAddress,
} from './option-types.ts';

export type OptionGroup = 'place' | 'network' | 'admission' | 'observing' | 'limits';

interface Option<Value> {
  readonly group: OptionGroup;
  readonly type: OptionType<Value>;
  /** As somebody would write it. */
  readonly standard: string;
  readonly help: string;
}

/** Bits of proof of work that `--open` alone asks for: about a second of a phone's time. */
const STANDARD_PROOF_OF_WORK_BITS = 20;
const proofOfWork: OptionType<number> = {
  ...integer(0, 32),
  argument: 'BITS',
  bare: `${STANDARD_PROOF_OF_WORK_BITS}`,
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;
const YEAR = 365 * DAY;
const GIBIBYTE = 1_073_741_824;
const MANY = 1_000_000_000;

export const OPTIONS = {
  data: option('place', path, '', 'folder for the relay key and everything stored; made when missing'),

  host: option(
    'network',
    listenHost,
    '*',
    'address of the TLS listeners; * is every address of this machine',
  ),
  tcpPort: option('network', port, '6000', 'port for native clients, or off; 0 takes any free port'),
  webTlsPort: option('network', port, '6443', 'port for HTTPS and WebSocket, or off'),
  webHost: option(
    'network',
    listenHost,
    '127.0.0.1',
    'address of the listener without TLS; not loopback only with --plaintext',
  ),
  webPort: option('network', port, '6080', 'port for HTTP and WebSocket without TLS, or off'),
  plaintext: option('network', toggle, 'false', 'no TLS on the port for native clients'),
  publicHost: option('network', host, 'localhost', 'the host name in invite links'),
  publicTcpPort: option(
    'network',
    integer(0, 65_535),
    '0',
    'the port for native clients in invite links; 0: the one listened on',
  ),
  publicWeb: option(
    'network',
    webAddress,
    '',
    'what stands before /i# in invite links; made from the host when empty',
  ),
  origins: option('network', origins, '', 'further web origins whose pages may connect'),
  behindProxy: option(
    'network',
    toggle,
    'false',
    'the listener without TLS takes the client address from X-Forwarded-For',
  ),

  open: option(
    'admission',
    proofOfWork,
    '0',
    'admit without an invite, for so many bits of proof of work; 0: by invite only',
  ),
  ownerInvite: option(
    'admission',
    toggle,
    'false',
    'make an invite for an owner at this start, although there are accounts',
  ),
  openClaimRate: option('admission', rate, '3,3/h', 'new accounts without an invite, per address'),
  claimRate: option('admission', rate, '20,20/h', 'attempts to claim a nickname, per address'),
  inviteRate: option('admission', rate, '20,1/m', 'new invites, per account'),
  maxInvites: option(
    'admission',
    integer(1, 100_000),
    '200',
    'invites of one account that still admit somebody',
  ),

  metricsHost: option('observing', listenHost, '127.0.0.1', 'address of /metrics'),
  metricsPort: option('observing', port, '6081', 'port of /metrics, or off'),
  logLevel: option('observing', oneOf('silent', 'error', 'warn', 'info', 'debug'), 'info', 'how much to log'),
  logFormat: option(
    'observing',
    oneOf('auto', 'json', 'pretty'),
    'auto',
    'auto: pretty on a terminal, else JSON',
  ),

  maxConnections: option('limits', integer(1, 1_000_000), '20000', 'connections in all'),
  maxConnectionsPerAddress: option(
    'limits',
    integer(1, 1_000_000),
    '16',
    'connections per IPv4 address or IPv6 /64',
  ),
  connectRate: option('limits', rate, '32,32/10m', 'new connections per address'),
  handshakeTimeout: option('limits', duration(100, 10 * MINUTE), '10s', 'from connect to login'),
  pingInterval: option('limits', duration(100, YEAR), '60s', 'silence after which the relay pings'),
  pingTimeout: option('limits', duration(200, YEAR), '150s', 'silence after which the relay closes'),
  loginFailureRate: option('limits', rate, '5,1/5m', 'failed logins per address'),
  readRate: option(
    'limits',
    rate,
    '4000,2000/s',
    'frames read per connection, long requests for several, plus one for each KiB; then reading pauses',
  ),
  sendRate: option('limits', rate, '60,2/s', 'envelopes per account'),
  sendBytes: option('limits', rate, '1MiB,10kB/s', 'bytes of envelopes per account'),
  lookUpRate: option('limits', rate, '300,2/s', 'directory lookups per account'),
  logReadRate: option('limits', rate, '1000,10/s', 'logs that an account begins to read'),
  recordRate: option('limits', rate, '60,60/h', 'new account records per account: they are kept for ever'),
  createLogRate: option('limits', rate, '10,1/m', 'new conversations per account'),
  deliverBytes: option(
    'limits',
    rate,
    '64MiB,100kB/s',
    'bytes that the commits of one account put into inboxes',
  ),
  keyPackageRate: option('limits', rate, '60,10/m', 'publications of key packages per account'),
  keyClaimRate: option('limits', rate, '6,1/10m', 'key packages that one account takes of another'),
  keyTargetRate: option('limits', rate, '100,100/d', 'other accounts of which one takes key packages'),
  signalRate: option('limits', rate, '20,2/s', 'signals per account; more are dropped'),
  requestRate: option('limits', rate, '60,1/s', 'other requests per account'),
  maxLinkings: option('limits', integer(1, 100_000), '1000', 'devices that wait to be linked, in all'),
  maxLinkingsPerAddress: option(
    'limits',
    integer(1, 100_000),
    '4',
    'devices that wait to be linked, per IPv4 address or IPv6 /64',
  ),
  linkingTtl: option('limits', duration(100, 60 * MINUTE), '10m', 'how long a device may wait to be linked'),
  maxEnvelope: option('limits', size(1024, LIMITS.MAX_ENVELOPE_BYTES), '96KiB', 'one envelope'),
  maxDevices: option('limits', integer(1, LIMITS.MAX_DEVICES), '6', 'devices of one account'),
  maxMailboxEntries: option(
    'limits',
    integer(1, MANY),
    '10000',
    'envelopes waiting in one inbox or conversation',
  ),
  maxMailboxBytes: option(
    'limits',
    size(1024, 1024 * GIBIBYTE),
    '64MiB',
    'bytes waiting in one inbox or conversation',
  ),
  retention: option(
    'limits',
    duration(SECOND, 10 * YEAR),
    '30d',
    'how long an envelope waits for its readers',
  ),
  idle: option(
    'limits',
    duration(SECOND, 10 * YEAR),
    '45d',
    'silence of a device after which envelopes wait for it no more',
  ),
  presenceLinger: option(
    'limits',
    duration(0, MINUTE),
    '5s',
    'how long somebody who went is still shown as online',
  ),
  shutdownTimeout: option(
    'limits',
    duration(0, 10 * MINUTE),
    '10s',
    'time for finishing what is under way at the end',
  ),
} as const;

export type OptionKey = keyof typeof OPTIONS;

/** All options with their values: times in ms, sizes in bytes, `null` for a listener that is off. */
export type RelayConfig = {
  readonly [Key in OptionKey]: (typeof OPTIONS)[Key] extends Option<infer Value> ? Value : never;
};

export interface RelayOption {
  readonly group: OptionGroup;
  /** `--tcp-port`. */
  readonly flag: string;
  /** What follows the flag, `PORT`; empty for a switch. */
  readonly argument: string;
  /** True when the flag may stand alone. */
  readonly mayStandAlone: boolean;
  readonly standard: string;
  readonly help: string;
}

/** For --help, in the order to be shown. */
export const RELAY_OPTIONS: readonly RelayOption[] = optionKeys().map((key) => {
  const { group, type, standard, help } = OPTIONS[key];
  return {
    group,
    flag: `--${nameOption(key)}`,
    argument: type.argument,
    mayStandAlone: type.bare !== undefined,
    standard,
    help,
  };
});

export function optionKeys(): OptionKey[] {
  return Object.keys(OPTIONS) as OptionKey[];
}

/** `tcpPort` → `tcp-port`. */
export function nameOption(key: OptionKey): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function option<Value>(
  group: OptionGroup,
  type: OptionType<Value>,
  standard: string,
  help: string,
): Option<Value> {
  return { group, type, standard, help };
}
