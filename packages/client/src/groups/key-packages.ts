// Keeps this device addable while it is away: a pool of key packages at the relay, their private halves in the vault. A private
// half is saved before its public one is published, and goes with the join that used it. Upkeep runs once the inbox has been
// caught up after a login, and when the relay says that few are left. SPEC §3.4, §11.2.
import { type MadeKeyPackage, makeKeyPackage, type RandomSource } from '@sirdas/crypto';
import { type Frame, type FrameBody, LIMITS, MLS_SUITES, type MlsSuite } from '@sirdas/protocol';
import type { Clock } from '../clock.ts';
import { findWireProperties, toSirdasError } from '../convert-error.ts';
import type { OwnAccount } from '../own-account.ts';
import { SerialQueue } from '../serial-queue.ts';
import type { Session } from '../session.ts';
import type { KeyPackageSecret, Vault, VaultContents } from '../vault/vault.ts';
import type { KeyPackageSecrets } from './group-trust.ts';
import type { OwnLeafSource } from './own-leaf.ts';

const DAY_MS = 86_400_000;
const DEFAULT_TARGET = 40;
/** Enough to be let into the groups that wait for this device. */
const FIRST_TARGET = 4;
const LAST_RESORT_RENEWAL_MS = 7 * DAY_MS;
/** Somebody may have claimed one in its last minutes, with another clock than this one. */
const EXPIRED_GRACE_MS = DAY_MS;

export interface KeyPackagesOptions {
  readonly vault: Vault;
  readonly own: Pick<OwnAccount, 'needVerified'>;
  readonly ownLeaf: Pick<OwnLeafSource, 'get'>;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** How many of each suite the relay shall have; tests are content with less. */
  readonly target?: number;
}

type PoolEntry = VaultContents['keyPackages'][number];
type Counts = Frame<'keyPackageCounts'>['counts'];

interface Missing {
  readonly suite: MlsSuite;
  readonly lastResort: boolean;
}

export class KeyPackages implements KeyPackageSecrets {
  readonly #options: KeyPackagesOptions;
  readonly #pool = new Map<string, PoolEntry>();
  readonly #tasks = new SerialQueue();
  /** Last-resort ones that somebody has used: what they protect is only as old as they are. */
  readonly #worn = new Set<string>();

  constructor(options: KeyPackagesOptions) {
    this.#options = options;
  }

  load(keyPackages: VaultContents['keyPackages']): void {
    this.#pool.clear();
    for (const entry of keyPackages) this.#pool.set(entry.reference, entry);
  }

  async take(reference: string): Promise<KeyPackageSecret | null> {
    return this.#pool.has(reference) ? this.#options.vault.readKeyPackage(reference) : null;
  }

  noteUsed(reference: string): void {
    if (this.#pool.get(reference)?.lastResort) this.#worn.add(reference);
    else this.#pool.delete(reference);
  }

  /**
   * Sees to it that there is a handful at the relay, since others may wait for it; `maintain` makes the rest. Throws as that does.
   */
  begin(session: Session): Promise<void> {
    const { target = DEFAULT_TARGET } = this.#options;
    return this.#tasks.run(() => this.#maintain(session, Math.min(FIRST_TARGET, target)));
  }

  /**
   * Fills the pool at the relay up and removes what has expired here. What does not work now is made up for at the next login;
   * throws DISK_FULL and what else the vault throws.
   */
  maintain(session: Session): Promise<void> {
    const { target = DEFAULT_TARGET } = this.#options;
    return this.#tasks.run(() => this.#maintain(session, target));
  }

  async #maintain(session: Session, target: number): Promise<void> {
    await this.#removeExpired();
    try {
      await this.#fillUp(session, await publish(session, [], false), target);
    } catch (cause) {
      const error = toSirdasError(cause);
      if (error.code !== 'UNREACHABLE' && !findWireProperties(error.code)) throw error;
    }
  }

  /** The others do what the account says it can. */
  get #suites(): readonly MlsSuite[] {
    const { suites } = this.#options.own.needVerified().record;
    return MLS_SUITES.filter((suite) => suites.includes(suite));
  }

  async #fillUp(session: Session, counts: Counts, target: number): Promise<void> {
    // Of those that the relay has and the vault does not, every join would fail.
    const isLost = this.#suites.some((suite) => this.#hasLost(suite, counts));
    const missing = this.#suites.flatMap((suite) => this.#listMissing(suite, isLost ? [] : counts, target));
    let replace = isLost;
    while (missing.length > 0) {
      await this.#publish(session, missing.splice(0, LIMITS.MAX_KEY_PACKAGES_AT_ONCE), replace);
      replace = false;
    }
  }

  #hasLost(suite: MlsSuite, counts: Counts): boolean {
    const atRelay = countsOf(suite, counts);
    return (
      atRelay.count > this.#listOf(suite, false).length ||
      (atRelay.hasLastResort && this.#listOf(suite, true).length === 0)
    );
  }

  #listMissing(suite: MlsSuite, counts: Counts, target: number): Missing[] {
    const { count, hasLastResort } = countsOf(suite, counts);
    const missing: Missing[] = Array.from({ length: Math.max(0, target - count) }, () => ({
      suite,
      lastResort: false,
    }));
    const isFresh = this.#listOf(suite, true).some((entry) => this.#isFresh(entry));
    return hasLastResort && isFresh ? missing : [...missing, { suite, lastResort: true }];
  }

  #isFresh({ reference, expiresMs }: PoolEntry): boolean {
    const madeMs = expiresMs - LIMITS.KEY_PACKAGE_TTL_MS;
    return !this.#worn.has(reference) && this.#options.clock.nowMs() < madeMs + LAST_RESORT_RENEWAL_MS;
  }

  #listOf(suite: MlsSuite, lastResort: boolean): PoolEntry[] {
    return [...this.#pool.values()].filter(
      (entry) => entry.suite === suite && entry.lastResort === lastResort,
    );
  }

  async #publish(session: Session, missing: readonly Missing[], replace: boolean): Promise<void> {
    const made: (MadeKeyPackage & Missing)[] = [];
    for (const one of missing) made.push({ ...(await this.#make(one.suite)), ...one });
    // CLI-061
    await this.#keep(made);
    try {
      await publish(session, made, replace);
    } catch (cause) {
      const error = toSirdasError(cause);
      // What the relay has refused nobody can claim; of what it did not answer to, nobody knows.
      if (findWireProperties(error.code)) await this.#remove(made.map(({ reference }) => reference));
      throw error;
    }
  }

  async #make(suite: MlsSuite): Promise<MadeKeyPackage> {
    const { clock, random, ownLeaf } = this.#options;
    const own = await ownLeaf.get();
    const lifetimeMs = LIMITS.KEY_PACKAGE_TTL_MS;
    return makeKeyPackage({ own, suite, nowMs: clock.nowMs(), lifetimeMs, random });
  }

  async #keep(made: readonly (MadeKeyPackage & Missing)[]): Promise<void> {
    const entries = made.map(({ reference, suite, expiresMs, lastResort }) => ({
      reference,
      suite,
      expiresMs,
      lastResort,
    }));
    const secrets = made.map(({ secret }) => secret);
    await this.#options.vault.save({
      addKeyPackages: entries.flatMap((entry, i) => {
        const secret = secrets[i];
        return secret ? [{ ...entry, secret }] : [];
      }),
    });
    for (const entry of entries) this.#pool.set(entry.reference, entry);
  }

  async #removeExpired(): Promise<void> {
    const endMs = this.#options.clock.nowMs() - EXPIRED_GRACE_MS;
    const expired = [...this.#pool.values()].filter(({ expiresMs }) => expiresMs < endMs);
    await this.#remove(expired.map(({ reference }) => reference));
  }

  async #remove(references: readonly string[]): Promise<void> {
    if (references.length === 0) return;
    await this.#options.vault.save({ removeKeyPackages: references });
    for (const reference of references) {
      this.#pool.delete(reference);
      this.#worn.delete(reference);
    }
  }
}

async function publish(
  session: Session,
  made: readonly (MadeKeyPackage & Missing)[],
  replace: boolean,
): Promise<Counts> {
  const keyPackages: FrameBody<'publishKeyPackages'>['keyPackages'] = made.map(
    ({ suite, keyPackage, expiresMs, lastResort }) => ({ suite, keyPackage, expiresMs, lastResort }),
  );
  const { counts } = await session.request({ kind: 'publishKeyPackages', keyPackages, replace });
  return counts;
}

function countsOf(suite: MlsSuite, counts: Counts): Omit<Counts[number], 'suite'> {
  return counts.find((one) => one.suite === suite) ?? { count: 0, hasLastResort: false };
}
