// Seals one message of the vault for its recipient (SPEC §7.1): content, counter, envelope. Called by the outbox, which
// saves what comes out of it before anything is sent.
import { type RandomSource, sealClassicLetter, type VerifiedAccount } from '@sirdas/crypto';
import { type Content, fromId } from '@sirdas/protocol';
import type { Clock } from './clock.ts';
import { toSirdasError } from './convert-error.ts';
import type { Counters } from './counters.ts';
import type { Message } from './model.ts';
import type { OwnAccount } from './own-account.ts';
import type { MessageCounter, SealedItem } from './vault/vault.ts';

export interface LetterSealerOptions {
  readonly own: OwnAccount;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly random: RandomSource;
}

export interface SealedLetter extends SealedItem {
  /** To be saved together with the envelope, and noted then. */
  readonly counter: MessageCounter;
}

export class LetterSealer {
  readonly #options: LetterSealerOptions;

  constructor(options: LetterSealerOptions) {
    this.#options = options;
  }

  /** Throws NO_USABLE_KEY, DOWNGRADE_REFUSED. Letters to one recipient must be sealed one after the other. */
  async seal(message: Message, recipient: VerifiedAccount): Promise<SealedLetter> {
    const { own, counters, clock, random } = this.#options;
    const { nickname, device } = own.need();
    const { identityKey } = await own.keys();
    const of = { conversation: message.conversation, sender: nickname, device };
    const counter = { ...of, counter: counters.get(of) + 1 };
    const content: Content = {
      messageId: fromId(message.id),
      // A message from a time when this clock was ahead would be refused as one from the future.
      timeMs: Math.min(message.sentMs, clock.nowMs()),
      conversation: fromId(message.conversation),
      device: fromId(device),
      counter: counter.counter,
      body: composeBody(message),
    };
    try {
      const sender = { account: own.needVerified(), identityKey };
      const envelope = await sealClassicLetter({ sender, recipient, content, random });
      return { envelope, identityKey: recipient.record.identityKey, counter };
    } catch (cause) {
      throw toSirdasError(cause);
    }
  }
}

function composeBody({ body }: Message): Content['body'] {
  if (body.kind !== 'text') throw new Error('only texts are sent');
  return { case: 'text', value: { text: body.text } };
}
