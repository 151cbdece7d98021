// What people do at this moment: writing, recording. Outgoing hints are rare and can be off; incoming ones end by themselves.
// How a hint is sealed and opened is the business of groups/signals.ts. Called by sirdas.ts and client-parts.ts. SPEC §6.7.
import type { ConversationId, Nickname } from '@sirdas/protocol';
import type { Clock } from '../clock.ts';
import type { Conversations } from '../conversations.ts';
import type { Events } from '../events.ts';
import type { Activity } from '../model.ts';
import type { SavedChange } from '../vault/vault.ts';
import type { PreferenceStore } from './preferences.ts';

/** Between two hints about one conversation, and between two that say the same. */
const SHORTEST_GAP_MS = 4000;
const REPEAT_GAP_MS = 5000;
const SHOWN_MS = 10_000;

export interface ActivitiesOptions {
  readonly clock: Clock;
  readonly events: Events;
  readonly conversations: Pick<Conversations, 'find'>;
  readonly preferences: PreferenceStore;
  /** Over the connection there is; lost where there is none. */
  readonly send: (conversation: ConversationId, activity: Activity) => void;
}

interface OwnActivity {
  readonly activity: Activity;
  readonly sentMs: number;
  /** Of a `stopped` that has to wait. */
  readonly cancel: () => void;
}

export class Activities {
  readonly #options: ActivitiesOptions;
  readonly #own = new Map<ConversationId, OwnActivity>();
  /** What is shown, by conversation and person: how to end it. */
  readonly #shown = new Map<string, () => void>();

  constructor(options: ActivitiesOptions) {
    this.#options = options;
  }

  /** The person does something here, or stops. */
  set(conversation: ConversationId, activity: Activity): void {
    if (!this.#mayTell(conversation)) return;
    const nowMs = this.#options.clock.nowMs();
    const before = this.#own.get(conversation) ?? null;
    before?.cancel();
    const agoMs = before ? nowMs - before.sentMs : Number.POSITIVE_INFINITY;
    if (activity === 'stopped') {
      const isOver = !before || before.activity === 'stopped' || agoMs >= SHOWN_MS;
      if (isOver) return;
      if (agoMs < SHORTEST_GAP_MS) this.#stopLater(conversation, before, SHORTEST_GAP_MS - agoMs);
      else this.#tell(conversation, activity);
      return;
    }
    const gapMs = before?.activity === activity ? REPEAT_GAP_MS : SHORTEST_GAP_MS;
    if (agoMs >= gapMs) this.#tell(conversation, activity);
  }

  /** A hint of somebody else whose device is certain. */
  receive(conversation: ConversationId, from: Nickname, activity: Activity): void {
    const { clock, events } = this.#options;
    const name = `${conversation} ${from}`;
    const wasShown = this.#shown.get(name);
    wasShown?.();
    this.#shown.delete(name);
    if (activity === 'stopped') {
      if (wasShown) events.emit({ type: 'activity', conversation, from, activity });
      return;
    }
    this.#shown.set(
      name,
      clock.startTimer(SHOWN_MS, () => this.receive(conversation, from, 'stopped')),
    );
    events.emit({ type: 'activity', conversation, from, activity });
  }

  /** Who has sent what they were writing writes no more. */
  noteSaved({ messages }: Pick<SavedChange, 'messages'>): void {
    for (const { conversation, sender, direction, body } of messages) {
      if (body.kind === 'event') continue;
      if (direction === 'in') this.receive(conversation, sender, 'stopped');
      else this.#forget(conversation);
    }
  }

  stop(): void {
    for (const cancel of this.#shown.values()) cancel();
    this.#shown.clear();
    for (const { cancel } of this.#own.values()) cancel();
    this.#own.clear();
  }

  /** The message itself tells the others. */
  #forget(conversation: ConversationId): void {
    const own = this.#own.get(conversation);
    own?.cancel();
    if (own) this.#own.set(conversation, { ...own, activity: 'stopped', cancel: () => {} });
  }

  #stopLater(conversation: ConversationId, own: OwnActivity, delayMs: number): void {
    const cancel = this.#options.clock.startTimer(delayMs, () => this.#tell(conversation, 'stopped'));
    this.#own.set(conversation, { ...own, cancel });
  }

  #tell(conversation: ConversationId, activity: Activity): void {
    const { clock, send } = this.#options;
    this.#own.set(conversation, { activity, sentMs: clock.nowMs(), cancel: () => {} });
    send(conversation, activity);
  }

  #mayTell(conversation: ConversationId): boolean {
    const { preferences, conversations } = this.#options;
    const state = conversations.find(conversation);
    // CLI-076: nobody learns from a hint who is there.
    const isKnown = state?.group !== null && state?.state === 'active' && state.hasWritten;
    return preferences.current.sendActivity && isKnown;
  }
}
