// Messages as rows of the screen: day lines, the "new messages" line, one heading for what a person wrote in one go, and
// what happened in the conversation. Pure; rows are kept per message object, which the model replaces when it changes, so
// that drawing a screen of 10,000 messages costs what the visible ones cost.
import type { Message } from '@sirdas/client';
import { truncate, widthOf, wrapLine } from '../terminal/text-layout.ts';
import { describeEventLine, type EventLine } from './event-line.ts';
import { formatBody } from './message-body.ts';
import {
  ERROR_COLOUR,
  GUTTER,
  indent,
  isAction,
  type Neighbours,
  type RowContext,
  WARNING_COLOUR,
} from './row-context.ts';
import { isSameDay } from './time-writer.ts';

const GROUP_MS = 5 * 60_000;

interface Kept {
  readonly context: RowContext;
  readonly neighbours: Neighbours;
  /** How long the message stays, as it stands in the rows. */
  readonly remaining: string;
  readonly rows: readonly string[];
}
const keptRows = new WeakMap<Message, Kept>();

/** The rows of one message, from the cache when nothing around it has changed. */
export function rowsOf(message: Message, neighbours: Neighbours, context: RowContext): readonly string[] {
  const kept = keptRows.get(message);
  const remaining = message.expiresMs === null ? '' : context.times.remaining(message.expiresMs);
  if (kept?.context === context && kept.remaining === remaining && isSame(kept.neighbours, neighbours)) {
    return kept.rows;
  }
  const rows = layOutMessage(message, neighbours, context);
  keptRows.set(message, { context, neighbours, remaining, rows });
  return rows;
}

function isSame(one: Neighbours, other: Neighbours): boolean {
  return (
    one.previous === other.previous &&
    one.isFirstUnread === other.isFirstUnread &&
    one.quoted === other.quoted
  );
}

function layOutMessage(message: Message, neighbours: Neighbours, context: RowContext): string[] {
  const { previous, isFirstUnread, quoted } = neighbours;
  const rows: string[] = [];
  const isNewDay = previous === null || !isSameDay(previous.sentMs, message.sentMs);
  if (isNewDay) rows.push(formatRule(context.times.day(message.sentMs), context, {}));
  if (isFirstUnread)
    rows.push(formatRule(context.words.chat.newMessages, context, { colour: WARNING_COLOUR }));
  if (message.missingBefore > 0) {
    rows.push(...formatRemark(`… ${context.words.chat.missing(message.missingBefore)}`, context));
  }
  if (message.body.kind === 'event') {
    const line = describeEventLine(message.sender, message.body.event, context);
    return [...rows, ...formatEvent(message, line, context)];
  }
  const continues =
    !isNewDay && !isFirstUnread && message.missingBefore === 0 && continuesGroup(previous, message);
  return [...rows, ...formatBody(message, continues, quoted, context)];
}

/** A line across the pane with a caption in the middle. */
function formatRule(caption: string, { columns, paint }: RowContext, style: { colour?: number }): string {
  const text = ` ${truncate(caption, columns - 4)} `;
  const left = Math.max(1, Math.floor((columns - widthOf(text)) / 2));
  const right = Math.max(1, columns - left - widthOf(text));
  return paint(
    `${'─'.repeat(left)}${text}${'─'.repeat(right)}`,
    style.colour === undefined ? { dim: true } : style,
  );
}

function continuesGroup(previous: Message | null, message: Message): boolean {
  return (
    previous !== null &&
    previous.sender === message.sender &&
    previous.direction === message.direction &&
    previous.body.kind !== 'event' &&
    !isAction(previous) &&
    !isAction(message) &&
    message.sentMs - previous.sentMs < GROUP_MS &&
    message.sentMs >= previous.sentMs
  );
}

/** Calm lines are dim; what did not work has a colour, and what may be an attack has a sign as well. */
function formatEvent(message: Message, { text, tone }: EventLine, context: RowContext): string[] {
  const { columns, paint, times } = context;
  const sign = { calm: '·', notice: '!', alarm: '⚠' }[tone];
  const style = {
    calm: { dim: true },
    notice: { colour: WARNING_COLOUR },
    alarm: { colour: ERROR_COLOUR, bold: true },
  }[tone];
  const rows = wrapLine(text, Math.max(1, columns - GUTTER - 3));
  const time = ` ${paint(times.time(message.sentMs), { dim: true })} `;
  return rows.map((row, index) =>
    index === 0 ? `${time}${paint(`${sign} ${row}`, style)}` : indent(`  ${paint(row, style)}`),
  );
}

function formatRemark(text: string, { columns, paint }: RowContext): string[] {
  const rows = wrapLine(text, Math.max(1, columns - GUTTER - 1));
  return rows.map((row) => indent(paint(row, { colour: WARNING_COLOUR })));
}
