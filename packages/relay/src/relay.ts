// Starts and stops a relay: makes every part, wires them, opens the ports; at the end lets what is under way come to its
// end. Called by the command `sirdas relay`, by tests and by the benchmark. The relay's only place that chooses adapters.
// DESIGN §2, §3.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatInviteLink, toLogId } from '@sirdas/protocol';
import { Admission } from './admission.ts';
import { type Clock, systemClock } from './clock.ts';
import type { RelayConfig } from './config/options.ts';
import { Connections } from './connections.ts';
import { measureFolder, openStore } from './data-folder.ts';
import { Directory } from './directory.ts';
import { RelayError } from './errors.ts';
import { KeyPackages } from './key-packages.ts';
import { Limits } from './limits.ts';
import { LinkingChannels } from './linking.ts';
import { Door } from './listeners/door.ts';
import { Listeners, makeWebAddress, type Ports } from './listeners/listeners.ts';
import { type LogOutput, makeLog } from './logging.ts';
import { Logs } from './logs.ts';
import { Metrics } from './metrics.ts';
import { OutputTurn } from './outbound.ts';
import { Presence } from './presence.ts';
import { openRelayKey, type RelayKey } from './relay-key.ts';
import type { Services } from './services.ts';
import { Sessions } from './sessions.ts';
import type { Store } from './store/store.ts';
import { StoreError } from './store/store-error.ts';
import { LocalWakeup } from './wakeup/local-wakeup.ts';

const LOG_ID_BYTES = 16;
const SWEEP_INTERVAL_MS = 3_600_000;
const CERTIFICATE_CHECK_INTERVAL_MS = 24 * 3_600_000;

/** What a relay takes from its surroundings. */
export interface RelayEnvironment {
  readonly clock: Clock;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Where the log goes. */
  readonly logOutput: LogOutput;
  /** Tests make it fail. */
  readonly openStore: (config: RelayConfig) => Promise<Store>;
}

export interface Relay {
  readonly ports: Ports;
  /** SHA-256 of the relay key, 32 bytes. */
  readonly fingerprint: Uint8Array;
  /** Invite link for the first account, who may then invite others; null once there is an account. */
  readonly ownerInvite: string | null;
  /** Invite link without a token; null when this relay admits by invite only. */
  readonly openInvite: string | null;
  /** Resolves when the relay cannot go on: all connections are gone then and the process has to end with an error. */
  readonly failed: Promise<RelayError>;
  /** Stops accepting, answers what is under way, says goodbye; takes `shutdown-timeout` at most. */
  close(): Promise<void>;
}

/** Throws RelayError. */
export async function startRelay(
  config: RelayConfig,
  environment: Partial<RelayEnvironment> = {},
): Promise<Relay> {
  const surroundings = { ...standardEnvironment, ...environment };
  const store = await surroundings.openStore(config);
  try {
    const relayKey = openRelayKey(config.data, config.publicHost);
    const relay = new RunningRelay({ config, store, relayKey, surroundings });
    await relay.open();
    return relay;
  } catch (error) {
    await store.close();
    throw error;
  }
}

const standardEnvironment: RelayEnvironment = {
  clock: systemClock,
  randomBytes: (length) => randomBytes(length),
  logOutput: process.stderr,
  openStore,
};

interface Parts {
  readonly config: RelayConfig;
  readonly store: Store;
  readonly relayKey: RelayKey;
  readonly surroundings: RelayEnvironment;
}

class RunningRelay implements Relay {
  readonly fingerprint: Uint8Array;
  readonly failed: Promise<RelayError>;
  ownerInvite: string | null = null;
  readonly #resolveFailed: (failure: RelayError) => void;
  readonly #config: RelayConfig;
  readonly #store: Store;
  readonly #wakeup = new LocalWakeup();
  readonly #services: Services;
  readonly #connections: Connections;
  readonly #door: Door;
  readonly #timers: NodeJS.Timeout[] = [];
  #listeners: Listeners | null = null;
  #isFailed = false;
  #closing: Promise<void> | null = null;

  constructor(parts: Parts) {
    const { promise, resolve } = Promise.withResolvers<RelayError>();
    this.failed = promise;
    this.#resolveFailed = resolve;
    this.#config = parts.config;
    this.#store = parts.store;
    this.fingerprint = parts.relayKey.fingerprint;
    this.#services = this.#makeServices(parts);
    this.#connections = new Connections(this.#services);
    this.#door = new Door(this.#services.limits, parts.surroundings.clock.monotonicMs);
  }

  get ports(): Ports {
    return this.#listeners?.ports ?? { tcp: null, web: null, webTls: null, metrics: null };
  }

  get openInvite(): string | null {
    return this.#config.open === 0 ? null : this.#formatInvite(new Uint8Array(0));
  }

  async open(): Promise<void> {
    const { admission, log, metrics } = this.#services;
    this.#listeners = new Listeners({
      config: this.#config,
      credentials: await this.#readCredentials(),
      door: this.#door,
      metrics,
      isHealthy: () => this.#closing === null && !this.#isFailed,
      onLink: (link, visitor) => this.#connections.accept(link, visitor),
    });
    await this.#listeners.open();
    this.#connections.startWatching();
    const invite = await admission.createOwnerInvite(this.#config.ownerInvite);
    this.ownerInvite = invite && this.#formatInvite(invite.token);
    this.#every(SWEEP_INTERVAL_MS, () => this.#sweep());
    this.#every(CERTIFICATE_CHECK_INTERVAL_MS, async () =>
      this.#listeners?.useCredentials(await this.#readCredentials()),
    );
    log.info({ ...this.ports, plaintext: this.#config.plaintext }, 'relay is listening');
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { log, presence } = this.#services;
    log.info('relay is going down');
    for (const timer of this.#timers) clearInterval(timer);
    const listenersClosed = this.#listeners?.close();
    this.#connections.sayGoodbye();
    const isFinished = await Promise.race([
      this.#finish().then(() => true),
      sleep(this.#config.shutdownTimeout, false, { ref: false }),
    ]);
    if (!isFinished) log.warn('some clients were cut off');
    this.#connections.destroy();
    this.#door.closeAll();
    this.#listeners?.destroy();
    presence.close();
    await listenersClosed;
    await this.#wakeup.close();
    // A store that has failed has said so before.
    await this.#store.close().catch((error: unknown) => {
      if (!this.#isFailed) throw error;
    });
    log.info('relay has stopped');
  }

  #sweep(): Promise<unknown> {
    const { sessions, logs, clock } = this.#services;
    // Whoever is connected is not idle, however quiet.
    for (const { inbox, device } of sessions.all()) logs.acknowledge(inbox, device, 0);
    return this.#store.sweep(clock.nowMs());
  }

  /** Everything that was asked for is answered and has left. */
  async #finish(): Promise<void> {
    if (this.#isFailed) return;
    await this.#connections.whenIdle();
    await this.#services.logs.whenIdle();
    await this.#connections.end();
  }

  #makeServices({ config, store, relayKey, surroundings }: Parts): Services {
    const { clock, randomBytes, logOutput } = surroundings;
    const limits = new Limits(config, clock.monotonicMs);
    const presence = new Presence(config.presenceLinger);
    const onStoreFailed = (cause: unknown) => this.#fail(cause);
    const linking = new LinkingChannels({
      maxChannels: config.maxLinkings,
      maxChannelsPerAddress: config.maxLinkingsPerAddress,
      ttlMs: config.linkingTtl,
      monotonicMs: clock.monotonicMs,
      randomBytes,
    });
    const metrics = new Metrics({
      connections: () => limits.connections,
      linkingChannels: () => linking.count,
      peopleOnline: () => presence.count,
      dataBytes: () => measureFolder(config.data),
    });
    const logs = new Logs({
      store,
      wakeup: this.#wakeup,
      nowMs: clock.nowMs,
      onStoreFailed,
      onCommitted: (envelopes, durationMs) => metrics.observeCommit(envelopes, durationMs / 1000),
    });
    const directory = new Directory({
      store,
      rules: { relayFingerprint: relayKey.fingerprint, maxDevices: config.maxDevices },
      newInbox: () => toLogId(randomBytes(LOG_ID_BYTES)),
      nowMs: clock.nowMs,
    });
    const keyPackages = new KeyPackages({ store, directory, nowMs: clock.nowMs });
    const { open: proofOfWorkBits, maxInvites } = config;
    const admission = new Admission({ store, proofOfWorkBits, maxInvites, nowMs: clock.nowMs, randomBytes });
    return {
      ...{
        config,
        clock,
        randomBytes,
        relayKey,
        limits,
        presence,
        metrics,
        logs,
        directory,
        admission,
        keyPackages,
        linking,
        onStoreFailed,
      },
      sessions: new Sessions(),
      outputTurn: new OutputTurn(),
      log: makeLog(config, logOutput),
    };
  }

  /** Nothing may be acknowledged any more: whoever waits for an answer learns from the closed connection that there is none. */
  #fail(cause: unknown): void {
    if (this.#isFailed) return;
    this.#isFailed = true;
    this.#services.log.error({ err: cause }, 'the store failed');
    this.#connections.destroy();
    void this.#listeners?.close();
    this.#resolveFailed(
      new RelayError(
        'STORE_FAILED',
        `The database in ${this.#config.data} cannot be written any more, so the relay stops before it promises what it cannot keep. Check the disk, then start it again.`,
        { cause },
      ),
    );
  }

  async #readCredentials(): Promise<{ key: string; cert: string }> {
    const { relayKey, clock } = this.#services;
    return { key: relayKey.privateKeyPem, cert: await relayKey.readCertificate(clock.nowMs()) };
  }

  #formatInvite(token: Uint8Array): string {
    const { publicHost, publicTcpPort, plaintext } = this.#config;
    return formatInviteLink(makeWebAddress(this.#config, this.ports), {
      host: publicHost,
      tcpPort: publicTcpPort || this.ports.tcp || 6000,
      relayFingerprint: this.fingerprint,
      token,
      plaintext,
    });
  }

  /** Now and then again and again. */
  #every(intervalMs: number, task: () => Promise<unknown>): void {
    const run = () => {
      task().catch((error: unknown) => {
        if (error instanceof StoreError && error.code !== 'STORAGE_FULL' && error.code !== 'CLOSED')
          this.#fail(error);
        else this.#services.log.warn({ err: error }, 'a regular task failed');
      });
    };
    run();
    this.#timers.push(setInterval(run, intervalMs).unref());
  }
}
