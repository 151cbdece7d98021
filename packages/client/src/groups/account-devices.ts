// What the verified chain of an account says about one of its devices. Every answer is about one record or about "ever
// since", never about now: it stays true however late it is asked, so that members who judge the same commit on
// different days agree (SPEC §11.5). Used by the commit policy, the leaf verifier and the reports.
import type { LeafIdentity, VerifiedAccount } from '@sirdas/crypto';
import { equalBytes, fromId } from '@sirdas/protocol';

/** Whether a device was in the record with that index; null: the record is not known here yet. */
export function wasListedAt(account: VerifiedAccount, leaf: LeafIdentity, index: number): boolean | null {
  if (index > account.record.index) return null;
  return (
    isListedNow(account, leaf) ||
    account.formerDevices.some((device) => isDevice(device, leaf) && device.removedIndex > index)
  );
}

/** Whether a device is missing in any record behind the one that its leaf names; null: that one is not known here yet. */
export function wasRevokedSince(account: VerifiedAccount, leaf: LeafIdentity): boolean | null {
  if (leaf.recordIndex > account.record.index) return null;
  return (
    !isListedNow(account, leaf) ||
    account.formerDevices.some((device) => isDevice(device, leaf) && device.removedIndex > leaf.recordIndex)
  );
}

/** Whether the newest known record has the device, with that key. */
export function isListedNow(account: VerifiedAccount, leaf: LeafIdentity): boolean {
  return account.record.devices.some(
    ({ id, signatureKey }) =>
      // THREATS 4: an id is compared with ids and a key with keys, both in full.
      equalBytes(id, fromId(leaf.device)) && equalBytes(signatureKey, leaf.signatureKey),
  );
}

/** Whether any record up to the newest known one had it. */
export function wasEverListed(account: VerifiedAccount, leaf: LeafIdentity): boolean {
  return isListedNow(account, leaf) || account.formerDevices.some((device) => isDevice(device, leaf));
}

/** Of all chains that are known under a nickname, the one of that identity key. */
export function findByIdentityKey(
  accounts: readonly VerifiedAccount[],
  identityKey: Uint8Array,
): VerifiedAccount | null {
  return accounts.find(({ record }) => equalBytes(record.identityKey, identityKey)) ?? null;
}

function isDevice(device: VerifiedAccount['formerDevices'][number], leaf: LeafIdentity): boolean {
  return device.id === leaf.device && equalBytes(device.signatureKey, leaf.signatureKey);
}
