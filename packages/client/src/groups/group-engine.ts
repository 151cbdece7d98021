// Puts everything about groups together and follows the link for it: logs are read, the pool of key packages is kept filled, groups
// are kept in step with the records of their members. Made by client-parts.ts.
import type { RandomSource } from '@sirdas/crypto';
import type { ConversationId, LogId, Nickname } from '@sirdas/protocol';
import type { Clock } from '../clock.ts';
import type { Contacts } from '../contacts.ts';
import type { Conversations } from '../conversations.ts';
import { toSirdasError } from '../convert-error.ts';
import type { Counters } from '../counters.ts';
import type { Events } from '../events.ts';
import type { LogReader } from '../log-reader.ts';
import type { MessageTeller } from '../messages/message-teller.ts';
import type { Activity, Statistics } from '../model.ts';
import type { Outbox } from '../outbox.ts';
import type { OwnAccount } from '../own-account.ts';
import type { OwnRecords } from '../own-records.ts';
import type { RelayEvent, Session } from '../session.ts';
import type { Vault, VaultContents } from '../vault/vault.ts';
import { DirectoryCommitJudge } from './commit-judge.ts';
import type { GroupActions } from './group-actions.ts';
import { GroupStore } from './group-store.ts';
import type { GroupTroubles } from './group-trust.ts';
import { Groups } from './groups.ts';
import { KeyPackages } from './key-packages.ts';
import { KnownAccounts } from './known-accounts.ts';
import { AccountLeafVerifiers } from './leaf-verifier.ts';
import { MemberActions } from './member-actions.ts';
import { OwnLeafSource } from './own-leaf.ts';
import { RecentEpochs } from './recent-epochs.ts';
import { Reconciler } from './reconcile.ts';
import { Signals } from './signals.ts';

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
    const troubles: GroupTroubles = {
      noteTrouble: () => {},
      noteRefusedCommit: () => {},
      noteRepaired: () => {},
      noteRollback: async () => {},
      settleReport: async () => {},
    };
    this.troubles = troubles;
    this.groups = new Groups(
      {
        ...options,
        ...{ ownLeaf, store, keyPackages, troubles },
        verifiers: new AccountLeafVerifiers(accounts),
        judge: new DirectoryCommitJudge(accounts),
      },
      { reader, outbox, onGroupChanged: (log: LogId) => this.#reconciler.noteGroup(log) },
    );
    const { commits } = this.groups;
    const epochs = new RecentEpochs();
    this.#reconciler = new Reconciler({ own, accounts, store, commits, epochs, clock, random });
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
      reset: async () => {},
      check: async () => ({ epoch: 0, digits: '' }),
    });
    this.#store = store;
    this.#keyPackages = keyPackages;
  }

  load({ groups, keyPackages }: Pick<VaultContents, 'groups' | 'keyPackages'>): void {
    this.#store.load(groups);
    this.#keyPackages.load(keyPackages);
  }

  /** There is a session, and logs are being read over it. */
  start(session: Session): void {
    this.groups.start(session);
    this.#inBackground(session, this.#keepUp(session));
  }

  stop(): void {
    this.#reconciler.stop();
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

  statistics(): Statistics {
    return {
      undecryptable: { lost: 0, 'out-of-step': 0, damaged: 0, fork: 0 },
      refusedCommits: 0,
      repaired: 0,
    };
  }

  async #keepUp(session: Session): Promise<void> {
    await this.#options.reader.whenAllCaughtUp(session);
    this.#reconciler.start(session);
    await this.#keyPackages.maintain(session);
  }

  /** What fails here because the connection is gone is made up for over the next one. */
  #inBackground(session: Session, done: Promise<void>): void {
    done.catch((cause: unknown) => session.close(toSirdasError(cause)));
  }
}
