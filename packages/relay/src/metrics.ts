// What the relay counts, in Prometheus' text format (served by listeners/metrics-page.ts, on loopback unless told otherwise). Numbers
// only: no address, name or log id ever becomes a label (THREATS 56). The hot path adds to plain fields; Prometheus'
// objects are touched when somebody asks. docs/operating.md explains every metric.
import type { WireErrorName } from '@sirdas/protocol';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What is read at the moment somebody asks. */
export interface LiveNumbers {
  readonly connections: () => number;
  readonly linkingChannels: () => number;
  readonly peopleOnline: () => number;
  readonly dataBytes: () => Promise<number>;
}

export class Metrics {
  readonly #registry = new Registry();
  readonly #refusals = new Map<WireErrorName, number>();
  readonly #commitSizes: Histogram;
  readonly #commitSeconds: Histogram;
  connectionsOpened = 0;
  logins = 0;
  appends = 0;
  appendedBytes = 0;
  accepted = 0;
  delivered = 0;
  logsCreated = 0;
  commits = 0;
  commitsAccepted = 0;
  signals = 0;
  keyPackagesPublished = 0;
  keyPackagesClaimed = 0;
  linkingBytes = 0;

  constructor(live: LiveNumbers) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#gauge('sirdas_connections', 'Open connections', live.connections);
    this.#gauge('sirdas_people_online', 'Accounts with a connection', live.peopleOnline);
    this.#gauge('sirdas_data_bytes', 'Size of the data folder', live.dataBytes);
    this.#counter('sirdas_connections_total', 'Connections accepted', () => this.connectionsOpened);
    this.#counter('sirdas_logins_total', 'Successful logins', () => this.logins);
    this.#counter('sirdas_appends_total', 'Envelopes that clients sent', () => this.appends);
    this.#counter('sirdas_append_bytes_total', 'Bytes of those envelopes', () => this.appendedBytes);
    this.#counter('sirdas_accepted_total', 'Envelopes stored durably', () => this.accepted);
    this.#counter('sirdas_delivered_total', 'Envelopes handed to readers', () => this.delivered);
    this.#gauge('sirdas_linking_channels', 'Devices that wait to be linked', live.linkingChannels);
    this.#countConversations();
    this.#countRefusals();
    this.#commitSizes = new Histogram({
      name: 'sirdas_commit_envelopes',
      help: 'Envelopes per transaction',
      buckets: [1, 4, 16, 64, 256, 1024, 4096],
      registers,
    });
    this.#commitSeconds = new Histogram({
      name: 'sirdas_commit_seconds',
      help: 'Time from handing a batch to the store until it is durable',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5],
      registers,
    });
  }

  countRefusal(error: WireErrorName): void {
    this.#refusals.set(error, (this.#refusals.get(error) ?? 0) + 1);
  }

  observeCommit(envelopes: number, seconds: number): void {
    this.#commitSizes.observe(envelopes);
    this.#commitSeconds.observe(seconds);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  render(): Promise<string> {
    return this.#registry.metrics();
  }

  #gauge(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      async collect() {
        this.set(await read());
      },
    });
  }

  #counter(name: string, help: string, read: () => number): void {
    new Counter({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }

  #countConversations(): void {
    this.#counter('sirdas_logs_created_total', 'Conversations begun', () => this.logsCreated);
    this.#counter('sirdas_commits_total', 'Commits that clients sent', () => this.commits);
    this.#counter('sirdas_commits_accepted_total', 'Commits that were the first', () => this.commitsAccepted);
    this.#counter('sirdas_signals_total', 'Signals handed on', () => this.signals);
    this.#counter('sirdas_linking_bytes_total', 'Bytes handed on between devices', () => this.linkingBytes);
    this.#counter(
      'sirdas_key_packages_published_total',
      'Key packages that clients sent',
      () => this.keyPackagesPublished,
    );
    this.#counter(
      'sirdas_key_packages_claimed_total',
      'Key packages handed out',
      () => this.keyPackagesClaimed,
    );
  }

  #countRefusals(): void {
    const refusals = this.#refusals;
    new Counter({
      name: 'sirdas_refused_total',
      help: 'Errors sent to clients, by name (SPEC §9)',
      labelNames: ['error'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [error, count] of refusals) this.inc({ error }, count);
      },
    });
  }
}
