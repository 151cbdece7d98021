// The digits that members of a group compare: made from the authenticator of the present epoch, so that the same digits mean the
// same members, keys and history on both sides (RFC 9420 §8.7). Shown by `sirdas.groups.check`. SPEC §11.8.
import type { GroupDescription } from '@sirdas/crypto';
import type { EpochCheck } from '../model.ts';

const GROUPS = 6;
const GROUP_BYTES = 5;
const DIGITS = 5;

/** As the safety number is written (SPEC §5.5): 5 bytes big-endian modulo 100000, with leading zeros. */
export function describeEpoch({
  epoch,
  authenticatorHash,
}: Pick<GroupDescription, 'epoch' | 'authenticatorHash'>): EpochCheck {
  const groups = Array.from({ length: GROUPS }, (_, i) =>
    writeDigits(authenticatorHash.subarray(i * GROUP_BYTES, (i + 1) * GROUP_BYTES)),
  );
  return { epoch, digits: groups.join(' ') };
}

function writeDigits(bytes: Uint8Array): string {
  const number = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return (number % 10n ** BigInt(DIGITS)).toString().padStart(DIGITS, '0');
}
