// How a vault comes to an account (joining a relay, a backup, a link to another device), and how a backup is made. Until it is done the
// vault can be used for another try. Called by sirdas.ts, which says what each of these throws.
import type { RandomSource } from '@sirdas/crypto';
import { type BackupOptions, collectBackup, encryptBackup } from './backup.ts';
import type { ClientParts } from './client-parts.ts';
import type { Clock } from './clock.ts';
import { type LinkOptions, linkDevice, type RestoreOptions, restoreDevice } from './devices/new-device.ts';
import { SirdasError } from './errors.ts';
import type { Account, Profile, RelayAddress } from './model.ts';
import { createAccount, generateAccountKeys, type NewAccount } from './new-account.ts';
import type { Transport } from './transport/transport.ts';
import type { Vault } from './vault/vault.ts';

export interface AccountSetupOptions {
  readonly parts: ClientParts;
  readonly vault: Vault;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: RandomSource;
}

export class AccountSetup {
  readonly #options: AccountSetupOptions;

  constructor(options: AccountSetupOptions) {
    this.#options = options;
  }

  async join(account: NewAccount, signal: AbortSignal | undefined): Promise<Account> {
    const { parts, random, clock } = this.#options;
    const { own, link } = parts;
    await link.stop();
    const keys = await generateAccountKeys(random);
    await own.begin(await createAccount(account, keys, clock.nowMs()), account.classicOnly);
    link.start();
    try {
      await link.waitUntilOnline({ signal, firstFailure: true });
    } catch (cause) {
      // Once the nickname is claimed, connecting is a matter of time.
      if (!own.claimed) {
        await link.stop();
        await own.giveUpUnlessClaimed();
        throw cause;
      }
    }
    return this.#finishJoin(account.profile);
  }

  async exportBackup(passphrase: string, options: BackupOptions): Promise<Uint8Array> {
    const { parts, vault, clock } = this.#options;
    const { classicOnly } = this.#needAccount();
    const choice = { classicOnly, history: 'all', nowMs: clock.nowMs() } as const;
    return encryptBackup(await collectBackup(vault, parts.own.need(), choice), passphrase, options);
  }

  async importBackup(file: Uint8Array, passphrase: string, options: RestoreOptions): Promise<Account> {
    const { parts, random } = this.#options;
    await parts.link.stop();
    await restoreDevice({ file, passphrase }, options, { own: parts.own, random });
    await parts.load();
    return this.#needAccount();
  }

  async linkDevice(relay: RelayAddress | string, options: LinkOptions): Promise<Account> {
    const { parts, transport, clock, random } = this.#options;
    await parts.link.stop();
    await linkDevice(relay, options, { own: parts.own, transport, clock, random });
    await parts.load();
    // From here on it is a device of the account; connecting is a matter of time.
    parts.link.start();
    return this.#needAccount();
  }

  async #finishJoin(wanted: Profile): Promise<Account> {
    const { parts } = this.#options;
    const { records, sessionOrNull } = parts;
    const { displayName, chosenColour, classicOnly } = this.#needAccount();
    // An earlier attempt may have claimed with another profile.
    const isAsWanted = displayName === wanted.displayName && chosenColour === wanted.chosenColour;
    if (!isAsWanted) await records.setProfile(wanted, sessionOrNull);
    // Who joins and goes away at once can be written to all the same.
    if (!classicOnly) await parts.offer();
    return this.#needAccount();
  }

  #needAccount(): Account {
    const account = this.#options.parts.own.describe();
    if (!account) throw new SirdasError('NO_ACCOUNT', 'join a relay first');
    return account;
  }
}
