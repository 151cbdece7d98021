// Which suite a new group gets, and how much one commit may add to it. SPEC §11.1.
import type { VerifiedAccount } from '@sirdas/crypto';
import { LIMITS, type MlsSuite, X25519_SUITE, XWING_SUITE } from '@sirdas/protocol';
import { SirdasError } from '../errors.ts';

const MAX_NEW_XWING_DEVICES = 32;
/** Of a Welcome, for each leaf of the group: its key material and half a parent node. Measured in bench/, rounded up. */
const TREE_BYTES: Readonly<Record<MlsSuite, number>> = { [XWING_SUITE]: 3200, [X25519_SUITE]: 500 };
const WELCOME_BYTES = 4096;

/** Throws NO_USABLE_KEY when one of them speaks no MLS. */
export function chooseSuite(accounts: readonly VerifiedAccount[]): MlsSuite {
  const devices = accounts.reduce((sum, { record }) => sum + record.devices.length, 0);
  const speakAll = (suite: MlsSuite) => accounts.every(({ record }) => record.suites.includes(suite));
  if (devices <= MAX_NEW_XWING_DEVICES && speakAll(XWING_SUITE)) return XWING_SUITE;
  if (speakAll(X25519_SUITE)) return X25519_SUITE;
  throw new SirdasError('NO_USABLE_KEY', 'somebody has no key for groups');
}

export function speaksMls({ record }: VerifiedAccount): boolean {
  return record.suites.some((suite) => suite === XWING_SUITE || suite === X25519_SUITE);
}

/** How many accounts fit into one commit: each gets a Welcome of its own with the whole tree. At least 1. */
export function countAccountsPerCommit(suite: MlsSuite, leavesAfter: number): number {
  const welcomeBytes = leavesAfter * TREE_BYTES[suite] + WELCOME_BYTES;
  return Math.max(1, Math.floor(LIMITS.MAX_WELCOME_BYTES / welcomeBytes));
}
