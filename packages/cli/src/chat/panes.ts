// The parts of the screen around the messages, as painted rows: header, rule, panel, status line. Pure; put together by
// compose-screen.ts. What stands between the messages and the composer is in extra-rows.ts.
import type { Nickname } from '@sirdas/client';
import type { Painter } from '../terminal/paint.ts';
import { truncate, widthOf, wrapLine } from '../terminal/text-layout.ts';
import type { Words } from '../words/words.ts';
import type { ActivityBoard } from './activity-board.ts';
import type { ChatView, OpenConversation } from './chat-view.ts';
import { formatDuration } from './duration.ts';
import type { Panel, PanelLine } from './panel.ts';
import { WARNING_COLOUR } from './row-context.ts';

export interface PaneContext {
  readonly words: Words;
  readonly paint: Painter;
  readonly columns: number;
  readonly colourOfName: (nickname: Nickname) => number;
}

const MIN_NAME_COLUMNS = 10;
/** From here on a label stands beside its text, else above it. */
const WIDE_PANEL_COLUMNS = 60;

/** Who one is talking to, and what to know about the conversation. In a narrow window the marks stay and the rest is cut. */
export function formatHeader(open: OpenConversation | null, view: ChatView, context: PaneContext): string {
  const { paint, columns, colourOfName } = context;
  if (open === null) return ` ${paint('sırdaş', { bold: true })}`;
  const marks = listMarks(open, view, context);
  while (marks.length > 1 && sumWidths(marks) > columns - MIN_NAME_COLUMNS) marks.shift();
  const right = marks.join('  ');
  const nameColumns = columns - widthOf(right) - 3;
  const title = truncate(open.kind === 'group' ? `# ${open.title}` : open.title, nameColumns);
  const name = paint(title, {
    bold: true,
    ...(open.with === null ? {} : { colour: colourOfName(open.with) }),
  });
  const state = describeState(open, view, context);
  const hasRoom = widthOf(title) + 2 + widthOf(state) <= nameColumns;
  const left = hasRoom ? ` ${name}  ${paint(state, { dim: true })}` : ` ${name}`;
  const gap = ' '.repeat(Math.max(1, columns - widthOf(left) - widthOf(right) - 1));
  return right === '' ? left : `${left}${gap}${right}`;
}

/** The rule below the messages: who is typing, and on the right that one is not at the newest. */
export function formatRule(
  { offset, newBelow }: { readonly offset: number; readonly newBelow: number },
  activities: ActivityBoard,
  { words, paint, columns }: PaneContext,
): string {
  const typing = truncate(describeTyping(activities, words), Math.floor(columns / 2));
  const left = typing === '' ? '' : `${paint('──', { dim: true })} ${typing} `;
  if (offset === 0) return left + paint('─'.repeat(columns - widthOf(left)), { dim: true });
  const text = newBelow > 0 ? words.chat.newBelow(newBelow) : words.chat.scrolledBack;
  const caption = ` ${truncate(text, columns - 6 - widthOf(left))} `;
  const rest = Math.max(0, columns - widthOf(left) - widthOf(caption) - 2);
  const style = newBelow > 0 ? { colour: WARNING_COLOUR } : { dim: true };
  return left + paint('─'.repeat(rest), { dim: true }) + paint(caption, style) + paint('──', { dim: true });
}

export function layOutPanel(panel: Panel, context: PaneContext): string[] {
  const lines = panel.lines.flatMap((line) => layOutPanelLine(line, context));
  return ['', `  ${context.paint(truncate(panel.title, context.columns - 3), { bold: true })}`, '', ...lines];
}

/** The last line of the screen: the link, who one is, what waits, and what keys there are. */
export function formatStatus(
  view: ChatView,
  { words, paint, columns, colourOfName }: PaneContext,
  nowMs: number,
): string {
  const { chat } = words;
  const { account, entries, panel } = view;
  const unread = entries.reduce((sum, entry) => sum + entry.unread, 0);
  const link = formatLink(view, words, nowMs);
  const name = paint(account.nickname, { colour: colourOfName(account.nickname) });
  const parts = [paint(link.text, link.isGood ? { dim: true } : { colour: WARNING_COLOUR }), name];
  if (unread > 0) parts.push(paint(chat.unread(unread), { bold: true }));
  const left = ` ${parts.join('  ')}`;
  const allHints = panel === null ? chat.keyHints : `${chat.scrollPanel} · ${chat.closePanel}`;
  const hasRoom = widthOf(left) + widthOf(allHints) + 2 < columns;
  const hints = hasRoom || panel === null ? allHints : chat.closePanel;
  const room = columns - widthOf(left) - widthOf(hints) - 2;
  return room > 0 ? `${left}${' '.repeat(room + 1)}${paint(hints, { dim: true })}` : left;
}

/** Least important first: a narrow window drops them from the front. */
function listMarks(open: OpenConversation, view: ChatView, { words, paint }: PaneContext): string[] {
  const { chat } = words;
  const contact = open.with === null ? undefined : view.contacts.get(open.with);
  const marks: string[] = [];
  if (contact?.verifiedMs != null) marks.push(paint(`✓ ${chat.verifiedMark}`, { dim: true }));
  if (open.expiresAfterMs > 0)
    marks.push(paint(`◷ ${formatDuration(open.expiresAfterMs, words)}`, { dim: true }));
  if (open.protection === 'post-quantum') marks.push(paint(`◆ ${chat.postQuantumMark}`, { dim: true }));
  if (open.protection === 'forward-secret') marks.push(paint(`◇ ${chat.forwardSecretMark}`, { dim: true }));
  if (open.protection === 'classic') marks.push(paint(`⚠ ${chat.classicMark}`, { colour: WARNING_COLOUR }));
  return marks;
}

function sumWidths(marks: readonly string[]): number {
  return marks.reduce((sum, mark) => sum + widthOf(mark) + 2, 0);
}

function describeState(open: OpenConversation, view: ChatView, { words }: PaneContext): string {
  const { chat } = words;
  if (open.kind === 'group') return chat.panels.members(open.members.length);
  if (open.with === view.account.nickname) return chat.notes;
  const isOnline = view.entries.some((entry) => entry.with === open.with && entry.isOnline);
  return isOnline ? `● ${chat.onlineMark}` : `○ ${chat.offlineMark}`;
}

function describeTyping(activities: ActivityBoard, { chat }: Words): string {
  const [first] = activities;
  if (first === undefined) return '';
  if (activities.length > 3) return chat.typingMany(activities.length);
  if (activities.length === 1 && first.activity === 'recording') return chat.recording(first.from);
  return chat.typing(activities.map(({ from }) => from).join(', '), activities.length);
}

function layOutPanelLine(
  { text, style = {}, label = '', isPicture = false, isLink = false }: PanelLine,
  { paint, columns }: PaneContext,
): string[] {
  if (isLink) return wrapLine(text, columns);
  if (isPicture) return [`  ${text}`];
  if (label.trim() !== '' && columns < WIDE_PANEL_COLUMNS) {
    const below = wrapLine(text, Math.max(8, columns - 7)).map((row) => `      ${paint(row, style)}`);
    return [`  ${truncate(label.trimEnd(), columns - 3)}`, ...below];
  }
  const [first = '', ...rest] = wrapLine(text, Math.max(8, columns - 3 - label.length));
  const beside = rest.map((row) => `  ${' '.repeat(label.length)}${paint(row, style)}`);
  return [`  ${label}${paint(first, style)}`, ...beside];
}

function formatLink({ link }: ChatView, { chat }: Words, nowMs: number): { text: string; isGood: boolean } {
  switch (link.state) {
    case 'online':
      return { text: `● ${chat.onlineState}`, isGood: true };
    case 'connecting':
      return { text: `◌ ${chat.connecting}`, isGood: link.attempt <= 1 };
    case 'offline': {
      if (link.retryAtMs === null) return { text: `○ ${chat.offline}`, isGood: false };
      const seconds = Math.max(1, Math.ceil((link.retryAtMs - nowMs) / 1000));
      return { text: `○ ${chat.offlineRetry(seconds)}`, isGood: false };
    }
  }
}
