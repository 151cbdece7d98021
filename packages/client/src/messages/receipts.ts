// Tells the authors of messages that these were saved here, and seen: collected for 1 to 3 seconds, so that the time of a receipt
// tells little, and only where this account has said something itself, so that nobody finds out by writing to strangers who
// is there (THREATS 38, 39). Never in classic letters: who speaks nothing newer would be shown each as a message. SPEC §6.6.
import type { RandomSource } from '@sirdas/crypto';
import { type ConversationId, LIMITS, toMessageId } from '@sirdas/protocol';
import type { Clock } from '../clock.ts';
import type { Conversations, UnreadMessage } from '../conversations.ts';
import { toSirdasError } from '../convert-error.ts';
import type { MessageReference } from '../model.ts';
import type { Outbox } from '../outbox.ts';
import { SerialQueue } from '../serial-queue.ts';
import type { ConversationState, SavedChange } from '../vault/vault.ts';
import { encodeDraft, writeReference } from './content-maker.ts';
import type { PreferenceStore } from './preferences.ts';

const MAX_MEMBERS = 32;
const SHORTEST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 3000;
const MESSAGE_ID_BYTES = 16;

export interface ReceiptsOptions {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly conversations: Pick<Conversations, 'find'>;
  readonly preferences: PreferenceStore;
  readonly outbox: Pick<Outbox, 'add'>;
}

/** Of one conversation, by sender and id. */
interface Collected {
  readonly delivered: Map<string, MessageReference>;
  readonly read: Map<string, MessageReference>;
  readonly cancel: () => void;
}

export class Receipts {
  readonly #options: ReceiptsOptions;
  readonly #collected = new Map<ConversationId, Collected>();
  readonly #sends = new SerialQueue();

  constructor(options: ReceiptsOptions) {
    this.#options = options;
  }

  /** The vault has saved messages. */
  noteSaved({ messages }: Pick<SavedChange, 'messages'>): void {
    for (const message of messages) {
      // CLI-075: what could not be read is not answered.
      if (message.direction !== 'in' || message.body.kind !== 'text') continue;
      this.#collect(message.conversation)?.delivered.set(nameOf(message), message);
    }
  }

  /** The person has seen messages. */
  noteRead(conversation: ConversationId, messages: readonly UnreadMessage[]): void {
    for (const message of messages) {
      if (message.isReadable) this.#collect(conversation)?.read.set(nameOf(message), message);
    }
  }

  /** Everything that was collected goes into the outbox: nothing is told twice, and little is lost, when the program ends. */
  async flush(): Promise<void> {
    for (const conversation of this.#collected.keys()) this.#startSending(conversation);
    await this.#sends.settle();
  }

  #collect(id: ConversationId): Collected | null {
    const known = this.#collected.get(id);
    if (known) return known;
    if (!this.#mayTell(this.#options.conversations.find(id))) return null;
    const { clock } = this.#options;
    const collected: Collected = {
      delivered: new Map(),
      read: new Map(),
      cancel: clock.startTimer(this.#drawWaitMs(), () => this.#startSending(id)),
    };
    this.#collected.set(id, collected);
    return collected;
  }

  #startSending(id: ConversationId): void {
    void this.#sends.run(() => this.#send(id));
  }

  async #send(id: ConversationId): Promise<void> {
    const collected = this.#collected.get(id);
    const state = this.#options.conversations.find(id);
    this.#collected.delete(id);
    collected?.cancel();
    if (!collected || !this.#mayTell(state)) return;
    const { delivered, read } = collected;
    const onlyDelivered = [...delivered].filter(([name]) => !read.has(name)).map(([, message]) => message);
    try {
      await this.#tell(state, [...read.values()], true);
      await this.#tell(state, onlyDelivered, false);
    } catch (cause) {
      // A receipt that cannot be saved is not worth more: the disk is full, or the client was closed.
      toSirdasError(cause);
    }
  }

  async #tell(
    { id: conversation, with: recipient }: ConversationState,
    messages: readonly MessageReference[],
    read: boolean,
  ): Promise<void> {
    const { random, clock, outbox } = this.#options;
    for (let i = 0; i < messages.length; i += LIMITS.MAX_RECEIPT_MESSAGES) {
      const some = messages.slice(i, i + LIMITS.MAX_RECEIPT_MESSAGES).map(writeReference);
      const id = toMessageId(random(MESSAGE_ID_BYTES));
      const body = { case: 'receipt', value: { messages: some, read } } as const;
      const content = encodeDraft({ id, conversation, timeMs: clock.nowMs(), body });
      await outbox.add(null, { message: id, conversation, recipient, content });
    }
  }

  /** CLI-075 */
  #mayTell(state: ConversationState | null): state is ConversationState {
    if (!state || !this.#options.preferences.current.sendReceipts) return false;
    const isInGroup = state.group !== null && state.state === 'active';
    return isInGroup && state.hasWritten && state.members.length <= MAX_MEMBERS;
  }

  #drawWaitMs(): number {
    const [high = 0, low = 0] = this.#options.random(2);
    const share = (high * 256 + low) / 65_536;
    return Math.round(SHORTEST_WAIT_MS + share * (LONGEST_WAIT_MS - SHORTEST_WAIT_MS));
  }
}

function nameOf({ sender, id }: MessageReference): string {
  return `${sender} ${id}`;
}
