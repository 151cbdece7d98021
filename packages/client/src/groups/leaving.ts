// Saying in a group that this account leaves it; whichever member is there first removes it then. Used by member-actions.ts, and
// by groups.ts when another commit was faster than that removal. SPEC §11.5.
import type { RandomSource } from '@sirdas/crypto';
import { type ConversationId, toMessageId } from '@sirdas/protocol';
import type { Clock } from '../clock.ts';
import { encodeDraft } from '../messages/content-maker.ts';
import type { Outbox } from '../outbox.ts';
import type { OutboxItem } from '../vault/vault.ts';

const MESSAGE_ID_BYTES = 16;

export interface LeavingTools {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly outbox: Pick<Outbox, 'add'>;
}

/** Saved and queued when this resolves. */
export async function sayLeave(
  conversation: ConversationId,
  { clock, random, outbox }: LeavingTools,
): Promise<OutboxItem> {
  const message = toMessageId(random(MESSAGE_ID_BYTES));
  const body = { case: 'leave', value: {} } as const;
  const content = encodeDraft({ id: message, conversation, timeMs: clock.nowMs(), body });
  const saved = await outbox.add(null, { message, conversation, recipient: null, content });
  const [item] = saved.outbox;
  if (!item) throw new Error('what was queued is in the outbox');
  return item;
}
