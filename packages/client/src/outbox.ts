// The outbox: every content is saved before the network sees anything of it, sealed when it is known for whom, and sent until the
// relay has it durably. One lane for each recipient and group with one envelope in flight, so that a refusal in the middle cannot
// change the order; up to 32 lanes at a time. Each step is saved before the next, so that a crash anywhere leads to nothing worse
// than sending the same content twice. Classic letters leave through letter-sender.ts, everything else through
// groups/group-sender.ts. SPEC §6.1, §7.1, DESIGN §3.
import { equalBytes, type LogId, type MessageId, type Nickname } from '@sirdas/protocol';
import { untilAborted } from './abort.ts';
import type { Clock } from './clock.ts';
import { findWireProperties, toSirdasError } from './convert-error.ts';
import { type ClientErrorCode, SirdasError } from './errors.ts';
import type { Events } from './events.ts';
import type { GroupSender } from './groups/group-sender.ts';
import type { SealedItems } from './groups/group-tools.ts';
import { speaksMls } from './groups/suite-choice.ts';
import type { LetterSender } from './letter-sender.ts';
import type { MessageTeller } from './messages/message-teller.ts';
import type { Message } from './model.ts';
import { OutboxLane } from './outbox-lane.ts';
import type { OwnAccount } from './own-account.ts';
import type { Session } from './session.ts';
import type { OutboxItem, SavedChange, Vault, VaultChange } from './vault/vault.ts';

const MAX_LANES_AT_WORK = 32;
const LOST_CODES: ReadonlySet<ClientErrorCode> = new Set<ClientErrorCode>([
  'UNREACHABLE',
  'ABORTED',
  'CLOSED',
]);
/** Only a person, or the repair of the group, makes the next try worth it. */
const BLOCKING_CODES: ReadonlySet<ClientErrorCode> = new Set<ClientErrorCode>([
  'KEY_CHANGED',
  'GROUP_BROKEN',
]);
/** Not better by itself at once, but with time. */
const PASSING_CODES: ReadonlySet<ClientErrorCode> = new Set<ClientErrorCode>([
  'DISK_FULL',
  'NO_KEY_PACKAGE',
  'GROUP_BUSY',
]);

export interface OutboxOptions {
  readonly own: OwnAccount;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly events: Events;
  readonly teller: MessageTeller;
  readonly letters: LetterSender;
  readonly groups: () => GroupSender;
}

export class Outbox implements SealedItems {
  readonly #options: OutboxOptions;
  readonly #lanes = new Map<string, OutboxLane>();
  #session: Session | null = null;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  load(items: readonly OutboxItem[]): void {
    this.#lanes.clear();
    for (const item of items) this.#laneOf(item).items.push(item);
  }

  /**
   * Saves a content and queues it, together with the message that it is (null: it says something about others) and with what
   * belongs to it; it is safe when this resolves.
   */
  async add(
    message: Omit<Message, 'position'> | null,
    item: Pick<OutboxItem, 'message' | 'conversation' | 'recipient' | 'content'>,
    change: Pick<VaultChange, 'conversations' | 'amendments'> = {},
  ): Promise<SavedChange> {
    const { vault, teller } = this.#options;
    const saved = await vault.save({
      ...change,
      messages: message ? [message] : [],
      addToOutbox: [{ ...item, copy: 'recipient', counter: null, sealed: null }],
    });
    teller.tell(saved, change.conversations ?? []);
    this.#enqueue(saved);
    return saved;
  }

  /** There is a logged-in session: whatever waits is tried now. */
  start(session: Session): void {
    this.#session = session;
    this.retryNow();
  }

  stop(): void {
    this.#session = null;
    for (const lane of this.#lanes.values()) lane.stopWaiting();
  }

  /** Somebody has no changed key any more, or a group works again: what waited for that is tried. */
  unblock(isConcerned: (item: OutboxItem) => boolean): void {
    for (const lane of this.#lanes.values()) {
      if (lane.first && isConcerned(lane.first)) lane.isBlocked = false;
    }
    this.#pump();
  }

  findSealed(log: LogId, envelope: Uint8Array): OutboxItem | null {
    for (const { first } of this.#lanes.values()) {
      const sealed = first?.sealed;
      if (sealed?.kind === 'mls' && sealed.log === log && equalBytes(sealed.envelope, envelope)) return first;
    }
    return null;
  }

  noteSeen(items: readonly OutboxItem[]): void {
    for (const item of items) this.#laneOf(item).drop(item.order);
  }

  /** Resolves when nothing of a content waits any more: it was accepted, or failed. */
  async whenGone(item: OutboxItem): Promise<void> {
    await this.#laneOf(item).whenDropped(item.order);
  }

  /**
   * Resolves when the relay has the message durably. Throws why it failed for good, UNKNOWN_MESSAGE, ABORTED.
   */
  async waitUntilAccepted(id: MessageId, signal: AbortSignal | undefined): Promise<void> {
    const { own, vault, events } = this.#options;
    const sender = own.need().nickname;
    const settled = Promise.withResolvers<void>();
    const judge = ({ delivery, failure }: Message) => {
      if (delivery === 'accepted') settled.resolve();
      if (delivery === 'failed')
        settled.reject(new SirdasError(failure ?? 'INTERNAL', 'the message was not sent'));
    };
    const unsubscribe = events.on('delivery', ({ message }) => {
      if (message.id === id && message.sender === sender) judge(message);
    });
    try {
      const message = await vault.readMessage(sender, id);
      if (!message) throw new SirdasError('UNKNOWN_MESSAGE', 'there is no such message');
      judge(message);
      await untilAborted(settled.promise, signal);
    } finally {
      unsubscribe();
    }
  }

  /** Tries everything that waits again. */
  retryNow(): void {
    for (const lane of this.#lanes.values()) lane.stopWaiting();
    this.unblock(() => true);
  }

  #enqueue(saved: SavedChange): void {
    for (const item of saved.outbox) this.#laneOf(item).items.push(item);
    this.#pump();
  }

  #laneOf(item: Pick<OutboxItem, 'copy' | 'recipient' | 'conversation'>): OutboxLane {
    const name = nameLane(item);
    const lane = this.#lanes.get(name) ?? new OutboxLane();
    this.#lanes.set(name, lane);
    return lane;
  }

  #pump(): void {
    const lanes = [...this.#lanes.values()];
    let busy = lanes.filter((lane) => lane.isBusy).length;
    for (const lane of lanes) {
      if (!this.#session || !lane.canWork || busy >= MAX_LANES_AT_WORK) continue;
      busy++;
      void this.#work(lane, this.#session);
    }
  }

  /** The first item of a lane, as far as it gets. */
  async #work(lane: OutboxLane, session: Session): Promise<void> {
    lane.isBusy = true;
    try {
      await this.#sendFirst(lane, session);
      lane.noteSuccess();
    } catch (cause) {
      await this.#handleRefusal(lane, session, toSirdasError(cause));
    } finally {
      lane.isBusy = false;
    }
    this.#pump();
  }

  async #sendFirst(lane: OutboxLane, session: Session): Promise<void> {
    const { first: item } = lane;
    if (!item) return;
    const { own, letters } = this.#options;
    const groups = this.#options.groups();
    if (item.recipient === null) return groups.send(lane, item, session);
    const to = await letters.find(lane, item, session);
    const isForGroup = item.copy === 'recipient' && speaksMls(own.needVerified()) && speaksMls(to.account);
    if (isForGroup) return groups.sendDirect(lane, item, to.account, session);
    await this.#finish(lane, await letters.send(lane, item, to, session));
  }

  /** The relay has it durably. The own other devices get a copy only now, so that they see nothing that was not sent. */
  async #finish(lane: OutboxLane, item: OutboxItem): Promise<void> {
    const { own, vault, clock } = this.#options;
    const { nickname } = own.need();
    const hasOtherDevices = own.needVerified().record.devices.length > 1;
    const needsCopy = item.copy === 'recipient' && item.recipient !== nickname && hasOtherDevices;
    const accepted = {
      ...{ sender: nickname, id: item.message, acceptedMs: clock.nowMs() },
      ...({ delivery: 'accepted', envelope: 'classic' } as const),
    };
    const change: VaultChange = {
      removeFromOutbox: [item.order],
      addToOutbox: needsCopy ? [{ ...item, copy: 'own' }] : [],
      deliveries: item.copy === 'own' ? [] : [accepted],
    };
    const saved = await vault.save(change);
    lane.drop(item.order);
    this.#options.teller.tell(saved, []);
    this.#enqueue(saved);
  }

  async #handleRefusal(lane: OutboxLane, session: Session, error: SirdasError): Promise<void> {
    // The session is gone, or everything is being closed: the item waits for the next one.
    if (LOST_CODES.has(error.code) && !session.isOpen) {
      if (this.#session === session) this.#session = null;
      return;
    }
    try {
      const isPassing =
        PASSING_CODES.has(error.code) || LOST_CODES.has(error.code) || findWireProperties(error.code)?.retry;
      if (BLOCKING_CODES.has(error.code)) lane.isBlocked = true;
      else if (isPassing) this.#wait(lane, error.retryAfterMs);
      else return await this.#fail(lane, error.code);
      this.#tellDelayed(lane, error.code);
    } catch (cause) {
      const second = toSirdasError(cause);
      this.#wait(lane, second.retryAfterMs);
    }
  }

  async #fail(lane: OutboxLane, failure: ClientErrorCode): Promise<void> {
    const { first: item } = lane;
    if (!item) return;
    const { own, vault } = this.#options;
    const sender = own.need().nickname;
    const failed = { sender, id: item.message, delivery: 'failed', failure } as const;
    const saved = await vault.save({
      removeFromOutbox: [item.order],
      deliveries: item.copy === 'own' ? [] : [failed],
    });
    lane.drop(item.order);
    this.#options.teller.tell(saved, []);
  }

  #tellDelayed({ first: item }: OutboxLane, error: ClientErrorCode): void {
    // What is said about messages has no line that could show that it waits.
    if (item?.copy === 'recipient' && item.content === null) {
      this.#options.events.emit({ type: 'delayed', message: item.message, error });
    }
  }

  #wait(lane: OutboxLane, toldMs: number | null): void {
    if (this.#session) lane.wait(this.#options.clock, toldMs, () => this.#pump());
  }
}

/** Copies for the own devices all go to one log, in one order. */
function nameLane({ copy, recipient, conversation }: LaneName): string {
  if (copy === 'own') return 'own';
  return recipient === null ? `in ${conversation}` : `to ${recipient}`;
}

type LaneName = Pick<OutboxItem, 'copy' | 'recipient' | 'conversation'> & {
  readonly recipient: Nickname | null;
};
