// The key packages that a fake relay keeps: published, counted, handed out once (SPEC §3.4). Used by fake-relay.testkit.ts.
import { type Frame, type FrameBody, toHex } from '@sirdas/protocol';

type KeyPackage = Frame<'publishKeyPackages'>['keyPackages'][number];

export class FakeKeyPackages {
  /** By device, in hexadecimal. */
  readonly byDevice = new Map<string, KeyPackage[]>();

  publish(
    { keyPackages, replace }: Frame<'publishKeyPackages'>,
    device: string,
  ): FrameBody<'keyPackageCounts'> {
    const before = replace ? [] : (this.byDevice.get(device) ?? []);
    const added = keyPackages.map((one) => ({ ...one, keyPackage: Uint8Array.from(one.keyPackage) }));
    const isReplaced = (old: KeyPackage) =>
      old.lastResort && added.some((one) => one.lastResort && one.suite === old.suite);
    const all = [...before.filter((old) => !isReplaced(old)), ...added];
    this.byDevice.set(device, all);
    const suites = [...new Set(all.map(({ suite }) => suite))];
    const counts = suites.map((suite) => {
      const own = all.filter((one) => one.suite === suite);
      const count = own.filter(({ lastResort }) => !lastResort).length;
      return { suite, count, hasLastResort: own.length > count };
    });
    return { kind: 'keyPackageCounts', counts };
  }

  claim(
    { suite, devices }: Frame<'claimKeyPackages'>,
    listed: readonly Uint8Array[],
  ): FrameBody<'claimedKeyPackages'> {
    const wanted = devices.length > 0 ? devices : listed;
    return { kind: 'claimedKeyPackages', claimed: wanted.flatMap((device) => this.#take(device, suite)) };
  }

  #take(device: Uint8Array, suite: string): FrameBody<'claimedKeyPackages'>['claimed'] {
    const all = this.byDevice.get(toHex(device)) ?? [];
    const ofSuite = all.filter((one) => one.suite === suite);
    const found = ofSuite.find(({ lastResort }) => !lastResort) ?? ofSuite[0];
    if (!found) return [];
    if (!found.lastResort)
      this.byDevice.set(
        toHex(device),
        all.filter((one) => one !== found),
      );
    const { keyPackage, lastResort } = found;
    return [{ device: Uint8Array.from(device), keyPackage, lastResort }];
  }
}
