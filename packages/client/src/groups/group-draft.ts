// What a batch of entries of one log makes of a group: everything is derived in here and saved at once, or thrown away. Used by
// group-log.ts and the files that it calls.
import { describeGroup, type MlsGroup, type RandomSource } from '@sirdas/crypto';
import { type DeviceId, type MessageId, type Nickname, toMessageId } from '@sirdas/protocol';
import type { ClientErrorCode } from '../errors.ts';
import type { MessageComposer } from '../messages/message-composer.ts';
import type { ConversationEvent, GroupTrouble } from '../model.ts';
import type { ClaimedAccount } from '../own-account.ts';
import type {
  ConversationState,
  Cursor,
  DeliveryChange,
  GroupChange,
  GroupRecord,
  OutboxItem,
  VaultChange,
} from '../vault/vault.ts';
import { describeConversation } from './group-conversation.ts';
import { changeRatchets, changeRecord, dropState, type GroupInUse } from './group-store.ts';

/** What is told once everything has been saved. */
export interface BatchNews {
  readonly refused: { readonly error: ClientErrorCode; readonly from: Nickname | null }[];
  readonly troubles: { readonly cause: GroupTrouble; readonly isOwnFault: boolean }[];
  readonly seenItems: OutboxItem[];
  refusedCommits: number;
  /** What became of the own commit that was on its way. */
  pending: 'accepted' | 'lost' | null;
  isNewEpoch: boolean;
  /** Nothing of this log is for this device any more. */
  isRemoved: boolean;
  /** It is to be read from where the relay says. */
  isMoved: boolean;
  /** This device has said more than this state knows. */
  isRolledBack: boolean;
}

export interface DraftStart {
  readonly inUse: GroupInUse;
  readonly composer: MessageComposer;
  readonly conversation: ConversationState;
  readonly own: Pick<ClaimedAccount, 'nickname' | 'device'>;
  /** It is the present group of its conversation. */
  readonly isPresent: boolean;
  readonly random: RandomSource;
}

/** Something that happened in the conversation, by the relay's clock. */
export interface LineToAdd {
  readonly sender: Nickname;
  readonly device: DeviceId;
  readonly sentMs: number;
  readonly event: ConversationEvent;
}

export class GroupDraft {
  record: GroupRecord;
  group: MlsGroup | null;
  readonly composer: MessageComposer;
  readonly news: BatchNews = {
    ...{ refused: [], troubles: [], seenItems: [], refusedCommits: 0 },
    ...{ pending: null, isNewEpoch: false, isRemoved: false, isMoved: false, isRolledBack: false },
  };
  readonly #start: DraftStart;
  readonly #deliveries: DeliveryChange[] = [];
  #state: ConversationState['state'];
  readonly #told = new Set<GroupTrouble>();

  constructor(start: DraftStart) {
    this.#start = start;
    this.record = start.inUse.record;
    this.group = start.inUse.group;
    this.composer = start.composer;
    this.#state = start.conversation.state;
  }

  get state(): ConversationState['state'] {
    return this.#state;
  }

  addLine(line: LineToAdd): void {
    const { conversation, random } = this.#start;
    this.composer.addEvent({ ...line, id: drawLineId(random), conversation: conversation.id });
  }

  refuse(error: ClientErrorCode, from: Nickname | null): void {
    this.news.refused.push({ error, from });
  }

  /** An own message has come back: it was accepted, whatever answer there was. */
  noteSeen(item: OutboxItem, { acceptedMs, isLeave }: { acceptedMs: number; isLeave: boolean }): void {
    const { nickname: sender } = this.#start.own;
    this.news.seenItems.push(item);
    this.#deliveries.push({ sender, id: item.message, delivery: 'accepted', acceptedMs, envelope: 'mls' });
    if (isLeave) this.noteLeaving(sender);
  }

  /** `isOwnFault`: this device cannot go on with its state. One line for each cause in a batch, none while that is known. */
  noteTrouble(cause: GroupTrouble, isOwnFault: boolean, sentMs: number): void {
    this.news.troubles.push({ cause, isOwnFault });
    const isKnown = this.#state !== 'active' || this.#told.has(cause);
    const { nickname: sender, device } = this.#start.own;
    if (!isKnown) this.addLine({ sender, device, sentMs, event: { what: 'undecryptable', cause } });
    this.#told.add(cause);
    if (isOwnFault && this.#state === 'active') this.#state = 'broken';
  }

  enterEpoch(next: MlsGroup, isOwnCommit: boolean, nowMs: number): void {
    const { group, record } = this;
    const sealed = group ? describeGroup(group).ownGeneration : 0;
    const update = isOwnCommit
      ? { updatedMs: nowMs, sealedSinceUpdate: 0 }
      : { sealedSinceUpdate: record.sealedSinceUpdate + sealed };
    // A new leaf that the log has passed by was never in the group that everybody follows.
    const { rejoin = null } = record;
    const isPassed = rejoin === null || rejoin.epoch <= describeGroup(next).epoch;
    this.record = { ...record, ...update, leaving: [], rejoin: isPassed ? null : rejoin, inDoubt: false };
    this.group = next;
    this.news.isNewEpoch = true;
  }

  /** This device is out: with its account, or alone. */
  leave(isAccountOut: boolean): void {
    this.group = null;
    this.news.isRemoved = true;
    this.record = { ...this.record, pending: null, leaving: [] };
    if (this.#state !== 'left') this.#state = isAccountOut ? 'removed' : 'broken';
  }

  noteLeaving(nickname: Nickname): void {
    const { leaving } = this.record;
    if (!leaving.includes(nickname)) this.record = { ...this.record, leaving: [...leaving, nickname] };
    if (nickname === this.#start.own.nickname) this.#state = 'left';
  }

  /** Where the log stands in front of an entry. Other than this device left it: commits have been missed. */
  noteLogEpoch(logEpoch: number): void {
    const { record } = this;
    if (record.logEpoch === logEpoch) return;
    // 0: joined, and nothing was read yet.
    this.record = { ...record, logEpoch };
    if (record.logEpoch !== 0) this.noteDoubt();
  }

  /** Behind a commit, followed or not. */
  passCommit(logEpoch: number): void {
    this.record = { ...this.record, logEpoch };
  }

  /** Others may have gone on without this device. */
  noteDoubt(): void {
    this.record = { ...this.record, inDoubt: true };
  }

  /**
   * An entry names an epoch that this device has not reached. Anybody can write such a name: it is believed only where this device may
   * have missed the way there; otherwise one entry would stop every member.
   */
  noteLaterEpoch(sentMs: number): void {
    if (this.record.inDoubt) this.noteTrouble('out-of-step', true, sentMs);
    else this.noteTrouble('damaged', false, sentMs);
  }

  resolvePending(outcome: 'accepted' | 'lost'): void {
    this.record = { ...this.record, pending: null };
    this.news.pending = outcome;
  }

  changeOfGroup(): GroupChange | null {
    const { record, group } = this;
    const { inUse } = this.#start;
    if (record !== inUse.record || this.news.isNewEpoch || this.news.isRemoved) {
      return group ? changeRecord(record, group) : dropState(record);
    }
    const hasMoved = group && inUse.group && group !== inUse.group;
    return hasMoved ? changeRatchets(record.log, inUse.group, group) : null;
  }

  finish(cursor: Cursor | null): VaultChange {
    const change = this.changeOfGroup();
    this.#changeConversation();
    return {
      ...this.composer.finish(),
      deliveries: this.#deliveries,
      groups: change ? [change] : [],
      cursors: cursor ? [this.news.isMoved ? { ...cursor, seq: 0 } : cursor] : [],
      removeFromOutbox: this.news.seenItems.map(({ order }) => order),
    };
  }

  #changeConversation(): void {
    const { conversation, isPresent, own } = this.#start;
    if (!isPresent) return;
    if (this.group && this.news.isNewEpoch) {
      this.composer.change(describeConversation(describeGroup(this.group), own.nickname));
    }
    if (this.#state !== conversation.state) this.composer.change({ id: conversation.id, state: this.#state });
  }
}

const LINE_ID_BYTES = 16;

/** Of a line that only this device has: nobody else may know it beforehand, or they could take it for a message of theirs. */
export function drawLineId(random: RandomSource): MessageId {
  return toMessageId(random(LINE_ID_BYTES));
}
