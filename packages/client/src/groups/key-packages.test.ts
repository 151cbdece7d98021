// The pool of key packages: saved before it is published, used once, renewed, and thrown away when its private halves are gone.
import { type OwnLeaf, systemRandom } from '@sirdas/crypto';
import { LIMITS, MLS_SUITES, type MlsSuite, X25519_SUITE, XWING_SUITE } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { SirdasError } from '../errors.ts';
import { ManualClock } from '../manual-clock.testkit.ts';
import type { Session } from '../session.ts';
import { MemoryVault, VaultMemory } from '../vault/memory-vault.testkit.ts';
import { TEST_RELAY, TestAccount } from './group-people.testkit.ts';
import { KeyPackages } from './key-packages.ts';

const DAY_MS = 86_400_000;
const TARGET = 3;
const person = await TestAccount.make('mia', [['laptop']]);

interface Published {
  readonly suite: string;
  readonly keyPackage: Uint8Array;
  readonly expiresMs: number;
  readonly lastResort: boolean;
}

/** The relay's side of SPEC §3.4. */
class Pool {
  packages: Published[] = [];
  requests: number[] = [];
  /** Thrown instead of an answer to a publication. */
  failure: SirdasError | null = null;
  /** Seen with each publication, before it is answered. */
  onPublish: (published: readonly Published[]) => void = () => {};

  readonly session = {
    request: async (frame: { keyPackages: readonly Published[]; replace: boolean }) => {
      this.onPublish(frame.keyPackages);
      if (frame.keyPackages.length > 0 && this.failure) throw this.failure;
      this.requests.push(frame.keyPackages.length);
      if (frame.replace) this.packages = [];
      for (const one of frame.keyPackages) {
        if (one.lastResort) this.packages = this.packages.filter((old) => !isLastResort(old, one.suite));
        this.packages.push(one);
      }
      const counts = MLS_SUITES.map((suite) => ({
        suite,
        count: this.ordinary(suite).length,
        hasLastResort: this.packages.some((one) => isLastResort(one, suite)),
      }));
      return { kind: 'keyPackageCounts', request: 1, counts };
    },
  } as unknown as Session;

  ordinary(suite: MlsSuite): Published[] {
    return this.packages.filter((one) => one.suite === suite && !one.lastResort);
  }
}

function isLastResort(one: Published, suite: string): boolean {
  return one.suite === suite && one.lastResort;
}

let clock: ManualClock;
let pool: Pool;
let vault: MemoryVault;
let keyPackages: KeyPackages;

async function open(suites: readonly string[] = [X25519_SUITE]): Promise<void> {
  const { record } = person.now;
  const own: OwnLeaf = {
    relayFingerprint: TEST_RELAY,
    nickname: person.nickname,
    device: person.device('laptop'),
    recordIndex: 0,
    signatureKey: person.deviceKey('laptop'),
  };
  keyPackages = new KeyPackages({
    vault,
    own: { needVerified: () => ({ ...person.now, record: { ...record, suites: [...suites] } }) },
    ownLeaf: { get: async () => own },
    clock,
    random: systemRandom,
    target: TARGET,
  });
  keyPackages.load((await vault.load()).keyPackages);
}

const stored = async () => (await vault.load()).keyPackages;
const storedOf = async (suite: MlsSuite, lastResort: boolean) =>
  (await stored()).filter((one) => one.suite === suite && one.lastResort === lastResort);

beforeEach(async () => {
  clock = new ManualClock();
  pool = new Pool();
  vault = new MemoryVault(new VaultMemory());
  await open();
});

describe('the pool', () => {
  it('is filled for every suite of the account, with one last resort each', async () => {
    await open(MLS_SUITES);
    await keyPackages.maintain(pool.session);
    for (const suite of MLS_SUITES) {
      expect(pool.ordinary(suite)).toHaveLength(TARGET);
      expect(await storedOf(suite, false)).toHaveLength(TARGET);
      expect(await storedOf(suite, true)).toHaveLength(1);
    }
    expect(pool.packages).toHaveLength(2 * (TARGET + 1));
    expect(
      new Set(pool.packages.map(({ expiresMs }) => Math.round((expiresMs - clock.nowMs()) / DAY_MS))),
    ).toEqual(new Set([LIMITS.KEY_PACKAGE_TTL_MS / DAY_MS]));
  });

  it('is that of the suites of the account only; a classic one has none', async () => {
    await keyPackages.maintain(pool.session);
    expect(pool.ordinary(XWING_SUITE)).toEqual([]);
    expect(pool.ordinary(X25519_SUITE)).toHaveLength(TARGET);
    pool.packages = [];
    await open(['classic-1']);
    await keyPackages.maintain(pool.session);
    expect(pool.packages).toEqual([]);
  });

  it('CLI-061 is published only once its private halves are saved', async () => {
    let isChecked = false;
    pool.onPublish = (published) => {
      if (published.length === 0) return;
      isChecked = true;
      const saved = vault.changes.flatMap((change) => change.addKeyPackages ?? []);
      expect(saved).toHaveLength(published.length);
    };
    await keyPackages.maintain(pool.session);
    expect(isChecked).toBe(true);
    vault = new MemoryVault(new VaultMemory());
    await open();
    pool = new Pool();
    vault.failNextSave = new SirdasError('DISK_FULL', 'the test has filled the disk');
    await expect(keyPackages.maintain(pool.session)).rejects.toMatchObject({ code: 'DISK_FULL' });
    expect(pool.packages).toEqual([]);
  });

  it('is filled up when others have taken some, and left alone when nobody has', async () => {
    await keyPackages.maintain(pool.session);
    pool.packages = pool.packages.filter((one) => one !== pool.ordinary(X25519_SUITE)[0]);
    pool.requests = [];
    await keyPackages.maintain(pool.session);
    expect(pool.requests).toEqual([0, 1]);
    expect(pool.ordinary(X25519_SUITE)).toHaveLength(TARGET);
    await keyPackages.maintain(pool.session);
    expect(pool.requests).toEqual([0, 1, 0]);
  });

  it('CLI-061 publishes nothing a second time after a restart', async () => {
    pool.failure = new SirdasError('UNREACHABLE', 'the line broke while it was published');
    await keyPackages.maintain(pool.session);
    const lost = (await stored()).length;
    expect(lost).toBeGreaterThan(0);
    pool.failure = null;
    await open();
    await keyPackages.maintain(pool.session);
    const bytes = pool.packages.map(({ keyPackage }) => keyPackage.toString());
    expect(new Set(bytes).size).toBe(bytes.length);
    // Nobody knows whether the first ones arrived: they can still be joined with.
    expect(await stored()).toHaveLength(lost + pool.packages.length);
  });

  it('keeps nothing of what the relay has refused', async () => {
    pool.failure = new SirdasError('KEY_PACKAGES_FULL', 'the relay has enough');
    await keyPackages.maintain(pool.session);
    expect(await stored()).toEqual([]);
  });

  it('CLI-061 is thrown away as a whole when the relay has some whose private halves are gone', async () => {
    await keyPackages.maintain(pool.session);
    const before = pool.packages;
    vault = new MemoryVault(new VaultMemory());
    await open();
    await keyPackages.maintain(pool.session);
    expect(pool.packages).toHaveLength(before.length);
    expect(pool.packages.filter((one) => before.includes(one))).toEqual([]);
  });
});

describe('a key package', () => {
  const firstReference = async (lastResort: boolean) =>
    (await storedOf(X25519_SUITE, lastResort))[0]?.reference ?? '';

  it('CLI-061 is used once: taken, removed with the join, and unknown from then on', async () => {
    await keyPackages.maintain(pool.session);
    const reference = await firstReference(false);
    expect(await keyPackages.take(reference)).toMatchObject({ reference, suite: X25519_SUITE });
    await vault.save({ removeKeyPackages: [reference] });
    keyPackages.noteUsed(reference);
    expect(await keyPackages.take(reference)).toBeNull();
    expect(await keyPackages.take('00'.repeat(32))).toBeNull();
  });

  it('is removed a day after its time is over', async () => {
    await keyPackages.maintain(pool.session);
    const first = await stored();
    clock.advance(LIMITS.KEY_PACKAGE_TTL_MS + DAY_MS / 2);
    pool.packages = [];
    await keyPackages.maintain(pool.session);
    expect(await stored()).toEqual(expect.arrayContaining([...first]));
    clock.advance(DAY_MS);
    await keyPackages.maintain(pool.session);
    const references = (await stored()).map(({ reference }) => reference);
    expect(first.filter(({ reference }) => references.includes(reference))).toEqual([]);
  });

  it('of the last resort is renewed after 7 days; the one before can still be joined with', async () => {
    await keyPackages.maintain(pool.session);
    const reference = await firstReference(true);
    clock.advance(6 * DAY_MS);
    await keyPackages.maintain(pool.session);
    expect(await storedOf(X25519_SUITE, true)).toHaveLength(1);
    clock.advance(DAY_MS + 1000);
    await keyPackages.maintain(pool.session);
    expect(await storedOf(X25519_SUITE, true)).toHaveLength(2);
    expect(await keyPackages.take(reference)).not.toBeNull();
    expect(pool.packages.filter((one) => isLastResort(one, X25519_SUITE))).toHaveLength(1);
  });

  it('of the last resort is renewed as soon as somebody has used it', async () => {
    await keyPackages.maintain(pool.session);
    const reference = await firstReference(true);
    keyPackages.noteUsed(reference);
    expect(await keyPackages.take(reference)).not.toBeNull();
    await keyPackages.maintain(pool.session);
    expect(await storedOf(X25519_SUITE, true)).toHaveLength(2);
    await keyPackages.maintain(pool.session);
    expect(await storedOf(X25519_SUITE, true)).toHaveLength(2);
  });
});
