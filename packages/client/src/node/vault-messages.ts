// The messages of the SQLite vault: new ones, what happens to them, and how they go. A removed message leaves the index of its
// id and its position behind, so that it is not shown again when it comes again, and its position is not given twice.
// Called by sqlite-vault.ts.
import type { ConversationId, MessageId, Nickname } from '@sirdas/protocol';
import type { Message, MessageReference } from '../model.ts';
import { amendMessage, deliverMessage } from '../vault/amend-message.ts';
import { completeMessage } from '../vault/earlier-records.ts';
import { describeExpiry } from '../vault/expiring.ts';
import type { SavedChange, VaultChange } from '../vault/vault.ts';
import { encodePosition, type VaultRecords, type Writes } from './vault-records.ts';

/** A message while a change is planned. */
interface PlannedMessage {
  readonly key: Uint8Array;
  readonly before: Message | null;
  after: Message | null;
}

type SavedMessages = Pick<SavedChange, 'messages' | 'deliveries' | 'amended'>;

interface MessagePlan {
  readonly saved: SavedMessages;
  /** To be called when the change is on disk. */
  readonly commit: () => void;
}

interface Planning {
  /** By sender and id. */
  readonly planned: Map<string, PlannedMessage>;
  readonly lastPositions: Map<ConversationId, number>;
}

export class VaultMessages {
  readonly #records: VaultRecords;
  /** Needed for every message; there are only so many conversations. */
  readonly #conversationKeys = new Map<ConversationId, Promise<Uint8Array>>();
  readonly #lastPositions = new Map<ConversationId, number>();

  constructor(records: VaultRecords) {
    this.#records = records;
  }

  async readPage(
    conversation: ConversationId,
    before: number | null,
    limit: number,
  ): Promise<readonly Message[]> {
    const key = await this.#conversationKey(conversation);
    const from = before ?? Number.MAX_SAFE_INTEGER;
    const rows = this.#records.statements.messagesBefore.all(key, from, limit);
    return Promise.all(rows.map((row) => this.#open(row)));
  }

  async read(sender: Nickname, id: MessageId): Promise<Message | null> {
    const row = this.#records.statements.message.get(await this.#messageKey({ sender, id }));
    return row ? this.#open(row) : null;
  }

  async lastPosition(conversation: ConversationId): Promise<number> {
    const known = this.#lastPositions.get(conversation);
    if (known !== undefined) return known;
    const key = await this.#conversationKey(conversation);
    const { lastPosition, lastRemovedPosition } = this.#records.statements;
    const shown = lastPosition.get(key)?.position ?? 0;
    const removed = lastRemovedPosition.get(key)?.position ?? 0;
    const last = Math.max(shown, removed);
    this.#lastPositions.set(conversation, last);
    return last;
  }

  async plan(writes: Writes, change: VaultChange): Promise<MessagePlan> {
    const planning: Planning = { planned: new Map(), lastPositions: new Map() };
    const added = await this.#add(planning, change.messages ?? []);
    const delivered = await this.#deliver(planning, change.deliveries ?? []);
    const amended = await this.#amend(planning, change.amendments ?? []);
    const pick = (names: ReadonlySet<string>) =>
      [...names].flatMap((name) => planning.planned.get(name)?.after ?? []);
    const saved: SavedMessages = {
      messages: pick(added),
      deliveries: pick(delivered),
      amended: pick(new Set([...amended].filter((name) => !added.has(name)))),
    };
    for (const reference of change.removeMessages ?? []) {
      const planned = await this.#take(planning, reference);
      if (planned) planned.after = null;
    }
    await Promise.all([...planning.planned.values()].map((planned) => this.#write(writes, planned)));
    const commit = () => {
      for (const [conversation, last] of planning.lastPositions) this.#lastPositions.set(conversation, last);
    };
    return { saved, commit };
  }

  async #add(planning: Planning, messages: readonly Omit<Message, 'position'>[]): Promise<Set<string>> {
    const added = new Set<string>();
    const keys = await Promise.all(messages.map((message) => this.#messageKey(message)));
    for (const [i, message] of messages.entries()) {
      const key = keys[i];
      const name = nameMessage(message);
      // CLI-003
      if (!key || planning.planned.has(name) || this.#isKnown(key)) continue;
      const { conversation } = message;
      const last = planning.lastPositions.get(conversation) ?? (await this.lastPosition(conversation));
      planning.lastPositions.set(conversation, last + 1);
      planning.planned.set(name, { key, before: null, after: { ...message, position: last + 1 } });
      added.add(name);
    }
    return added;
  }

  async #deliver(
    planning: Planning,
    deliveries: NonNullable<VaultChange['deliveries']>,
  ): Promise<ReadonlySet<string>> {
    const delivered = new Set<string>();
    for (const delivery of deliveries) {
      const planned = await this.#take(planning, delivery);
      if (!planned?.after) continue;
      planned.after = deliverMessage(planned.after, delivery);
      delivered.add(nameMessage(delivery));
    }
    return delivered;
  }

  async #amend(planning: Planning, amendments: NonNullable<VaultChange['amendments']>): Promise<Set<string>> {
    const amended = new Set<string>();
    for (const amendment of amendments) {
      const planned = await this.#take(planning, amendment);
      const after = planned?.after && amendMessage(planned.after, amendment);
      if (!after || after === planned.after) continue;
      planned.after = after;
      amended.add(nameMessage(amendment));
    }
    return amended;
  }

  /** A message as this change has left it until now; null when there is none. */
  async #take(planning: Planning, reference: MessageReference): Promise<PlannedMessage | null> {
    const name = nameMessage(reference);
    const known = planning.planned.get(name);
    if (known) return known;
    const key = await this.#messageKey(reference);
    const row = this.#records.statements.message.get(key);
    if (!row) return null;
    const before = await this.#open(row);
    const planned: PlannedMessage = { key, before, after: before };
    planning.planned.set(name, planned);
    return planned;
  }

  async #write(writes: Writes, { key, before, after }: PlannedMessage): Promise<void> {
    const { statements } = this.#records;
    const message = after ?? before;
    if (before === after || !message) return;
    const conversation = await this.#conversationKey(message.conversation);
    const { position } = message;
    if (after) {
      const sealed = await this.#records.seal('messages', recordId(key, position), after);
      writes.push(() => statements.putMessage.run({ key, conversation, position, sealed }));
    } else {
      writes.push(() => {
        statements.removeMessage.run(key);
        statements.noteRemoved.run(key, conversation, position);
      });
    }
    await this.#writeExpiry(writes, before, after);
  }

  async #writeExpiry(writes: Writes, before: Message | null, after: Message | null): Promise<void> {
    const expiry = after && describeExpiry(after);
    const message = after ?? before;
    if (!message || (before?.expiresMs ?? null) === (expiry?.expiresMs ?? null)) return;
    const parts = [message.sender, message.id];
    if (expiry) await this.#records.put(writes, 'expiring', parts, expiry);
    else await this.#records.remove(writes, 'expiring', parts);
  }

  #isKnown(key: Uint8Array): boolean {
    const { message, isRemoved } = this.#records.statements;
    return message.get(key) !== undefined || isRemoved.get(key) !== undefined;
  }

  async #open(row: { key: Uint8Array; position: number; sealed: Uint8Array }): Promise<Message> {
    return completeMessage(await this.#records.open('messages', recordId(row.key, row.position), row.sealed));
  }

  /** A person may use the same message id as somebody else: an id is known or not per sender. */
  #messageKey({ sender, id }: MessageReference): Promise<Uint8Array> {
    return this.#records.index('messages', [sender, id]);
  }

  #conversationKey(id: ConversationId): Promise<Uint8Array> {
    const key = this.#conversationKeys.get(id) ?? this.#records.index('conversations', [id]);
    this.#conversationKeys.set(id, key);
    return key;
  }
}

function nameMessage({ sender, id }: MessageReference): string {
  return `${sender} ${id}`;
}

function recordId(key: Uint8Array, position: number): Uint8Array {
  return Uint8Array.of(...key, ...encodePosition(position));
}
