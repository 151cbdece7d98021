// A linking channel after its two ends have agreed on keys: messages in and out, sealed. Until both persons have confirmed the
// digits nobody knows who is at the other end. Used by linking-new.ts and linking-old.ts. SPEC §12.2.
import type { LinkingChannel } from '@sirdas/crypto';
import { untilAborted } from '../abort.ts';
import { toSirdasError } from '../convert-error.ts';
import { SirdasError } from '../errors.ts';
import { decodeLinkingMessage, encodeLinkingMessage, type LinkingMessage } from './linking-message.ts';
import type { LinkingPipe } from './linking-pipe.ts';

/**
 * Asks the person whether the other device shows the same digits; true: it does. The signal ends the question: the other side has
 * answered for both.
 */
export type ConfirmDigits = (digits: string, signal: AbortSignal) => Promise<boolean>;

type Kind = LinkingMessage['kind'];
type MessageOf<Expected extends Kind> = Extract<LinkingMessage, { kind: Expected }>;

export class SealedPipe {
  readonly #pipe: LinkingPipe;
  readonly #channel: LinkingChannel;

  constructor(pipe: LinkingPipe, channel: LinkingChannel) {
    this.#pipe = pipe;
    this.#channel = channel;
  }

  async say(message: LinkingMessage): Promise<void> {
    await this.#pipe.send(await this.#channel.seal(encodeLinkingMessage(message)));
  }

  /** The next message, of one of these kinds. Throws LINKING_REFUSED, LINKING_TAMPERED when it is of another kind or not from the other end. */
  async hear<Expected extends Kind>(...expected: readonly Expected[]): Promise<MessageOf<Expected>> {
    const message = decodeLinkingMessage(await this.#open(await this.#pipe.receive()));
    if (message.kind === 'refused') throw refused();
    if (isOfKind(message, expected)) return message;
    throw new SirdasError('LINKING_TAMPERED', 'a message of the linking channel is out of place');
  }

  /**
   * Both persons compare the digits. Resolves when this one has confirmed, with the promise of what the other device says then.
   * Throws LINKING_REFUSED when either has not; the other device is told.
   */
  async compare<Expected extends Kind>(
    confirm: ConfirmDigits,
    expected: Expected,
  ): Promise<{ readonly answer: Promise<MessageOf<Expected>> }> {
    const question = new AbortController();
    const answer = this.hear(expected);
    // Whoever calls waits for it later, or not at all.
    answer.catch(() => {});
    const confirmed = confirm(this.#channel.digits, AbortSignal.any([question.signal, this.#pipe.over]));
    try {
      // A refusal of the other side ends the question; its confirmation does not.
      const failed = answer.then(() => new Promise<never>(() => {}));
      failed.catch(() => {});
      if (await untilAborted(Promise.race([confirmed, failed]), this.#pipe.over)) return { answer };
    } catch (cause) {
      question.abort(cause);
      // A question that was ended may be answered with an error.
      confirmed.catch(() => {});
      throw await this.explain(cause, answer);
    }
    return this.refuse();
  }

  /** Tells the other device, if it is still there, and throws LINKING_REFUSED. */
  async refuse(): Promise<never> {
    await this.say({ kind: 'refused' }).catch(() => {});
    throw refused();
  }

  /** What went wrong, or the last word of the other end: the channel may have been over before that was looked at. */
  async explain(cause: unknown, answer: Promise<unknown>): Promise<unknown> {
    if (!this.#pipe.over.aborted) return cause;
    return answer.then(
      () => cause,
      (reason: unknown) => reason,
    );
  }

  async #open(sealed: Uint8Array): Promise<Uint8Array> {
    try {
      return await this.#channel.open(sealed);
    } catch (cause) {
      throw toSirdasError(cause);
    }
  }
}

function isOfKind<Expected extends Kind>(
  message: LinkingMessage,
  kinds: readonly Expected[],
): message is MessageOf<Expected> {
  return kinds.some((kind) => kind === message.kind);
}

function refused(): SirdasError {
  return new SirdasError('LINKING_REFUSED', 'a person did not confirm the digits');
}
