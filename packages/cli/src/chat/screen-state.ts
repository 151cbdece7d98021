// What the person is doing on the screen: writing, choosing somebody, scrolling; and what each key changes. Pure:
// `pressKey` gives the next state and at most one action for chat-screen.tsx to carry out.
import type { Nickname } from '@sirdas/client';
import {
  deleteBackward,
  deleteForward,
  deleteToLineEnd,
  deleteToLineStart,
  deleteWordBackward,
  type EditorState,
  EMPTY_EDITOR,
  editText,
  insert,
  moveLeft,
  moveRight,
  moveToLineEnd,
  moveToLineStart,
  moveVertically,
  moveWordLeft,
  moveWordRight,
} from './editor.ts';
import { EMPTY_HISTORY, type InputHistory, recall, remember } from './history.ts';
import type { KeyPress } from './key-press.ts';
import { type PersonEntry, stepThrough } from './people.ts';

export interface ScreenState {
  readonly editor: EditorState;
  readonly history: InputHistory;
  readonly scroll: Scroll;
  /** Who is marked in the list while choosing; null while writing. */
  readonly choosing: Nickname | null;
  /** The other of shown and hidden than the width of the window suggests. */
  readonly isSidebarToggled: boolean;
  readonly panelOffset: number;
  readonly completion: Completion | null;
}

/** `offset` rows from the bottom, counted when the newest message had the position `newest`. */
export interface Scroll {
  readonly offset: number;
  readonly newest: number | null;
}

interface Completion {
  readonly candidates: readonly string[];
  readonly index: number;
}

/** What a key is pressed into. */
export interface Situation {
  readonly people: readonly PersonEntry[];
  readonly open: Nickname | null;
  readonly hasPanel: boolean;
  /** The scroll as it is now, messages that came since counted in. */
  readonly scroll: Scroll;
  readonly pageRows: number;
  readonly complete: (line: string) => readonly string[];
}

export type ScreenAction =
  | { readonly type: 'submit'; readonly text: string }
  | { readonly type: 'select'; readonly nickname: Nickname }
  | { readonly type: 'close-panel' }
  | { readonly type: 'dismiss' }
  | { readonly type: 'redraw' }
  | { readonly type: 'quit' };

export interface KeyOutcome {
  readonly state: ScreenState;
  readonly action: ScreenAction | null;
}

export const FIRST_SCREEN: ScreenState = {
  editor: EMPTY_EDITOR,
  history: EMPTY_HISTORY,
  scroll: { offset: 0, newest: null },
  choosing: null,
  isSidebarToggled: false,
  panelOffset: 0,
  completion: null,
};

export function pressKey(state: ScreenState, key: KeyPress, situation: Situation): KeyOutcome {
  const completion = key.type === 'tab' || key.type === 'back-tab' ? state.completion : null;
  const current = { ...state, completion };
  return (
    pressAnywhere(current, key, situation) ??
    (situation.hasPanel ? scrollPanel(current, key, situation) : null) ??
    scrollMessages(current, key, situation) ??
    (current.choosing === null ? null : choosePerson(current, key, current.choosing, situation)) ??
    write({ ...current, choosing: null }, key, situation)
  );
}

/** Pasted text goes where the cursor is. */
export function paste(state: ScreenState, text: string): ScreenState {
  return { ...state, choosing: null, completion: null, editor: insert(state.editor, text) };
}

/** Keys that mean the same whatever the person is doing; null: another key. */
function pressAnywhere(state: ScreenState, key: KeyPress, { people, open }: Situation): KeyOutcome | null {
  switch (key.type) {
    case 'interrupt':
      return act(state, { type: 'quit' });
    case 'redraw':
      return act(state, { type: 'redraw' });
    case 'sidebar':
      return stay({ ...state, isSidebarToggled: !state.isSidebarToggled });
    case 'next':
      return select(state, stepThrough(people, open, 1));
    case 'previous':
      return select(state, stepThrough(people, open, -1));
    case 'next-unread':
      return select(state, people.find(({ unread }) => unread > 0)?.nickname ?? null);
    case 'jump':
      return select(state, people[key.number - 1]?.nickname ?? null);
    default:
      return null;
  }
}

function scrollPanel(state: ScreenState, key: KeyPress, { pageRows }: Situation): KeyOutcome | null {
  const move = (rows: number) => stay({ ...state, panelOffset: Math.max(0, state.panelOffset + rows) });
  switch (key.type) {
    case 'escape':
      return act({ ...state, panelOffset: 0 }, { type: 'close-panel' });
    case 'page-down':
      return move(pageRows - 1);
    case 'page-up':
      return move(1 - pageRows);
    case 'row-down':
      return move(1);
    case 'row-up':
      return move(-1);
    default:
      return null;
  }
}

function scrollMessages(
  state: ScreenState,
  key: KeyPress,
  { scroll, pageRows }: Situation,
): KeyOutcome | null {
  const move = (rows: number) =>
    stay({ ...state, scroll: { offset: Math.max(0, scroll.offset + rows), newest: scroll.newest } });
  switch (key.type) {
    case 'page-up':
      return move(pageRows - 1);
    case 'page-down':
      return move(1 - pageRows);
    case 'row-up':
      return move(1);
    case 'row-down':
      return move(-1);
    case 'end':
      return scroll.offset > 0 ? move(-scroll.offset) : null;
    default:
      return null;
  }
}

/** Null: the key begins to write. */
function choosePerson(
  state: ScreenState,
  key: KeyPress,
  choosing: Nickname,
  { people }: Situation,
): KeyOutcome | null {
  switch (key.type) {
    case 'down':
    case 'tab':
      return stay({ ...state, choosing: stepThrough(people, choosing, 1) });
    case 'up':
    case 'back-tab':
      return stay({ ...state, choosing: stepThrough(people, choosing, -1) });
    case 'submit':
      return select({ ...state, choosing: null }, choosing);
    case 'escape':
      return stay({ ...state, choosing: null });
    default:
      return null;
  }
}

function write(state: ScreenState, key: KeyPress, situation: Situation): KeyOutcome {
  const { editor, history } = state;
  switch (key.type) {
    case 'text':
      return stay({ ...state, editor: insert(editor, key.text) });
    case 'newline':
      return stay({ ...state, editor: insert(editor, '\n') });
    case 'submit':
      return submit(state);
    case 'escape':
      return act(state, { type: 'dismiss' });
    case 'end-of-input':
      return editor.text === '' ? act(state, { type: 'quit' }) : edit(state, deleteForward);
    case 'tab':
    case 'back-tab':
      return pressTab(state, key.type === 'tab' ? 1 : -1, situation);
    case 'up':
    case 'down': {
      const moved = moveVertically(editor, key.type === 'up' ? -1 : 1);
      if (moved !== null) return stay({ ...state, editor: moved });
      const recalled = recall(history, key.type === 'up' ? 1 : -1, editor.text);
      return recalled === null
        ? stay(state)
        : stay({ ...state, history: recalled.history, editor: editText(recalled.text) });
    }
    default: {
      const operation = EDITOR_KEYS[key.type];
      return operation === undefined ? stay(state) : edit(state, operation);
    }
  }
}

const EDITOR_KEYS: Readonly<Partial<Record<KeyPress['type'], (editor: EditorState) => EditorState>>> = {
  left: moveLeft,
  right: moveRight,
  'word-left': moveWordLeft,
  'word-right': moveWordRight,
  'line-start': moveToLineStart,
  'line-end': moveToLineEnd,
  home: moveToLineStart,
  end: moveToLineEnd,
  backspace: deleteBackward,
  delete: deleteForward,
  'delete-word': deleteWordBackward,
  'delete-to-start': deleteToLineStart,
  'delete-to-end': deleteToLineEnd,
};

/** Completes a command that was begun; on an empty line it goes to the list. */
function pressTab(state: ScreenState, step: 1 | -1, { people, open, complete }: Situation): KeyOutcome {
  const { editor, completion } = state;
  if (editor.text === '') {
    return stay({ ...state, choosing: open ?? stepThrough(people, null, step) });
  }
  const candidates = completion?.candidates ?? complete(editor.text);
  if (candidates.length === 0) return stay(state);
  const index = completion === null ? 0 : (completion.index + step + candidates.length) % candidates.length;
  const editorNow = editText(candidates[index] ?? editor.text);
  // With one candidate the next Tab completes what follows.
  return stay({
    ...state,
    editor: editorNow,
    completion: candidates.length > 1 ? { candidates, index } : null,
  });
}

function submit(state: ScreenState): KeyOutcome {
  const { editor, history } = state;
  if (editor.text.trim() === '') return stay({ ...state, editor: EMPTY_EDITOR });
  return act(
    {
      ...state,
      editor: EMPTY_EDITOR,
      history: remember(history, editor.text),
      scroll: { offset: 0, newest: null },
    },
    { type: 'submit', text: editor.text },
  );
}

function select(state: ScreenState, nickname: Nickname | null): KeyOutcome {
  if (nickname === null) return stay(state);
  return act(
    { ...state, choosing: null, scroll: { offset: 0, newest: null }, panelOffset: 0 },
    { type: 'select', nickname },
  );
}

function edit(state: ScreenState, operation: (editor: EditorState) => EditorState): KeyOutcome {
  return stay({ ...state, editor: operation(state.editor) });
}

function stay(state: ScreenState): KeyOutcome {
  return { state, action: null };
}

function act(state: ScreenState, action: ScreenAction): KeyOutcome {
  return { state, action };
}
