// The parts of the screen around the messages, as painted rows: header, rule, panel, banner, notices and hints, status
// line. Pure; put together by compose-screen.ts.
import type { Nickname } from '@sirdas/client';
import type { Painter } from '../terminal/paint.ts';
import { truncate, widthOf, wrapLine } from '../terminal/text-layout.ts';
import type { Words } from '../words/words.ts';
import type { ChatView, OpenConversation } from './chat-model.ts';
import type { Panel } from './panel.ts';
import { matchSlashNames } from './slash-commands.ts';

const WARNING_COLOUR = 0xe5b567;
const ERROR_COLOUR = 0xff6b6b;

/** Who one is talking to, and what to know about the conversation. */
export function formatHeader(
  open: OpenConversation | null,
  view: ChatView,
  { words, paint, columns, colourOfName }: PaneContext,
): string {
  if (open === null) return ` ${paint('sırdaş', { bold: true })}`;
  const { chat } = words;
  const isSelf = open.with === view.account.nickname;
  const isOnline = view.people.some(({ nickname, isOnline }) => nickname === open.with && isOnline);
  const state = isSelf
    ? chat.notes
    : `${isOnline ? '●' : '○'} ${isOnline ? chat.onlineMark : chat.offlineMark}`;
  const marks = [
    open.contact?.verifiedMs != null ? paint(`✓ ${chat.verifiedMark}`, { dim: true }) : null,
    open.forwardSecret ? null : paint(`⚠ ${chat.classicMark}`, { colour: WARNING_COLOUR }),
  ].filter((mark) => mark !== null);
  const right = marks.join('  ');
  const name = paint(open.with, { bold: true, colour: colourOfName(open.with) });
  const left = ` ${name}  ${paint(state, { dim: true })}`;
  const room = columns - widthOf(left) - widthOf(right) - 1;
  return room > 0 ? `${left}${' '.repeat(room)}${right}` : left;
}

export interface PaneContext {
  readonly words: Words;
  readonly paint: Painter;
  readonly columns: number;
  readonly colourOfName: (nickname: Nickname) => number;
}

/** The rule below the messages: says when one is not at the newest. */
export function formatRule(offset: number, newBelow: number, { words, paint, columns }: PaneContext): string {
  if (offset === 0) return paint('─'.repeat(columns), { dim: true });
  const text = newBelow > 0 ? words.chat.newBelow(newBelow) : words.chat.scrolledBack;
  const caption = ` ${truncate(text, columns - 6)} `;
  const rest = Math.max(0, columns - widthOf(caption) - 2);
  const style = newBelow > 0 ? { colour: WARNING_COLOUR } : { dim: true };
  return paint('─'.repeat(rest), { dim: true }) + paint(caption, style) + paint('──', { dim: true });
}

/** A changed key and what to do about it; above everything else that is said. */
export function formatBanner(
  open: OpenConversation | null,
  { words, paint, columns }: PaneContext,
): string[] {
  const contact = open?.contact;
  if (contact?.changedKey == null) return [];
  const held = contact.heldLetters > 0 ? ` ${words.chat.heldLetters(contact.heldLetters)}` : '';
  const rows = wrapLine(`⚠ ${words.chat.keyChanged(contact.nickname)}${held}`, columns - 2);
  return rows.map((row) => ` ${paint(row, { colour: WARNING_COLOUR, bold: true })}`);
}

export function formatNotice(view: ChatView, { paint, columns }: PaneContext): string[] {
  if (view.notice === null) return [];
  const { kind, text } = view.notice;
  const rows = wrapLine(kind === 'error' ? `✗ ${text}` : text, columns - 2);
  return rows.map((row) => ` ${paint(row, kind === 'error' ? { colour: ERROR_COLOUR } : { dim: true })}`);
}

/** While a command is being typed: what it can become. */
export function formatHints(line: string, { words, paint, columns }: PaneContext, maxRows: number): string[] {
  if (!line.startsWith('/') || line.includes('\n')) return [];
  const { slash, slashArguments } = words.chat;
  return matchSlashNames(line)
    .slice(0, maxRows)
    .map((name) => {
      const label = ` /${name} ${slashArguments[name]}`.padEnd(22);
      return paint(truncate(`${label} ${slash[name]}`, columns - 1), { dim: true });
    });
}

export function layOutPanel(panel: Panel, { paint, columns }: PaneContext): string[] {
  const lines = panel.lines.flatMap(({ text, style = {}, label = '', isPicture = false, isLink = false }) => {
    if (isLink) return wrapLine(text, columns);
    if (isPicture) return [`  ${text}`];
    const [first = '', ...rest] = wrapLine(text, Math.max(8, columns - 3 - label.length));
    const beside = rest.map((row) => `  ${' '.repeat(label.length)}${paint(row, style)}`);
    return [`  ${label}${paint(first, style)}`, ...beside];
  });
  return ['', `  ${paint(panel.title, { bold: true })}`, '', ...lines];
}

/** The last line of the screen: the link, who one is, what waits, and what keys there are. */
export function formatStatus(
  view: ChatView,
  { words, paint, columns, colourOfName }: PaneContext,
  nowMs: number,
): string {
  const { chat } = words;
  const { account, people, panel } = view;
  const unread = people.reduce((sum, entry) => sum + entry.unread, 0);
  const link = formatLink(view, words, nowMs);
  const name = paint(account.nickname, { colour: colourOfName(account.nickname) });
  const parts = [paint(link.text, link.isGood ? { dim: true } : { colour: WARNING_COLOUR }), name];
  if (unread > 0) parts.push(paint(chat.unread(unread), { bold: true }));
  const left = ` ${parts.join('  ')}`;
  const hints = panel === null ? chat.keyHints : `${chat.scrollPanel} · ${chat.closePanel}`;
  const room = columns - widthOf(left) - widthOf(hints) - 2;
  return room > 0 ? `${left}${' '.repeat(room + 1)}${paint(hints, { dim: true })}` : left;
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
