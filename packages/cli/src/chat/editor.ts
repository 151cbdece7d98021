// What the person is writing: a text and a cursor in it, as a value, and the operations of a line editor (the keys of
// readline). The cursor stands between graphemes, so that an emoji or a letter with its accent is one step.
// Used by the composer of the full-screen program; pure.
import { cautiousWidthOf, splitGraphemes, widthOf } from '../terminal/text-layout.ts';

export interface EditorState {
  readonly text: string;
  /** Index into `text`, always between two graphemes. */
  readonly cursor: number;
}

export const EMPTY_EDITOR: EditorState = { text: '', cursor: 0 };

export function editText(text: string): EditorState {
  return { text, cursor: text.length };
}

export function insert({ text, cursor }: EditorState, inserted: string): EditorState {
  return { text: text.slice(0, cursor) + inserted + text.slice(cursor), cursor: cursor + inserted.length };
}

export function deleteBackward(state: EditorState): EditorState {
  return deleteBetween(state, graphemeBefore(state), state.cursor);
}

export function deleteForward(state: EditorState): EditorState {
  return deleteBetween(state, state.cursor, graphemeAfter(state));
}

export function deleteWordBackward(state: EditorState): EditorState {
  return deleteBetween(state, wordBefore(state), state.cursor);
}

export function deleteToLineStart(state: EditorState): EditorState {
  return deleteBetween(state, lineStart(state), state.cursor);
}

export function deleteToLineEnd(state: EditorState): EditorState {
  return deleteBetween(state, state.cursor, lineEnd(state));
}

export function moveLeft(state: EditorState): EditorState {
  return { ...state, cursor: graphemeBefore(state) };
}

export function moveRight(state: EditorState): EditorState {
  return { ...state, cursor: graphemeAfter(state) };
}

export function moveWordLeft(state: EditorState): EditorState {
  return { ...state, cursor: wordBefore(state) };
}

export function moveWordRight(state: EditorState): EditorState {
  const word = /^\s*\S+/.exec(state.text.slice(state.cursor))?.[0] ?? '';
  return { ...state, cursor: state.cursor + word.length };
}

export function moveToLineStart(state: EditorState): EditorState {
  return { ...state, cursor: lineStart(state) };
}

export function moveToLineEnd(state: EditorState): EditorState {
  return { ...state, cursor: lineEnd(state) };
}

/** The line above or below at about the same column; null when there is none (then the history is meant). */
export function moveVertically(state: EditorState, direction: -1 | 1): EditorState | null {
  const start = lineStart(state);
  const column = splitGraphemes(state.text.slice(start, state.cursor)).length;
  const target = direction === -1 ? start - 1 : lineEnd(state) + 1;
  if (target < 0 || target > state.text.length) return null;
  const targetStart = lineStart({ ...state, cursor: target });
  const line = state.text.slice(targetStart, lineEnd({ ...state, cursor: target }));
  return { ...state, cursor: targetStart + splitGraphemes(line).slice(0, column).join('').length };
}

/**
 * Rows as shown in `columns`, and where the cursor is in them. A row breaks wherever it is full, as one types; breaks are
 * placed for the terminal that needs most room, the cursor where a modern one shows it.
 */
export interface EditorLayout {
  readonly rows: readonly string[];
  readonly cursorRow: number;
  readonly cursorColumn: number;
}

export function layOutEditor({ text, cursor }: EditorState, columns: number): EditorLayout {
  const rows: string[] = [];
  let position = { row: 0, column: 0 };
  let offset = 0;
  for (const line of text.split('\n')) {
    let row = '';
    let room = columns;
    for (const grapheme of splitGraphemes(line)) {
      const width = cautiousWidthOf(grapheme);
      if (width >= room) {
        rows.push(row);
        row = '';
        room = columns;
      }
      if (offset === cursor) position = { row: rows.length, column: widthOf(row) };
      row += grapheme;
      room -= width;
      offset += grapheme.length;
    }
    if (offset === cursor) position = { row: rows.length, column: widthOf(row) };
    rows.push(row);
    offset += 1;
  }
  return { rows, cursorRow: position.row, cursorColumn: position.column };
}

function deleteBetween({ text }: EditorState, from: number, to: number): EditorState {
  return { text: text.slice(0, from) + text.slice(to), cursor: from };
}

function graphemeBefore({ text, cursor }: EditorState): number {
  return cursor - (splitGraphemes(text.slice(0, cursor)).at(-1)?.length ?? 0);
}

function graphemeAfter({ text, cursor }: EditorState): number {
  return cursor + (splitGraphemes(text.slice(cursor))[0]?.length ?? 0);
}

function wordBefore({ text, cursor }: EditorState): number {
  const word = /\S+\s*$/.exec(text.slice(0, cursor))?.[0] ?? text.slice(0, cursor);
  return cursor - word.length;
}

function lineStart({ text, cursor }: EditorState): number {
  return cursor === 0 ? 0 : text.lastIndexOf('\n', cursor - 1) + 1;
}

function lineEnd({ text, cursor }: EditorState): number {
  const end = text.indexOf('\n', cursor);
  return end === -1 ? text.length : end;
}
