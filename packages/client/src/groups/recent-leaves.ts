// When a device last came into a group, as this device has seen it since it was opened: a report that is older than that has been
// answered. Filled by commit-judge.ts and report-helper.ts.
import { type ConversationId, type DeviceId, toConversationId } from '@sirdas/protocol';
import type { Clock } from '../clock.ts';
import type { CommitChange } from './commit-change.ts';

export class RecentLeaves {
  readonly #clock: Clock;
  readonly #timesMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A commit that is going to be applied. */
  noteCommit({ before, added }: Pick<CommitChange, 'before' | 'added'>): void {
    const conversation = toConversationId(before.conversation);
    for (const { device } of added) this.note(conversation, device);
  }

  note(conversation: ConversationId, device: DeviceId): void {
    this.#timesMs.set(`${conversation} ${device}`, this.#clock.nowMs());
  }

  /** Null: not since this device was opened. */
  timeOf(conversation: ConversationId, device: DeviceId): number | null {
    return this.#timesMs.get(`${conversation} ${device}`) ?? null;
  }
}
