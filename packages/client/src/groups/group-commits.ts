// Commits of this device, from the intent to the accepted entry: planned from the state as it is, saved with the state behind it,
// sent, and over only when the log has shown it or another one in its place; then it is planned anew. What a crash leaves behind
// is sent again as it was, or met in the log. Used by group-actions.ts, direct-groups.ts, reconcile.ts, reports.ts, resets.ts.
// SPEC §3.2, §11.5.
import {
  createGroup,
  describeGroup,
  type MlsGroup,
  type PlannedCommit,
  planCommit,
  splitGroup,
} from '@sirdas/crypto';
import {
  encodeEnvelope,
  fromId,
  type GroupState,
  LIMITS,
  type LogId,
  type MlsSuite,
  type Nickname,
  toConversationId,
  toLogId,
} from '@sirdas/protocol';
import { findWireProperties, toSirdasError } from '../convert-error.ts';
import { type ClientErrorCode, SirdasError } from '../errors.ts';
import { SerialQueue } from '../serial-queue.ts';
import type { Session } from '../session.ts';
import type { GroupRecord, PendingCommit } from '../vault/vault.ts';
import { waitMs } from '../wait.ts';
import { wasRevokedSince } from './account-devices.ts';
import { ClaimedKeyPackages } from './claimed-key-packages.ts';
import type { CommitGoal, CommitIntent, CommitMaker } from './commit-intent.ts';
import { changeRecord } from './group-store.ts';
import type { GroupTools } from './group-tools.ts';
import { drawDelayMs } from './random-delay.ts';

/** One of a hundred that all commit at once wins in each round. */
const MAX_ATTEMPTS = 128;
const FIRST_DELAY_MS = 20;
const LONGEST_DELAY_MS = 1000;
const LONGEST_PATIENCE_MS = 60_000;
const LOG_ID_BYTES = 16;

export interface GroupToBegin {
  readonly suite: MlsSuite;
  /** As it is at first, with this account alone (direct: with both). */
  readonly first: GroupState;
  /** What the first commit makes of it. */
  readonly goal: CommitGoal;
}

export interface LogAccess {
  /** Begins to read a log. */
  add(log: LogId): void;
  /** Resolves when everything that the relay had when reading began has been settled. */
  whenCaughtUp(log: LogId, session: Session): Promise<void>;
}

export class GroupCommits implements CommitMaker {
  readonly #tools: GroupTools;
  readonly #logs: LogAccess;
  /** Intents of one group, one after the other. */
  readonly #queues = new Map<LogId, SerialQueue>();
  readonly #outcomes = new Map<LogId, PromiseWithResolvers<'accepted' | 'lost'>>();

  constructor(tools: GroupTools, logs: LogAccess) {
    this.#tools = tools;
    this.#logs = logs;
  }

  /** See CommitMaker. */
  commit(log: LogId, intent: CommitIntent, session: Session): Promise<boolean> {
    return this.#queueOf(log).run(() => this.#carryOut(log, intent, session));
  }

  /** A new group with a log of its own, begun by this device. Throws as `commit` does. */
  async begin(toBegin: GroupToBegin, session: Session): Promise<LogId> {
    const { random, ownLeaf } = this.#tools;
    const { suite, first, goal } = toBegin;
    const claimed = new ClaimedKeyPackages(this.#tools, suite);
    await claimed.buy(goal.add, session);
    const log = toLogId(random(LOG_ID_BYTES));
    const own = await ownLeaf.get();
    const group = await createGroup({ log, suite, own, state: first, random });
    await this.#queueOf(log).run(async () => {
      const record = { log, conversation: toConversationId(first.conversation), suite, epochPart: null };
      const fresh = { logEpoch: 0, epoch: 0, leaving: [], pending: null, sealedSinceUpdate: 0 };
      const { generation } = first;
      const updatedMs = this.#tools.clock.nowMs();
      await this.#plan({ ...record, ...fresh, generation, updatedMs }, group, { goal, claimed, session });
      await this.#bringThrough(log, session);
    });
    return log;
  }

  /** Brings a commit that is on its way to its end. */
  async finish(log: LogId, session: Session): Promise<void> {
    await this.#queueOf(log).run(async () => {
      if (this.#tools.store.get(log)) await this.#bringThrough(log, session);
    });
  }

  /** What an earlier connection or program has left on its way. */
  resume(session: Session): void {
    for (const { log, pending } of this.#tools.store.list()) {
      if (!pending) continue;
      this.finish(log, session)
        // Without a connection it stays where it is; what the relay refuses has been dropped.
        .catch(toSirdasError);
    }
  }

  /** The log has decided; called once that is saved. */
  noteOutcome(log: LogId, outcome: 'accepted' | 'lost'): void {
    this.#outcomes.get(log)?.resolve(outcome);
    this.#outcomes.delete(log);
  }

  async #carryOut(log: LogId, intent: CommitIntent, session: Session): Promise<boolean> {
    const claimed = new ClaimedKeyPackages(this.#tools, this.#need(log).suite);
    const recovered = new Set<ClientErrorCode>();
    let hasChanged = false;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const made = await this.#tryOnce(log, intent, { claimed, session }).catch((cause: unknown) =>
        this.#recover(log, toSirdasError(cause), { recovered, session }),
      );
      if (made === 'nothing-to-do') return hasChanged;
      if (made === 'done') return true;
      if (made === 'lost') await this.#pause(attempt, session);
      hasChanged ||= made === 'partly-done';
    }
    throw new SirdasError('GROUP_BUSY', 'others were faster, again and again');
  }

  /** What can be mended, or waited for: what takes several commits must not stop half-way for a relay that only slows it down. */
  async #recover(
    log: LogId,
    error: SirdasError,
    { recovered, session }: { readonly recovered: Set<ClientErrorCode>; readonly session: Session },
  ): Promise<'mended'> {
    const { code, retryAfterMs } = error;
    if (code === 'READERS_INVALID' && !recovered.has(code)) await this.#refreshMembers(log, session);
    else if (code === 'RATE_LIMITED' && retryAfterMs !== null && retryAfterMs <= LONGEST_PATIENCE_MS) {
      await this.#wait(retryAfterMs, session);
    } else throw error;
    recovered.add(code);
    return 'mended';
  }

  async #tryOnce(
    log: LogId,
    intent: CommitIntent,
    tools: { readonly claimed: ClaimedKeyPackages; readonly session: Session },
  ): Promise<'nothing-to-do' | 'lost' | 'partly-done' | 'done'> {
    const { claimed, session } = tools;
    await this.#bringThrough(log, session);
    const goal = await this.#ask(log, intent);
    if (!goal) return 'nothing-to-do';
    await claimed.buy(goal.add, session);
    const planned = await this.#planAgain(log, intent, tools);
    if (!planned || (await this.#bringThrough(log, session)) !== 'accepted') return 'lost';
    claimed.noteUsed(planned.add);
    return planned.isPartial ? 'partly-done' : 'done';
  }

  /** The relay knows of a device that has left its account before this device does. */
  async #refreshMembers(log: LogId, session: Session): Promise<void> {
    const { store, accounts } = this.#tools;
    const names = await store.use(
      log,
      async (inUse) =>
        new Set(inUse?.group ? describeGroup(inUse.group).leaves.map((leaf) => leaf.nickname) : []),
    );
    for (const nickname of names) await accounts.refresh(nickname, session);
  }

  /** Plans from the state as it is now; null: it has changed meanwhile, so that something else is to be done. */
  #planAgain(
    log: LogId,
    intent: CommitIntent,
    tools: { readonly claimed: ClaimedKeyPackages; readonly session: Session },
  ): Promise<CommitGoal | null> {
    return this.#tools.store.use(log, async (inUse) => {
      if (!inUse?.group) throw broken();
      if (inUse.record.pending) return null;
      const goal = intent(describeGroup(inUse.group));
      if (!goal) return null;
      await this.#plan(inUse.record, inUse.group, { ...tools, goal });
      return goal;
    });
  }

  /** Saves the commit together with the state behind it; alone with the group. */
  async #plan(
    record: GroupRecord,
    group: MlsGroup,
    { goal, claimed, session }: { goal: CommitGoal; claimed: ClaimedKeyPackages; session: Session },
  ): Promise<void> {
    const { vault, store, verifiers, clock } = this.#tools;
    const { remove, state } = goal;
    const [verifier, nowMs] = [verifiers.over(session), clock.nowMs()];
    const add = claimed.list(goal.add, describeGroup(group).leaves);
    let planned: PlannedCommit;
    try {
      planned = await planCommit(group, { add, remove, state, verifier, nowMs });
    } catch (cause) {
      throw toSirdasError(cause);
    }
    await this.#foresee(group, planned, { remove, leaving: record.leaving, session });
    const pending = this.#describePending(record, planned);
    const change = changeRecord({ ...record, pending }, planned.spent);
    await vault.save({ groups: [change] });
    store.note(change, planned.spent);
  }

  /** An own commit is adopted as it was saved: what the others would refuse must not even be planned. */
  async #foresee(
    group: MlsGroup,
    { next }: PlannedCommit,
    {
      remove,
      leaving,
      session,
    }: {
      readonly remove: readonly number[];
      readonly leaving: readonly Nickname[];
      readonly session: Session;
    },
  ): Promise<void> {
    const { suite, leaves, ownLeafIndex, state: before } = describeGroup(group);
    const { leaves: leavesAfter, state: after } = describeGroup(next);
    const committer = leaves.find(({ index }) => index === ownLeafIndex);
    if (!committer) throw broken();
    const removed = leaves.filter(({ index }) => remove.includes(index));
    const kept = new Set(leaves.filter((leaf) => !removed.includes(leaf)).map(({ index }) => index));
    const added = leavesAfter.filter(({ index }) => !kept.has(index));
    const change = { suite, committer, leaves, added, removed, before, after };
    const verdict = await this.#tools.judge.foresee(change, new Set(leaving), session);
    if (!verdict.allowed) throw new SirdasError(verdict.error, 'the others would refuse this commit');
  }

  #describePending({ log, logEpoch, suite }: GroupRecord, planned: PlannedCommit): PendingCommit {
    const { own, contacts } = this.#tools;
    const { nickname: ownName, inbox: ownInbox } = own.need();
    const next = splitGroup(planned.next, null);
    if (!next.epochPart) throw new Error('a whole group has an epoch part');
    const deliveries = planned.welcomes.map(({ nickname, welcome }) => {
      const inbox = nickname === ownName ? ownInbox : contacts.need(nickname).inbox;
      if (!inbox) throw new Error('a logged-in account has an inbox');
      const value = { suite, log: fromId(log), welcome };
      return { inboxes: [fromId(inbox)], envelope: encodeEnvelope({ kind: { case: 'mlsWelcome', value } }) };
    });
    const envelope = encodeEnvelope({ kind: { case: 'mlsMessage', value: planned.commit } });
    const welcomeBytes = deliveries.reduce((sum, delivery) => sum + delivery.envelope.length, 0);
    if (envelope.length > LIMITS.MAX_COMMIT_BYTES || welcomeBytes > LIMITS.MAX_WELCOME_BYTES) {
      throw new SirdasError('GROUP_TOO_LARGE', 'the change is larger than one commit may be');
    }
    return {
      ...{ logEpoch, envelope, deliveries, nextEpochPart: next.epochPart, nextPages: next.ratchetParts },
      readers: this.#listReaders(planned.next),
    };
  }

  /** Sends the pending commit and waits until the log has decided. Null: there is none, or it has been decided already. */
  async #bringThrough(log: LogId, session: Session): Promise<'accepted' | 'lost' | null> {
    const { pending, epoch } = this.#need(log);
    if (!pending) return null;
    const outcome = this.#outcomes.get(log) ?? Promise.withResolvers<'accepted' | 'lost'>();
    this.#outcomes.set(log, outcome);
    try {
      if (epoch === 0) await this.#createLog(log, session);
      // It may have been sent before, and be in the log.
      await this.#logs.whenCaughtUp(log, session);
      if (this.#need(log).pending === pending) await this.#send(log, pending, session);
    } catch (cause) {
      const error = toSirdasError(cause);
      // Nothing was stored, and nothing ever was: everything that is in the log has been read.
      if (findWireProperties(error.code)) await this.#drop(log, pending);
      throw error.code === 'UNKNOWN_LOG' ? broken() : error;
    }
    return session.untilClosed(outcome.promise);
  }

  async #createLog(log: LogId, session: Session): Promise<void> {
    try {
      await session.request({ kind: 'createLog', log: fromId(log) });
    } catch (cause) {
      // By this device, before a crash.
      if (toSirdasError(cause).code !== 'LOG_EXISTS') throw cause;
    }
    this.#logs.add(log);
  }

  async #send(log: LogId, pending: PendingCommit, session: Session): Promise<void> {
    const { logEpoch: epoch, envelope, deliveries, readers } = pending;
    try {
      await session.request({ kind: 'commit', log: fromId(log), epoch, envelope, deliveries, readers });
    } catch (cause) {
      // Another one was first: it is on its way to this device.
      if (toSirdasError(cause).code !== 'STALE_EPOCH') throw cause;
    }
  }

  async #drop(log: LogId, pending: PendingCommit): Promise<void> {
    const { store, vault } = this.#tools;
    await store.use(log, async (inUse) => {
      if (inUse?.record.pending !== pending || !inUse.group) return;
      const { record, group } = inUse;
      const isNew = record.epoch === 0;
      const change = isNew
        ? { log, record: null, pages: [] }
        : changeRecord({ ...record, pending: null }, group);
      await vault.save({ groups: [change] });
      store.note(change, isNew ? null : group);
    });
    this.#outcomes.delete(log);
  }

  async #ask(log: LogId, intent: CommitIntent): Promise<CommitGoal | null> {
    return this.#tools.store.use(log, async (inUse) => {
      if (!inUse?.group) throw broken();
      return intent(describeGroup(inUse.group));
    });
  }

  /** So that those who lost do not all come back in the same moment. */
  async #pause(attempt: number, session: Session): Promise<void> {
    const longestMs = Math.min(FIRST_DELAY_MS * 2 ** Math.min(attempt, 16), LONGEST_DELAY_MS);
    await this.#wait(drawDelayMs(this.#tools.random, longestMs), session);
  }

  async #wait(delayMs: number, session: Session): Promise<void> {
    const stopper = new AbortController();
    try {
      await session.untilClosed(waitMs(this.#tools.clock, delayMs, stopper.signal));
    } finally {
      stopper.abort();
    }
  }

  /** Devices that have left their account are no readers any more, whatever their leaf says until it is removed. */
  #listReaders(next: MlsGroup): Uint8Array[] {
    const { accounts } = this.#tools;
    const readers = describeGroup(next).leaves.filter(
      (leaf) => !accounts.list(leaf.nickname).every((account) => wasRevokedSince(account, leaf)),
    );
    return readers.map(({ device }) => fromId(device));
  }

  #need(log: LogId): GroupRecord {
    const record = this.#tools.store.get(log);
    if (!record) throw broken();
    return record;
  }

  #queueOf(log: LogId): SerialQueue {
    const queue = this.#queues.get(log) ?? new SerialQueue();
    this.#queues.set(log, queue);
    return queue;
  }
}

function broken(): SirdasError {
  return new SirdasError('GROUP_BROKEN', 'this device has no state of the group');
}
