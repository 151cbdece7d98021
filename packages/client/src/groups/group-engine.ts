// Puts everything about groups together and follows the link for it: logs are read, the pool of key packages is kept filled, groups
// are kept in step with the records of their members. Made by client-parts.ts.
import { describeGroup, type RandomSource } from '@sirdas/crypto';
import type { ConversationId, LogId, Nickname } from '@sirdas/protocol';
import type { Clock } from '../clock.ts';
import type { Contacts } from '../contacts.ts';
import type { Conversations } from '../conversations.ts';
import { toSirdasError } from '../convert-error.ts';
import type { Counters } from '../counters.ts';
import { SirdasError } from '../errors.ts';
import type { Events } from '../events.ts';
import type { LogReader } from '../log-reader.ts';
import type { MessageTeller } from '../messages/message-teller.ts';
import type { Activity, EpochCheck, Statistics } from '../model.ts';
import type { Outbox } from '../outbox.ts';
import type { OwnAccount } from '../own-account.ts';
import type { OwnRecords } from '../own-records.ts';
import type { RelayEvent, Session } from '../session.ts';
import type { Vault, VaultContents } from '../vault/vault.ts';
import type { CommitMaker } from './commit-intent.ts';
import { DirectoryCommitJudge } from './commit-judge.ts';
import { describeEpoch } from './epoch-check.ts';
import { FormerGroups } from './former-groups.ts';
import type { GroupActions } from './group-actions.ts';
import { GroupStore } from './group-store.ts';
import type { GroupTools } from './group-tools.ts';
import type { GroupTroubles } from './group-trust.ts';
import { Groups } from './groups.ts';
import { KeyPackages } from './key-packages.ts';
import { KnownAccounts } from './known-accounts.ts';
import { AccountLeafVerifiers } from './leaf-verifier.ts';
import { MemberActions } from './member-actions.ts';
import { OwnLeafSource } from './own-leaf.ts';
import { RecentEpochs } from './recent-epochs.ts';
import { RecentLeaves } from './recent-leaves.ts';
import { Reconciler } from './reconcile.ts';
import { ReportHelper } from './report-helper.ts';
import { ReportSender } from './report-sender.ts';
import { DeviceReports } from './reports.ts';
import { Resets } from './resets.ts';
import { Rollback } from './rollback.ts';
import { Signals } from './signals.ts';
import { TroubleCounts } from './statistics.ts';

export interface GroupEngineOptions {
  readonly own: OwnAccount;
  readonly records: OwnRecords;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly events: Events;
  readonly contacts: Contacts;
  readonly conversations: Conversations;
  readonly counters: Counters;
  readonly teller: MessageTeller;
  readonly outbox: Outbox;
  readonly reader: LogReader;
  /** Throws UNREACHABLE. */
  readonly session: () => Session;
  readonly onActivity: (conversation: ConversationId, from: Nickname, activity: Activity) => void;
  /** As the relay says. */
  readonly isOnline: (nickname: Nickname) => boolean;
  /** Reads into memory what the vault holds now. */
  readonly reload: () => Promise<void>;
  /** How many key packages of each suite the relay shall have; tests are content with less. */
  readonly keyPackageTarget?: number | undefined;
}

export class GroupEngine {
  readonly groups: Groups;
  readonly actions: GroupActions;
  readonly signals: Signals;
  readonly troubles: GroupTroubles;
  readonly #options: GroupEngineOptions;
  readonly #store: GroupStore;
  readonly #keyPackages: KeyPackages;
  readonly #reconciler: Reconciler;
  readonly #reports: DeviceReports;
  readonly #resets: Resets;
  readonly #counts = new TroubleCounts();
  readonly #former: FormerGroups;

  constructor(options: GroupEngineOptions) {
    this.#options = options;
    const { own, records, vault, clock, random, contacts, conversations, outbox, reader } = options;
    const ownLeaf = new OwnLeafSource(own);
    const store = new GroupStore({ vault, ownLeaf, random });
    const accounts = new KnownAccounts({ own, records, contacts });
    const target = options.keyPackageTarget;
    const keyPackages = new KeyPackages({
      ...{ vault, own, ownLeaf, clock, random },
      ...(target === undefined ? {} : { target }),
    });
    const epochs = new RecentEpochs();
    const leaves = new RecentLeaves(clock);
    this.#reports = this.#makeReports({ ownLeaf, store, accounts, epochs, leaves });
    const troubles = this.#reports;
    this.troubles = troubles;
    const tools: GroupTools = {
      ...options,
      ...{ ownLeaf, store, keyPackages, troubles, accounts },
      verifiers: new AccountLeafVerifiers(accounts, (from) =>
        options.events.emit({ type: 'refused', error: 'DIRECTORY_FORGED', from }),
      ),
      judge: new DirectoryCommitJudge(accounts, leaves),
    };
    this.groups = new Groups(tools, {
      ...{ reader, outbox },
      onGroupChanged: (log: LogId) => this.#reconciler.noteGroup(log),
    });
    const { commits } = this.groups;
    this.#reconciler = new Reconciler({ own, accounts, store, commits, epochs, clock, random });
    this.#resets = new Resets({ ...tools, accounts, commits, reconciler: this.#reconciler });
    this.signals = new Signals({
      own,
      ownLeaf,
      store,
      contacts,
      clock,
      random,
      onActivity: options.onActivity,
    });
    this.actions = new MemberActions({
      ...{ own, clock, random, contacts, conversations, outbox, store, commits },
      session: options.session,
      reset: (conversation, session) => this.#resets.reset(conversation, 'out-of-step', session),
      check: (conversation) => this.#check(conversation),
    });
    this.#former = new FormerGroups({ vault, clock, store, reader });
    this.#store = store;
    this.#keyPackages = keyPackages;
  }

  load(contents: Pick<VaultContents, 'groups' | 'keyPackages' | 'settings'>): void {
    this.#store.load(contents.groups);
    this.#keyPackages.load(contents.keyPackages);
    this.#former.load(contents);
  }

  /** There is a session, and logs are being read over it. */
  start(session: Session): void {
    this.groups.start(session);
    this.#inBackground(session, this.#keepUp(session));
  }

  stop(): void {
    this.#reconciler.stop();
    this.#reports.stop();
  }

  /** Resolves when others can begin a conversation with this device, or when that has to wait for another connection. */
  offer(session: Session): Promise<void> {
    return this.#keyPackages.begin(session);
  }

  receive(event: Extract<RelayEvent, { kind: 'signal' | 'keyPackageCounts' }>, session: Session): void {
    const done = event.kind === 'signal' ? this.signals.receive(event) : this.#keyPackages.maintain(session);
    this.#inBackground(session, done);
  }

  /** A hint that nobody misses. */
  sendActivity(conversation: ConversationId, activity: Activity, session: Session | null): void {
    if (session) this.#inBackground(session, this.signals.send(conversation, activity, session));
  }

  /** The vault is an older copy of what this device has been. */
  async noteRollback(log: LogId, session: Session): Promise<void> {
    await this.troubles.noteRollback(log, session);
  }

  /** A newer record of an account is known. */
  noteAccount(nickname: Nickname): void {
    this.#reconciler.noteAccount(nickname);
  }

  statistics(): Omit<Statistics, 'ignored'> {
    return this.#counts.read();
  }

  async #keepUp(session: Session): Promise<void> {
    await this.#options.reader.whenAllCaughtUp(session);
    this.#reconciler.start(session);
    // Who helps needs a key package of this device.
    await this.#keyPackages.begin(session);
    this.#reports.start(session);
    await this.#keyPackages.maintain(session);
    await this.#former.tidy();
  }

  async #check(conversation: ConversationId): Promise<EpochCheck> {
    const log = this.#store.presentOf(conversation)?.log;
    const group = log && (await this.#store.use(log, async (inUse) => inUse?.group ?? null));
    if (!group) throw new SirdasError('GROUP_BROKEN', 'this device has no state of the group');
    return describeEpoch(describeGroup(group));
  }

  #makeReports(parts: {
    readonly ownLeaf: OwnLeafSource;
    readonly store: GroupStore;
    readonly accounts: KnownAccounts;
    readonly epochs: RecentEpochs;
    readonly leaves: RecentLeaves;
  }): DeviceReports {
    const { own, vault, events, random, clock, isOnline, reload } = this.#options;
    const { store } = parts;
    const sender = new ReportSender({
      ...{ ...this.#options, ...parts, isOnline },
      onAlone: (conversation, session) => this.#resets.reset(conversation, 'lost', session),
    });
    // Made before the groups are.
    const commits: CommitMaker = { commit: (...intent) => this.groups.commits.commit(...intent) };
    const helper = new ReportHelper({ ...this.#options, ...parts, commits });
    const rollback = new Rollback({ own, vault, events, random, clock, store, reload });
    return new DeviceReports({ ...this.#options, ...parts, counts: this.#counts, sender, helper, rollback });
  }

  /** What fails here because the connection is gone is made up for over the next one. */
  #inBackground(session: Session, done: Promise<void>): void {
    done.catch((cause: unknown) => session.close(toSirdasError(cause)));
  }
}
