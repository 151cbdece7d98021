// What becomes of a batch of letters: read, saved in one vault transaction together with what belongs to it, and told once
// it is safe. Called by the inbox for deliveries and for letters that had been held back.
import type { OpenedLetter } from '@sirdas/crypto';
import { type Nickname, toConversationId } from '@sirdas/protocol';
import type { Clock } from './clock.ts';
import type { Contacts } from './contacts.ts';
import type { Counters } from './counters.ts';
import type { Events } from './events.ts';
import { type LetterReader, ReadingContext, type ReadLetter } from './letter-reader.ts';
import { type ArrivedContent, MessageComposer } from './messages/message-composer.ts';
import type { MessageTeller } from './messages/message-teller.ts';
import type { OwnAccount } from './own-account.ts';
import type { Session } from './session.ts';
import type { HeldLetter, Vault, VaultChange } from './vault/vault.ts';

/** It takes a directory that lies, or a person who really lost a key; either way there is an end. */
export const MAX_HELD_LETTERS = 1000;

export interface LetterSettlerOptions {
  readonly own: OwnAccount;
  readonly vault: Vault;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly events: Events;
  readonly contacts: Contacts;
  readonly teller: MessageTeller;
  readonly reader: LetterReader;
}

export class LetterSettler {
  readonly #options: LetterSettlerOptions;

  constructor(options: LetterSettlerOptions) {
    this.#options = options;
  }

  /** `change` is saved in the same transaction. Throws what keeps a letter from being judged or saved; nothing is saved then. */
  async settle(
    envelopes: readonly Uint8Array[],
    session: Session | null,
    change: Pick<VaultChange, 'cursors' | 'releaseLettersOf'>,
  ): Promise<void> {
    const { vault, reader, counters, teller, events } = this.#options;
    const context = new ReadingContext(session);
    const read = await Promise.all(envelopes.map((envelope) => reader.read(envelope, context)));
    const { composed, ignored } = this.#compose(read);
    const held = new HeldBack(this.#options.contacts, change.releaseLettersOf ?? null);
    const outcomes = read.map((letter, i) => held.take(letter, envelopes[i]));
    // CLI-002
    const saved = await vault.save({ ...change, ...composed, holdLetters: held.letters });
    counters.note(composed.counters);
    held.announce();
    teller.tell(saved, composed.conversations);
    teller.noteIgnored(ignored);
    for (const letter of outcomes) {
      // CLI-001
      if (letter.outcome === 'refused')
        events.emit({ type: 'refused', error: letter.error, from: letter.from });
    }
  }

  #compose(read: readonly ReadLetter[]) {
    const { own, counters, clock } = this.#options;
    const savedMs = clock.nowMs();
    const composer = new MessageComposer({ own: own.need(), counters, nowMs: savedMs });
    for (const letter of read) {
      if (letter.outcome === 'opened') composer.add(describeLetter(letter.letter, savedMs));
    }
    return { composed: composer.finish(), ignored: composer.ignored };
  }
}

function describeLetter({ header, direction, content }: OpenedLetter, savedMs: number): ArrivedContent {
  const { sender, recipient } = header;
  const other = direction === 'out' ? recipient : sender;
  const conversation = { id: toConversationId(content.conversation), with: other };
  return { content, sender, direction, conversation, envelope: 'classic', savedMs };
}

/** The letters of one batch that wait for the person to accept a key. */
class HeldBack {
  readonly letters: HeldLetter[] = [];
  readonly #contacts: Contacts;
  readonly #counts = new Map<Nickname, number>();

  /** The letters of `released` were held back until now and are all in this batch. */
  constructor(contacts: Contacts, released: Nickname | null) {
    this.#contacts = contacts;
    if (released !== null) this.#counts.set(released, 0);
  }

  take(letter: ReadLetter, envelope: Uint8Array | undefined): ReadLetter {
    if (letter.outcome !== 'held' || !envelope) return letter;
    const count = this.#counts.get(letter.sender) ?? this.#contacts.need(letter.sender).heldLetters;
    // CLI-028
    if (count >= MAX_HELD_LETTERS) return { outcome: 'refused', error: 'KEY_CHANGED', from: null };
    this.letters.push({ sender: letter.sender, envelope });
    this.#counts.set(letter.sender, count + 1);
    return letter;
  }

  announce(): void {
    for (const [sender, count] of this.#counts) this.#contacts.noteHeldLetters(sender, count);
  }
}
