// Puts the screen together: from the model's view, the state of the screen and the size of the window to painted rows
// and the place of the cursor. Pure, and called for every frame; chat-screen.tsx hands the result to Ink.
import { wrapLine } from '../terminal/text-layout.ts';
import { activitiesIn } from './activity-board.ts';
import type { ChatView } from './chat-view.ts';
import { layOutEditor } from './editor.ts';
import { formatExtraRows } from './extra-rows.ts';
import type { ScreenState, Scroll } from './key-outcome.ts';
import { formatHeader, formatRule, formatStatus, layOutPanel, type PaneContext } from './panes.ts';
import type { RowContext } from './row-context.ts';
import {
  countComposerRows,
  countExtraRows,
  countPaneRows,
  isTooSmall,
  layOutAlone,
  layOutScreen,
  MIN_COLUMNS,
  MIN_ROWS,
} from './screen-layout.ts';
import { countRowsFrom, type LoadedMessages, selectRows } from './scrollback.ts';
import { formatSidebar } from './sidebar.ts';

export interface ScreenInput {
  readonly view: ChatView;
  readonly state: ScreenState;
  readonly columns: number;
  readonly rows: number;
  /** For the width of the conversation; the same object as long as nothing in it changes. */
  readonly rowContext: (columns: number) => RowContext;
  readonly nowMs: number;
}

export interface Screen {
  /** As wide as the window, or empty. */
  readonly sidebar: readonly string[];
  readonly sidebarColumns: number;
  readonly main: readonly string[];
  readonly mainColumns: number;
  readonly status: string;
  readonly cursor: { readonly x: number; readonly y: number } | null;
  /** For the next key. */
  readonly scroll: Scroll;
  readonly pageRows: number;
  readonly wantsOlder: boolean;
}

const PROMPT = ' › ';
const MAX_HINT_ROWS = 12;

export function composeScreen(input: ScreenInput): Screen {
  const { view, state, columns, rows } = input;
  const hasLink = view.panel?.lines.some(({ isLink }) => isLink) ?? false;
  const layout = hasLink ? layOutAlone(columns, rows) : layOutScreen(columns, rows, state.isSidebarToggled);
  const context = input.rowContext(Math.max(MIN_COLUMNS, layout.mainColumns));
  if (isTooSmall(columns, rows)) return composeTooSmall(input, context);
  const sidebar = layout.sidebarColumns === 0 ? [] : composeSidebar(input, context, layout.sidebarColumns);
  const main = composeMain(input, context);
  const status = formatStatus(view, { ...context, columns }, input.nowMs);
  const cursor =
    layout.mainColumns === 0 || state.choosing !== null
      ? null
      : { x: layout.sidebarColumns + main.cursor.x, y: main.cursor.y };
  return {
    ...main,
    main: layout.mainColumns === 0 ? [] : main.rows,
    sidebar,
    sidebarColumns: layout.sidebarColumns,
    mainColumns: layout.mainColumns,
    status,
    cursor,
  };
}

function composeSidebar({ view, state, rows, nowMs }: ScreenInput, context: RowContext, columns: number) {
  const typing = view.activities.filter(({ untilMs }) => untilMs > nowMs);
  return formatSidebar({
    ...context,
    entries: view.entries,
    open: view.open?.id ?? null,
    choosing: state.choosing,
    drafts: new Set(state.drafts.keys()),
    typing: new Set(typing.map(({ conversation }) => conversation)),
    columns,
    rows: rows - 1,
  });
}

function composeMain(input: ScreenInput, context: RowContext) {
  const { view, state, rows, nowMs } = input;
  const { columns, paint } = context;
  const activities = view.open === null ? [] : activitiesIn(view.activities, view.open.id, nowMs);
  const editor = layOutEditor(state.editor, columns - PROMPT.length);
  const composerRows = countComposerRows(editor.rows.length, rows);
  const firstRow = Math.max(
    0,
    Math.min(editor.cursorRow - composerRows + 1, editor.rows.length - composerRows),
  );
  const composer = editor.rows.slice(firstRow, firstRow + composerRows).map((row, index) => {
    const prompt = firstRow + index === 0 ? paint(PROMPT, { dim: true }) : ' '.repeat(PROMPT.length);
    return prompt + (state.editor.text === '' ? paint(placeholder(view, context), { dim: true }) : row);
  });
  const maxHintRows = Math.min(MAX_HINT_ROWS, Math.floor(rows / 3));
  const extra = formatExtraRows(view, state, context, maxHintRows).slice(
    0,
    countExtraRows(rows, composerRows),
  );
  const pageRows = countPaneRows(rows, composerRows, extra.length);
  const pane =
    view.panel === null ? composeMessages(input, context, pageRows) : composePanel(input, context, pageRows);
  return {
    ...pane,
    pageRows,
    rows: [
      formatHeader(view.open, view, context),
      paint('─'.repeat(columns), { dim: true }),
      ...pane.rows,
      ...extra,
      formatRule(pane, activities, context),
      ...composer,
    ],
    cursor: {
      x: PROMPT.length + editor.cursorColumn,
      y: 3 + pageRows + extra.length + editor.cursorRow - firstRow,
    },
  };
}

interface Pane {
  readonly rows: readonly string[];
  readonly offset: number;
  readonly newBelow: number;
  readonly scroll: Scroll;
  readonly wantsOlder: boolean;
}

function composeMessages({ view, state }: ScreenInput, context: RowContext, height: number): Pane {
  const { open } = view;
  if (open === null) return fillPane(welcome(context), height, state.scroll);
  const { loaded } = open;
  const firstNew = findFirstNew(loaded, state.scroll);
  const offset =
    state.scroll.offset === 0 ? 0 : state.scroll.offset + countRowsFrom(loaded, firstNew, context);
  const intro = wrapLine(introduce(view, context), context.columns - 2).map(
    (row) => ` ${context.paint(row, { dim: true })}`,
  );
  const visible = selectRows(loaded, context, { height, offset, intro, selected: state.selected });
  const blank = Array.from({ length: height - visible.rows.length }, () => '');
  return {
    rows: [...blank, ...visible.rows],
    offset: visible.offset,
    newBelow: visible.offset === 0 ? 0 : loaded.messages.length - firstNew,
    scroll: { offset: visible.offset, newest: loaded.messages.at(-1)?.position ?? null },
    wantsOlder: visible.isAtTop && loaded.hasOlder,
  };
}

function composePanel({ view, state }: ScreenInput, context: RowContext, height: number): Pane {
  const lines = view.panel === null ? [] : layOutPanel(view.panel, context);
  const top = Math.max(0, Math.min(state.panelOffset, lines.length - height));
  return fillPane(lines.slice(top, top + height), height, state.scroll);
}

function fillPane(rows: readonly string[], height: number, scroll: Scroll): Pane {
  const shown = rows.slice(0, height);
  const blank = Array.from({ length: height - shown.length }, () => '');
  return { rows: [...shown, ...blank], offset: 0, newBelow: 0, scroll, wantsOlder: false };
}

/** Index of the first message that came since the person scrolled up. */
function findFirstNew({ messages }: LoadedMessages, { newest }: Scroll): number {
  if (newest === null) return messages.length;
  let index = messages.length;
  while (index > 0 && (messages[index - 1]?.position ?? 0) > newest) index--;
  return index;
}

function introduce(view: ChatView, { words }: PaneContext): string {
  const { open, account } = view;
  if (open?.kind === 'group') return words.chat.groupBeginning(open.title);
  const name = open?.with ?? '';
  return name === account.nickname ? words.chat.notesBeginning : words.chat.beginning(name);
}

function welcome({ words, paint, columns }: PaneContext): string[] {
  const text = wrapLine(words.chat.welcome, columns - 4).map((row) => `  ${paint(row, { dim: true })}`);
  return ['', `  ${paint(words.chat.welcomeTitle, { bold: true })}`, '', ...text];
}

function placeholder(view: ChatView, { words, columns }: PaneContext): string {
  const text = inviteToWrite(view.open, words.chat);
  return wrapLine(text, columns - PROMPT.length - 1)[0] ?? '';
}

function inviteToWrite(open: ChatView['open'], chat: PaneContext['words']['chat']): string {
  if (open === null) return chat.placeholderNobody;
  if (open.state === 'left' || open.state === 'removed') return chat.placeholderOver;
  return open.kind === 'group' ? chat.placeholderGroup(open.title) : chat.placeholder(open.title);
}

function composeTooSmall({ columns, rows, state }: ScreenInput, { words }: PaneContext): Screen {
  const text = wrapLine(words.chat.tooSmall(MIN_COLUMNS, MIN_ROWS), Math.max(1, columns - 1)).slice(
    0,
    Math.max(1, rows - 1),
  );
  return {
    sidebar: [],
    sidebarColumns: 0,
    main: text,
    mainColumns: columns,
    status: '',
    cursor: null,
    scroll: state.scroll,
    pageRows: 1,
    wantsOlder: false,
  };
}
