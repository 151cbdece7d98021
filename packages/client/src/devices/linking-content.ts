// What the old device hands over to the new one, as a row of parts (SPEC §12.3): the lines of a backup, without the key of any
// device and without state of any group. Split by linking-old.ts, put together and checked by linking-new.ts.
import { importSignatureKey, restoreAccount, SecretBytes } from '@sirdas/crypto';
import { concatBytes, equalBytes, toDeviceId } from '@sirdas/protocol';
import { type BackupAccount, type BackupContent, decodeBackup, encodeBackup } from '../backup-format.ts';
import { SirdasError } from '../errors.ts';
import type { RelayAddress } from '../model.ts';
import { type LinkingMessage, MAX_PARTS, type NewDevice, PART_BYTES } from './linking-message.ts';

export type LinkingPart = Extract<LinkingMessage, { kind: 'part' }>;

export function splitContent(content: BackupContent, device: NewDevice): LinkingPart[] {
  // The seed of the new device stays where it was made.
  const account = { ...content.account, device: device.id, deviceSeed: new SecretBytes(new Uint8Array()) };
  const bytes = encodeBackup({ ...content, account });
  const count = Math.ceil(bytes.length / PART_BYTES);
  if (count > MAX_PARTS) throw new Error('more to hand over than a new device takes');
  return Array.from({ length: count }, (_, number) => {
    const start = number * PART_BYTES;
    return { kind: 'part', number, count, bytes: bytes.subarray(start, start + PART_BYTES) };
  });
}

/** Checks that it is whole, of this relay, of an account that has this device, and with its keys. Throws LINKING_TAMPERED. */
export async function joinContent(
  parts: readonly LinkingPart[],
  device: NewDevice,
  relay: RelayAddress,
): Promise<BackupContent> {
  try {
    const content = decodeBackup(concatBytes(parts.map(({ bytes }) => bytes)));
    await checkAccount(content.account, device, relay);
    return content;
  } catch (cause) {
    throw new SirdasError('LINKING_TAMPERED', 'what was handed over does not fit together', { cause });
  }
}

async function checkAccount(account: BackupAccount, device: NewDevice, relay: RelayAddress): Promise<void> {
  const { record } = restoreAccount(account.published);
  const { publicKey } = await importSignatureKey(account.identitySeed);
  const isAtRelay = [account.relay.fingerprint, record.relayFingerprint].every((fingerprint) =>
    equalBytes(fingerprint, relay.fingerprint),
  );
  const hasDevice = record.devices.some(
    ({ id, signatureKey }) => toDeviceId(id) === device.id && equalBytes(signatureKey, device.signatureKey),
  );
  const isOwn = account.nickname === record.nickname && equalBytes(publicKey, record.identityKey);
  // CLI-089
  if (!isAtRelay || !hasDevice || !isOwn)
    throw new Error('an account of another relay, device or identity key');
}
