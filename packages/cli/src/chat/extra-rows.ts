// What stands between the messages and the line that is being written: what is wrong with the conversation and what to do,
// a question, what the program has to say, what one answers or changes, and hints. The most important first: a small window
// cuts from the end. Pure; called by compose-screen.ts.
import { matchSlashNames } from '../slash/slash-commands.ts';
import { truncate, wrapLine } from '../terminal/text-layout.ts';
import type { ChatView, OpenConversation } from './chat-view.ts';
import type { ScreenState } from './key-outcome.ts';
import { summarize } from './message-body.ts';
import type { PaneContext } from './panes.ts';
import { ERROR_COLOUR, WARNING_COLOUR } from './row-context.ts';

const LABEL_COLUMNS = 22;
/** Below this there is no room for columns. */
const NARROW_COLUMNS = 50;

export function formatExtraRows(
  view: ChatView,
  state: ScreenState,
  context: PaneContext,
  maxHintRows: number,
): string[] {
  return [
    ...formatQuestion(view, context),
    ...formatBanners(view, context),
    ...formatNotice(view, context),
    ...formatSelection(state, context),
    ...formatComposing(state, context),
    ...formatHints(state.editor.text, context, maxHintRows),
  ];
}

/** A question takes all of the attention; the keys that answer it stand below it. */
function formatQuestion({ question }: ChatView, { words, paint, columns }: PaneContext): string[] {
  if (question === null) return [];
  const rows = wrapLine(`? ${question.text}`, columns - 2);
  return [
    ...rows.map((row) => ` ${paint(row, { colour: WARNING_COLOUR, bold: true })}`),
    ` ${paint(truncate(words.chat.questionHint, columns - 2), { bold: true })}`,
  ];
}

/** A changed key, a fork, a broken or ended conversation: unmistakable, and with what to do about it. */
function formatBanners(view: ChatView, { words, paint, columns }: PaneContext): string[] {
  const { open } = view;
  if (open === null) return [];
  const alarms = [...listForks(open, words), ...listChangedKeys(open, view, words)];
  const notices = open.state === 'active' ? [] : [words.chat.banners[open.state]];
  const wrap = (text: string) => wrapLine(text, columns - 2);
  return [
    ...alarms.flatMap(wrap).map((row) => ` ${paint(row, { colour: ERROR_COLOUR, bold: true })}`),
    ...notices.flatMap(wrap).map((row) => ` ${paint(row, { colour: WARNING_COLOUR })}`),
  ];
}

function listForks({ forkSeenBy }: OpenConversation, { chat }: PaneContext['words']): string[] {
  return forkSeenBy === null ? [] : [`⚠ ${chat.banners.fork(forkSeenBy)}`];
}

function listChangedKeys(
  { members }: OpenConversation,
  { contacts }: ChatView,
  { chat }: PaneContext['words'],
): string[] {
  return members
    .map((nickname) => contacts.get(nickname))
    .filter((contact) => contact?.changedKey != null)
    .filter((contact) => contact !== undefined)
    .map(({ nickname, heldLetters }) => {
      const held = heldLetters > 0 ? ` ${chat.heldLetters(heldLetters)}` : '';
      return `⚠ ${chat.banners.keyChanged(nickname)}${held}`;
    });
}

function formatNotice({ notice }: ChatView, { paint, columns }: PaneContext): string[] {
  if (notice === null) return [];
  const { kind, text } = notice;
  const rows = wrapLine(kind === 'error' ? `✗ ${text}` : text, columns - 2);
  return rows.map((row) => ` ${paint(row, kind === 'error' ? { colour: ERROR_COLOUR } : { dim: true })}`);
}

/** What can be done with the message that is picked. */
function formatSelection(
  { selected, editor }: ScreenState,
  { words, paint, columns }: PaneContext,
): string[] {
  if (selected === null || editor.text !== '') return [];
  return wrapLine(words.chat.selectHints, columns - 2).map((row) => ` ${paint(row, { bold: true })}`);
}

/** CLI-108: what one answers is quoted in one safe line. */
function formatComposing({ composing }: ScreenState, context: PaneContext): string[] {
  if (composing === null) return [];
  const { words, paint, columns } = context;
  const { chat } = words;
  const { kind, message } = composing;
  const what =
    kind === 'edit'
      ? `✎ ${chat.editing}`
      : `↩ ${chat.replyingTo(message.sender)}: ${summarize(message, context)}`;
  const hint = ` (${chat.cancelHint})`;
  return [` ${paint(truncate(what, Math.max(8, columns - 2 - hint.length)) + hint, { dim: true })}`];
}

/** While a command is being typed: what it can become. */
function formatHints(line: string, { words, paint, columns }: PaneContext, maxRows: number): string[] {
  if (!line.startsWith('/') || line.includes('\n')) return [];
  const { slash, slashArguments } = words.chat;
  return matchSlashNames(line)
    .slice(0, maxRows)
    .map((name) => {
      const label = ` /${name} ${slashArguments[name]}`.padEnd(columns < NARROW_COLUMNS ? 0 : LABEL_COLUMNS);
      return paint(truncate(`${label} ${slash[name]}`, columns - 1), { dim: true });
    });
}
