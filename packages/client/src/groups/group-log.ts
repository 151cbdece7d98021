// The log of one group, entry by entry in its order: own messages are known again, those of others opened, commits followed or
// refused, and all that comes of a batch is saved in one transaction with the cursor. Whatever is wrong with an entry, the next
// one is read: a member or a relay that writes nonsense stops nobody. SPEC §11.5, §11.6.
import { decodeContent, type LogId } from '@sirdas/protocol';
import type { LogEntry, LogSettler } from '../log-run.ts';
import { isLeave } from '../messages/content-maker.ts';
import { MessageComposer } from '../messages/message-composer.ts';
import type { Session } from '../session.ts';
import { newConversation } from '../vault/conversation-state.ts';
import type { Cursor, OutboxItem } from '../vault/vault.ts';
import { CommitFollower } from './commit-follower.ts';
import { type BatchNews, GroupDraft } from './group-draft.ts';
import type { GroupInUse } from './group-store.ts';
import type { GroupTools } from './group-tools.ts';
import { MessageOpener } from './message-opener.ts';
import { goOverToNewLeaf } from './rejoin.ts';

/** Hears what has been saved; implemented by groups.ts. */
export interface GroupListener {
  /** `session` null: nothing came over a connection. */
  noteBatch(log: LogId, news: BatchNews, session: Session | null): Promise<void>;
}

export class GroupLog implements LogSettler {
  readonly #tools: GroupTools;
  readonly #listener: GroupListener;
  readonly #opener: MessageOpener;
  readonly #follower: CommitFollower;

  constructor(tools: GroupTools, listener: GroupListener) {
    this.#tools = tools;
    this.#listener = listener;
    this.#opener = new MessageOpener(tools);
    this.#follower = new CommitFollower(tools);
  }

  async settle(log: LogId, entries: readonly LogEntry[], session: Session): Promise<number> {
    const { store, vault } = this.#tools;
    const cursor = { log, seq: entries.at(-1)?.seq ?? 0 };
    const news = await store.use(log, async (inUse) => {
      if (!inUse) {
        await vault.save({ cursors: [cursor] });
        return null;
      }
      const draft = this.#begin(inUse);
      for (const entry of entries) await this.#take(draft, entry, session);
      await this.#save(draft, cursor);
      return draft.news;
    });
    if (news) await this.#listener.noteBatch(log, news, session);
    return entries.length;
  }

  /** Reading begins and there is nothing to deliver: what the log says now is where this group stands. */
  async noteEpoch(log: LogId, logEpoch: number): Promise<void> {
    // Of hundreds of groups hardly any has moved: their states need not be read for that.
    if (this.#tools.store.get(log)?.logEpoch === logEpoch) return;
    const news = await this.#tools.store.use(log, async (inUse) => {
      if (!inUse) return null;
      const draft = this.#begin(inUse);
      draft.noteLogEpoch(logEpoch);
      // Sent in an epoch that is over, and not met: it has never arrived, or has expired unread.
      if (draft.record.pending) draft.resolvePending('lost');
      await this.#save(draft, null);
      return draft.news;
    });
    if (news) await this.#listener.noteBatch(log, news, null);
  }

  /** The relay does not let this device read the log any more, and nothing in it has said why. */
  async noteUnreadable(log: LogId): Promise<void> {
    const news = await this.#tools.store.use(log, async (inUse) => {
      if (!inUse?.group) return null;
      const draft = this.#begin(inUse);
      draft.noteTrouble('lost', true, this.#tools.clock.nowMs());
      await this.#save(draft, null);
      return draft.news;
    });
    if (news) await this.#listener.noteBatch(log, news, null);
  }

  /**
   * Taken out and put in again while it was away: the commits that did so are not for this device, so the relay's word and the Welcome of
   * a member have to do. No more is needed where a device has lost its state.
   */
  async goOver(log: LogId, session: Session): Promise<boolean> {
    const { store, own, clock } = this.#tools;
    const news = await store.use(log, async (inUse) => {
      if (!inUse?.record.rejoin) return null;
      const draft = this.#begin(inUse);
      const nowMs = clock.nowMs();
      if (draft.record.pending) draft.resolvePending('lost');
      await goOverToNewLeaf(draft, this.#tools, nowMs);
      draft.news.isMoved = true;
      const { nickname: sender, device } = own.need();
      draft.addLine({ sender, device, sentMs: nowMs, event: { what: 'joined' } });
      await this.#save(draft, { log, seq: 0 });
      return draft.news;
    });
    if (news) await this.#listener.noteBatch(log, news, session);
    return news !== null;
  }

  #begin(inUse: GroupInUse): GroupDraft {
    const { counters, clock, conversations, store, random } = this.#tools;
    const { log, conversation } = inUse.record;
    const own = this.#tools.own.need();
    return new GroupDraft({
      inUse,
      composer: new MessageComposer({ own, counters, nowMs: clock.nowMs() }),
      conversation: conversations.find(conversation) ?? newConversation(conversation),
      own,
      isPresent: store.presentOf(conversation)?.log === log,
      random,
    });
  }

  async #take(draft: GroupDraft, entry: LogEntry, session: Session): Promise<void> {
    draft.noteLogEpoch(entry.epoch);
    const own = this.#tools.outbox.findSealed(draft.record.log, entry.envelope);
    if (own) this.#noteOwn(draft, own, entry);
    else if (entry.commit) await this.#follower.take(draft, entry, session);
    else await this.#opener.take(draft, entry);
    if (entry.commit) draft.passCommit(entry.epoch + 1);
  }

  #noteOwn(draft: GroupDraft, item: OutboxItem, { timeMs: acceptedMs }: LogEntry): void {
    draft.noteSeen(item, { acceptedMs, isLeave: isLeave(item) });
    const sender = this.#tools.own.need().nickname;
    if (item.content) draft.composer.confirm({ content: decodeContent(item.content), sender });
  }

  async #save(draft: GroupDraft, cursor: Cursor | null): Promise<void> {
    const { vault, store, teller, counters, events, outbox } = this.#tools;
    const change = draft.finish(cursor);
    // CLI-002
    const saved = await vault.save(change);
    for (const group of change.groups ?? []) store.note(group, draft.group);
    outbox.noteSeen(draft.news.seenItems);
    counters.note(change.counters ?? []);
    teller.tell(saved, change.conversations ?? []);
    teller.noteIgnored(draft.composer.ignored);
    for (const { error, from } of draft.news.refused) events.emit({ type: 'refused', error, from });
  }
}
