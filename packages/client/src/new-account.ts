// Makes the keys and the first record of a new account, or the keys of a further device. Called by own-account.ts and by
// backup-import.ts; nothing here talks to anybody.
import {
  generateSignatureSeed,
  generateUnwrapKey,
  importSignatureKey,
  importUnwrapKey,
  type RandomSource,
  type SecretBytes,
  signAccountRecord,
} from '@sirdas/crypto';
import {
  type AccountRecord,
  CLASSIC_SUITE,
  type DeviceId,
  fromId,
  MLS_SUITES,
  type Nickname,
  toDeviceId,
} from '@sirdas/protocol';
import type { Profile, RelayAddress } from './model.ts';
import type { AccountState } from './vault/vault.ts';

const DEVICE_ID_BYTES = 16;

export interface NewAccount {
  readonly relay: RelayAddress;
  /** What stands before `/i#` in invite links of this relay. */
  readonly webAddress: string;
  /** 16 bytes; empty: the relay is open. */
  readonly inviteToken: Uint8Array;
  readonly nickname: Nickname;
  readonly deviceName: string;
  /** Never anything but classic letters. */
  readonly classicOnly: boolean;
  readonly profile: Profile;
}

export interface AccountKeys {
  readonly device: DeviceId;
  readonly identitySeed: SecretBytes;
  readonly deviceSeed: SecretBytes;
  /** PKCS #8. */
  readonly rsaPrivateKey: SecretBytes;
}

export async function generateAccountKeys(random: RandomSource): Promise<AccountKeys> {
  return {
    device: drawDeviceId(random),
    identitySeed: generateSignatureSeed(random),
    deviceSeed: generateSignatureSeed(random),
    rsaPrivateKey: await generateUnwrapKey(),
  };
}

/** An account that nobody knows of yet: its first record is pending. */
export async function createAccount(
  account: NewAccount,
  keys: AccountKeys,
  nowMs: number,
): Promise<AccountState> {
  const [identityKey, deviceKey, unwrapKey] = await Promise.all([
    importSignatureKey(keys.identitySeed),
    importSignatureKey(keys.deviceSeed),
    importUnwrapKey(keys.rsaPrivateKey),
  ]);
  const { relay, webAddress, inviteToken, nickname, deviceName: name, profile, classicOnly } = account;
  const record: AccountRecord = {
    relayFingerprint: relay.fingerprint,
    nickname,
    identityKey: identityKey.publicKey,
    index: 0,
    previousHash: new Uint8Array(),
    devices: [{ id: fromId(keys.device), signatureKey: deviceKey.publicKey, name, addedMs: nowMs }],
    rsaPublicKey: unwrapKey.publicKey,
    suites: classicOnly ? [CLASSIC_SUITE] : [...MLS_SUITES, CLASSIC_SUITE],
    profile: toRecordProfile(profile),
    timeMs: nowMs,
  };
  const pending = await signAccountRecord(record, identityKey);
  const atRelay = { published: null, inbox: null, mayInvite: false, restoredFrom: null };
  return { relay, webAddress, inviteToken, nickname, ...keys, pending, ...atRelay };
}

export function drawDeviceId(random: RandomSource): DeviceId {
  return toDeviceId(random(DEVICE_ID_BYTES));
}

export function toRecordProfile({
  displayName,
  chosenColour,
}: Profile): NonNullable<AccountRecord['profile']> {
  return { displayName, ...(chosenColour === null ? {} : { colour: chosenColour }) };
}
