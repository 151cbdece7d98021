// Contacts: other people's accounts as this device has verified and pinned them (SPEC §5.4). The only place that decides
// which key belongs to whom: chains are verified here, changed keys stop here until the person has seen them. Used by the
// outbox (to whom to seal), the inbox (whose signature to believe) and sirdas.ts.
import { type AccountName, restoreAccount, type VerifiedAccount, verifyAccountChain } from '@sirdas/crypto';
import { equalBytes, type LogId, type Nickname } from '@sirdas/protocol';
import type { Clock } from './clock.ts';
import { toSirdasError } from './convert-error.ts';
import { fetchChain, followChain } from './directory-chain.ts';
import { SirdasError } from './errors.ts';
import type { Events } from './events.ts';
import type { Contact } from './model.ts';
import { SerialQueue } from './serial-queue.ts';
import type { Session } from './session.ts';
import type { ContactState, Vault } from './vault/vault.ts';

/** A pinned account, ready for use. */
export interface PinnedContact {
  readonly nickname: Nickname;
  readonly inbox: LogId;
  readonly account: VerifiedAccount;
  readonly verifiedMs: number | null;
  /** Verified, with another identity key than `account`, not accepted yet. */
  readonly changed: { readonly account: VerifiedAccount; readonly inbox: LogId } | null;
  readonly heldLetters: number;
}

export interface ContactsOptions {
  readonly vault: Vault;
  readonly events: Events;
  readonly clock: Clock;
  /** Of the relay that this account is at. */
  readonly relayFingerprint: () => Uint8Array;
  /** There is no changed key of this contact any more: what waited for that can go on. */
  readonly onSettled: (nickname: Nickname) => void;
}

export class Contacts {
  readonly #options: ContactsOptions;
  readonly #contacts = new Map<Nickname, PinnedContact>();
  readonly #updates = new SerialQueue();
  /** Look-ups under way, so that a hundred letters of one stranger ask once. */
  readonly #refreshing = new Map<Nickname, Promise<PinnedContact>>();

  constructor(options: ContactsOptions) {
    this.#options = options;
  }

  async load(contacts: readonly ContactState[]): Promise<void> {
    const { vault } = this.#options;
    for (const state of contacts) {
      const held = await vault.readHeldLetters(state.nickname);
      this.#contacts.set(state.nickname, restore(state, held.length));
    }
  }

  /** Whose letters are still held back although nothing keeps them back: the program ended in between. */
  listSettledWithLetters(): Nickname[] {
    const settled = [...this.#contacts.values()].filter(
      ({ changed, heldLetters }) => !changed && heldLetters > 0,
    );
    return settled.map(({ nickname }) => nickname);
  }

  list(): Contact[] {
    return [...this.#contacts.values()].map(describeContact);
  }

  /** Throws UNKNOWN_ACCOUNT when there is no such contact. */
  describe(nickname: Nickname): Contact {
    return describeContact(this.need(nickname));
  }

  get(nickname: Nickname): PinnedContact | null {
    return this.#contacts.get(nickname) ?? null;
  }

  /**
   * Asks the directory what is new about an account. A chain that does not continue the pinned one is an alarm (event
   * `refused`, DIRECTORY_FORGED) and changes nothing; another identity key is kept beside the pinned one (event `contact`).
   * Throws UNKNOWN_ACCOUNT, UNREACHABLE, what the relay answers; DIRECTORY_FORGED only for an account not pinned yet.
   */
  refresh(session: Session, nickname: Nickname): Promise<PinnedContact> {
    return this.#refreshing.get(nickname) ?? this.#startRefresh(session, nickname);
  }

  /**
   * First contact: the whole chain, trusted as it is (SPEC §5.4), not pinned yet. Throws UNKNOWN_ACCOUNT, DIRECTORY_FORGED,
   * UNREACHABLE and what the relay answers.
   */
  async meet(session: Session, nickname: Nickname): Promise<PinnedContact> {
    try {
      const { account, inbox } = await this.#fetchWhole(session, nickname);
      return { nickname, inbox, account, verifiedMs: null, changed: null, heldLetters: 0 };
    } catch (cause) {
      throw toSirdasError(cause);
    }
  }

  /** Pins somebody, unless they have been pinned meanwhile. */
  keep(stranger: PinnedContact): Promise<void> {
    return this.#updates.run(async () => {
      if (!this.get(stranger.nickname)) await this.#save(stranger);
    });
  }

  /** Throws UNKNOWN_ACCOUNT when there is no such contact. */
  need(nickname: Nickname): PinnedContact {
    const contact = this.get(nickname);
    if (!contact) throw new SirdasError('UNKNOWN_ACCOUNT', 'not a contact');
    return contact;
  }

  /** The key that the person compares now: the changed one where there is one. */
  comparedAccount(nickname: Nickname): VerifiedAccount {
    const { account, changed } = this.need(nickname);
    return changed?.account ?? account;
  }

  /**
   * Notes that the person has compared safety numbers for `identityKey`; when that is the changed key, accepts it.
   * Throws KEY_CHANGED when another key has come since.
   */
  markVerified(nickname: Nickname, identityKey: Uint8Array): Promise<void> {
    return this.#update(nickname, (contact) => {
      const compared = contact.changed?.account ?? contact.account;
      // CLI-022
      if (!equalBytes(compared.record.identityKey, identityKey)) throw otherKey();
      return { ...withChangeAccepted(contact), verifiedMs: this.#options.clock.nowMs() };
    });
  }

  /**
   * Throws KEY_CHANGED unless `identityKey` is the changed one, VERIFICATION_REQUIRED where the old key was verified.
   */
  acceptKeyChange(nickname: Nickname, identityKey: Uint8Array): Promise<void> {
    return this.#update(nickname, (contact) => {
      const shown = contact.changed?.account.record.identityKey;
      // CLI-022
      if (!shown || !equalBytes(shown, identityKey)) throw otherKey();
      if (contact.verifiedMs !== null) {
        throw new SirdasError('VERIFICATION_REQUIRED', 'the old key of this contact was verified');
      }
      return withChangeAccepted(contact);
    });
  }

  /** Letters were held back or released; the vault knows already. */
  noteHeldLetters(nickname: Nickname, heldLetters: number): void {
    const contact = this.need(nickname);
    if (contact.heldLetters !== heldLetters) this.#keep({ ...contact, heldLetters });
  }

  #startRefresh(session: Session, nickname: Nickname): Promise<PinnedContact> {
    const refreshed = this.#refresh(session, nickname).finally(() => this.#refreshing.delete(nickname));
    this.#refreshing.set(nickname, refreshed);
    return refreshed;
  }

  async #refresh(session: Session, nickname: Nickname): Promise<PinnedContact> {
    const pinned = this.get(nickname);
    if (!pinned) {
      await this.keep(await this.meet(session, nickname));
      return this.need(nickname);
    }
    try {
      const { check, inbox } = await followChain(session, nickname, pinned.account);
      if (check.outcome === 'verified') await this.#adopt(pinned, check.account, inbox);
      else await this.#inspectChange(session, pinned);
    } catch (cause) {
      const error = toSirdasError(cause);
      if (error.code !== 'DIRECTORY_FORGED') throw error;
      this.#options.events.emit({ type: 'refused', error: error.code, from: nickname });
    }
    return this.need(nickname);
  }

  async #fetchWhole(session: Session, nickname: Nickname) {
    const chain = await fetchChain(session, nickname, 0);
    const name: AccountName = { relayFingerprint: this.#options.relayFingerprint(), nickname };
    // CLI-021
    return { account: await verifyAccountChain(chain.records, name), inbox: chain.inbox };
  }

  /** The directory shows the pinned key and what it signed since. */
  async #adopt(pinned: PinnedContact, account: VerifiedAccount, inbox: LogId): Promise<void> {
    const isNews = account !== pinned.account || inbox !== pinned.inbox || pinned.changed !== null;
    if (!isNews) return;
    await this.#update(pinned.nickname, (contact) =>
      // Another key may have been accepted since the directory was asked.
      contact.account === pinned.account ? { ...contact, account, inbox, changed: null } : contact,
    );
  }

  /** The relay does not continue the pinned chain: is there another identity key behind it, or only a lie? */
  async #inspectChange(session: Session, pinned: PinnedContact): Promise<void> {
    const shown = await this.#fetchWhole(session, pinned.nickname);
    // CLI-021
    if (equalBytes(pinned.account.record.identityKey, shown.account.record.identityKey)) {
      throw new SirdasError('DIRECTORY_FORGED', 'the directory does not continue the pinned chain');
    }
    const isKnown = pinned.changed && equalBytes(pinned.changed.account.hash, shown.account.hash);
    if (isKnown) return;
    await this.#update(pinned.nickname, (contact) =>
      contact.account === pinned.account ? { ...contact, changed: shown } : contact,
    );
  }

  /** One change after the other, each on what the one before left. */
  #update(nickname: Nickname, change: (contact: PinnedContact) => PinnedContact): Promise<void> {
    return this.#updates.run(async () => {
      const before = this.need(nickname);
      const after = change(before);
      if (after === before) return;
      await this.#save(after);
      if (before.changed && !after.changed) this.#options.onSettled(nickname);
    });
  }

  async #save(contact: PinnedContact): Promise<void> {
    const { nickname, inbox, account, verifiedMs, changed } = contact;
    const change = changed && { pin: changed.account.pin, inbox: changed.inbox };
    const state: ContactState = { nickname, inbox, pin: account.pin, verifiedMs, changed: change };
    await this.#options.vault.save({ contacts: [state] });
    this.#keep({ ...contact, heldLetters: this.get(nickname)?.heldLetters ?? 0 });
  }

  #keep(contact: PinnedContact): void {
    this.#contacts.set(contact.nickname, contact);
    this.#options.events.emit({ type: 'contact', contact: describeContact(contact) });
  }
}

function restore(state: ContactState, heldLetters: number): PinnedContact {
  const { nickname, inbox, pin, verifiedMs, changed } = state;
  const change = changed && { account: restoreAccount(changed.pin), inbox: changed.inbox };
  return { nickname, inbox, account: restoreAccount(pin), verifiedMs, changed: change, heldLetters };
}

function otherKey(): SirdasError {
  return new SirdasError('KEY_CHANGED', 'the key in question is not the one that the directory shows now');
}

function withChangeAccepted(contact: PinnedContact): PinnedContact {
  return contact.changed ? { ...contact, ...contact.changed, verifiedMs: null, changed: null } : contact;
}

function describeContact(contact: PinnedContact): Contact {
  const { profile, identityKey } = contact.account.record;
  return {
    nickname: contact.nickname,
    displayName: profile?.displayName ?? '',
    chosenColour: profile?.colour ?? null,
    identityKey,
    verifiedMs: contact.verifiedMs,
    changedKey: contact.changed?.account.record.identityKey ?? null,
    heldLetters: contact.heldLetters,
  };
}
