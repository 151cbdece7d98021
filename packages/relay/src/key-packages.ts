// Key packages: what a device publishes so that others can begin a conversation with it while it is away (SPEC §3.4). Called by
// handlers/key-packages.ts; handing out each one once is the store's promise.
import {
  type DeviceId,
  type FrameBody,
  fromId,
  LIMITS,
  MLS_SUITES,
  type Nickname,
  toDeviceId,
  type WireErrorName,
} from '@sirdas/protocol';
import type { AccountHead, Directory } from './directory.ts';
import { sha256 } from './signatures.ts';
import type { ClaimedKeyPackage, KeyPackageCount, Store } from './store/store.ts';

/** Who gets one has this long at least to use it. */
const MIN_LIFETIME_MS = 86_400_000;

export interface KeyPackagesOptions {
  readonly store: Store;
  readonly directory: Directory;
  readonly nowMs: () => number;
}

export type Counts = FrameBody<'keyPackageCounts'>;
type Refusal = { readonly refused: WireErrorName };

export class KeyPackages {
  readonly #options: KeyPackagesOptions;

  constructor(options: KeyPackagesOptions) {
    this.#options = options;
  }

  /** Adds to the pools of a device, or only counts. */
  async publish(
    owner: { readonly nickname: Nickname; readonly device: DeviceId },
    { keyPackages, replace }: FrameBody<'publishKeyPackages'>,
  ): Promise<Counts | Refusal> {
    const { store, directory, nowMs } = this.#options;
    const head = await directory.findHead(owner.nickname);
    if (head === null) return { refused: 'UNKNOWN_ACCOUNT' };
    const suites = listMlsSuites(head);
    // RLY-120
    if (keyPackages.length > LIMITS.MAX_KEY_PACKAGES_AT_ONCE) return { refused: 'KEY_PACKAGES_FULL' };
    if (!keyPackages.every(({ suite }) => suites.includes(suite))) return { refused: 'NOT_ALLOWED' };
    if (suites.length === 0) return toCounts([], []);
    const expiresAfterMs = nowMs() + MIN_LIFETIME_MS;
    const counts = await store.saveKeyPackages({
      device: owner.device,
      // RLY-123
      keyPackages: keyPackages
        .filter(({ expiresMs }) => expiresMs > expiresAfterMs)
        .map(({ suite, keyPackage, expiresMs, lastResort }) => ({
          suite,
          keyPackage,
          hash: sha256(keyPackage),
          expiresMs: Math.min(expiresMs, nowMs() + LIMITS.KEY_PACKAGE_TTL_MS),
          isLastResort: lastResort,
        })),
      replaces: replace,
      maxPerSuite: LIMITS.MAX_KEY_PACKAGES,
      expiresAfterMs,
    });
    // RLY-121
    return counts === null ? { refused: 'KEY_PACKAGES_FULL' } : toCounts(suites, counts);
  }

  /** One for each device that was asked for and is the account's; no devices: all of them. */
  async claim({
    devices,
    suite,
    ...frame
  }: { readonly nickname: Nickname } & Pick<FrameBody<'claimKeyPackages'>, 'devices' | 'suite'>): Promise<
    readonly ClaimedKeyPackage[] | Refusal
  > {
    const { store, directory, nowMs } = this.#options;
    const head = await directory.findHead(frame.nickname);
    if (head === null) return { refused: 'UNKNOWN_ACCOUNT' };
    const wanted = new Set(devices.map(toDeviceId));
    const current = head.record.devices.map(({ id }) => toDeviceId(id));
    const asked = wanted.size === 0 ? current : current.filter((device) => wanted.has(device));
    if (!head.record.suites.includes(suite)) return [];
    return store.claimKeyPackages({ devices: asked, suite, expiresAfterMs: nowMs() + MIN_LIFETIME_MS });
  }

  /** What a device has, if it should publish more; null when there is enough, or it speaks no MLS. */
  async findLow(nickname: Nickname, device: DeviceId): Promise<Counts | null> {
    const counts = await this.publish(
      { nickname, device },
      { kind: 'publishKeyPackages', keyPackages: [], replace: false },
    );
    if ('refused' in counts) return null;
    return counts.counts.some(({ count }) => count < LIMITS.LOW_KEY_PACKAGES) ? counts : null;
  }
}

export function toClaimed(claimed: readonly ClaimedKeyPackage[]): FrameBody<'claimedKeyPackages'> {
  return {
    kind: 'claimedKeyPackages',
    claimed: claimed.map(({ device, keyPackage, isLastResort }) => ({
      device: fromId(device),
      keyPackage,
      lastResort: isLastResort,
    })),
  };
}

function listMlsSuites({ record }: AccountHead): string[] {
  return record.suites.filter((suite) => (MLS_SUITES as readonly string[]).includes(suite));
}

/** Every MLS suite of the account, also one of which there is nothing. */
function toCounts(suites: readonly string[], stored: readonly KeyPackageCount[]): Counts {
  const counts = suites.map(
    (suite) => stored.find((one) => one.suite === suite) ?? { suite, count: 0, hasLastResort: false },
  );
  return { kind: 'keyPackageCounts', counts };
}
