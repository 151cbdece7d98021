// The relay's rates and counts: per address, per account and in all (THREATS §4; defaults in config/options.ts). Everything
// answers with the milliseconds to wait, 0 = go on; the callers turn them into RATE_LIMITED or TOO_MANY_CONNECTIONS.
// Called by the listeners and the handlers.
import type { Nickname } from '@sirdas/protocol';
import type { ClientAddress } from './client-address.ts';
import type { RelayConfig } from './config/options.ts';
import { KeyedBuckets } from './token-bucket.ts';

/** How long somebody is asked to wait when all places are taken: nobody knows when one gets free. */
const RETRY_WHEN_FULL_MS = 30_000;

export class Limits {
  readonly #config: RelayConfig;
  readonly #monotonicMs: () => number;
  readonly #connectionsByNet = new Map<string, number>();
  #connections = 0;
  readonly #connects: KeyedBuckets;
  readonly #explanations: KeyedBuckets;
  readonly #loginFailures: KeyedBuckets;
  readonly #claims: KeyedBuckets;
  readonly #openClaims: KeyedBuckets;
  readonly #sends: KeyedBuckets;
  readonly #sentBytes: KeyedBuckets;
  readonly #lookUps: KeyedBuckets;
  readonly #logReads: KeyedBuckets;
  readonly #records: KeyedBuckets;
  readonly #requests: KeyedBuckets;
  readonly #invites: KeyedBuckets;
  readonly #newLogs: KeyedBuckets;
  readonly #deliveredBytes: KeyedBuckets;
  readonly #keyPackagePublications: KeyedBuckets;
  readonly #keyClaims: KeyedBuckets;
  readonly #keyTargets: KeyedBuckets;
  readonly #signals: KeyedBuckets;

  constructor(config: RelayConfig, monotonicMs: () => number) {
    this.#config = config;
    this.#monotonicMs = monotonicMs;
    this.#connects = new KeyedBuckets(config.connectRate);
    this.#explanations = new KeyedBuckets(config.connectRate);
    this.#loginFailures = new KeyedBuckets(config.loginFailureRate);
    this.#claims = new KeyedBuckets(config.claimRate);
    this.#openClaims = new KeyedBuckets(config.openClaimRate);
    this.#sends = new KeyedBuckets(config.sendRate);
    this.#sentBytes = new KeyedBuckets(config.sendBytes);
    this.#lookUps = new KeyedBuckets(config.lookUpRate);
    this.#logReads = new KeyedBuckets(config.logReadRate);
    this.#records = new KeyedBuckets(config.recordRate);
    this.#requests = new KeyedBuckets(config.requestRate);
    this.#invites = new KeyedBuckets(config.inviteRate);
    this.#newLogs = new KeyedBuckets(config.createLogRate);
    this.#deliveredBytes = new KeyedBuckets(config.deliverBytes);
    this.#keyPackagePublications = new KeyedBuckets(config.keyPackageRate);
    this.#keyClaims = new KeyedBuckets(config.keyClaimRate);
    this.#keyTargets = new KeyedBuckets(config.keyTargetRate);
    this.#signals = new KeyedBuckets(config.signalRate);
  }

  get connections(): number {
    return this.#connections;
  }

  /**
   * Counts one more connection, whatever the answer; `removeConnection` takes it off again. Not 0: it is one too many and
   * has to be told so.
   */
  addConnection(address: ClientAddress): number {
    this.#connections++;
    const fromNet = (this.#connectionsByNet.get(address.net) ?? 0) + 1;
    this.#connectionsByNet.set(address.net, fromNet);
    // RLY-011
    if (this.#connections > this.#config.maxConnections) return RETRY_WHEN_FULL_MS;
    if (!address.isLoopback && fromNet > this.#config.maxConnectionsPerAddress) return RETRY_WHEN_FULL_MS;
    // RLY-012
    return this.#takeFromNet(this.#connects, address);
  }

  /**
   * Whether one connection too many is told so. Not when there are far too many, nor more often than connections are let in:
   * an explanation needs a TLS handshake, which costs more than the attacker's SYN.
   */
  tryExplain(address: ClientAddress): boolean {
    const fromNet = this.#connectionsByNet.get(address.net) ?? 0;
    const tooManyFromNet = !address.isLoopback && fromNet > 2 * this.#config.maxConnectionsPerAddress;
    if (tooManyFromNet || this.#connections > 1.1 * this.#config.maxConnections + 16) return false;
    return this.#takeFromNet(this.#explanations, address) === 0;
  }

  removeConnection(address: ClientAddress): void {
    this.#connections--;
    const fromNet = (this.#connectionsByNet.get(address.net) ?? 1) - 1;
    if (fromNet === 0) this.#connectionsByNet.delete(address.net);
    else this.#connectionsByNet.set(address.net, fromNet);
  }

  /**
   * Before a signature is looked at. Only a login that has failed counts (`loginFailed`): everybody behind one address may come
   * back in the same moment, after a restart of the relay.
   */
  tryLogin(address: ClientAddress): number {
    const waitMs = this.#takeFromNet(this.#loginFailures, address);
    if (waitMs === 0 && !address.isLoopback) this.#loginFailures.giveBack(address.net, 1);
    return waitMs;
  }

  loginFailed(address: ClientAddress): void {
    this.#takeFromNet(this.#loginFailures, address);
  }

  tryClaim(address: ClientAddress): number {
    return this.#takeFromNet(this.#claims, address);
  }

  /** A new account without an invite; `openClaimRefused` gives the try back. */
  tryOpenClaim(address: ClientAddress): number {
    return this.#takeFromNet(this.#openClaims, address);
  }

  openClaimRefused(address: ClientAddress): void {
    if (!address.isLoopback) this.#openClaims.giveBack(address.net, 1);
  }

  trySend(nickname: Nickname, sizeBytes: number): number {
    const nowMs = this.#monotonicMs();
    const waitForBytesMs = this.#sentBytes.take(nickname, sizeBytes, nowMs);
    if (waitForBytesMs > 0) return waitForBytesMs;
    const waitMs = this.#sends.take(nickname, 1, nowMs);
    if (waitMs > 0) this.#sentBytes.giveBack(nickname, sizeBytes);
    return waitMs;
  }

  tryLookUp(nickname: Nickname): number {
    return this.#lookUps.take(nickname, 1, this.#monotonicMs());
  }

  /** A client reads every one of its logs after every login. */
  tryReadLog(nickname: Nickname): number {
    return this.#logReads.take(nickname, 1, this.#monotonicMs());
  }

  tryPublish(nickname: Nickname): number {
    return this.#records.take(nickname, 1, this.#monotonicMs());
  }

  tryRequest(nickname: Nickname): number {
    return this.#requests.take(nickname, 1, this.#monotonicMs());
  }

  tryInvite(nickname: Nickname): number {
    return this.#invites.take(nickname, 1, this.#monotonicMs());
  }

  tryCreateLog(nickname: Nickname): number {
    return this.#newLogs.take(nickname, 1, this.#monotonicMs());
  }

  /**
   * A commit counts as its envelope and each that it puts into an inbox; their bytes have a rate of their own. One that is larger than a
   * whole burst takes all of it: a large group must be possible, but not often.
   */
  tryCommit(
    nickname: Nickname,
    size: { readonly envelopeBytes: number; readonly inboxCount: number; readonly deliveredBytes: number },
  ): number {
    const nowMs = this.#monotonicMs();
    const { sendRate, sendBytes, deliverBytes } = this.#config;
    return takeAllOrNone(nickname, nowMs, [
      { buckets: this.#sends, cost: Math.min(1 + size.inboxCount, sendRate.burst) },
      { buckets: this.#sentBytes, cost: Math.min(size.envelopeBytes, sendBytes.burst) },
      { buckets: this.#deliveredBytes, cost: Math.min(size.deliveredBytes, deliverBytes.burst) },
    ]);
  }

  tryPublishKeyPackages(nickname: Nickname): number {
    return this.#keyPackagePublications.take(nickname, 1, this.#monotonicMs());
  }

  /** Of each other account only so many, and only so many other accounts; the own devices count as other requests. */
  tryClaimKeyPackages(nickname: Nickname, target: Nickname): number {
    const nowMs = this.#monotonicMs();
    if (target === nickname) return this.tryRequest(nickname);
    const pair = `${nickname}/${target}`;
    const isNew = this.#keyClaims.isFull(pair, nowMs);
    const waitForTargetMs = isNew ? this.#keyTargets.take(nickname, 1, nowMs) : 0;
    return waitForTargetMs || this.#keyClaims.take(pair, 1, nowMs);
  }

  trySignal(nickname: Nickname): number {
    return this.#signals.take(nickname, 1, this.#monotonicMs());
  }

  #takeFromNet(buckets: KeyedBuckets, address: ClientAddress): number {
    return address.isLoopback ? 0 : buckets.take(address.net, 1, this.#monotonicMs());
  }
}

interface Cost {
  readonly buckets: KeyedBuckets;
  readonly cost: number;
}

/** 0 when all had enough; otherwise the time to wait for the first that had not, and nothing is taken. */
function takeAllOrNone(key: string, nowMs: number, costs: readonly Cost[]): number {
  for (const [index, { buckets, cost }] of costs.entries()) {
    const waitMs = buckets.take(key, cost, nowMs);
    if (waitMs === 0) continue;
    for (const taken of costs.slice(0, index)) taken.buckets.giveBack(key, taken.cost);
    return waitMs;
  }
  return 0;
}
