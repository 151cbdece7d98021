// What a person wrote, as rows: the quote of what it answers, the text, the marks behind it (delivery, read, edited, how long
// it stays), the reactions below. Everything of a peer passes the gate here. Pure; called by message-rows.ts.
import { describeError, type Message, type Nickname } from '@sirdas/client';
import { toSafeLine, toSafeLines, toSafeReaction } from '../terminal/safe-text.ts';
import { truncate, widthOf, wrapLine } from '../terminal/text-layout.ts';
import { ERROR_COLOUR, GUTTER, indent, isAction, type RowContext, textOf } from './row-context.ts';

/** A peer may send 61,440 line breaks; nobody reads them all, and the rest of the conversation must stay reachable. */
const MAX_LINES = 500;
const MAX_REACTION_ROWS = 2;
const MAX_NAMES_PER_REACTION = 3;

/** `continues`: under the heading of the message before. */
export function formatBody(
  message: Message,
  continues: boolean,
  quoted: Message | null,
  context: RowContext,
): string[] {
  const { paint, times } = context;
  const time = ` ${paint(times.time(message.sentMs), { dim: true })} `;
  const name = paint(message.sender, { colour: context.colourOfName(message.sender), bold: true });
  const isEmote = isAction(message);
  const text = withMarks(
    message,
    wrapBody(message, context, isEmote ? widthOf(message.sender) + 3 : 0),
    context,
  );
  const quote = formatQuote(message, quoted, context);
  const below = [...formatReactions(message, context), ...formatFailure(message, context)];
  if (isEmote) {
    const [first = '', ...rest] = text;
    return [...quote, `${time}* ${name} ${first}`, ...rest.map(indent), ...below];
  }
  const heading = continues ? [] : [`${time}${name}`];
  return [...heading, ...quote, ...text.map(indent), ...below];
}

/** CLI-108: one line of what a message was, for a quote or the line above the composer; safe, not cut. */
export function summarize(message: Message, { words }: Pick<RowContext, 'words'>): string {
  const { chat } = words;
  if (message.body.kind === 'deleted') return chat.deleted;
  if (message.body.kind !== 'text') return chat.unsupported;
  return toSafeLine(textOf(message).slice(0, MAX_QUOTED_LENGTH)).trim();
}

/** More than a line of any terminal. */
const MAX_QUOTED_LENGTH = 600;

function formatQuote(message: Message, quoted: Message | null, context: RowContext): string[] {
  if (message.body.kind !== 'text' || message.body.replyTo === null) return [];
  const { paint, columns, words } = context;
  const { sender } = message.body.replyTo;
  const text = quoted === null ? words.chat.quoteMissing : summarize(quoted, context);
  const room = Math.max(1, columns - GUTTER - 1);
  return [indent(paint(truncate(`│ ${sender}: ${text}`, room), { dim: true }))];
}

/** Safe, wrapped lines; `firstIndent` columns of the first are taken. */
function wrapBody(message: Message, { columns, words, paint }: RowContext, firstIndent: number): string[] {
  const room = Math.max(1, columns - GUTTER - 3);
  const { kind } = message.body;
  if (kind === 'deleted') return [paint(`✕ ${words.chat.deleted}`, { dim: true })];
  if (kind !== 'text') return wrapLine(words.chat.unsupported, room).map((row) => paint(row, { dim: true }));
  const [first = '', ...rest] = toSafeLines(textOf(message).trimEnd(), MAX_LINES);
  const firstRows = wrapLine(first, Math.max(1, room - firstIndent));
  return [...firstRows, ...rest.flatMap((line) => wrapLine(line, room))];
}

/** Behind the last row where there is room, else in a row of their own. */
function withMarks(message: Message, rows: readonly string[], context: RowContext): string[] {
  const marks = listMarks(message, context).join(' ');
  if (marks === '') return [...rows];
  const last = rows.at(-1) ?? '';
  const fits = widthOf(last) + 1 + widthOf(marks) <= context.columns - GUTTER - 1;
  return fits ? [...rows.slice(0, -1), `${last} ${marks}`] : [...rows, marks];
}

function listMarks(message: Message, context: RowContext): string[] {
  const { paint, words, times } = context;
  const isGone = message.body.kind === 'deleted';
  const marks: string[] = [];
  if (message.editedMs !== null && !isGone) marks.push(paint(`(${words.chat.edited})`, { dim: true }));
  if (message.expiresMs !== null && !isGone)
    marks.push(paint(`◷ ${times.remaining(message.expiresMs)}`, { dim: true }));
  else if (message.expiresMs === null && message.expiresAfterMs > 0 && !isGone)
    marks.push(paint('◷', { dim: true }));
  const delivery = markDelivery(message, context);
  return delivery === '' ? marks : [...marks, delivery];
}

/** ◌ waits here, ✓ is at the relay, ✓✓ has arrived, ✗ failed; only on own messages. */
function markDelivery(message: Message, context: RowContext): string {
  const { paint } = context;
  if (message.delivery === undefined) return '';
  return {
    queued: paint('◌', { dim: true }),
    accepted: paint(markReceipts(message, context), { dim: true }),
    failed: paint('✗', { colour: ERROR_COLOUR, bold: true }),
  }[message.delivery];
}

/** In a group with numbers: how many of how many. */
function markReceipts({ deliveredTo, readBy }: Message, { words, isGroup, recipients }: RowContext): string {
  const { read } = words.chat;
  // Who has left since counts all the same.
  const all = Math.max(recipients, deliveredTo.length, readBy.length);
  if (readBy.length > 0)
    return readBy.length === all || !isGroup ? `✓✓ ${read}` : `✓✓ ${read} ${readBy.length}/${all}`;
  if (deliveredTo.length === 0) return '✓';
  return deliveredTo.length === all || !isGroup ? '✓✓' : `✓✓ ${deliveredTo.length}/${all}`;
}

/** `👍 ayşe, can  ❤️ mehmet`. CLI-107, CLI-109: however many there are, they take two rows at most. */
function formatReactions({ reactions }: Message, { columns, paint }: RowContext): string[] {
  const namesByEmoji = new Map<string, Nickname[]>();
  for (const { emoji, from } of reactions) {
    const safe = toSafeReaction(emoji);
    namesByEmoji.set(safe, [...(namesByEmoji.get(safe) ?? []), from]);
  }
  const parts = [...namesByEmoji].map(([emoji, names]) =>
    names.length > MAX_NAMES_PER_REACTION ? `${emoji} ${names.length}` : `${emoji} ${names.join(', ')}`,
  );
  if (parts.length === 0) return [];
  const rows = wrapLine(parts.join('  '), Math.max(1, columns - GUTTER - 3));
  const shown = rows.slice(0, MAX_REACTION_ROWS);
  const isCut = shown.length < rows.length;
  return shown.map((row, index) =>
    indent(paint(isCut && index === shown.length - 1 ? `${row} …` : row, { dim: true })),
  );
}

function formatFailure(message: Message, { columns, language, paint }: RowContext): string[] {
  if (message.delivery !== 'failed') return [];
  const { what, advice } = describeError(message.failure ?? 'INTERNAL', language);
  const rows = wrapLine(`${what} ${advice}`, Math.max(1, columns - GUTTER - 1));
  return rows.map((row) => indent(paint(row, { colour: ERROR_COLOUR })));
}
