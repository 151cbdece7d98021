// Makes the keys and the first record of a new account, or the keys of a further device. Called by own-account.ts and by
// backup-import.ts; nothing here talks to anybody.
import {
  generateSignatureSeed,
  generateUnwrapKey,
  importSignatureKey,
  importUnwrapKey,
  type RandomSource,
  signAccountRecord,
} from '@sirdas/crypto';
import {
  type AccountRecord,
  CLASSIC_SUITE,
  type DeviceId,
  fromId,
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
  readonly profile: Profile;
}

/** An account that nobody knows of yet: its first record is pending. Throws CryptoError BAD_RECORD for unusable names. */
export async function createAccount(
  account: NewAccount,
  nowMs: number,
  random: RandomSource,
): Promise<AccountState> {
  const [identitySeed, deviceSeed] = [generateSignatureSeed(random), generateSignatureSeed(random)];
  const rsaPrivateKey = await generateUnwrapKey();
  const [identityKey, deviceKey, unwrapKey] = await Promise.all([
    importSignatureKey(identitySeed),
    importSignatureKey(deviceSeed),
    importUnwrapKey(rsaPrivateKey),
  ]);
  const device = drawDeviceId(random);
  const { name, deviceName, profile } = { name: account.nickname, ...account };
  const record: AccountRecord = {
    relayFingerprint: account.relay.fingerprint,
    nickname: name,
    identityKey: identityKey.publicKey,
    index: 0,
    previousHash: new Uint8Array(),
    devices: [{ id: fromId(device), signatureKey: deviceKey.publicKey, name: deviceName, addedMs: nowMs }],
    rsaPublicKey: unwrapKey.publicKey,
    suites: [CLASSIC_SUITE],
    profile: toRecordProfile(profile),
    timeMs: nowMs,
  };
  return {
    relay: account.relay,
    webAddress: account.webAddress,
    nickname: name,
    device,
    identitySeed,
    deviceSeed,
    rsaPrivateKey,
    published: null,
    pending: await signAccountRecord(record, identityKey),
    inviteToken: account.inviteToken,
    inbox: null,
    mayInvite: false,
    restoredFrom: null,
  };
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
