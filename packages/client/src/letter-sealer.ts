// Seals one content of the outbox for its recipient (SPEC §7.1): content, counter, envelope. Called by the outbox, which
// saves what comes out of it before anything is sent.
import { type RandomSource, sealClassicLetter, type VerifiedAccount } from '@sirdas/crypto';
import type { Clock } from './clock.ts';
import { toSirdasError } from './convert-error.ts';
import type { Counters } from './counters.ts';
import { makeContent } from './messages/content-maker.ts';
import type { Message } from './model.ts';
import type { OwnAccount } from './own-account.ts';
import type { MessageCounter, OutboxItem, SealedItem } from './vault/vault.ts';

export interface LetterSealerOptions {
  readonly own: OwnAccount;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly random: RandomSource;
}

export interface SealedLetter {
  readonly sealed: SealedItem;
  /** Its counter; where it is new, it is to be saved together with the envelope, and noted then. */
  readonly counter: number;
  readonly newCounter: MessageCounter | null;
}

export class LetterSealer {
  readonly #options: LetterSealerOptions;

  constructor(options: LetterSealerOptions) {
    this.#options = options;
  }

  /** Throws NO_USABLE_KEY, DOWNGRADE_REFUSED. Letters to one recipient must be sealed one after the other. */
  async seal(item: OutboxItem, message: Message | null, recipient: VerifiedAccount): Promise<SealedLetter> {
    const { own, counters, clock, random } = this.#options;
    const { nickname, device } = own.need();
    const { identityKey } = await own.keys();
    const of = { conversation: item.conversation, sender: nickname, device };
    const newCounter = item.counter === null ? counters.next(of) : null;
    const counter = newCounter?.counter ?? item.counter ?? 0;
    const content = makeContent(item, message, { device, counter, nowMs: clock.nowMs() });
    try {
      const sender = { account: own.needVerified(), identityKey };
      const envelope = await sealClassicLetter({ sender, recipient, content, random });
      const { identityKey: recipientKey } = recipient.record;
      return { sealed: { kind: 'classic', envelope, identityKey: recipientKey }, counter, newCounter };
    } catch (cause) {
      throw toSirdasError(cause);
    }
  }
}
