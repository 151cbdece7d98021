// The list on the left: conversations and who else is online. ● is online, ○ is not, # is a group; a number is unread
// messages, ✎ a text that was begun, … somebody typing, ! something wrong; ▸ is the open conversation, and the one being
// chosen is inverted: colour alone never says anything.
import type { ConversationId, Nickname } from '@sirdas/client';
import type { Painter } from '../terminal/paint.ts';
import { padToWidth, truncate, widthOf } from '../terminal/text-layout.ts';
import type { Words } from '../words/words.ts';
import type { ListEntry } from './conversation-list.ts';
import { ERROR_COLOUR } from './row-context.ts';

export interface SidebarProps {
  readonly entries: readonly ListEntry[];
  readonly open: ConversationId | null;
  readonly choosing: ConversationId | null;
  /** Conversations with a text that was begun. */
  readonly drafts: ReadonlySet<ConversationId>;
  /** Conversations where somebody is typing. */
  readonly typing: ReadonlySet<ConversationId>;
  readonly columns: number;
  readonly rows: number;
  readonly words: Words;
  readonly paint: Painter;
  readonly colourOfName: (nickname: Nickname) => number;
}

const MAX_UNREAD = 99;

/** Exactly `rows` rows of `columns`, with an edge on the right. */
export function formatSidebar(props: SidebarProps): string[] {
  const { columns, rows, paint } = props;
  const lines = listLines(props);
  const edge = paint('│', { dim: true });
  return Array.from({ length: rows }, (_, row) => `${lines[row] ?? ' '.repeat(columns - 1)}${edge}`);
}

/** Lines of `columns - 1`, moved so that the chosen or open entry is visible. */
function listLines(props: SidebarProps): string[] {
  const { entries, words, paint, columns, rows, open, choosing } = props;
  const conversations = entries.filter(({ hasConversation }) => hasConversation);
  const others = entries.filter(({ hasConversation }) => !hasConversation);
  const heading = (text: string) => paint(padToWidth(` ${text}`, columns - 1), { dim: true });
  const lines: string[] = [];
  let focus = 0;
  const add = (listed: readonly ListEntry[]) => {
    for (const entry of listed) {
      if (entry.id === (choosing ?? open)) focus = lines.length;
      lines.push(formatEntry(entry, props));
    }
  };
  if (conversations.length > 0) lines.push(heading(words.chat.conversations));
  add(conversations);
  if (conversations.length > 0) lines.push(' '.repeat(columns - 1));
  lines.push(heading(words.chat.online));
  if (others.length === 0) lines.push(heading(`  ${words.chat.nobodyOnline}`));
  add(others);
  const top = Math.max(0, Math.min(focus - Math.floor(rows / 2), lines.length - rows));
  return lines.slice(top, top + rows);
}

function formatEntry(entry: ListEntry, props: SidebarProps): string {
  const { open, choosing, columns, paint, words } = props;
  const { id, title, unread, isSelf } = entry;
  const tail = listTail(entry, props);
  const label = isSelf ? `${title} ${words.names.you}` : title;
  const name = truncate(label, columns - 6 - widthOf(tail.plain));
  const gap = ' '.repeat(Math.max(0, columns - 6 - widthOf(tail.plain) - widthOf(name)));
  const marker = id === open ? '▸' : ' ';
  const style = { ...styleOf(entry, props), bold: unread > 0 };
  if (id === choosing)
    return paint(` ${marker} ${signOf(entry)} ${name}${gap}${tail.plain}`, { ...style, inverse: true });
  return ` ${marker} ${paint(`${signOf(entry)} ${name}`, style)}${gap}${tail.painted}`;
}

function signOf({ kind, isOnline, isSelf }: ListEntry): string {
  if (kind === 'group') return '#';
  return isOnline || isSelf ? '●' : '○';
}

function styleOf({ with: nickname }: ListEntry, { colourOfName }: SidebarProps): { colour?: number } {
  return nickname === null ? {} : { colour: colourOfName(nickname) };
}

/** Behind the name, and a space. */
function listTail(
  { id, unread, needsAttention }: ListEntry,
  { drafts, typing, open, paint }: SidebarProps,
): { plain: string; painted: string } {
  const count = unread > MAX_UNREAD ? `${MAX_UNREAD}+` : `${unread}`;
  const signs = [
    ...(typing.has(id) ? [{ text: '…', style: { bold: true } }] : []),
    ...(drafts.has(id) && id !== open ? [{ text: '✎', style: { dim: true } }] : []),
    ...(needsAttention ? [{ text: '!', style: { colour: ERROR_COLOUR, bold: true } }] : []),
    ...(unread > 0 ? [{ text: ` ${count} `, style: { bold: true, inverse: true } }] : []),
  ];
  if (signs.length === 0) return { plain: ' ', painted: ' ' };
  const end = unread > 0 ? '' : ' ';
  return {
    plain: ` ${signs.map(({ text }) => text).join('')}${end}`,
    painted: ` ${signs.map(({ text, style }) => paint(text, style)).join('')}${end}`,
  };
}
