// Tells what the vault has just saved: to the list of conversations, to whoever follows events, and to the parts that act on
// messages later (receipts, disappearing). Called by everything that saves messages, once it is safe.
import type { Conversations } from '../conversations.ts';
import type { Events } from '../events.ts';
import type { ConversationChange, SavedChange } from '../vault/vault.ts';

export interface MessageTellerOptions {
  readonly conversations: Conversations;
  readonly events: Events;
}

export class MessageTeller {
  readonly #options: MessageTellerOptions;
  readonly #followers: ((saved: SavedChange) => void)[] = [];
  #ignored = 0;

  constructor(options: MessageTellerOptions) {
    this.#options = options;
  }

  /** Who acts on what was saved; called before programs hear of it. */
  follow(follower: (saved: SavedChange) => void): void {
    this.#followers.push(follower);
  }

  /** How many contents left no trace, since their senders may not say what they say. */
  get ignored(): number {
    return this.#ignored;
  }

  noteIgnored(count: number): void {
    this.#ignored += count;
  }

  /** `changes` are the changes of conversations that were saved along. */
  tell(saved: SavedChange, changes: readonly ConversationChange[]): void {
    const { conversations, events } = this.#options;
    for (const follower of this.#followers) follower(saved);
    for (const message of saved.messages) events.emit({ type: 'message', message });
    conversations.note(saved, changes);
    for (const message of saved.deliveries) events.emit({ type: 'delivery', message });
    for (const message of saved.amended) events.emit({ type: 'changed', message });
  }
}
