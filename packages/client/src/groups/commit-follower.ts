// One commit of a group: the own one that was waited for is adopted as it was saved; another one is opened, judged and followed,
// or refused: then the group stays as it is, and goes on. Called by group-log.ts. SPEC §11.5.
import {
  CryptoError,
  describeGroup,
  type Leaf,
  type MlsGroup,
  type OpenedCommit,
  openCommit,
  restoreGroup,
} from '@sirdas/crypto';
import { type DeviceId, equalBytes, type GroupState, type Nickname } from '@sirdas/protocol';
import { toSirdasError } from '../convert-error.ts';
import type { ClientErrorCode } from '../errors.ts';
import type { LogEntry } from '../log-run.ts';
import type { Session } from '../session.ts';
import type { PendingCommit } from '../vault/vault.ts';
import { type CommitChange, type CommitEvent, compareMembers } from './commit-change.ts';
import { describeChange } from './commit-events.ts';
import type { GroupDraft } from './group-draft.ts';
import { readEntry } from './group-entry.ts';
import type { GroupTools } from './group-tools.ts';
import { goOverToNewLeaf } from './rejoin.ts';

export class CommitFollower {
  readonly #tools: GroupTools;

  constructor(tools: GroupTools) {
    this.#tools = tools;
  }

  /** Throws only what keeps the commit from being judged now: UNREACHABLE, or what the relay answers to a look-up. */
  async take(draft: GroupDraft, entry: LogEntry, session: Session): Promise<void> {
    const { pending } = draft.record;
    if (pending && pending.logEpoch === entry.epoch && equalBytes(pending.envelope, entry.envelope)) {
      await this.#adoptOwn(draft, pending, entry);
      return;
    }
    // One commit for each epoch of the log: this one is it.
    if (pending) draft.resolvePending('lost');
    const read = readEntry(entry, draft.record.log);
    // CLI-045
    if (read.error) refuseCommit(draft, read.error, null, entry);
    else if (draft.group) await this.#takeForeign(draft, read, entry, session);
  }

  async #adoptOwn(draft: GroupDraft, pending: PendingCommit, entry: LogEntry): Promise<void> {
    const { ownLeaf, random } = this.#tools;
    if (!draft.group) throw new Error('a pending commit belongs to a state');
    const next = restoreGroup({
      epochPart: pending.nextEpochPart,
      ratchetPages: pending.nextPages.map(({ bytes }) => bytes),
      signatureKey: await ownLeaf.signatureKey(),
      random,
    });
    const leaving = new Set(draft.record.leaving);
    const { nickname, device } = this.#tools.own.need();
    const isBeginning = describeGroup(draft.group).epoch === 0;
    const events = isBeginning
      ? describeBeginning(describeGroup(next).state, nickname)
      : describeChange(compareMembers(compareGroups(draft.group, next)), leaving);
    draft.resolvePending('accepted');
    draft.enterEpoch(next, true, entry.timeMs);
    addLines(draft, events, device, entry);
  }

  async #takeForeign(
    draft: GroupDraft,
    { message, epoch }: { readonly message: Uint8Array; readonly epoch: number },
    entry: LogEntry,
    session: Session,
  ): Promise<void> {
    const { group } = draft;
    if (!group) return;
    const ownEpoch = describeGroup(group).epoch;
    // CLI-047
    if (epoch > ownEpoch) {
      draft.noteLaterEpoch(entry.timeMs);
      return;
    }
    let opened: OpenedCommit;
    try {
      const verifier = this.#tools.verifiers.over(session);
      opened = await openCommit(group, message, { verifier, nowMs: entry.timeMs });
    } catch (cause) {
      if (!(cause instanceof CryptoError)) throw cause;
      // CLI-048: one of this device that the vault does not know (any more). Others follow it; this device cannot.
      if (cause.code === 'FROM_SELF') draft.noteTrouble('lost', true, entry.timeMs);
      // CLI-045
      else {
        refuseCommit(draft, toSirdasError(cause).code, null, entry);
        draft.noteDoubt();
      }
      return;
    }
    await this.#judge(draft, opened, entry, session);
  }

  async #judge(draft: GroupDraft, opened: OpenedCommit, entry: LogEntry, session: Session): Promise<void> {
    const { judge, own } = this.#tools;
    if (!draft.group) return;
    const { suite, leaves } = describeGroup(draft.group);
    const { committer, added, removed, before, after, next } = opened;
    const change: CommitChange = { suite, leaves, committer, added, removed, before, after };
    const verdict = await judge.judge(change, new Set(draft.record.leaving), session);
    // CLI-045
    if (!verdict.allowed) {
      refuseCommit(draft, verdict.error, committer, entry);
      return;
    }
    if (next !== 'removed') draft.enterEpoch(next, false, entry.timeMs);
    else if (!(await goOverToNewLeaf(draft, this.#tools, entry.timeMs))) {
      draft.leave(!after.members.some(({ nickname }) => nickname === own.need().nickname));
    }
    addLines(draft, verdict.events, committer.device, entry);
  }
}

/** Of a direct conversation, and of one that goes on in a new group, a person knows already that it is there. */
function describeBeginning(
  { direct, generation, name, members }: GroupState,
  sender: Nickname,
): CommitEvent[] {
  if (direct || generation > 0) return [];
  const names = members.map(({ nickname }) => nickname);
  return [{ sender, event: { what: 'created', name, members: names } }];
}

function addLines(
  draft: GroupDraft,
  events: readonly CommitEvent[],
  device: DeviceId,
  { timeMs }: LogEntry,
): void {
  for (const { sender, event } of events) draft.addLine({ sender, device, sentMs: timeMs, event });
}

/** The person hears of it where somebody is known who tried what they may not do. */
function refuseCommit(
  draft: GroupDraft,
  error: ClientErrorCode,
  committer: Leaf | null,
  { timeMs }: LogEntry,
): void {
  draft.news.refusedCommits++;
  draft.refuse(error, committer?.nickname ?? null);
  if (!committer) return;
  const { nickname: sender, device } = committer;
  draft.addLine({ sender, device, sentMs: timeMs, event: { what: 'change-refused', error } });
}

function compareGroups(one: MlsGroup, other: MlsGroup): CommitChange {
  const before = describeGroup(one);
  const after = describeGroup(other);
  const committer = before.leaves.find(({ index }) => index === before.ownLeafIndex);
  if (!committer) throw new Error('a group without the own leaf');
  const devices = (leaves: typeof before.leaves) => new Set(leaves.map(({ device }) => device));
  const [known, kept] = [devices(before.leaves), devices(after.leaves)];
  return {
    ...{ suite: before.suite, committer, leaves: before.leaves },
    ...{ before: before.state, after: after.state },
    added: after.leaves.filter(({ device }) => !known.has(device)),
    removed: before.leaves.filter(({ device }) => !kept.has(device)),
  };
}
