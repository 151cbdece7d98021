// Removes messages whose time is over from the vault: when it is opened, before anything is shown, and then by the clock.
// The vault says which ones will go and when; nothing of them is left there, and answers to them show nothing of them. SPEC §6.6.
import type { ConversationId } from '@sirdas/protocol';
import type { Clock } from '../clock.ts';
import type { Conversations } from '../conversations.ts';
import { toSirdasError } from '../convert-error.ts';
import type { Events } from '../events.ts';
import { SerialQueue } from '../serial-queue.ts';
import { compareExpiry, describeExpiry, type ExpiringMessage } from '../vault/expiring.ts';
import type { SavedChange, Vault } from '../vault/vault.ts';

/** Timers of platforms do not reach further than some weeks, and clocks are set meanwhile. */
const LONGEST_WAIT_MS = 3_600_000;
const RETRY_MS = 60_000;
const MAX_AT_ONCE = 500;

export interface DisappearingOptions {
  readonly vault: Vault;
  readonly clock: Clock;
  readonly events: Events;
  readonly conversations: Pick<Conversations, 'noteRemoved'>;
}

export class Disappearing {
  readonly #options: DisappearingOptions;
  readonly #sweeps = new SerialQueue();
  /** By sender and id. */
  readonly #expiring = new Map<string, ExpiringMessage>();
  #wakeMs = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | null = null;
  #isStopped = false;

  constructor(options: DisappearingOptions) {
    this.#options = options;
  }

  /** When it resolves, the vault holds nothing whose time is over. */
  async load(expiring: readonly ExpiringMessage[]): Promise<void> {
    this.#expiring.clear();
    for (const message of expiring) this.#expiring.set(nameOf(message), message);
    await this.#removeDue();
    this.#schedule();
  }

  /** The vault has saved messages. */
  noteSaved({ messages, deliveries, amended }: SavedChange): void {
    for (const message of [...messages, ...deliveries, ...amended]) {
      const expiry = describeExpiry(message);
      if (expiry) this.#expiring.set(nameOf(expiry), expiry);
      if (expiry && expiry.expiresMs < this.#wakeMs) this.#schedule();
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    await this.#sweeps.settle();
  }

  #schedule(delayMs = this.#findDelayMs()): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#wakeMs = Number.POSITIVE_INFINITY;
    if (this.#isStopped || this.#expiring.size === 0) return;
    const { clock } = this.#options;
    const waitMs = Math.min(Math.max(delayMs, 0), LONGEST_WAIT_MS);
    this.#wakeMs = clock.nowMs() + waitMs;
    this.#cancel = clock.startTimer(waitMs, () => void this.#sweeps.run(() => this.#sweep()));
  }

  #findDelayMs(): number {
    const firstMs = Math.min(...[...this.#expiring.values()].map(({ expiresMs }) => expiresMs));
    return firstMs - this.#options.clock.nowMs();
  }

  async #sweep(): Promise<void> {
    try {
      await this.#removeDue();
      this.#schedule();
    } catch (cause) {
      // A full disk passes; nothing is forgotten.
      toSirdasError(cause);
      this.#schedule(RETRY_MS);
    }
  }

  async #removeDue(): Promise<void> {
    const { vault, clock } = this.#options;
    const nowMs = clock.nowMs();
    const due = [...this.#expiring.values()]
      .filter(({ expiresMs }) => expiresMs <= nowMs)
      .sort(compareExpiry);
    for (let i = 0; i < due.length; i += MAX_AT_ONCE) {
      const gone = due.slice(i, i + MAX_AT_ONCE);
      await vault.save({ removeMessages: gone.map(({ sender, id }) => ({ sender, id })) });
      for (const message of gone) this.#expiring.delete(nameOf(message));
      await this.#tell(gone);
    }
  }

  async #tell(gone: readonly ExpiringMessage[]): Promise<void> {
    const { events, conversations } = this.#options;
    const byConversation = new Map<ConversationId, ExpiringMessage[]>();
    for (const message of gone) {
      const others = byConversation.get(message.conversation) ?? [];
      byConversation.set(message.conversation, [...others, message]);
      const { sender, id } = message;
      events.emit({ type: 'expired', conversation: message.conversation, message: { sender, id } });
    }
    for (const [id, messages] of byConversation) await conversations.noteRemoved(id, messages);
  }
}

function nameOf({ sender, id }: ExpiringMessage): string {
  return `${sender} ${id}`;
}
