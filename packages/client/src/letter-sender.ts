// Sends classic letters: looks the recipient up, seals, appends to an inbox. Called by the outbox for one item at a time.
// SPEC §7.1.
import type { VerifiedAccount } from '@sirdas/crypto';
import { equalBytes, fromId, type LogId, type Nickname } from '@sirdas/protocol';
import type { Contacts, PinnedContact } from './contacts.ts';
import { toSirdasError } from './convert-error.ts';
import type { Counters } from './counters.ts';
import { SirdasError } from './errors.ts';
import type { LetterSealer } from './letter-sealer.ts';
import type { OutboxLane } from './outbox-lane.ts';
import type { OwnAccount } from './own-account.ts';
import type { Session } from './session.ts';
import type { OutboxItem, SealedItem, Vault } from './vault/vault.ts';

export interface LetterSenderOptions {
  readonly own: OwnAccount;
  readonly vault: Vault;
  readonly contacts: Contacts;
  readonly sealer: LetterSealer;
  readonly counters: Counters;
}

/** To whom something goes. */
export interface Recipient {
  readonly account: VerifiedAccount;
  readonly inbox: LogId;
}

export class LetterSender {
  readonly #options: LetterSenderOptions;

  constructor(options: LetterSenderOptions) {
    this.#options = options;
  }

  /** Who gets an item that is not for a group. Throws KEY_CHANGED while the person has to decide, and what a look-up throws. */
  async find(lane: OutboxLane, item: OutboxItem, session: Session): Promise<Recipient> {
    const { own } = this.#options;
    const { nickname, inbox } = own.need();
    const isToSelf = item.copy === 'own' || item.recipient === nickname;
    if (isToSelf && inbox) return { account: own.needVerified(), inbox };
    if (item.recipient === null) throw new SirdasError('UNKNOWN_CONVERSATION', 'a letter to nobody');
    const contact = await this.#lookUp(lane, item, item.recipient, session);
    // CLI-030
    if (contact.changed) throw new SirdasError('KEY_CHANGED', 'the person has to see the changed key first');
    return contact;
  }

  /** Resolves when the relay has it durably. */
  async send(lane: OutboxLane, item: OutboxItem, to: Recipient, session: Session): Promise<OutboxItem> {
    const sealed = await this.#seal(lane, item, to.account);
    const { envelope } = sealed.sealed;
    try {
      await session.request({ kind: 'append', log: fromId(to.inbox), envelope, epoch: 0 });
    } catch (cause) {
      const isGone = toSirdasError(cause).code === 'UNKNOWN_LOG';
      const moved = isGone ? await this.#findNewInbox(item, session) : null;
      if (!moved) throw cause;
      return this.send(lane, sealed, moved, session);
    }
    return sealed;
  }

  /** Before each letter the directory is asked what is new (SPEC §7.1); one answer serves all that waited when it was asked. */
  async #lookUp(
    lane: OutboxLane,
    item: OutboxItem,
    recipient: Nickname,
    session: Session,
  ): Promise<PinnedContact> {
    const { contacts } = this.#options;
    const known = contacts.get(recipient);
    const isFresh = lane.lookedUp?.session === session && item.order <= lane.lookedUp.upTo;
    if (known && (isFresh || item.sealed)) return known;
    const upTo = lane.items.at(-1)?.order ?? item.order;
    const contact = await contacts.refresh(session, recipient);
    lane.lookedUp = { session, upTo };
    return contact;
  }

  /** Sealed once; again only when the recipient has got another identity key since. */
  async #seal(
    lane: OutboxLane,
    item: OutboxItem,
    account: VerifiedAccount,
  ): Promise<OutboxItem & { readonly sealed: SealedItem }> {
    const { sealed } = item;
    const isCurrent =
      sealed?.kind === 'classic' &&
      (item.copy === 'own' || equalBytes(sealed.identityKey, account.record.identityKey));
    if (isCurrent) return { ...item, sealed };
    const { own, vault, sealer, counters } = this.#options;
    const message = await vault.readMessage(own.need().nickname, item.message);
    const { sealed: fresh, counter, newCounter } = await sealer.seal(item, message, account);
    const saved = newCounter ? [newCounter] : [];
    const next = { ...item, counter, sealed: fresh };
    await vault.save({ replaceInOutbox: [next], counters: saved });
    counters.note(saved);
    lane.replace(next);
    return next;
  }

  /** After UNKNOWN_LOG: the contact may have another inbox by now. */
  async #findNewInbox({ recipient }: OutboxItem, session: Session): Promise<Recipient | null> {
    const { contacts } = this.#options;
    const before = recipient && contacts.get(recipient);
    if (!before) return null;
    const after = await contacts.refresh(session, before.nickname);
    // CLI-030
    if (after.changed) throw new SirdasError('KEY_CHANGED', 'the person has to see the changed key first');
    return after.inbox === before.inbox ? null : after;
  }
}
