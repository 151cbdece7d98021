// Keeps the groups of this account in step with the records of their members: after every login, and whenever a record, a group or
// a Leave asks for it. Own devices are seen to at once; what any member could do waits a random moment, so that fifty of them do
// not all begin at the same time. Nothing here is needed for safety: a commit that is refused or late is made by the next one.
// Called by client-parts.ts and groups.ts. SPEC §11.10.
import type { RandomSource } from '@sirdas/crypto';
import type { LogId, Nickname } from '@sirdas/protocol';
import type { Clock } from '../clock.ts';
import { toSirdasError } from '../convert-error.ts';
import type { OwnAccount } from '../own-account.ts';
import { SerialQueue } from '../serial-queue.ts';
import type { Session } from '../session.ts';
import type { CommitGoal, CommitIntent, CommitMaker } from './commit-intent.ts';
import type { GroupStore } from './group-store.ts';
import { planUpkeep } from './group-upkeep.ts';
import { IntervalLimits } from './interval-limits.ts';
import type { KnownAccounts } from './known-accounts.ts';
import { drawDelayMs } from './random-delay.ts';
import type { RecentEpochs } from './recent-epochs.ts';

/** For what any member could do (SPEC §11.10). */
export const MAX_DELAY_MS = 3000;

export interface ReconcilerOptions {
  readonly own: Pick<OwnAccount, 'need'>;
  readonly accounts: Pick<KnownAccounts, 'list'>;
  readonly store: Pick<GroupStore, 'list' | 'get' | 'presentOf'>;
  readonly commits: CommitMaker;
  /** Learns every epoch that is looked at. */
  readonly epochs: RecentEpochs;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** What of the upkeep a commit does. */
interface Extent {
  /** Leave it to others unless it is about own devices. */
  readonly ownOnly: boolean;
  /** Adds devices of these accounts only: others have left no key package. Null: of all. */
  readonly adding: ReadonlySet<Nickname> | null;
}

const NOBODY: ReadonlySet<Nickname> = new Set();
/** Between two attempts to add devices of one account to a group: each takes a key package. Devices that can come also ask. */
const ADDING_INTERVAL_MS = 300_000;

export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #tasks = new SerialQueue();
  readonly #waiting = new Set<LogId>();
  readonly #timers = new Map<LogId, () => void>();
  /** Who is in a group, since it was last looked at. */
  readonly #members = new Map<LogId, ReadonlySet<Nickname>>();
  #added: IntervalLimits;
  #session: Session | null = null;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#added = new IntervalLimits(options.clock, ADDING_INTERVAL_MS);
  }

  /** The groups have been caught up. */
  start(session: Session): void {
    this.#session = session;
    this.#added = new IntervalLimits(this.#options.clock, ADDING_INTERVAL_MS);
    for (const { log } of this.#options.store.list()) this.noteGroup(log);
  }

  stop(): void {
    this.#session = null;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  /** A newer record of an account is known. */
  noteAccount(nickname: Nickname): void {
    for (const { log } of this.#options.store.list()) {
      const isAffected = this.#members.get(log)?.has(nickname) ?? true;
      if (isAffected) this.noteGroup(log);
    }
  }

  /** A group has another state, or somebody wants to leave it. */
  noteGroup(log: LogId): void {
    if (!this.#session || this.#waiting.has(log) || !this.#isPresent(log)) return;
    this.#waiting.add(log);
    void this.#tasks.run(async () => {
      this.#waiting.delete(log);
      const isLeft = await this.#tidy(log, { ownOnly: true, adding: null });
      if (isLeft) this.#tidyLater(log);
    });
  }

  /** Does now what the group needs, whoever's devices it is about. */
  tidy(log: LogId): Promise<void> {
    return this.#tasks.run(async () => {
      await this.#tidy(log, { ownOnly: false, adding: null });
    });
  }

  /** Everything that was to be done at once has been done or given up. */
  settle(): Promise<void> {
    return this.#tasks.settle();
  }

  #isPresent(log: LogId): boolean {
    const record = this.#options.store.get(log);
    return record?.epochPart != null && this.#options.store.presentOf(record.conversation)?.log === log;
  }

  #tidyLater(log: LogId): void {
    if (!this.#session || this.#timers.has(log)) return;
    const { clock, random } = this.#options;
    const tidy = () => {
      this.#timers.delete(log);
      void this.tidy(log);
    };
    this.#timers.set(log, clock.startTimer(drawDelayMs(random, MAX_DELAY_MS), tidy));
  }

  /** True when something is left that any member could do. */
  async #tidy(log: LogId, extent: Extent): Promise<boolean> {
    const session = this.#session;
    if (!session || !this.#isPresent(log)) return false;
    let isLeft = false;
    let wanted: readonly Nickname[] = [];
    const intent: CommitIntent = (group) => {
      this.#members.set(log, new Set(group.state.members.map(({ nickname }) => nickname)));
      this.#options.epochs.note(group);
      const upkeep = planUpkeep(group, this.#know(log));
      isLeft = upkeep !== null && extent.ownOnly && !upkeep.isOwn;
      if (!upkeep || isLeft) return null;
      const mayAdd = (nickname: Nickname) =>
        extent.adding?.has(nickname) ?? this.#added.waitMs(`${log} ${nickname}`) === 0;
      const goal = narrow(upkeep.goal, mayAdd);
      wanted = goal?.add.map(({ nickname }) => nickname) ?? wanted;
      return goal;
    };
    try {
      await this.#options.commits.commit(log, intent, session);
    } catch (cause) {
      // Without a connection, or when others are always faster, it is for the next time.
      const { code } = toSirdasError(cause);
      const isForAdding = code === 'NO_KEY_PACKAGE' || code === 'GROUP_TOO_LARGE';
      if (isForAdding && extent.adding === null) await this.#tidyOneByOne(log, extent, wanted);
    }
    for (const nickname of wanted) this.#added.take(`${log} ${nickname}`);
    return isLeft;
  }

  /** Whoever has left no key package keeps nobody else out, and no revoked device in. */
  async #tidyOneByOne(log: LogId, extent: Extent, wanted: readonly Nickname[]): Promise<void> {
    await this.#tidy(log, { ...extent, adding: NOBODY });
    if (wanted.length < 2) return;
    for (const nickname of wanted) await this.#tidy(log, { ...extent, adding: new Set([nickname]) });
  }

  #know(log: LogId) {
    const { own, accounts, store } = this.#options;
    return {
      own: own.need().nickname,
      accounts: (nickname: Nickname) => accounts.list(nickname),
      leaving: store.get(log)?.leaving ?? [],
    };
  }
}

/** Null: nothing is left of it. */
function narrow(goal: CommitGoal, mayAdd: (nickname: Nickname) => boolean): CommitGoal | null {
  const add = goal.add.filter(({ nickname }) => mayAdd(nickname));
  if (add.length === goal.add.length) return goal;
  const isNothing = add.length === 0 && goal.remove.length === 0 && goal.state === null;
  return isNothing ? null : { ...goal, add };
}
