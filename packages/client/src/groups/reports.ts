// What happens when something is wrong with a group, here or at another member: it is counted, others are asked for help, and helped
// when they ask; two members with different authenticators of one epoch have been shown two histories, and both persons hear of it.
// A report is believed only as the device that signed it. Called by groups.ts and the inbox. SPEC §11.8.
import { CryptoError, describeGroup, peekDeviceReport, verifyDeviceReport } from '@sirdas/crypto';
import {
  type DeviceReport,
  equalBytes,
  type LogId,
  type ReportStatement,
  toConversationId,
  toDeviceId,
  toLogId,
} from '@sirdas/protocol';
import { MessageComposer } from '../messages/message-composer.ts';
import type { GroupTrouble } from '../model.ts';
import type { Session } from '../session.ts';
import type { ConversationState, Cursor, GroupRecord } from '../vault/vault.ts';
import { drawLineId } from './group-draft.ts';
import type { GroupTools } from './group-tools.ts';
import type { GroupTroubles } from './group-trust.ts';
import { IntervalLimits } from './interval-limits.ts';
import type { KnownAccounts } from './known-accounts.ts';
import type { RecentEpochs } from './recent-epochs.ts';
import type { ReportHelper } from './report-helper.ts';
import { REPORT_INTERVAL_MS, type ReportSender } from './report-sender.ts';
import type { Rollback } from './rollback.ts';
import type { TroubleCounts } from './statistics.ts';

/** In one epoch: a single message that does not open may be its sender's fault. */
const DAMAGED_UNTIL_REPORT = 3;
/** Clocks may differ: a little less than what honest devices keep to. */
const LISTENING_INTERVAL_MS = REPORT_INTERVAL_MS * 0.9;
/** Anybody can write a report in somebody's name, and have that account looked up. */
const LOOK_UP_INTERVAL_MS = 10_000;

type Tools = Pick<
  GroupTools,
  'own' | 'vault' | 'clock' | 'random' | 'events' | 'conversations' | 'counters' | 'teller' | 'store'
>;

export interface DeviceReportsOptions extends Tools {
  readonly accounts: Pick<KnownAccounts, 'list' | 'refresh' | 'isOwn'>;
  readonly epochs: RecentEpochs;
  readonly counts: TroubleCounts;
  readonly sender: ReportSender;
  readonly helper: ReportHelper;
  readonly rollback: Pick<Rollback, 'becomeNewDevice'>;
}

export class DeviceReports implements GroupTroubles {
  readonly #options: DeviceReportsOptions;
  readonly #limits: IntervalLimits;
  readonly #lookUps: IntervalLimits;
  readonly #damaged = new Map<LogId, { readonly epoch: number; readonly count: number }>();

  constructor(options: DeviceReportsOptions) {
    this.#options = options;
    this.#limits = new IntervalLimits(options.clock, LISTENING_INTERVAL_MS);
    this.#lookUps = new IntervalLimits(options.clock, LOOK_UP_INTERVAL_MS);
  }

  /** Everything that the relay had has been read. */
  start(session: Session): void {
    this.#options.sender.start(session);
    this.#options.helper.start(session);
  }

  stop(): void {
    this.#options.sender.stop();
    this.#options.helper.stop();
  }

  noteTrouble(record: GroupRecord, cause: GroupTrouble, isOwnFault: boolean): void {
    const { counts, sender } = this.#options;
    counts.noteUndecryptable(cause);
    if (isOwnFault) sender.askSoon(record.conversation);
    else if (cause === 'damaged' && this.#countDamaged(record) >= DAMAGED_UNTIL_REPORT) {
      sender.noteUnreadable(record.conversation);
    }
  }

  noteRefusedCommit(): void {
    this.#options.counts.noteRefusedCommit();
  }

  noteTakenOut({ conversation }: GroupRecord): void {
    this.#options.sender.askSoon(conversation);
  }

  noteRepaired({ log, conversation }: GroupRecord): void {
    this.#options.counts.noteRepaired();
    this.#options.sender.noteRepaired(conversation);
    this.#damaged.delete(log);
  }

  async noteRollback(_log: LogId, session: Session): Promise<void> {
    await this.#options.rollback.becomeNewDevice(session);
  }

  async settleReport(report: DeviceReport, session: Session, cursor: Cursor): Promise<void> {
    const { vault, conversations, helper } = this.#options;
    const statement = peekQuietly(report);
    const conversation = statement && conversations.find(toConversationId(statement.conversation));
    // Of strangers and about strange conversations nothing is looked up; the own one comes back from the own inbox.
    const isConcerning =
      statement !== null && conversation !== null && this.#concerns(statement, conversation);
    const isGenuine = isConcerning && (await this.#verify(report, statement, session));
    await vault.save({ cursors: [cursor] });
    if (statement === null || (isConcerning && !isGenuine)) this.#refuse();
    if (!isConcerning || !isGenuine) return;
    await this.#compare(statement);
    const device = toDeviceId(statement.device);
    // CLI-064
    const isTimely = statement.reason !== 'fork' && this.#limits.take(`help ${conversation.id} ${device}`);
    if (isTimely) helper.help({ statement, isDirect: conversation.kind === 'direct' });
  }

  #countDamaged({ log, epoch }: GroupRecord): number {
    const before = this.#damaged.get(log);
    const count = before?.epoch === epoch ? before.count + 1 : 1;
    this.#damaged.set(log, { epoch, count });
    return count;
  }

  #concerns({ nickname, device }: ReportStatement, conversation: ConversationState): boolean {
    const { own, accounts } = this.#options;
    if (accounts.isOwn(nickname)) return toDeviceId(device) !== own.need().device;
    return conversation.with === nickname || conversation.members.some((one) => one.nickname === nickname);
  }

  /** CLI-063. Throws UNREACHABLE where the directory is needed and cannot be asked. */
  async #verify(report: DeviceReport, statement: ReportStatement, session: Session): Promise<boolean> {
    const { accounts } = this.#options;
    const known = accounts.list(statement.nickname);
    const isBehind = known.every(({ record }) => record.index < statement.recordIndex);
    const mayLookUp = isBehind && this.#lookUps.take(statement.nickname);
    if (mayLookUp) await accounts.refresh(statement.nickname, session);
    for (const account of accounts.list(statement.nickname)) {
      try {
        await verifyDeviceReport(report, account);
        return true;
      } catch (cause) {
        if (!(cause instanceof CryptoError)) throw cause;
      }
    }
    return false;
  }

  /** CLI-068: what the reporter has seen of its epoch against what this device has. */
  async #compare(statement: ReportStatement): Promise<void> {
    const { epochs, store } = this.#options;
    const [log, { epoch, authenticatorHash: theirs }] = [toLogId(statement.log), statement];
    if (theirs.length === 0 || !store.get(log)) return;
    const present = await store.use(log, async (inUse) => (inUse?.group ? describeGroup(inUse.group) : null));
    if (present) epochs.note(present);
    const ours = epochs.find(log, epoch);
    if (ours && !equalBytes(ours, theirs))
      await this.#alarm(statement, { log, epoch, authenticatorHash: ours });
  }

  async #alarm(
    statement: ReportStatement,
    ours: { readonly log: LogId; readonly epoch: number; readonly authenticatorHash: Uint8Array },
  ): Promise<void> {
    const { counts, events, sender } = this.#options;
    const id = toConversationId(statement.conversation);
    const { nickname } = statement;
    if (!this.#limits.take(`fork ${id} ${toDeviceId(statement.device)}`)) return;
    counts.noteUndecryptable('fork');
    await this.#addLine(statement);
    events.emit({ type: 'fork', conversation: id, from: nickname });
    // So that the other side can compare as well.
    await sender.tell('fork', ours, { nickname, id });
  }

  async #addLine({ conversation, nickname: sender, device }: ReportStatement): Promise<void> {
    const { own, vault, clock, random, counters, teller } = this.#options;
    const nowMs = clock.nowMs();
    const composer = new MessageComposer({ own: own.need(), counters, nowMs });
    composer.addEvent({
      id: drawLineId(random),
      conversation: toConversationId(conversation),
      ...{ sender, device: toDeviceId(device), sentMs: nowMs },
      event: { what: 'undecryptable', cause: 'fork' },
    });
    const change = composer.finish();
    teller.tell(await vault.save(change), change.conversations);
  }

  #refuse(): void {
    this.#options.events.emit({ type: 'refused', error: 'REPORT_FORGED', from: null });
  }
}

/** Null: not in a form that a device would have written. */
function peekQuietly(report: DeviceReport): ReportStatement | null {
  try {
    return peekDeviceReport(report);
  } catch (cause) {
    if (cause instanceof CryptoError) return null;
    throw cause;
  }
}
