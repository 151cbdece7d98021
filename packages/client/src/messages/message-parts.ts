// Everything around messages, put together: what people say, what is told about it, what disappears. Made by client-parts.ts.
import type { RandomSource } from '@sirdas/crypto';
import type { Clock } from '../clock.ts';
import type { Conversations } from '../conversations.ts';
import type { Events } from '../events.ts';
import type { Outbox } from '../outbox.ts';
import type { OwnAccount } from '../own-account.ts';
import type { Vault, VaultContents } from '../vault/vault.ts';
import { Activities, type ActivitiesOptions } from './activities.ts';
import { Disappearing } from './disappearing.ts';
import { MessageActions } from './message-actions.ts';
import type { MessageTeller } from './message-teller.ts';
import { PreferenceStore } from './preferences.ts';
import { Receipts } from './receipts.ts';

export interface MessagePartsOptions {
  readonly own: OwnAccount;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly events: Events;
  readonly conversations: Conversations;
  readonly teller: MessageTeller;
  readonly outbox: Outbox;
  readonly sendActivity: ActivitiesOptions['send'];
}

export class MessageParts {
  readonly actions: MessageActions;
  readonly preferences: PreferenceStore;
  readonly activities: Activities;
  readonly #receipts: Receipts;
  readonly #disappearing: Disappearing;

  constructor(options: MessagePartsOptions) {
    const { vault, clock, events, conversations, teller, sendActivity } = options;
    const preferences = new PreferenceStore(vault);
    const receipts = new Receipts({ ...options, preferences });
    this.preferences = preferences;
    this.activities = new Activities({ clock, events, conversations, preferences, send: sendActivity });
    this.actions = new MessageActions({ ...options, receipts });
    this.#receipts = receipts;
    this.#disappearing = new Disappearing({ vault, clock, events, conversations });
    teller.follow((saved) => this.#disappearing.noteSaved(saved));
    teller.follow((saved) => receipts.noteSaved(saved));
    teller.follow((saved) => this.activities.noteSaved(saved));
  }

  /** When it resolves, the vault holds nothing whose time is over. */
  async load({ settings, expiring }: Pick<VaultContents, 'settings' | 'expiring'>): Promise<void> {
    this.preferences.load(settings);
    await this.#disappearing.load(expiring);
  }

  /** What was to be told is in the vault when it resolves. */
  async stop(): Promise<void> {
    await this.#receipts.flush();
    this.activities.stop();
    await this.#disappearing.stop();
  }
}
