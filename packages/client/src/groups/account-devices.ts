// What the verified chain of an account says about one of its devices. Every answer is about one record or about "ever
// since", never about now: it stays true however late it is asked, so that members who judge the same commit on
// different days agree (SPEC §11.5). Used by the commit policy, the leaf verifier and the reports.
import type { DevicePeriod, LeafIdentity, VerifiedAccount } from '@sirdas/crypto';
import { equalBytes } from '@sirdas/protocol';

/** Whether a device was in the record with that index; null: the record is not known here yet. */
export function wasListedAt(account: VerifiedAccount, leaf: LeafIdentity, index: number): boolean | null {
  if (index > account.record.index) return null;
  return findPeriods(account, leaf).some(
    ({ addedIndex, removedIndex }) => addedIndex <= index && (removedIndex === null || removedIndex > index),
  );
}

/** Whether a device is missing in the record that its leaf names, or in any one behind it; null: that one is not known here yet. */
export function wasRevokedSince(account: VerifiedAccount, leaf: LeafIdentity): boolean | null {
  if (leaf.recordIndex > account.record.index) return null;
  return !findPeriods(account, leaf).some(
    ({ addedIndex, removedIndex }) => addedIndex <= leaf.recordIndex && removedIndex === null,
  );
}

/** Whether any record up to the newest known one had it. */
export function wasEverListed(account: VerifiedAccount, leaf: LeafIdentity): boolean {
  return findPeriods(account, leaf).length > 0;
}

/** Of all chains that are known under a nickname, the one of that identity key. */
export function findByIdentityKey(
  accounts: readonly VerifiedAccount[],
  identityKey: Uint8Array,
): VerifiedAccount | null {
  return accounts.find(({ record }) => equalBytes(record.identityKey, identityKey)) ?? null;
}

function findPeriods(account: VerifiedAccount, leaf: LeafIdentity): DevicePeriod[] {
  return account.deviceHistory.filter(
    ({ id, signatureKey }) =>
      // THREATS 4: an id is compared with ids and a key with keys, both in full.
      id === leaf.device && equalBytes(signatureKey, leaf.signatureKey),
  );
}
