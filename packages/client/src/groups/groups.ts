// The one door to the groups of this device: what is read from their logs, welcomes, what is sent, and what follows from each of
// these once it is saved. Puts the engine together; client-parts.ts makes it. ARCHITECTURE.md walks one message through.
import type { LogId, MlsWelcome } from '@sirdas/protocol';
import type { LogToRead } from '../log-reader.ts';
import type { Outbox } from '../outbox.ts';
import type { Session } from '../session.ts';
import type { GroupRecord, VaultChange } from '../vault/vault.ts';
import { DirectGroups } from './direct-groups.ts';
import { GroupCommits, type LogAccess } from './group-commits.ts';
import type { BatchNews } from './group-draft.ts';
import { GroupLog } from './group-log.ts';
import { GroupSealer } from './group-sealer.ts';
import { GroupSender } from './group-sender.ts';
import type { GroupTools } from './group-tools.ts';
import { sayLeave } from './leaving.ts';
import { LogEpochs } from './log-epochs.ts';
import { type WelcomeOutcome, Welcomes } from './welcomes.ts';

/** Reads logs; implemented by log-reader.ts. */
export interface GroupLogReader {
  add(toRead: LogToRead): void;
  remove(log: LogId): void;
  whenCaughtUp(log: LogId, session: Session): Promise<void>;
}

export interface GroupsParts {
  readonly reader: GroupLogReader;
  readonly outbox: Pick<Outbox, 'unblock' | 'add'>;
  /** A group has another state, or somebody wants to leave it. */
  readonly onGroupChanged: (log: LogId) => void;
}

export class Groups {
  readonly commits: GroupCommits;
  readonly direct: DirectGroups;
  readonly sender: GroupSender;
  readonly #tools: GroupTools;
  readonly #parts: GroupsParts;
  readonly #log: GroupLog;
  readonly #welcomes: Welcomes;
  readonly #epochs: LogEpochs;

  constructor(tools: GroupTools, parts: GroupsParts) {
    this.#tools = tools;
    this.#parts = parts;
    const logs: LogAccess = {
      add: (log) => this.#read(log),
      whenCaughtUp: (log, session) => parts.reader.whenCaughtUp(log, session),
    };
    this.#log = new GroupLog(tools, this);
    this.#welcomes = new Welcomes(tools);
    this.#epochs = new LogEpochs(tools.store);
    this.commits = new GroupCommits(tools, logs);
    this.direct = new DirectGroups(tools, this.commits);
    this.sender = new GroupSender(tools, {
      ...{ logs, direct: this.direct, commits: this.commits },
      ...{ sealer: new GroupSealer(tools), groupLog: this.#log, epochs: this.#epochs },
    });
  }

  /** All logs that this device may read, the liveliest first. */
  listLogs(): LogToRead[] {
    const { store, conversations } = this.#tools;
    const order = new Map(conversations.list().map(({ id }, i) => [id, i]));
    const rank = ({ conversation }: GroupRecord) => order.get(conversation) ?? order.size;
    const readable = store.list().filter(({ epochPart, epoch }) => epochPart !== null && epoch > 0);
    return readable.sort((a, b) => rank(a) - rank(b)).map(({ log }) => ({ log, settler: this.#log }));
  }

  /** A connection is there and logs are being read. */
  start(session: Session): void {
    this.commits.resume(session);
  }

  /** See Inbox. */
  async settleWelcome(
    welcome: MlsWelcome,
    session: Session | null,
    withIt: Pick<VaultChange, 'cursors'>,
  ): Promise<WelcomeOutcome> {
    const result = await this.#welcomes.settle(welcome, session, withIt);
    if (result.outcome === 'joined') {
      const { record, kind } = result;
      this.#read(record.log);
      if (kind === 'repair') this.#tools.troubles.noteRepaired(record);
      this.#noteChanged(record.log);
    }
    return result;
  }

  /** See LogReader: this device may not read the log of a group. */
  async noteUnreadable(log: LogId): Promise<void> {
    await this.#log.noteUnreadable(log);
  }

  /** See GroupListener. */
  async noteBatch(log: LogId, news: BatchNews, session: Session | null): Promise<void> {
    const { store, troubles } = this.#tools;
    if (news.pending) this.commits.noteOutcome(log, news.pending);
    this.#epochs.note(log);
    const record = store.get(log);
    if (!record) return;
    if (news.isRemoved) this.#parts.reader.remove(log);
    else if (news.isMoved) this.#read(log);
    if (news.isRemoved) troubles.noteTakenOut(record);
    if (news.isNewEpoch || news.isRemoved) this.#noteChanged(log);
    else if (record.leaving.length > 0) this.#parts.onGroupChanged(log);
    for (const { cause, isOwnFault } of news.troubles) troubles.noteTrouble(record, cause, isOwnFault);
    for (let i = 0; i < news.refusedCommits; i++) troubles.noteRefusedCommit(record);
    if (news.isNewEpoch) await this.#leaveAgain(log);
    if (news.isRolledBack && session) await troubles.noteRollback(log, session);
  }

  #read(log: LogId): void {
    this.#parts.reader.add({ log, settler: this.#log });
  }

  #noteChanged(log: LogId): void {
    const conversation = this.#tools.store.get(log)?.conversation;
    this.#parts.outbox.unblock((item) => item.conversation === conversation);
    this.#parts.onGroupChanged(log);
  }

  /** What was said about leaving holds for its epoch: another commit was faster than the one that should have followed. */
  async #leaveAgain(log: LogId): Promise<void> {
    const { store, conversations } = this.#tools;
    const record = store.get(log);
    const state = record && conversations.find(record.conversation);
    if (!record?.epochPart || state?.state !== 'left') return;
    await sayLeave(record.conversation, { ...this.#tools, outbox: this.#parts.outbox });
  }
}
