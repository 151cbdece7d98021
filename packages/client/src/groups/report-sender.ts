// Asks other members for help with a conversation that this device cannot follow: own devices, the peer, members who are online
// first. Rarely, and again while nobody has helped. Called by reports.ts. SPEC §11.8.
import { describeGroup, type RandomSource, signDeviceReport } from '@sirdas/crypto';
import {
  type ConversationId,
  fromId,
  type LogId,
  type Nickname,
  type ReportReason,
  type ReportStatement,
} from '@sirdas/protocol';
import type { Clock } from '../clock.ts';
import type { Contacts } from '../contacts.ts';
import type { Conversations } from '../conversations.ts';
import { toSirdasError } from '../convert-error.ts';
import type { OwnAccount } from '../own-account.ts';
import type { Session } from '../session.ts';
import type { ConversationState } from '../vault/vault.ts';
import type { GroupStore } from './group-store.ts';
import { IntervalLimits } from './interval-limits.ts';
import type { OwnLeafSource } from './own-leaf.ts';
import { drawDelayMs } from './random-delay.ts';

/** Of reports of one device about one conversation. */
export const REPORT_INTERVAL_MS = 600_000;
/** Help may be on its way already: a Welcome follows a commit by moments. */
const PATIENCE_MS = 2000;
/** Each of them would come and help; the others are asked the next time. */
const MAX_RECIPIENTS = 6;
const HASH_OF_NOTHING = new Uint8Array();

export interface ReportSenderOptions {
  readonly own: OwnAccount;
  readonly ownLeaf: Pick<OwnLeafSource, 'signatureKey'>;
  readonly store: Pick<GroupStore, 'presentOf' | 'use'>;
  readonly conversations: Pick<Conversations, 'find' | 'list'>;
  readonly contacts: Pick<Contacts, 'get' | 'refresh'>;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Who could help at once. */
  readonly isOnline: (nickname: Nickname) => boolean;
  /** There is nobody else in this conversation, so nobody could help. */
  readonly onAlone: (conversation: ConversationId, session: Session) => Promise<void>;
}

/** What a report says of the sender's own state. */
export type StateOfReport = Pick<ReportStatement, 'epoch' | 'authenticatorHash'> & { readonly log: LogId };

export class ReportSender {
  readonly #options: ReportSenderOptions;
  readonly #limits: IntervalLimits;
  readonly #timers = new Map<ConversationId, () => void>();
  /** Conversations whose state this device still has, although much of what comes does not open with it. */
  readonly #unreadable = new Set<ConversationId>();
  #session: Session | null = null;

  constructor(options: ReportSenderOptions) {
    this.#options = options;
    this.#limits = new IntervalLimits(options.clock, REPORT_INTERVAL_MS);
  }

  /** Everything that the relay had has been read: what is still broken stays so without help. */
  start(session: Session): void {
    this.#session = session;
    for (const { id } of this.#options.conversations.list()) {
      if (this.#findReason(id)) this.askSoon(id);
    }
  }

  stop(): void {
    this.#session = null;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  noteUnreadable(conversation: ConversationId): void {
    this.#unreadable.add(conversation);
    this.askSoon(conversation);
  }

  noteRepaired(conversation: ConversationId): void {
    this.#unreadable.delete(conversation);
    this.#timers.get(conversation)?.();
    this.#timers.delete(conversation);
  }

  /** As soon as it may, unless it is well again by then. */
  askSoon(conversation: ConversationId): void {
    if (!this.#session || this.#timers.has(conversation)) return;
    const { clock, random } = this.#options;
    // CLI-062
    const waitMs = this.#limits.waitMs(conversation);
    const delayMs = waitMs > 0 ? waitMs + drawDelayMs(random, PATIENCE_MS) : PATIENCE_MS;
    const ask = () => {
      this.#timers.delete(conversation);
      // What does not work now is asked again at the next login.
      this.#ask(conversation).catch(toSirdasError);
    };
    this.#timers.set(conversation, clock.startTimer(delayMs, ask));
  }

  /** To one account, at once: for what is no call for help. */
  async tell(reason: ReportReason, state: StateOfReport, to: { nickname: Nickname; id: ConversationId }) {
    const session = this.#session;
    if (!session) return;
    const envelope = await this.#sign(to.id, reason, state);
    await this.#deliver(envelope, to.nickname, session);
  }

  async #ask(id: ConversationId): Promise<void> {
    const session = this.#session;
    const reason = this.#findReason(id);
    const conversation = this.#options.conversations.find(id);
    if (!session || !reason || !conversation) return;
    const recipients = this.#listRecipients(conversation);
    if (recipients.length === 0) return this.#options.onAlone(id, session);
    if (!this.#limits.take(id)) return this.askSoon(id);
    const state = await this.#describeState(conversation);
    if (!state) return;
    const hasState = state.authenticatorHash !== HASH_OF_NOTHING;
    const envelope = await this.#sign(id, reason === 'undecryptable' && !hasState ? 'lost' : reason, state);
    for (const nickname of recipients) await this.#deliver(envelope, nickname, session);
    this.askSoon(id);
  }

  /** Null: it is well, or over. */
  #findReason(id: ConversationId): ReportReason | null {
    const { conversations, store } = this.#options;
    const conversation = conversations.find(id);
    if (conversation?.state === 'active' && this.#unreadable.has(id)) return 'undecryptable';
    if (conversation?.state !== 'broken') return null;
    return store.presentOf(id) ? 'lost' : 'joined-anew';
  }

  #listRecipients({ members, with: peer }: ConversationState): Nickname[] {
    const { own, random, isOnline } = this.#options;
    const { nickname: self } = own.need();
    const names = new Set(members.map(({ nickname }) => nickname));
    if (peer) names.add(peer);
    names.delete(self);
    const drawn = [...names].map((nickname) => ({ nickname, draw: drawDelayMs(random, 1000) }));
    const rank = ({ nickname, draw }: (typeof drawn)[number]) => (isOnline(nickname) ? 0 : 1000) + draw;
    const others = drawn.sort((a, b) => rank(a) - rank(b)).map(({ nickname }) => nickname);
    const hasOtherDevices = own.needVerified().record.devices.length > 1;
    return [...(hasOtherDevices ? [self] : []), ...others.slice(0, MAX_RECIPIENTS)];
  }

  /** Null: nobody knows any group of this conversation. */
  async #describeState({ id, group: log }: ConversationState): Promise<StateOfReport | null> {
    const { store } = this.#options;
    const record = store.presentOf(id);
    const state = record && (await store.use(record.log, async (inUse) => inUse?.group ?? null));
    if (state) {
      const { log: present, epoch, authenticatorHash } = describeGroup(state);
      return { log: present, epoch, authenticatorHash };
    }
    const known = record?.log ?? log;
    return known && { log: known, epoch: 0, authenticatorHash: HASH_OF_NOTHING };
  }

  async #sign(
    id: ConversationId,
    reason: ReportReason,
    { log, epoch, authenticatorHash }: StateOfReport,
  ): Promise<Uint8Array> {
    const { own, ownLeaf, clock } = this.#options;
    const { relay, nickname, device } = own.need();
    const statement: ReportStatement = {
      ...{ relayFingerprint: relay.fingerprint, nickname, device: fromId(device) },
      recordIndex: own.needVerified().record.index,
      ...{ conversation: fromId(id), log: fromId(log), reason, epoch, authenticatorHash },
      timeMs: clock.nowMs(),
    };
    return signDeviceReport(statement, await ownLeaf.signatureKey());
  }

  /** Who cannot be reached now is not needed: there are others, and there is a next time. */
  async #deliver(envelope: Uint8Array, nickname: Nickname, session: Session): Promise<void> {
    const { own, contacts } = this.#options;
    try {
      const isOwn = nickname === own.need().nickname;
      const contact = isOwn ? null : (contacts.get(nickname) ?? (await contacts.refresh(session, nickname)));
      const inbox = isOwn ? own.need().inbox : contact?.inbox;
      if (inbox) await session.request({ kind: 'append', log: fromId(inbox), envelope, epoch: 0 });
    } catch (cause) {
      toSirdasError(cause);
    }
  }
}
