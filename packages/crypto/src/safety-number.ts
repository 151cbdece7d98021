// The safety number of two accounts (SPEC §5.5): two people compare it over another channel; equal numbers mean that no
// relay has put other identity keys in between. Shown by `sirdas verify` and the apps.
import { sha512 } from '@noble/hashes/sha2.js';
import { type AccountRecord, concatBytes, LABELS, labelledInput } from '@sirdas/protocol';

/** Makes looking for a key whose digits match somebody's 5200 times more expensive. */
const FURTHER_ROUNDS = 5199;
const GROUPS_PER_ACCOUNT = 6;
const GROUP_BYTES = 5;
const GROUP_DIGITS = 5;

type Identity = Pick<AccountRecord, 'relayFingerprint' | 'nickname' | 'identityKey'>;

/** 12 groups of 5 digits with spaces between them; the order of the two accounts does not matter. */
export function computeSafetyNumber(one: Identity, other: Identity): string {
  const [smaller, larger] = [computeGroups(one), computeGroups(other)].sort();
  return `${smaller} ${larger}`;
}

function computeGroups(account: Identity): string {
  const fields = [account.relayFingerprint, account.nickname, account.identityKey];
  let hash = sha512(labelledInput(LABELS.safetyNumber, fields));
  for (let round = 0; round < FURTHER_ROUNDS; round++)
    hash = sha512(concatBytes([hash, account.identityKey]));
  const groups = Array.from({ length: GROUPS_PER_ACCOUNT }, (_, i) =>
    formatGroup(hash.subarray(i * GROUP_BYTES, (i + 1) * GROUP_BYTES)),
  );
  return groups.join(' ');
}

function formatGroup(bytes: Uint8Array): string {
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return String(value % 10 ** GROUP_DIGITS).padStart(GROUP_DIGITS, '0');
}
