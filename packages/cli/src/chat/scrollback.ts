// Which rows of a conversation are on the screen. The messages that are loaded are laid out from the newest backwards,
// only as far as the screen needs; `offset` counts rows from the bottom, 0 follows the newest. Pure.
import type { Message } from '@sirdas/client';
import { type RowContext, rowsOf } from './message-rows.ts';

export interface LoadedMessages {
  /** Oldest first. */
  readonly messages: readonly Message[];
  readonly hasOlder: boolean;
  /** The person has emptied the screen. */
  readonly isCleared: boolean;
  /** Position of the first message that was unread when the conversation was opened. */
  readonly firstUnread: number | null;
}

export interface Viewport {
  readonly height: number;
  /** Rows from the bottom. */
  readonly offset: number;
  /** Rows above the very first message. */
  readonly intro: readonly string[];
}

export interface VisibleRows {
  /** At most `height`, topmost first. */
  readonly rows: readonly string[];
  /** `offset`, brought back to what there is. */
  readonly offset: number;
  /** The oldest loaded row is on the screen. */
  readonly isAtTop: boolean;
}

export function selectRows(
  loaded: LoadedMessages,
  context: RowContext,
  { height, offset, intro }: Viewport,
): VisibleRows {
  const wanted = offset + height;
  const groups: (readonly string[])[] = [];
  let count = 0;
  let index = loaded.messages.length - 1;
  for (; index >= 0 && count < wanted; index--) {
    const rows = rowsAt(loaded, index, context);
    groups.push(rows);
    count += rows.length;
  }
  if (index < 0 && !loaded.hasOlder && !loaded.isCleared) {
    groups.push(intro);
    count += intro.length;
  }
  const reachable = Math.max(0, Math.min(offset, count - height));
  const all = groups.reverse().flat();
  const end = all.length - reachable;
  return {
    rows: all.slice(Math.max(0, end - height), end),
    offset: reachable,
    isAtTop: index < 0 && end <= height,
  };
}

/** How many rows the messages from `index` on take: by so much the view moves when they arrive below it. */
export function countRowsFrom(loaded: LoadedMessages, index: number, context: RowContext): number {
  let count = 0;
  for (let i = index; i < loaded.messages.length; i++) count += rowsAt(loaded, i, context).length;
  return count;
}

function rowsAt(
  { messages, firstUnread }: LoadedMessages,
  index: number,
  context: RowContext,
): readonly string[] {
  const message = messages[index];
  if (message === undefined) return [];
  const isFirstUnread = message.position === firstUnread;
  return rowsOf(message, { previous: messages[index - 1] ?? null, isFirstUnread }, context);
}
