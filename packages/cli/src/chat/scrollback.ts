// Which rows of a conversation are on the screen. The messages that are loaded are laid out from the newest backwards,
// only as far as the screen needs; `offset` counts rows from the bottom, 0 follows the newest. A message that is picked is
// marked, and the view goes where it is. Pure.
import type { Message, MessageReference } from '@sirdas/client';
import { rowsOf } from './message-rows.ts';
import type { RowContext } from './row-context.ts';

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
  /** Position of the message that is picked. */
  readonly selected: number | null;
}

export interface VisibleRows {
  /** At most `height`, topmost first. */
  readonly rows: readonly string[];
  /** `offset`, brought back to what there is. */
  readonly offset: number;
  /** The oldest loaded row is on the screen. */
  readonly isAtTop: boolean;
}

export function selectRows(loaded: LoadedMessages, context: RowContext, viewport: Viewport): VisibleRows {
  const { height, intro, selected } = viewport;
  const groups: (readonly string[])[] = [];
  let { offset } = viewport;
  let count = 0;
  let index = loaded.messages.length - 1;
  for (; index >= 0 && (count < offset + height || isAbove(loaded.messages[index], selected)); index--) {
    const isSelected = loaded.messages[index]?.position === selected;
    const rows = rowsAt(loaded, index, context);
    if (isSelected) offset = bringIntoView(offset, height, { below: count, rows: rows.length });
    groups.push(isSelected ? rows.map((row) => markSelected(row, context)) : rows);
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

/** The message that a reference names; null where it is not loaded. */
export function findReferenced(
  messages: readonly Message[],
  reference: MessageReference | null,
): Message | null {
  if (reference === null) return null;
  let index = messageIndexes.get(messages);
  if (index === undefined) {
    index = new Map(messages.map((message) => [nameOf(message), message]));
    messageIndexes.set(messages, index);
  }
  return index.get(nameOf(reference)) ?? null;
}

/** Made where a visible message answers another one, and kept as long as nothing is added. */
const messageIndexes = new WeakMap<readonly Message[], Map<string, Message>>();

function nameOf({ sender, id }: MessageReference): string {
  return `${sender} ${id}`;
}

function isAbove(message: Message | undefined, selected: number | null): boolean {
  return selected !== null && message !== undefined && message.position >= selected;
}

/** The nearest offset that shows all rows of a message, or its first ones where it is larger than the screen. */
function bringIntoView(
  offset: number,
  height: number,
  { below, rows }: { below: number; rows: number },
): number {
  const lowest = below + rows - height;
  return Math.max(0, lowest, Math.min(offset, below));
}

/** In front of its rows, in the free first column; lines across the pane stay as they are. */
function markSelected(row: string, { paint }: RowContext): string {
  return row.startsWith(' ') ? `${paint('▌', { bold: true })}${row.slice(1)}` : row;
}

function rowsAt(
  { messages, firstUnread }: LoadedMessages,
  index: number,
  context: RowContext,
): readonly string[] {
  const message = messages[index];
  if (message === undefined) return [];
  const isFirstUnread = message.position === firstUnread;
  const reference = message.body.kind === 'text' ? message.body.replyTo : null;
  const quoted = findReferenced(messages, reference);
  return rowsOf(message, { previous: messages[index - 1] ?? null, isFirstUnread, quoted }, context);
}
