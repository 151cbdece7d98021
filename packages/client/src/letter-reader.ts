// Reads one letter, step by step as SPEC §7.3 says: decode, find the sender's pinned key, verify, open. Decides between
// shown, refused and held back; saves nothing. Called by the inbox for every envelope that arrives or was held back.
import {
  CryptoError,
  type OpenedLetter,
  openClassicLetter,
  type ReceivedLetter,
  receiveClassicLetter,
  type VerifiedAccount,
  type VerifiedLetter,
  verifyClassicLetter,
} from '@sirdas/crypto';
import { type MessageId, type Nickname, toMessageId } from '@sirdas/protocol';
import type { Clock } from './clock.ts';
import type { Contacts, PinnedContact } from './contacts.ts';
import { toSirdasError } from './convert-error.ts';
import { type ClientErrorCode, SirdasError } from './errors.ts';
import type { OwnAccount } from './own-account.ts';
import type { OwnRecords } from './own-records.ts';
import type { Session } from './session.ts';
import type { Vault } from './vault/vault.ts';

export type ReadLetter =
  | { readonly outcome: 'opened'; readonly letter: OpenedLetter }
  /** `from` only where the signature has been verified. */
  | { readonly outcome: 'refused'; readonly error: ClientErrorCode; readonly from: Nickname | null }
  /** Saved before: not opened again. */
  | { readonly outcome: 'known' }
  /** Signed with a changed key that the person has not accepted yet. */
  | { readonly outcome: 'held'; readonly sender: Nickname };

export interface LetterReaderOptions {
  readonly vault: Vault;
  readonly own: OwnAccount;
  readonly records: OwnRecords;
  readonly contacts: Contacts;
  readonly clock: Clock;
}

/** What letters that are read together share: one look at the directory per sender, and each letter only once. */
export class ReadingContext {
  readonly #session: Session | null;
  readonly #refreshed = new Map<Nickname, Promise<unknown>>();
  readonly #met = new Map<Nickname, Promise<PinnedContact>>();
  readonly #opened = new Set<string>();

  constructor(session: Session | null) {
    this.#session = session;
  }

  async refreshOnce(nickname: Nickname, refresh: (session: Session) => Promise<unknown>): Promise<void> {
    const refreshed = this.#refreshed.get(nickname) ?? refresh(this.#needSession());
    this.#refreshed.set(nickname, refreshed);
    await refreshed;
  }

  async meetOnce(
    nickname: Nickname,
    meet: (session: Session) => Promise<PinnedContact>,
  ): Promise<PinnedContact> {
    const met = this.#met.get(nickname) ?? meet(this.#needSession());
    this.#met.set(nickname, met);
    return met;
  }

  /** False when this letter has been taken already. */
  take(sender: Nickname, id: MessageId): boolean {
    const key = `${sender} ${id}`;
    if (this.#opened.has(key)) return false;
    this.#opened.add(key);
    return true;
  }

  #needSession(): Session {
    if (this.#session) return this.#session;
    throw new SirdasError('UNREACHABLE', 'the directory cannot be asked without a connection');
  }
}

export class LetterReader {
  readonly #options: LetterReaderOptions;

  constructor(options: LetterReaderOptions) {
    this.#options = options;
  }

  /** Throws only when the letter cannot be judged now: UNREACHABLE, or what the relay answers to a look-up. */
  async read(envelope: Uint8Array, context: ReadingContext): Promise<ReadLetter> {
    const { relay, nickname } = this.#options.own.need();
    let received: ReceivedLetter;
    try {
      received = receiveClassicLetter(envelope, { relayFingerprint: relay.fingerprint, nickname });
    } catch (cause) {
      return refused(cause, null);
    }
    return received.direction === 'out'
      ? this.#readOwn(received, context)
      : this.#readPeers(received, context);
  }

  /** A copy from another own device, or something that the relay sends back. */
  async #readOwn(received: ReceivedLetter, context: ReadingContext): Promise<ReadLetter> {
    const { own, records } = this.#options;
    const { nickname } = own.need();
    let judged = await this.#verify(received, own.needVerified());
    if (judged === 'record-needed') {
      await context.refreshOnce(nickname, (session) => records.refresh(session));
      judged = await this.#verify(received, own.needVerified());
    }
    return this.#open(judged, nickname, context);
  }

  async #readPeers(received: ReceivedLetter, context: ReadingContext): Promise<ReadLetter> {
    const { sender } = received.header;
    const { contacts } = this.#options;
    const known = contacts.get(sender);
    if (!known) return this.#readStrangers(received, context);
    let judged = await this.#judge(received, known);
    if (!judged.isHeld && needsDirectory(judged.verdict)) {
      await this.#ask(() => context.refreshOnce(sender, (session) => contacts.refresh(session, sender)));
      judged = await this.#judge(received, contacts.need(sender));
    }
    return judged.isHeld ? { outcome: 'held', sender } : this.#open(judged.verdict, sender, context);
  }

  /** Who writes for the first time is pinned once the letter is known to be theirs. */
  async #readStrangers(received: ReceivedLetter, context: ReadingContext): Promise<ReadLetter> {
    const { contacts } = this.#options;
    const { sender } = received.header;
    const stranger = await this.#ask(() =>
      context.meetOnce(sender, (session) => contacts.meet(session, sender)),
    );
    if (!stranger) return { outcome: 'refused', error: 'LETTER_FORGED', from: null };
    const verdict = await this.#verify(received, stranger.account);
    if (!isVerified(verdict)) return this.#open(verdict, sender, context);
    await contacts.keep(stranger);
    // The outbox may have pinned the same person meanwhile, and the directory may have shown it another key.
    return this.#readPeers(received, context);
  }

  /** Against the pinned key, then against one that waits to be accepted. */
  async #judge(received: ReceivedLetter, contact: PinnedContact) {
    const verdict = await this.#verify(received, contact.account);
    if (isVerified(verdict) || !contact.changed) return { verdict, isHeld: false };
    // CLI-031
    const byChangedKey = await this.#verify(received, contact.changed.account);
    return { verdict, isHeld: isVerified(byChangedKey) };
  }

  /** Null: there is no such account, or the directory's answer about it does not verify. */
  async #ask<Answer>(question: () => Promise<Answer>): Promise<Answer | null> {
    try {
      return await question();
    } catch (cause) {
      const error = toSirdasError(cause);
      if (error.code === 'UNKNOWN_ACCOUNT' || error.code === 'DIRECTORY_FORGED') return null;
      throw error;
    }
  }

  async #verify(received: ReceivedLetter, sender: VerifiedAccount): Promise<Verdict> {
    try {
      const own = this.#options.own.needVerified();
      return await verifyClassicLetter(received, { sender, own }, this.#options.clock.nowMs());
    } catch (cause) {
      if (cause instanceof CryptoError && cause.code === 'RECORD_NEEDED') return 'record-needed';
      return toSirdasError(cause);
    }
  }

  async #open(verdict: Verdict, sender: Nickname, context: ReadingContext): Promise<ReadLetter> {
    if (verdict === 'record-needed') return { outcome: 'refused', error: 'LETTER_FORGED', from: null };
    if (verdict instanceof SirdasError) {
      // Only the last check comes after the signature's.
      return refused(verdict, verdict.code === 'LETTER_FROM_FUTURE' ? sender : null);
    }
    // CLI-003: the vault decides again when it saves; here it keeps replayed letters from costing RSA operations.
    const id = toMessageId(verdict.header.messageId);
    const isKnown = !context.take(sender, id) || (await this.#options.vault.readMessage(sender, id)) !== null;
    if (isKnown) return { outcome: 'known' };
    const { unwrapKey } = await this.#options.own.keys();
    if (!unwrapKey) return { outcome: 'refused', error: 'UNREADABLE', from: sender };
    try {
      return { outcome: 'opened', letter: await openClassicLetter(verdict, unwrapKey) };
    } catch (cause) {
      return refused(cause, sender);
    }
  }
}

type Verdict = VerifiedLetter | SirdasError | 'record-needed';

function isVerified(verdict: Verdict): verdict is VerifiedLetter {
  return verdict !== 'record-needed' && !(verdict instanceof SirdasError);
}

/** Newer than what is pinned, or signed with another key: the directory may know why. */
function needsDirectory(verdict: Verdict): boolean {
  return verdict === 'record-needed' || (verdict instanceof SirdasError && verdict.code === 'LETTER_FORGED');
}

function refused(cause: unknown, from: Nickname | null): ReadLetter {
  return { outcome: 'refused', error: toSirdasError(cause).code, from };
}
