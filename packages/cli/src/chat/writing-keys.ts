// Keys while the person writes: the line editor, what was written before, completion, and the end of it, Enter. Pure; called
// by screen-state.ts.
import { stepThrough } from './conversation-list.ts';
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
import { recall, remember } from './history.ts';
import {
  act,
  type KeyOutcome,
  type ScreenState,
  type Situation,
  stay,
  stopComposing,
} from './key-outcome.ts';
import type { KeyPress } from './key-press.ts';
import { pickAnswerable, pickEditable } from './message-picks.ts';
import { beginEdit, beginReply } from './selection-keys.ts';

export function write(state: ScreenState, key: KeyPress, situation: Situation): KeyOutcome {
  const { editor } = state;
  switch (key.type) {
    case 'text':
      return edit(state, (before) => insert(before, key.text));
    case 'newline':
      return edit(state, (before) => insert(before, '\n'));
    case 'submit':
      return submit(state, situation);
    case 'escape':
      return cancel(state);
    case 'reply': {
      const message = pickAnswerable(situation.messages);
      return stay(message === null ? state : beginReply(state, message));
    }
    case 'end-of-input':
      return editor.text === '' ? act(state, { type: 'quit' }) : edit(state, deleteForward);
    case 'tab':
    case 'back-tab':
      return pressTab(state, key.type === 'tab' ? 1 : -1, situation);
    case 'up':
    case 'down':
      return pressArrow(state, key.type === 'up' ? -1 : 1, situation);
    case 'history-back':
    case 'history-forward':
      return lookBack(state, key.type === 'history-back' ? 1 : -1);
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

/** Between lines first; upwards out of an empty line, or of a message as it was, to the own message before; then the history. */
function pressArrow(state: ScreenState, direction: -1 | 1, situation: Situation): KeyOutcome {
  const { editor, composing, history } = state;
  const moved = moveVertically(editor, direction);
  if (moved !== null) return stay({ ...state, editor: moved });
  const isUntouched =
    composing?.kind === 'edit' &&
    composing.message.body.kind === 'text' &&
    composing.message.body.text === editor.text;
  const isFree = composing === null && editor.text === '' && history.position === -1;
  if (direction === -1 && (isFree || isUntouched)) {
    const before = isUntouched ? composing.message.position : undefined;
    const message = pickEditable(situation.messages, situation.nowMs, before);
    if (message !== null) return stay(beginEdit(state, message, situation.nowMs));
  }
  return composing === null ? lookBack(state, direction === -1 ? 1 : -1) : stay(state);
}

function lookBack(state: ScreenState, step: 1 | -1): KeyOutcome {
  const recalled = recall(state.history, step, state.editor.text);
  if (recalled === null) return stay(state);
  return stay({ ...state, history: recalled.history, editor: editText(recalled.text) });
}

/** The first Esc ends a reply or an edit, the next one what the program has to say. */
function cancel(state: ScreenState): KeyOutcome {
  if (state.composing?.kind === 'edit') return stay(stopComposing(state));
  if (state.composing !== null) return stay({ ...state, composing: null });
  return act({ ...state, selected: null }, { type: 'dismiss' });
}

/** Completes a command that was begun; on an empty line it goes to the list. */
function pressTab(state: ScreenState, step: 1 | -1, { entries, open, complete }: Situation): KeyOutcome {
  const { editor, completion } = state;
  if (editor.text === '') {
    return stay({ ...state, choosing: open ?? stepThrough(entries, null, step) });
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

function submit(state: ScreenState, { messages }: Situation): KeyOutcome {
  const { editor, history, composing, selected } = state;
  if (editor.text.trim() === '') return stay({ ...state, editor: EMPTY_EDITOR });
  return act(
    {
      ...stopComposing(state),
      selected: null,
      history: remember(history, editor.text),
      scroll: { offset: 0, newest: null },
    },
    {
      type: 'submit',
      text: editor.text,
      composing,
      picked: messages.find(({ position }) => position === selected) ?? null,
    },
  );
}

function edit(state: ScreenState, operation: (editor: EditorState) => EditorState): KeyOutcome {
  return stay({ ...state, editor: operation(state.editor) });
}
