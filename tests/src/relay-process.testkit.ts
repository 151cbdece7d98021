// A real relay in a process of its own, started with the command that people use: `sirdas relay`. Can be killed, stopped
// and started again on the same data and the same port.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type VerifiedAccount, verifyAccountChain } from '@sirdas/crypto';
import { formatInviteLink, type InviteLink, parseInviteLink, prepareNickname } from '@sirdas/protocol';
import { onTestFinished } from 'vitest';
import { type ProcessExit, repositoryRoot, SupervisedProcess } from './child-process.testkit.ts';
import { findFreePort } from './free-port.testkit.ts';
import { makeTemporaryFolder } from './temporary-folder.testkit.ts';
import { joinWire, type WireSession } from './wire-account.testkit.ts';
import type { WireAddress } from './wire-connection.testkit.ts';

export const SIRDAS = join(repositoryRoot, 'packages/cli/bin/sirdas.js');

const INVITE_LINK = /https?:\/\/\S+\/i#[\w-]+/;

export interface RelayOptions {
  /** Flags of `sirdas relay` that differ from the ones below, without `--`; null leaves one out. */
  readonly flags?: Readonly<Record<string, string | null>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Without TLS on the native port, for a proxy that reads along. */
  readonly plaintext?: boolean;
  /** Absent: a new temporary one. */
  readonly dataFolder?: string;
}

/** No rates for the test's own clients, which all have one address; the tests of limits set their own. */
const FLAGS: Readonly<Record<string, string>> = {
  host: '127.0.0.1',
  'web-port': 'off',
  'web-tls-port': 'off',
  'metrics-port': 'off',
  'log-level': 'debug',
  'log-format': 'json',
  'send-rate': 'off',
  'send-bytes': 'off',
  'look-up-rate': 'off',
  'log-read-rate': 'off',
  'request-rate': 'off',
  'read-rate': 'off',
  'invite-rate': 'off',
  'create-log-rate': 'off',
  'key-claim-rate': 'off',
  'key-target-rate': 'off',
  'key-package-rate': 'off',
  'deliver-bytes': 'off',
  'record-rate': 'off',
  'signal-rate': 'off',
};

export class RelayProcess {
  readonly dataFolder: string;
  readonly port: number;
  readonly address: WireAddress;
  readonly #args: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  readonly #runs: SupervisedProcess[] = [];
  #owner: Promise<WireSession> | null = null;

  constructor(place: { readonly dataFolder: string; readonly port: number }, options: RelayOptions) {
    this.dataFolder = place.dataFolder;
    this.port = place.port;
    this.address = { host: '127.0.0.1', port: place.port, plaintext: options.plaintext ?? false };
    const flags = { ...FLAGS, data: place.dataFolder, 'tcp-port': `${place.port}`, ...options.flags };
    const pairs = Object.entries(flags).flatMap(([name, value]) =>
      value === null ? [] : [`--${name}`, value],
    );
    this.#args = [SIRDAS, 'relay', ...pairs, ...(options.plaintext ? ['--plaintext'] : [])];
    this.#env = options.env ?? {};
  }

  get process(): SupervisedProcess {
    const run = this.#runs.at(-1);
    if (!run) throw new Error('the relay was not started');
    return run;
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const run = this.launch();
    await run.stderr.waitFor(/listening/);
  }

  /** Starts it without waiting: for starts that must fail. */
  launch(): SupervisedProcess {
    const run = new SupervisedProcess('node', this.#args, {
      env: this.#env,
    });
    this.#runs.push(run);
    return run;
  }

  async kill(): Promise<void> {
    await this.process.end('SIGKILL');
  }

  /** As a service manager does it. */
  stop(): Promise<ProcessExit> {
    return this.process.end('SIGTERM');
  }

  /** Everything that all runs printed. */
  output(): string {
    return this.#runs.map((run) => `${run.stdout.text()}\n${run.stderr.text()}`).join('\n');
  }

  /** The invite for the first account, from what the first start printed. */
  async ownerInvite(): Promise<{ readonly link: string; readonly invite: InviteLink }> {
    const [firstRun] = this.#runs;
    if (!firstRun) throw new Error('the relay was not started');
    const line = await firstRun.stdout.waitFor(INVITE_LINK);
    const link = INVITE_LINK.exec(line)?.[0] ?? '';
    return { link, invite: parseInviteLink(link) };
  }

  /** The owner's account, claimed when it is first needed; stays logged in until the relay goes. */
  owner(): Promise<WireSession> {
    this.#owner ??= this.ownerInvite().then(({ invite }) => joinWire(this.address, 'sahip', invite.token));
    return this.#owner;
  }

  /** What the directory says about somebody. */
  async lookUp(nickname: string): Promise<VerifiedAccount> {
    const { connection } = await this.owner();
    const { invite } = await this.ownerInvite();
    const account = await connection.demand({ kind: 'lookUp', nickname, fromIndex: 0 }, 'account');
    const records = account.entries.flatMap(({ record }) => (record ? [record] : []));
    const name = { relayFingerprint: invite.relayFingerprint, nickname: prepareNickname(nickname) };
    return verifyAccountChain(records, name);
  }

  /** A token that admits many. */
  async inviteToken(uses = 1000): Promise<Uint8Array> {
    const { connection } = await this.owner();
    const terms = { uses, ttlMs: 3_600_000, grantsInvites: true };
    const created = await connection.demand({ kind: 'createInvite', ...terms }, 'inviteCreated');
    return created.token;
  }

  /** A link that admits many, to this relay or to whatever stands in front of it on another port. */
  async inviteLink(port = this.port): Promise<string> {
    const token = await this.inviteToken();
    const { invite } = await this.ownerInvite();
    const { host, plaintext } = this.address;
    return formatInviteLink('http://localhost:6080', { ...invite, token, host, tcpPort: port, plaintext });
  }

  /** Established TCP connections on the native port. */
  openConnections(): number {
    const port = this.port.toString(16).toUpperCase().padStart(4, '0');
    const established = new RegExp(`^ *\\d+: [0-9A-F]+:${port} [0-9A-F:]+ 01 `, 'gm');
    return ['tcp', 'tcp6'].flatMap(
      (file) => readFileSync(`/proc/net/${file}`, 'utf8').match(established) ?? [],
    ).length;
  }

  /** Resident memory, bytes. */
  memoryBytes(): number {
    const status = readFileSync(`/proc/${this.process.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
  }
}

/** A relay that listens, for as long as the test runs. */
export async function startRelay(options: RelayOptions = {}): Promise<RelayProcess> {
  const relay = await prepareRelay(options);
  await relay.start();
  return relay;
}

/** The same, not started yet. */
async function prepareRelay(options: RelayOptions = {}): Promise<RelayProcess> {
  const dataFolder = options.dataFolder ?? join(await makeTemporaryFolder(), 'relay');
  const relay = new RelayProcess({ dataFolder, port: await findFreePort() }, options);
  onTestFinished(async () => {
    await relay.kill().catch(() => {});
  });
  return relay;
}
