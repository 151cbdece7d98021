// Messages as rows of the screen: day lines, the "new messages" line, one heading for what a person wrote in one go,
// the text, and how the delivery of an own message stands. Pure; rows are kept per message object, which the model
// replaces when it changes, so that drawing a screen of 10,000 messages costs what the visible ones cost.
import { describeError, type Language, type Message, type Nickname } from '@sirdas/client';
import type { Painter } from '../terminal/paint.ts';
import { toSafeLines } from '../terminal/safe-text.ts';
import { truncate, widthOf, wrapLine } from '../terminal/text-layout.ts';
import type { Words } from '../words/words.ts';
import { isSameDay, type TimeWriter } from './time-writer.ts';

/** Everything that rows depend on besides the messages. A new object means: lay everything out again. */
export interface RowContext {
  readonly columns: number;
  readonly words: Words;
  readonly language: Language;
  readonly paint: Painter;
  readonly times: TimeWriter;
  /** 0xRRGGBB for a nickname. */
  readonly colourOfName: (nickname: Nickname) => number;
}

/** What stands around a message. */
export interface Neighbours {
  readonly previous: Message | null;
  /** The first message that was unread when the conversation was opened. */
  readonly isFirstUnread: boolean;
}

/** Left of every text: time and a space on both sides. */
const GUTTER = 7;
const GROUP_MS = 5 * 60_000;
const ACTION = '/me ';
const ERROR_COLOUR = 0xff6b6b;
const WARNING_COLOUR = 0xe5b567;
/** A peer may send 61,440 line breaks; nobody reads them all, and the rest of the conversation must stay reachable. */
const MAX_LINES = 500;

interface Kept {
  readonly context: RowContext;
  readonly previous: Message | null;
  readonly isFirstUnread: boolean;
  readonly rows: readonly string[];
}
const keptRows = new WeakMap<Message, Kept>();

/** The rows of one message, from the cache when nothing around it has changed. */
export function rowsOf(message: Message, neighbours: Neighbours, context: RowContext): readonly string[] {
  const kept = keptRows.get(message);
  const { previous, isFirstUnread } = neighbours;
  if (kept?.context === context && kept.previous === previous && kept.isFirstUnread === isFirstUnread) {
    return kept.rows;
  }
  const rows = layOutMessage(message, neighbours, context);
  keptRows.set(message, { context, previous, isFirstUnread, rows });
  return rows;
}

function layOutMessage(message: Message, neighbours: Neighbours, context: RowContext): string[] {
  const { previous, isFirstUnread } = neighbours;
  const rows: string[] = [];
  const isNewDay = previous === null || !isSameDay(previous.sentMs, message.sentMs);
  if (isNewDay) rows.push(formatRule(context.times.day(message.sentMs), context, {}));
  if (isFirstUnread)
    rows.push(formatRule(context.words.chat.newMessages, context, { colour: WARNING_COLOUR }));
  if (message.missingBefore > 0) {
    rows.push(...formatRemark(`… ${context.words.chat.missing(message.missingBefore)}`, context));
  }
  const continues =
    !isNewDay && !isFirstUnread && message.missingBefore === 0 && continuesGroup(previous, message);
  return [...rows, ...formatBody(message, continues, context), ...formatFailure(message, context)];
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
    !isAction(previous) &&
    !isAction(message) &&
    message.sentMs - previous.sentMs < GROUP_MS &&
    message.sentMs >= previous.sentMs
  );
}

function formatBody(message: Message, continues: boolean, context: RowContext): string[] {
  const { paint, times } = context;
  const name = paint(message.sender, { colour: context.colourOfName(message.sender), bold: true });
  const time = ` ${paint(times.time(message.sentMs), { dim: true })} `;
  if (isAction(message)) {
    const [first = '', ...rest] = withMark(
      message,
      wrapBody(message, context, widthOf(message.sender) + 3),
      context,
    );
    return [`${time}* ${name} ${first}`, ...rest.map(indent)];
  }
  const body = withMark(message, wrapBody(message, context, 0), context).map(indent);
  return continues ? body : [`${time}${name}`, ...body];
}

/** Safe, wrapped lines; `firstIndent` columns of the first are taken. */
function wrapBody(message: Message, { columns, words, paint }: RowContext, firstIndent: number): string[] {
  const room = Math.max(1, columns - GUTTER - 3);
  if (message.body.kind === 'unsupported') return [paint(words.chat.unsupported, { dim: true })];
  const text = isAction(message) ? message.body.text.slice(ACTION.length) : message.body.text;
  const [first = '', ...rest] = toSafeLines(text.trimEnd(), MAX_LINES);
  const firstRows = wrapLine(first, Math.max(1, room - firstIndent));
  return [...firstRows, ...rest.flatMap((line) => wrapLine(line, room))];
}

/** ◌ waits here, ✓ is at the relay, ✗ failed; behind the last line of own messages. */
function withMark(message: Message, rows: readonly string[], { paint }: RowContext): string[] {
  if (message.delivery === undefined) return [...rows];
  const mark = {
    queued: paint('◌', { dim: true }),
    accepted: paint('✓', { dim: true }),
    failed: paint('✗', { colour: ERROR_COLOUR, bold: true }),
  }[message.delivery];
  return [...rows.slice(0, -1), `${rows.at(-1) ?? ''} ${mark}`];
}

function formatFailure(message: Message, context: RowContext): string[] {
  if (message.delivery !== 'failed') return [];
  const { what, advice } = describeError(message.failure ?? 'INTERNAL', context.language);
  const rows = wrapLine(`${what} ${advice}`, Math.max(1, context.columns - GUTTER - 1));
  return rows.map((row) => indent(context.paint(row, { colour: ERROR_COLOUR })));
}

function formatRemark(text: string, { columns, paint }: RowContext): string[] {
  const rows = wrapLine(text, Math.max(1, columns - GUTTER - 1));
  return rows.map((row) => indent(paint(row, { colour: WARNING_COLOUR })));
}

function indent(row: string): string {
  return ' '.repeat(GUTTER) + row;
}

function isAction({ body }: Message): boolean {
  return body.kind === 'text' && body.text.startsWith(ACTION);
}
