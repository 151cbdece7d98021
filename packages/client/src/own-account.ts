// The own account on this device: what the vault holds of it, its keys, and who logs in with them. Used by the link, the
// outbox (who signs), the inbox (whose copies to believe) and sirdas.ts; own-records.ts keeps its records up to date.
import {
  importSignatureKey,
  importUnwrapKey,
  restoreAccount,
  type SignatureKey,
  type UnwrapKey,
  type VerifiedAccount,
  verifyAccountChain,
} from '@sirdas/crypto';
import { type AccountRecord, decodeAccountRecord, equalBytes, toDeviceId } from '@sirdas/protocol';
import { SirdasError } from './errors.ts';
import type { ClaimToMake, LoginIdentity } from './handshake.ts';
import type { Account, RelayAddress } from './model.ts';
import { SerialQueue } from './serial-queue.ts';
import type { AccountState, Vault, VaultChange, VaultContents } from './vault/vault.ts';

const VISIBLE_SETTING = 'visible';
const CLASSIC_ONLY_SETTING = 'classic-only';

export interface OwnKeys {
  readonly identityKey: SignatureKey;
  /** Null when the account does not accept classic letters. */
  readonly unwrapKey: UnwrapKey | null;
}

/** An account that is claimed at its relay. */
export type ClaimedAccount = AccountState & { readonly published: NonNullable<AccountState['published']> };

export class OwnAccount {
  readonly #vault: Vault;
  readonly #updates = new SerialQueue();
  #state: AccountState | null = null;
  #verified: VerifiedAccount | null = null;
  #keys: Promise<OwnKeys> | null = null;
  #isVisible = true;
  #isClassicOnly = false;
  /** A claim has left and nobody knows whether it arrived. */
  #mayBeClaimed = false;
  /** The record that puts this device in the place of the restored one may have arrived. */
  #mayHaveReplaced = false;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  load({ account, settings }: Pick<VaultContents, 'account' | 'settings'>): void {
    this.#remember(account);
    this.#isVisible = settings[VISIBLE_SETTING] !== 'no';
    this.#isClassicOnly = settings[CLASSIC_ONLY_SETTING] === 'yes';
    // Of a claim that an earlier run began nobody knows how it ended.
    this.#mayBeClaimed = this.hasUnfinishedJoin;
  }

  /** Null: there is none yet, or joining has not been finished. */
  get claimed(): ClaimedAccount | null {
    return this.#state && isClaimed(this.#state) ? this.#state : null;
  }

  get hasUnfinishedJoin(): boolean {
    return this.#state !== null && this.claimed === null;
  }

  get isVisible(): boolean {
    return this.#isVisible;
  }

  /** Keeps to classic letters also where it could do more. */
  get isClassicOnly(): boolean {
    return this.#isClassicOnly;
  }

  /** Throws NO_ACCOUNT. */
  need(): ClaimedAccount {
    if (!this.claimed) throw noAccount();
    return this.claimed;
  }

  /** The newest own record that the relay has, as others see it. Throws NO_ACCOUNT. */
  needVerified(): VerifiedAccount {
    if (!this.#verified) throw noAccount();
    return this.#verified;
  }

  /** The newest own record, also when it is not published yet. Throws NO_ACCOUNT. */
  needNewestRecord(): AccountRecord {
    const { pending } = this.need();
    return pending ? decodeAccountRecord(pending.record) : this.needVerified().record;
  }

  /** Throws NO_ACCOUNT. */
  async keys(): Promise<OwnKeys> {
    this.#keys ??= importKeys(this.need());
    return this.#keys;
  }

  describe(): Account | null {
    const state = this.claimed;
    if (!state) return null;
    const { devices, profile, identityKey } = this.needNewestRecord();
    return {
      nickname: state.nickname,
      displayName: profile?.displayName ?? '',
      chosenColour: profile?.colour ?? null,
      device: state.device,
      deviceName: devices.find((device) => toDeviceId(device.id) === state.device)?.name ?? '',
      identityKey,
      relay: state.relay,
      mayInvite: state.mayInvite,
      classicOnly: this.#isClassicOnly,
    };
  }

  /** Changes what the vault holds: one change after the other, each on what the one before left. Throws NO_ACCOUNT. */
  update(change: (state: ClaimedAccount) => AccountState): Promise<void> {
    return this.#updates.run(() => this.#save(change(this.need())));
  }

  /**
   * Saves a new account before anything is claimed. A join that was begun for the same nickname at the same relay goes on with
   * its keys, since its claim may have arrived; any other unfinished join is given up. Throws ACCOUNT_EXISTS.
   */
  async begin(created: AccountState, isClassicOnly: boolean): Promise<void> {
    if (this.claimed) throw accountExists();
    const begun = this.#mayBeClaimed ? this.#state : null;
    const goesOn = begun?.nickname === created.nickname && isSameRelay(begun.relay, created.relay);
    const { relay, webAddress, inviteToken } = created;
    const state = goesOn ? { ...begun, relay, webAddress, inviteToken } : created;
    await this.#saveClassicOnly(isClassicOnly);
    await this.#save(state);
    this.#mayBeClaimed = goesOn;
  }

  /**
   * Takes over an account from another device, with everything that comes with it, in one transaction and in place of a join that
   * was not finished. The rest of the client has to be loaded anew. Throws ACCOUNT_EXISTS.
   */
  async restore(state: AccountState, isClassicOnly: boolean, rest: VaultChange): Promise<void> {
    if (this.claimed) throw accountExists();
    const settings = { ...rest.settings, [CLASSIC_ONLY_SETTING]: isClassicOnly ? 'yes' : null };
    await this.#vault.save({ ...rest, settings, account: state });
    this.#remember(state);
  }

  /** After a join that failed: keeps only what may be claimed already, so that the vault can be used for another try. */
  async giveUpUnlessClaimed(): Promise<void> {
    if (this.claimed || this.#mayBeClaimed) return;
    await this.#vault.save({ account: null });
    this.#remember(null);
  }

  /** What the link needs to log in. Throws NO_ACCOUNT. */
  async identify(): Promise<{ address: RelayAddress; identity: LoginIdentity }> {
    const state = this.#state;
    if (!state) throw noAccount();
    const { device, deviceSeed } = (this.#mayHaveReplaced ? null : state.restoredFrom) ?? state;
    const identity: LoginIdentity = {
      nickname: state.nickname,
      device,
      deviceKey: await importSignatureKey(deviceSeed),
      relayFingerprint: state.relay.fingerprint,
      isVisible: this.#isVisible && state.restoredFrom === null,
      claim: this.claimed ? null : this.#describeClaim(state),
    };
    return { address: state.relay, identity };
  }

  /** The relay has refused the login; null: another device of this account may log in instead. */
  explainRefusal(): SirdasError | null {
    const { inbox = null, restoredFrom = null } = this.#state ?? {};
    if (restoredFrom?.replaces && !this.#mayHaveReplaced) {
      this.#mayHaveReplaced = true;
      return null;
    }
    this.#mayHaveReplaced = false;
    // CLI-091: a relay lets nobody in who is not in the newest record, and this device was, or was made from one that was.
    if (inbox !== null || restoredFrom !== null) {
      return new SirdasError('DEVICE_REVOKED', 'the relay does not let this device in any more');
    }
    return new SirdasError('LOGIN_FAILED', 'the relay does not know this account or device');
  }

  async setVisible(isVisible: boolean): Promise<void> {
    await this.#vault.save({ settings: { [VISIBLE_SETTING]: isVisible ? null : 'no' } });
    this.#isVisible = isVisible;
  }

  #describeClaim(state: AccountState): ClaimToMake {
    const { pending } = state;
    if (!pending) throw noAccount();
    return {
      record: pending,
      inviteToken: state.inviteToken ?? new Uint8Array(),
      onSend: () => {
        this.#mayBeClaimed = true;
      },
      onRefused: () => {
        this.#mayBeClaimed = false;
      },
      onClaimed: async () => {
        const name = { relayFingerprint: state.relay.fingerprint, nickname: state.nickname };
        const { pin } = await verifyAccountChain([pending], name);
        await this.#save({ ...state, published: pin, pending: null, inviteToken: null });
      },
    };
  }

  async #saveClassicOnly(isClassicOnly: boolean): Promise<void> {
    await this.#vault.save({ settings: { [CLASSIC_ONLY_SETTING]: isClassicOnly ? 'yes' : null } });
    this.#isClassicOnly = isClassicOnly;
  }

  async #save(state: AccountState): Promise<void> {
    await this.#vault.save({ account: state });
    this.#remember(state);
  }

  #remember(state: AccountState | null): void {
    if (state?.identitySeed !== this.#state?.identitySeed) this.#keys = null;
    this.#state = state;
    this.#verified = state?.published ? restoreAccount(state.published) : null;
  }
}

async function importKeys(state: AccountState): Promise<OwnKeys> {
  const identityKey = await importSignatureKey(state.identitySeed);
  return { identityKey, unwrapKey: state.rsaPrivateKey && (await importUnwrapKey(state.rsaPrivateKey)) };
}

function isClaimed(state: AccountState): state is ClaimedAccount {
  return state.published !== null;
}

function isSameRelay(one: RelayAddress, other: RelayAddress): boolean {
  return equalBytes(one.fingerprint, other.fingerprint);
}

function accountExists(): SirdasError {
  return new SirdasError('ACCOUNT_EXISTS', 'this vault holds an account already');
}

function noAccount(): SirdasError {
  return new SirdasError('NO_ACCOUNT', 'there is no account in this vault');
}
