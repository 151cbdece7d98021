// Keys while a message is picked: the arrows pick another, a letter does something with it, a slash begins a command about
// it. Only while nothing is being written. Pure; called by screen-state.ts.
import type { Message } from '@sirdas/client';
import { editText, insert } from './editor.ts';
import { act, type KeyOutcome, type ScreenState, type Situation, stay } from './key-outcome.ts';
import type { KeyPress } from './key-press.ts';
import { canDelete, canEdit, isText } from './message-picks.ts';

/** What the digits 1 to 6 stand for, as in the programs people know. */
export const QUICK_REACTIONS = ['👍', '❤️', '😂', '😮', '😢', '🙏'] as const;
const PAGE = 8;

/** Picks the newest message, or the next one of those that are loaded; below the newest nothing is picked. */
export function moveSelection(state: ScreenState, step: number, { messages }: Situation): ScreenState {
  const { selected } = state;
  if (messages.length === 0) return state;
  if (selected === null) {
    return step > 0 ? state : { ...state, selected: messages.at(-1)?.position ?? null };
  }
  const index = messages.findIndex(({ position }) => position === selected);
  const target = index === -1 ? messages.length - 1 : index + step;
  if (target >= messages.length) return { ...state, selected: null };
  return { ...state, selected: messages[Math.max(0, target)]?.position ?? null };
}

/** Null: a key that means the same as ever. */
export function pressSelected(state: ScreenState, key: KeyPress, situation: Situation): KeyOutcome | null {
  const message = situation.messages.find(({ position }) => position === state.selected);
  if (message === undefined || state.editor.text !== '') return null;
  switch (key.type) {
    case 'up':
      return stay(moveSelection(state, -1, situation));
    case 'down':
      return stay(moveSelection(state, 1, situation));
    case 'page-up':
      return stay(moveSelection(state, -PAGE, situation));
    case 'page-down':
      return stay(moveSelection(state, PAGE, situation));
    case 'escape':
    case 'end':
      return stay({ ...state, selected: null });
    case 'submit':
    case 'reply':
      return stay(beginReply(state, message));
    case 'text':
      return pressLetter(state, key.text, { message, nowMs: situation.nowMs });
    default:
      return null;
  }
}

/** The same state where there is nothing to answer. */
export function beginReply(state: ScreenState, message: Message): ScreenState {
  if (!isText(message)) return state;
  return { ...state, selected: null, composing: { kind: 'reply', message } };
}

/** The same state where the message cannot be changed. */
export function beginEdit(state: ScreenState, message: Message, nowMs: number): ScreenState {
  if (message.body.kind !== 'text' || !canEdit(message, nowMs)) return state;
  return {
    ...state,
    selected: null,
    composing: { kind: 'edit', message },
    editor: editText(message.body.text),
  };
}

/** Letters mean nothing else while a message is picked, so that none is a message by accident. */
function pressLetter(
  state: ScreenState,
  text: string,
  { message, nowMs }: { readonly message: Message; readonly nowMs: number },
): KeyOutcome {
  const done = { ...state, selected: null };
  const emoji = QUICK_REACTIONS[Number(text) - 1];
  if (emoji !== undefined)
    return isText(message) ? act(done, { type: 'react', message, emoji }) : stay(state);
  if (text.startsWith('/')) return stay({ ...state, editor: insert(state.editor, text) });
  switch (text.toLowerCase()) {
    case 'r':
      return stay(beginReply(state, message));
    case 'e':
      return stay(beginEdit(state, message, nowMs));
    case 'd':
      return canDelete(message) ? act(done, { type: 'delete', message }) : stay(state);
    case 'i':
    case 'ı':
      return act(done, { type: 'info', message });
    default:
      return stay(state);
  }
}
