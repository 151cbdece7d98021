// The outbox: every message is saved before the network sees anything of it, sealed when its recipient's key is known, and
// sent until the relay has it durably. One lane for each recipient with one envelope in flight, so that a refusal in the
// middle cannot change the order; up to 32 lanes at a time. Each step is saved before the next, so that a crash anywhere
// leads to nothing worse than sending the same envelope twice. SPEC §7.1, DESIGN §3.
import type { VerifiedAccount } from '@sirdas/crypto';
import { equalBytes, fromId, type LogId, type MessageId, type Nickname } from '@sirdas/protocol';
import { untilAborted } from './abort.ts';
import type { Clock } from './clock.ts';
import type { Contacts, PinnedContact } from './contacts.ts';
import { findWireProperties, toSirdasError } from './convert-error.ts';
import type { Counters } from './counters.ts';
import { type ClientErrorCode, SirdasError } from './errors.ts';
import type { Events } from './events.ts';
import type { LetterSealer } from './letter-sealer.ts';
import type { MessageTeller } from './messages/message-teller.ts';
import type { Message } from './model.ts';
import type { OwnAccount } from './own-account.ts';
import type { Session } from './session.ts';
import type { OutboxItem, SavedChange, SealedItem, Vault, VaultChange } from './vault/vault.ts';

const MAX_LANES_AT_WORK = 32;
const SHORTEST_WAIT_MS = 1000;
const FIRST_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 600_000;
const LOST_CODES: ReadonlySet<ClientErrorCode> = new Set<ClientErrorCode>([
  'UNREACHABLE',
  'ABORTED',
  'CLOSED',
]);

export interface OutboxOptions {
  readonly own: OwnAccount;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly events: Events;
  readonly contacts: Contacts;
  readonly teller: MessageTeller;
  readonly sealer: LetterSealer;
  readonly counters: Counters;
}

interface Target {
  readonly account: VerifiedAccount;
  readonly inbox: LogId;
}

/** What goes to one recipient, or to the own other devices, in order. */
interface Lane {
  readonly items: OutboxItem[];
  isBusy: boolean;
  /** The recipient's key has changed and the person has not decided yet. */
  isBlocked: boolean;
  /** Not null while waiting after a refusal. */
  cancelWait: (() => void) | null;
  refusals: number;
  /** The directory was asked about the recipient over this session, when the newest item had this order. */
  lookedUp: { readonly session: Session; readonly upTo: number } | null;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #lanes = new Map<string, Lane>();
  #session: Session | null = null;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  load(items: readonly OutboxItem[]): void {
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
    for (const lane of this.#lanes.values()) lane.cancelWait?.();
  }

  /** The recipient has no changed key any more. */
  unblock(recipient: Nickname): void {
    const lane = this.#lanes.get(nameLane('recipient', recipient));
    if (lane) lane.isBlocked = false;
    this.#pump();
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
    for (const lane of this.#lanes.values()) {
      lane.cancelWait?.();
      lane.isBlocked = false;
    }
    this.#pump();
  }

  #enqueue(saved: SavedChange): void {
    for (const item of saved.outbox) this.#laneOf(item).items.push(item);
    this.#pump();
  }

  #laneOf(item: OutboxItem): Lane {
    const name = nameLane(item.copy, item.recipient);
    const known = this.#lanes.get(name);
    if (known) return known;
    const lane: Lane = {
      items: [],
      isBusy: false,
      isBlocked: false,
      cancelWait: null,
      refusals: 0,
      lookedUp: null,
    };
    this.#lanes.set(name, lane);
    return lane;
  }

  #pump(): void {
    const lanes = [...this.#lanes.values()];
    let busy = lanes.filter((lane) => lane.isBusy).length;
    for (const lane of lanes) {
      const canWork = lane.items.length > 0 && !lane.isBusy && !lane.isBlocked && !lane.cancelWait;
      if (!this.#session || !canWork || busy >= MAX_LANES_AT_WORK) continue;
      busy++;
      void this.#work(lane, this.#session);
    }
  }

  /** The first item of a lane, as far as it gets. */
  async #work(lane: Lane, session: Session): Promise<void> {
    lane.isBusy = true;
    try {
      await this.#sendFirst(lane, session);
    } catch (cause) {
      await this.#handleRefusal(lane, session, toSirdasError(cause));
    } finally {
      lane.isBusy = false;
    }
    this.#pump();
  }

  async #sendFirst(lane: Lane, session: Session): Promise<void> {
    const [item] = lane.items;
    if (!item) return;
    const target = await this.#findTarget(lane, item, session);
    if (!target) {
      lane.isBlocked = true;
      this.#tellDelayed(lane, 'KEY_CHANGED');
      return;
    }
    const sealed = await this.#sealFor(item, target.account);
    lane.items[0] = { ...item, sealed };
    const { envelope } = sealed;
    await session.request({ kind: 'append', log: fromId(target.inbox), envelope, epoch: 0 });
    await this.#finish(lane, { ...item, sealed });
    lane.refusals = 0;
  }

  /** Null: the recipient's key has changed, so nothing is sent until the person has decided. */
  async #findTarget(lane: Lane, item: OutboxItem, session: Session): Promise<Target | null> {
    const { own } = this.#options;
    const { nickname, inbox } = own.need();
    const isToSelf = item.copy === 'own' || item.recipient === nickname;
    if (isToSelf && inbox) return { account: own.needVerified(), inbox };
    if (item.recipient === null) throw new SirdasError('UNKNOWN_CONVERSATION', 'a letter to nobody');
    const contact = await this.#lookUp(lane, item, item.recipient, session);
    // CLI-030
    return contact.changed ? null : contact;
  }

  /** Before each letter the directory is asked what is new (SPEC §7.1); one answer serves all that waited when it was asked. */
  async #lookUp(
    lane: Lane,
    item: OutboxItem,
    recipient: Nickname,
    session: Session,
  ): Promise<PinnedContact> {
    const { contacts } = this.#options;
    const known = contacts.get(recipient);
    const isFresh = lane.lookedUp?.session === session && item.order <= lane.lookedUp.upTo;
    if (known && (isFresh || item.sealed)) return known;
    const upTo = lane.items.at(-1)?.order ?? item.order;
    const contact = await contacts.refresh(session, recipient);
    lane.lookedUp = { session, upTo };
    return contact;
  }

  /** Sealed once; again only when the recipient has got another identity key since. */
  async #sealFor(item: OutboxItem, account: VerifiedAccount): Promise<SealedItem> {
    const { sealed } = item;
    const isCurrent =
      sealed?.kind === 'classic' &&
      (item.copy === 'own' || equalBytes(sealed.identityKey, account.record.identityKey));
    if (isCurrent) return sealed;
    const { own, vault, sealer, counters } = this.#options;
    const message = await vault.readMessage(own.need().nickname, item.message);
    const { sealed: fresh, counter, newCounter } = await sealer.seal(item, message, account);
    const saved = newCounter ? [newCounter] : [];
    await vault.save({ replaceInOutbox: [{ ...item, counter, sealed: fresh }], counters: saved });
    counters.note(saved);
    return fresh;
  }

  /** The relay has it durably. The own other devices get a copy only now, so that they see nothing that was not sent. */
  async #finish(lane: Lane, item: OutboxItem): Promise<void> {
    const { own, vault } = this.#options;
    const { nickname } = own.need();
    const hasOtherDevices = own.needVerified().record.devices.length > 1;
    const needsCopy = item.copy === 'recipient' && item.recipient !== nickname && hasOtherDevices;
    const acceptedMs = this.#options.clock.nowMs();
    const accepted = { sender: nickname, id: item.message, delivery: 'accepted', acceptedMs } as const;
    const change: VaultChange = {
      removeFromOutbox: [item.order],
      addToOutbox: needsCopy ? [{ ...item, copy: 'own' }] : [],
      deliveries: item.copy === 'own' ? [] : [accepted],
    };
    const saved = await vault.save(change);
    lane.items.shift();
    this.#announce(saved);
    this.#enqueue(saved);
  }

  async #handleRefusal(lane: Lane, session: Session, error: SirdasError): Promise<void> {
    // The session is gone, or everything is being closed: the item waits for the next one.
    if (LOST_CODES.has(error.code)) {
      if (this.#session === session) this.#session = null;
      return;
    }
    try {
      const isWorthWaiting = error.code === 'DISK_FULL' || findWireProperties(error.code)?.retry;
      if (isWorthWaiting) {
        this.#tellDelayed(lane, error.code);
        this.#wait(lane, error.retryAfterMs);
      } else if (error.code !== 'UNKNOWN_LOG' || !(await this.#hasNewInbox(lane, session))) {
        await this.#fail(lane, error.code);
      }
    } catch (cause) {
      const second = toSirdasError(cause);
      this.#wait(lane, second.retryAfterMs);
    }
  }

  /** After UNKNOWN_LOG: the contact may have another inbox by now. */
  async #hasNewInbox(lane: Lane, session: Session): Promise<boolean> {
    const [item] = lane.items;
    const before = item?.recipient && this.#options.contacts.get(item.recipient);
    if (!before) return false;
    const after = await this.#options.contacts.refresh(session, before.nickname);
    return after.inbox !== before.inbox || after.changed !== null;
  }

  async #fail(lane: Lane, failure: ClientErrorCode): Promise<void> {
    const [item] = lane.items;
    if (!item) return;
    const { own, vault } = this.#options;
    const sender = own.need().nickname;
    const failed = { sender, id: item.message, delivery: 'failed', failure } as const;
    const saved = await vault.save({
      removeFromOutbox: [item.order],
      deliveries: item.copy === 'own' ? [] : [failed],
    });
    lane.items.shift();
    this.#announce(saved);
  }

  #tellDelayed(lane: Lane, error: ClientErrorCode): void {
    const [item] = lane.items;
    if (item?.copy === 'recipient') {
      this.#options.events.emit({ type: 'delayed', message: item.message, error });
    }
  }

  #announce(saved: SavedChange): void {
    this.#options.teller.tell(saved, []);
  }

  #wait(lane: Lane, toldMs: number | null): void {
    if (!this.#session) return;
    const ownMs = FIRST_WAIT_MS * 2 ** Math.min(lane.refusals++, 16);
    const delayMs = Math.min(Math.max(toldMs ?? ownMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS);
    const cancel = this.#options.clock.startTimer(delayMs, () => {
      lane.cancelWait = null;
      this.#pump();
    });
    lane.cancelWait = () => {
      lane.cancelWait = null;
      cancel();
    };
  }
}

/** Copies for the own devices all go to one log, in one order. */
function nameLane(copy: OutboxItem['copy'], recipient: Nickname | null): string {
  return copy === 'own' ? 'own' : `to ${recipient}`;
}
