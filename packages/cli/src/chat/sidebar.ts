// The list on the left: conversations and who else is online. ● is online, ○ is not; a number is unread messages; ▸ is
// the open conversation, and the one being chosen is inverted: colour alone never says anything.
import type { Nickname } from '@sirdas/client';
import type { Painter } from '../terminal/paint.ts';
import { padToWidth, truncate, widthOf } from '../terminal/text-layout.ts';
import type { Words } from '../words/words.ts';
import type { PersonEntry } from './people.ts';

export interface SidebarProps {
  readonly people: readonly PersonEntry[];
  readonly open: Nickname | null;
  readonly choosing: Nickname | null;
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
  const { people, words, paint, columns, rows, open, choosing } = props;
  const conversations = people.filter(({ hasConversation }) => hasConversation);
  const others = people.filter(({ hasConversation }) => !hasConversation);
  const heading = (text: string) => paint(padToWidth(` ${text}`, columns - 1), { dim: true });
  const lines: string[] = [];
  let focus = 0;
  const add = (entries: readonly PersonEntry[]) => {
    for (const entry of entries) {
      if (entry.nickname === (choosing ?? open)) focus = lines.length;
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

function formatEntry(entry: PersonEntry, props: SidebarProps): string {
  const { open, choosing, columns, paint, colourOfName, words } = props;
  const { nickname, isOnline, unread, isSelf } = entry;
  const count = unread > 0 ? ` ${unread > MAX_UNREAD ? `${MAX_UNREAD}+` : unread} ` : ' ';
  const label = isSelf ? `${nickname} ${words.names.you}` : nickname;
  const name = truncate(label, columns - 6 - widthOf(count));
  const gap = ' '.repeat(Math.max(0, columns - 6 - widthOf(count) - widthOf(name)));
  const marker = nickname === open ? '▸' : ' ';
  const dot = isOnline || isSelf ? '●' : '○';
  const style = { colour: colourOfName(nickname), bold: unread > 0 };
  if (nickname === choosing)
    return paint(` ${marker} ${dot} ${name}${gap}${count}`, { ...style, inverse: true });
  const painted = paint(`${dot} ${name}`, style);
  return ` ${marker} ${painted}${gap}${unread > 0 ? paint(count, { bold: true, inverse: true }) : count}`;
}
