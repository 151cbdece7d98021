// What a key comes to: the next state of the screen and at most one action for chat-screen.tsx to carry out. The values that
// screen-state.ts, writing-keys.ts and selection-keys.ts share.
import type { ConversationId, Message } from '@sirdas/client';
import type { ListEntry } from './conversation-list.ts';
import { type EditorState, EMPTY_EDITOR } from './editor.ts';
import type { InputHistory } from './history.ts';

export interface ScreenState {
  readonly editor: EditorState;
  /** What the text is, besides a message of its own. */
  readonly composing: Composing | null;
  /** Whose text is in the editor; the others wait in `drafts`. */
  readonly conversation: ConversationId | null;
  readonly drafts: ReadonlyMap<ConversationId, Draft>;
  readonly history: InputHistory;
  readonly scroll: Scroll;
  /** Which conversation is marked in the list while choosing; null while writing. */
  readonly choosing: ConversationId | null;
  /** Position of the message that is picked; null: none. */
  readonly selected: number | null;
  /** The other of shown and hidden than the width of the window suggests. */
  readonly isSidebarToggled: boolean;
  readonly panelOffset: number;
  readonly completion: Completion | null;
}

export type Composing =
  | { readonly kind: 'reply'; readonly message: Message }
  | { readonly kind: 'edit'; readonly message: Message };

export interface Draft {
  readonly editor: EditorState;
  readonly composing: Composing | null;
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
  readonly entries: readonly ListEntry[];
  readonly open: ConversationId | null;
  /** Of the open conversation, as far as they are loaded; oldest first. */
  readonly messages: readonly Message[];
  readonly nowMs: number;
  readonly hasPanel: boolean;
  readonly hasQuestion: boolean;
  /** The letter for yes in the language of the program; `y` is good everywhere. */
  readonly yesKey: string;
  /** The scroll as it is now, messages that came since counted in. */
  readonly scroll: Scroll;
  readonly pageRows: number;
  readonly complete: (line: string) => readonly string[];
}

export type ScreenAction =
  | {
      readonly type: 'submit';
      readonly text: string;
      readonly composing: Composing | null;
      /** The message that a command is about. */
      readonly picked: Message | null;
    }
  | { readonly type: 'open'; readonly conversation: ConversationId }
  | { readonly type: 'answer'; readonly isYes: boolean }
  | { readonly type: 'react'; readonly message: Message; readonly emoji: string }
  | { readonly type: 'delete' | 'info'; readonly message: Message }
  | { readonly type: 'close-panel' }
  | { readonly type: 'dismiss' }
  | { readonly type: 'redraw' }
  | { readonly type: 'quit' };

export interface KeyOutcome {
  readonly state: ScreenState;
  readonly action: ScreenAction | null;
}

export function stay(state: ScreenState): KeyOutcome {
  return { state, action: null };
}

export function act(state: ScreenState, action: ScreenAction): KeyOutcome {
  return { state, action };
}

/** Back to writing a message of its own. */
export function stopComposing(state: ScreenState): ScreenState {
  return { ...state, composing: null, editor: EMPTY_EDITOR };
}
