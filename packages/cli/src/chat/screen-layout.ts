// How the window is divided: the list on the left when there is room, the conversation beside it, what one writes and
// the status line below. Pure; measured in columns and rows.

export const MIN_COLUMNS = 34;
export const MIN_ROWS = 10;
/** From this width on the list is shown without being asked for. */
const WIDE_COLUMNS = 72;
const MAX_COMPOSER_ROWS = 6;
/** Header and rule above, rule and status line below. */
const FRAME_ROWS = 4;

export interface ScreenLayout {
  readonly columns: number;
  readonly rows: number;
  /** 0: hidden. The whole width in a narrow window where it was asked for. */
  readonly sidebarColumns: number;
  /** 0: covered by the list. */
  readonly mainColumns: number;
}

export function layOutScreen(columns: number, rows: number, isSidebarToggled: boolean): ScreenLayout {
  const isWide = columns >= WIDE_COLUMNS;
  const hasSidebar = isWide !== isSidebarToggled;
  if (!hasSidebar) return layOutAlone(columns, rows);
  if (!isWide) return { columns, rows, sidebarColumns: columns, mainColumns: 0 };
  const sidebarColumns = Math.min(28, Math.floor(columns * 0.28));
  return { columns, rows, sidebarColumns, mainColumns: columns - sidebarColumns };
}

/** The conversation side has the whole window. */
export function layOutAlone(columns: number, rows: number): ScreenLayout {
  return { columns, rows, sidebarColumns: 0, mainColumns: columns };
}

export function isTooSmall(columns: number, rows: number): boolean {
  return columns < MIN_COLUMNS || rows < MIN_ROWS;
}

/** At most a third of the window, at least one row. */
export function countComposerRows(wanted: number, rows: number): number {
  return Math.max(1, Math.min(wanted, MAX_COMPOSER_ROWS, Math.floor(rows / 3)));
}

/** For banner, notice and hints: half of the window, and two rows of messages stay. */
export function countExtraRows(rows: number, composerRows: number): number {
  return Math.max(0, Math.min(Math.floor(rows / 2), rows - FRAME_ROWS - composerRows - 2));
}

/** What is left for messages. */
export function countPaneRows(rows: number, composerRows: number, extraRows: number): number {
  return Math.max(1, rows - FRAME_ROWS - composerRows - extraRows);
}
