// Sends contents to groups: one item of a lane until the log has shown it. Sealed for the present epoch of the log; when a commit
// was faster, sealed again for the next one, with the same id and counter. Called by the outbox. SPEC §3.2, §11.6, DESIGN §3.
import type { VerifiedAccount } from '@sirdas/crypto';
import { fromId, type LogId } from '@sirdas/protocol';
import { toSirdasError } from '../convert-error.ts';
import { SirdasError } from '../errors.ts';
import { isLeave, makeContent } from '../messages/content-maker.ts';
import type { OutboxLane } from '../outbox-lane.ts';
import type { Session } from '../session.ts';
import type { OutboxItem } from '../vault/vault.ts';
import type { DirectGroups } from './direct-groups.ts';
import type { GroupCommits, LogAccess } from './group-commits.ts';
import type { GroupLog } from './group-log.ts';
import type { GroupSealer, SealedForGroup } from './group-sealer.ts';
import type { GroupTools } from './group-tools.ts';
import { findUndecided } from './key-change.ts';
import type { LogEpochs } from './log-epochs.ts';
import { isUpdateDue } from './update-rule.ts';

export interface GroupSenderParts {
  readonly direct: DirectGroups;
  readonly commits: GroupCommits;
  readonly sealer: GroupSealer;
  readonly logs: LogAccess;
  readonly groupLog: GroupLog;
  readonly epochs: LogEpochs;
}

export class GroupSender {
  readonly #tools: GroupTools;
  readonly #parts: GroupSenderParts;

  constructor(tools: GroupTools, parts: GroupSenderParts) {
    this.#tools = tools;
    this.#parts = parts;
  }

  /** Resolves when the log has shown it. Throws KEY_CHANGED, GROUP_BROKEN, CONVERSATION_OVER and what the relay answers. */
  async send(lane: OutboxLane, item: OutboxItem, session: Session): Promise<void> {
    const present = this.#tools.store.presentOf(item.conversation);
    if (!present?.epochPart) throw broken();
    await this.#sendTo(present.log, lane, item, session);
  }

  /** The same, to one person; begins the group when there is none yet. */
  async sendDirect(
    lane: OutboxLane,
    item: OutboxItem,
    peer: VerifiedAccount,
    session: Session,
  ): Promise<void> {
    await this.#sendTo(await this.#parts.direct.ensure(peer, session), lane, item, session);
  }

  async #sendTo(log: LogId, lane: OutboxLane, item: OutboxItem, session: Session): Promise<void> {
    const { logs } = this.#parts;
    // What this device said before may be among what comes now.
    await logs.whenCaughtUp(log, session);
    while (lane.has(item.order)) {
      this.#check(item);
      await this.#refresh(log, session);
      const sealed = await this.#seal(log, lane, item);
      if (sealed) await this.#append(sealed, lane, item, session);
    }
  }

  #check(item: OutboxItem): void {
    const { conversations, contacts } = this.#tools;
    const conversation = conversations.find(item.conversation);
    if (!conversation) return;
    const { state, members } = conversation;
    if (state === 'removed' || (state === 'left' && !isLeave(item))) {
      throw new SirdasError('CONVERSATION_OVER', 'this account is not in the conversation any more');
    }
    if (state === 'broken') throw broken();
    // CLI-030; somebody else's key keeps nobody in.
    if (!isLeave(item) && findUndecided(members, contacts)) {
      throw new SirdasError('KEY_CHANGED', 'the person has to see the changed key first');
    }
  }

  /** The own leaf, after many messages or a long time (SPEC §11.5). */
  async #refresh(log: LogId, session: Session): Promise<void> {
    const { store, clock } = this.#tools;
    const isDue = await store.use(log, async (inUse) => inUse !== null && isUpdateDue(inUse, clock.nowMs()));
    if (!isDue) return;
    await this.#parts.commits.commit(log, () => ({ add: [], remove: [], state: null }), session);
  }

  /** Null: the log has shown it meanwhile. */
  async #seal(log: LogId, lane: OutboxLane, { order }: OutboxItem): Promise<SealedForGroup | null> {
    const { own, vault, counters, clock, store } = this.#tools;
    const { nickname: sender, device } = own.need();
    const item = lane.first;
    if (item?.order !== order) return null;
    const { sealed } = item;
    const isCurrent =
      sealed?.kind === 'mls' && sealed.log === log && sealed.logEpoch === store.get(log)?.logEpoch;
    if (isCurrent) return sealed;
    const message = await vault.readMessage(sender, item.message);
    const newCounter =
      item.counter === null ? counters.next({ conversation: item.conversation, sender, device }) : null;
    const counter = newCounter?.counter ?? item.counter ?? 0;
    const content = makeContent(item, message, { device, counter, nowMs: clock.nowMs() });
    return this.#parts.sealer.seal(log, content, async (fresh, change) => {
      const next = { ...item, counter, sealed: fresh };
      const saved = newCounter ? [newCounter] : [];
      await vault.save({ ...change, replaceInOutbox: [next], counters: saved });
      counters.note(saved);
      lane.replace(next);
    });
  }

  async #append(
    { log, logEpoch, envelope }: SealedForGroup,
    lane: OutboxLane,
    { order }: OutboxItem,
    session: Session,
  ): Promise<void> {
    const { epochs, groupLog } = this.#parts;
    const seen = lane.whenDropped(order);
    try {
      await session.request({ kind: 'append', log: fromId(log), envelope, epoch: logEpoch });
    } catch (cause) {
      const { code } = toSirdasError(cause);
      if (code === 'UNKNOWN_LOG') {
        await groupLog.noteUnreadable(log);
        throw broken();
      }
      if (code !== 'STALE_EPOCH') throw cause;
      // A commit was faster: it is on its way to this device.
      await session.untilClosed(Promise.race([seen, epochs.whenMoved(log, logEpoch)]));
      return;
    }
    await session.untilClosed(seen);
  }
}

function broken(): SirdasError {
  return new SirdasError('GROUP_BROKEN', 'this device cannot follow the group');
}
