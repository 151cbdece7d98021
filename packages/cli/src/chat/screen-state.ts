// What the person is doing on the screen: writing, picking a message, choosing a conversation, scrolling; and what each key
// changes. Pure: `pressKey` gives the next state and at most one action for chat-screen.tsx to carry out.
import type { ConversationId } from '@sirdas/client';
import { stepThrough } from './conversation-list.ts';
import { EMPTY_EDITOR, insert } from './editor.ts';
import { EMPTY_HISTORY } from './history.ts';
import { act, type KeyOutcome, type ScreenState, type Situation, stay } from './key-outcome.ts';
import type { KeyPress } from './key-press.ts';
import { moveSelection, pressSelected } from './selection-keys.ts';
import { write } from './writing-keys.ts';

export const FIRST_SCREEN: ScreenState = {
  editor: EMPTY_EDITOR,
  composing: null,
  conversation: null,
  drafts: new Map(),
  history: EMPTY_HISTORY,
  scroll: { offset: 0, newest: null },
  choosing: null,
  selected: null,
  isSidebarToggled: false,
  panelOffset: 0,
  completion: null,
};

export function pressKey(state: ScreenState, key: KeyPress, situation: Situation): KeyOutcome {
  const completion = key.type === 'tab' || key.type === 'back-tab' ? state.completion : null;
  const current = { ...state, completion };
  return (
    (situation.hasQuestion ? answer(current, key, situation) : null) ??
    pressAnywhere(current, key, situation) ??
    (situation.hasPanel ? scrollPanel(current, key, situation) : null) ??
    (current.selected === null ? null : pressSelected(current, key, situation)) ??
    scrollMessages(current, key, situation) ??
    (current.choosing === null ? null : choose(current, key, current.choosing, situation)) ??
    write({ ...current, choosing: null }, key, situation)
  );
}

/** Pasted text goes where the cursor is. */
export function paste(state: ScreenState, text: string): ScreenState {
  return { ...state, choosing: null, completion: null, selected: null, editor: insert(state.editor, text) };
}

/** Another conversation is open now: what was being written stays with the one it was for. */
export function switchConversation(state: ScreenState, to: ConversationId | null): ScreenState {
  const { conversation: from, editor, composing } = state;
  if (from === to) return state;
  const drafts = new Map(state.drafts);
  if (from !== null && (editor.text !== '' || composing !== null)) drafts.set(from, { editor, composing });
  const draft = to === null ? undefined : drafts.get(to);
  if (to !== null) drafts.delete(to);
  // What was typed before any conversation was open is for the first one.
  const typed = from === null ? { editor, composing } : { editor: EMPTY_EDITOR, composing: null };
  return {
    ...state,
    ...(draft ?? typed),
    drafts,
    conversation: to,
    choosing: null,
    selected: null,
    completion: null,
    scroll: { offset: 0, newest: null },
    panelOffset: 0,
  };
}

/** Yes takes its letter: an Enter too many must not be one. Everything else is no. */
function answer(state: ScreenState, key: KeyPress, { yesKey }: Situation): KeyOutcome | null {
  if (key.type === 'interrupt' || key.type === 'redraw') return null;
  const letter = key.type === 'text' ? key.text.toLowerCase() : '';
  return act(state, { type: 'answer', isYes: letter === 'y' || letter === yesKey });
}

/** Keys that mean the same whatever the person is doing; null: another key. */
function pressAnywhere(state: ScreenState, key: KeyPress, situation: Situation): KeyOutcome | null {
  const { entries, open } = situation;
  switch (key.type) {
    case 'interrupt':
      return act(state, { type: 'quit' });
    case 'redraw':
      return act(state, { type: 'redraw' });
    case 'sidebar':
      return stay({ ...state, isSidebarToggled: !state.isSidebarToggled });
    case 'next':
      return openEntry(state, stepThrough(entries, open, 1));
    case 'previous':
      return openEntry(state, stepThrough(entries, open, -1));
    case 'next-unread':
      return openEntry(state, entries.find(({ unread }) => unread > 0)?.id ?? null);
    case 'jump':
      return openEntry(state, entries[key.number - 1]?.id ?? null);
    case 'message-up':
    case 'message-down':
      // Under a panel nobody sees what they pick.
      if (situation.hasPanel) return stay(state);
      return stay(moveSelection(state, key.type === 'message-up' ? -1 : 1, situation));
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
function choose(
  state: ScreenState,
  key: KeyPress,
  choosing: ConversationId,
  { entries }: Situation,
): KeyOutcome | null {
  switch (key.type) {
    case 'down':
    case 'tab':
      return stay({ ...state, choosing: stepThrough(entries, choosing, 1) });
    case 'up':
    case 'back-tab':
      return stay({ ...state, choosing: stepThrough(entries, choosing, -1) });
    case 'submit':
      return openEntry({ ...state, choosing: null }, choosing);
    case 'escape':
      return stay({ ...state, choosing: null });
    default:
      return null;
  }
}

function openEntry(state: ScreenState, conversation: ConversationId | null): KeyOutcome {
  if (conversation === null) return stay(state);
  return act(
    { ...state, choosing: null, selected: null, scroll: { offset: 0, newest: null }, panelOffset: 0 },
    { type: 'open', conversation },
  );
}
