// Key packages of others, bought at the relay for one change of a group: each device's once, kept while they are not used, checked
// before they are. Used by group-commits.ts. SPEC §3.4, §11.2.
import { CryptoError, type Leaf, readKeyPackage } from '@sirdas/crypto';
import { type DeviceId, fromId, type MlsSuite, type Nickname, toDeviceId } from '@sirdas/protocol';
import { SirdasError } from '../errors.ts';
import type { Session } from '../session.ts';
import type { DevicesToAdd } from './commit-intent.ts';
import type { GroupTools } from './group-tools.ts';

type ClaimTools = Pick<GroupTools, 'own' | 'clock' | 'events' | 'verifiers'>;

export class ClaimedKeyPackages {
  readonly #tools: ClaimTools;
  readonly #suite: MlsSuite;
  /** Null: there is none for this device. */
  readonly #byDevice = new Map<DeviceId, Uint8Array | null>();

  constructor(tools: ClaimTools, suite: MlsSuite) {
    this.#tools = tools;
    this.#suite = suite;
  }

  /** Buys what is missing. Throws UNREACHABLE, RATE_LIMITED, UNKNOWN_ACCOUNT and what else the relay answers. */
  async buy(add: readonly DevicesToAdd[], session: Session): Promise<void> {
    for (const { nickname, devices } of add) {
      const missing = devices.filter((device) => !this.#byDevice.has(device));
      if (missing.length > 0) await this.#claim(nickname, missing, session);
    }
  }

  /**
   * What there is for these devices; those without are left for later. Throws NO_KEY_PACKAGE when an account that is not in the
   * group would get no device in, or nobody at all.
   */
  list(add: readonly DevicesToAdd[], leaves: readonly Leaf[]): Uint8Array[] {
    const found = add.map(({ nickname, devices }) => {
      const usable = devices.map((device) => this.#byDevice.get(device) ?? null);
      const isIn = leaves.some((leaf) => leaf.nickname === nickname);
      return { isIn, usable: usable.filter((keyPackage) => keyPackage !== null) };
    });
    const usable = found.flatMap((account) => account.usable);
    const isMissing = found.some((account) => !account.isIn && account.usable.length === 0);
    if (isMissing || (add.length > 0 && usable.length === 0)) {
      throw new SirdasError('NO_KEY_PACKAGE', 'no device has left a key package');
    }
    return usable;
  }

  /** A commit with them was accepted. */
  noteUsed(add: readonly DevicesToAdd[]): void {
    for (const device of add.flatMap(({ devices }) => devices)) this.#byDevice.delete(device);
  }

  async #claim(nickname: Nickname, devices: readonly DeviceId[], session: Session): Promise<void> {
    const { claimed } = await session.request({
      ...{ kind: 'claimKeyPackages', nickname, suite: this.#suite },
      devices: devices.map(fromId),
    });
    for (const device of devices) this.#byDevice.set(device, null);
    for (const { device, keyPackage } of claimed) {
      const id = toDeviceId(device);
      const isUsable =
        devices.includes(id) && (await this.#check(keyPackage, { nickname, device: id }, session));
      if (isUsable) this.#byDevice.set(id, keyPackage);
      else this.#tools.events.emit({ type: 'refused', error: 'BAD_KEY_PACKAGE', from: null });
    }
  }

  /** CLI-049 */
  async #check(
    keyPackage: Uint8Array,
    expected: { readonly nickname: Nickname; readonly device: DeviceId },
    session: Session,
  ): Promise<boolean> {
    const { own, clock, verifiers } = this.#tools;
    try {
      const { leaf } = await readKeyPackage(keyPackage, {
        suite: this.#suite,
        nowMs: clock.nowMs(),
        verifier: verifiers.over(session),
        relayFingerprint: own.need().relay.fingerprint,
      });
      return leaf.nickname === expected.nickname && leaf.device === expected.device;
    } catch (cause) {
      if (cause instanceof CryptoError) return false;
      throw cause;
    }
  }
}
