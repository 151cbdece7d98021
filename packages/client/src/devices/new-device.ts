// The two ways in which an empty vault becomes a further device of an account: from a backup, and by linking. What comes is saved in
// one transaction: after a crash the vault is that device, or as empty as before. Called by sirdas.ts.
import { decryptBackup, toVaultChange } from '../backup.ts';
import type { BackupAccount } from '../backup-format.ts';
import { SirdasError } from '../errors.ts';
import type { RelayAddress } from '../model.ts';
import type { OwnAccount } from '../own-account.ts';
import { checkName, guessWebAddress, readRelayLink } from '../read-input.ts';
import type { AccountState } from '../vault/vault.ts';
import { becomeNewDevice } from './becoming-new-device.ts';
import { type DeviceToLink, type LinkingTools, linkNewDevice } from './linking-new.ts';

export interface RestoreOptions {
  /** What the account's list of devices will show. */
  readonly deviceName: string;
  /** The device that the backup came from leaves the account when this one comes. */
  readonly replaces?: boolean;
}

export type LinkOptions = Omit<DeviceToLink, 'relay' | 'webAddress'>;

interface Tools extends LinkingTools {
  readonly own: OwnAccount;
}

/** Throws ACCOUNT_EXISTS, WRONG_PASSPHRASE, BAD_EXPORT, BAD_NAME. */
export async function restoreDevice(
  backup: { readonly file: Uint8Array; readonly passphrase: string },
  { deviceName: name, replaces = false }: RestoreOptions,
  { own, random }: Pick<Tools, 'own' | 'random'>,
): Promise<void> {
  checkEmpty(own);
  checkName(name);
  const content = await decryptBackup(backup.file, backup.passphrase);
  const { device, deviceSeed } = content.account;
  const former = { ...toAccountState(content.account), device, deviceSeed };
  const account = becomeNewDevice(former, { name, replaces, random });
  await own.restore(account, content.account.classicOnly, toVaultChange(content));
}

/** `relay`: an address, or an invite link of the relay, whose token is not used. Throws BAD_INVITE and as `linkNewDevice` does. */
export async function linkDevice(
  relay: RelayAddress | string,
  options: LinkOptions,
  { own, ...tools }: Tools,
): Promise<void> {
  checkEmpty(own);
  checkName(options.deviceName);
  const target =
    typeof relay === 'string' ? readRelayLink(relay) : { relay, webAddress: guessWebAddress(relay.host) };
  await linkNewDevice({ ...options, ...target }, tools, async ({ content, device, deviceSeed }) => {
    // The address that worked here: the other device may know the relay by another one.
    const state = { ...toAccountState(content.account), relay: target.relay, device: device.id, deviceSeed };
    await own.restore(state, content.account.classicOnly, toVaultChange(content));
  });
}

function checkEmpty(own: OwnAccount): void {
  if (own.claimed) throw new SirdasError('ACCOUNT_EXISTS', 'this vault holds an account already');
}

/** What only the relay knows comes with the next login. */
function toAccountState(account: BackupAccount): AccountState {
  const { relay, webAddress, nickname, device, identitySeed, deviceSeed, rsaPrivateKey, published } = account;
  const identity = {
    relay,
    webAddress,
    nickname,
    device,
    identitySeed,
    deviceSeed,
    rsaPrivateKey,
    published,
  };
  return { ...identity, pending: null, inviteToken: null, inbox: null, mayInvite: false, restoredFrom: null };
}
