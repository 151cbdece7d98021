// Helps a device of a member that has said that it cannot follow a group: its leaf is put in anew. Only on its own signed word,
// only while its account lists it, once in a while, and not when somebody else was faster. Called by reports.ts. SPEC §11.8.
import type { GroupDescription, RandomSource } from '@sirdas/crypto';
import {
  type ConversationId,
  type DeviceId,
  type Nickname,
  type ReportStatement,
  toConversationId,
  toDeviceId,
} from '@sirdas/protocol';
import type { Clock } from '../clock.ts';
import { toSirdasError } from '../convert-error.ts';
import type { Session } from '../session.ts';
import { findByIdentityKey } from './account-devices.ts';
import { findMember } from './commit-change.ts';
import type { CommitGoal, CommitMaker } from './commit-intent.ts';
import type { GroupStore } from './group-store.ts';
import type { KnownAccounts } from './known-accounts.ts';
import { drawDelayMs } from './random-delay.ts';
import type { RecentLeaves } from './recent-leaves.ts';
import { MAX_DELAY_MS } from './reconcile.ts';

/** Its key packages may be on their way, or others may have been faster with something else. */
const RETRY_DELAYS_MS = [5000, 20_000, 60_000];
/** Who asks while this device is catching up; more than these are helped by others. */
const MAX_WAITING = 1000;

export interface ReportHelperOptions {
  readonly accounts: Pick<KnownAccounts, 'list' | 'refresh' | 'isOwn'>;
  readonly store: Pick<GroupStore, 'presentOf'>;
  readonly commits: CommitMaker;
  readonly leaves: RecentLeaves;
  readonly clock: Clock;
  readonly random: RandomSource;
}

interface Call {
  readonly statement: ReportStatement;
  readonly isDirect: boolean;
}

export class ReportHelper {
  readonly #options: ReportHelperOptions;
  #session: Session | null = null;
  #waiting: Call[] = [];
  readonly #timers = new Set<() => void>();

  constructor(options: ReportHelperOptions) {
    this.#options = options;
  }

  /** Everything that the relay had has been read. */
  start(session: Session): void {
    this.#session = session;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const call of waiting) this.help(call);
  }

  stop(): void {
    this.#session = null;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  /** `statement` has been verified. */
  help(call: Call): void {
    if (!this.#session) {
      if (this.#waiting.length < MAX_WAITING) this.#waiting.push(call);
      return;
    }
    const { accounts, random } = this.#options;
    const isNear = call.isDirect || accounts.isOwn(call.statement.nickname);
    this.#helpLater(call, isNear ? 0 : drawDelayMs(random, MAX_DELAY_MS), RETRY_DELAYS_MS);
  }

  #helpLater(call: Call, delayMs: number, retryDelaysMs: readonly number[]): void {
    const cancel = this.#options.clock.startTimer(delayMs, () => {
      this.#timers.delete(cancel);
      this.#putIn(call.statement).catch((cause: unknown) => {
        toSirdasError(cause);
        const [nextMs, ...rest] = retryDelaysMs;
        if (!this.#session) this.help(call);
        else if (nextMs !== undefined) this.#helpLater(call, nextMs, rest);
      });
    });
    this.#timers.add(cancel);
  }

  async #putIn(statement: ReportStatement): Promise<void> {
    const { accounts, store, commits, leaves } = this.#options;
    const session = this.#session;
    const conversation = toConversationId(statement.conversation);
    const record = store.presentOf(conversation);
    if (!session || !record?.epochPart) return;
    // A device that was revoked meanwhile gets no help.
    await accounts.refresh(statement.nickname, session);
    const isDone = await commits.commit(record.log, (group) => this.#plan(group, statement), session);
    if (isDone) leaves.note(conversation, toDeviceId(statement.device));
  }

  #plan(group: GroupDescription, { nickname, device: id, reason, epoch, timeMs }: ReportStatement) {
    const device = toDeviceId(id);
    const leaf = group.leaves.find((one) => one.device === device);
    const isAhead = reason === 'undecryptable' && epoch > group.epoch;
    const isOwnLeaf = leaf?.index === group.ownLeafIndex;
    if (isAhead || isOwnLeaf || !this.#isListed(group, nickname, device)) return null;
    if (this.#wasPutInSince(toConversationId(group.state.conversation), device, timeMs)) return null;
    return {
      add: [{ nickname, devices: [device] }],
      remove: leaf ? [leaf.index] : [],
      state: null,
    } satisfies CommitGoal;
  }

  /** CLI-063 */
  #isListed({ state }: GroupDescription, nickname: Nickname, device: DeviceId): boolean {
    const member = findMember(state, nickname);
    const account = member && findByIdentityKey(this.#options.accounts.list(nickname), member.identityKey);
    return account?.record.devices.some(({ id }) => toDeviceId(id) === device) ?? false;
  }

  #wasPutInSince(conversation: ConversationId, device: DeviceId, timeMs: number): boolean {
    const lastMs = this.#options.leaves.timeOf(conversation, device);
    return lastMs !== null && lastMs >= timeMs;
  }
}
