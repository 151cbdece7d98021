import type { Message } from '@sirdas/client';
import { parseNickname } from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import { completeSlash } from '../slash/slash-completion.ts';
import { listEntries } from './conversation-list.ts';
import { FakeClient } from './fake-client.testkit.ts';
import type { ScreenAction, ScreenState, Situation } from './key-outcome.ts';
import type { KeyPress } from './key-press.ts';
import { AYSE, MEHMET, makeEvent, makeMessage, NOON } from './message.testkit.ts';
import { FIRST_SCREEN, paste, pressKey, switchConversation } from './screen-state.ts';

const CAN = parseNickname('can');
const client = new FakeClient();
client.fill(AYSE, []);
client.fill(CAN, []);
const [AYSE_ID, CAN_ID] = [client.conversationWith(AYSE), client.conversationWith(CAN)];
const entries = listEntries({
  order: [AYSE_ID, CAN_ID],
  conversations: new Map(client.conversations().map((conversation) => [conversation.id, conversation])),
  online: [],
  forks: new Map(),
  self: MEHMET,
  unnamedGroup: '',
  identify: (nickname) => client.conversationWith(nickname),
});
const situation: Situation = {
  entries,
  open: null,
  messages: [],
  nowMs: NOON,
  hasPanel: false,
  hasQuestion: false,
  yesKey: 'e',
  scroll: { offset: 0, newest: 9 },
  pageRows: 10,
  complete: (line) => completeSlash(line, { people: ['ayşe', 'can'], members: ['ayşe'], devices: [] }),
};

/** ayşe wrote, then mehmet twice, then something happened. */
const own = { sender: MEHMET, direction: 'out', delivery: 'accepted' } as const;
const messages: readonly Message[] = [
  makeMessage(0, 'selam'),
  makeMessage(1, 'merhaba', own),
  makeMessage(2, 'nasılsın', own),
  makeEvent(3, { what: 'left' }),
];

type NamedKey = Exclude<KeyPress['type'], 'text' | 'jump'>;

/** Presses keys one after another: names of keys, or `text:…`. */
function press(
  keys: readonly (NamedKey | `text:${string}`)[],
  around: Partial<Situation> = {},
  from = FIRST_SCREEN,
) {
  let state: ScreenState = from;
  const actions: ScreenAction[] = [];
  for (const key of keys) {
    const pressed: KeyPress = key.startsWith('text:')
      ? { type: 'text', text: key.slice(5) }
      : { type: key as NamedKey };
    const outcome = pressKey(state, pressed, { ...situation, ...around });
    state = outcome.state;
    if (outcome.action !== null) actions.push(outcome.action);
  }
  return { state, actions };
}

describe('writing', () => {
  test('Enter submits, empties the line and remembers it', () => {
    const { state, actions } = press(['text:selam', 'submit']);
    expect(actions).toEqual([{ type: 'submit', text: 'selam', composing: null, picked: null }]);
    expect(state.editor.text).toBe('');
    expect(press(['up'], {}, state).state.editor.text).toBe('selam');
  });

  test('Enter on nothing but spaces submits nothing', () => {
    expect(press(['text:  ', 'submit'])).toMatchObject({ actions: [], state: { editor: { text: '' } } });
  });

  test('a new line does not submit', () => {
    expect(press(['text:a', 'newline', 'text:b']).state.editor.text).toBe('a\nb');
  });

  test('the arrows move between lines before they reach the history', () => {
    const { state } = press(['text:old', 'submit', 'text:a', 'newline', 'text:b', 'up', 'text:!']);
    expect(state.editor.text).toBe('a!\nb');
    expect(press(['up', 'up'], {}, state).state.editor.text).toBe('old');
  });

  test('Ctrl-D quits on an empty line and deletes otherwise', () => {
    expect(press(['end-of-input']).actions).toEqual([{ type: 'quit' }]);
    expect(press(['text:ab', 'home', 'end-of-input'])).toMatchObject({
      actions: [],
      state: { editor: { text: 'b' } },
    });
  });

  test('Tab completes what there is one of, and goes around what there are several of', () => {
    expect(press(['text:/he', 'tab']).state.editor.text).toBe('/help ');
    expect(press(['text:/msg a', 'tab']).state.editor.text).toBe('/msg ayşe ');
    expect(press(['text:/v', 'tab']).state.editor.text).toBe('/verify ');
    expect(press(['text:/v', 'tab', 'tab']).state.editor.text).toBe('/visible ');
    expect(press(['text:/v', 'tab', 'tab', 'tab']).state.editor.text).toBe('/verify ');
    expect(press(['text:/v', 'tab', 'back-tab']).state.editor.text).toBe('/visible ');
    expect(press(['text:hello', 'tab']).state.editor.text).toBe('hello');
  });

  test('pasted text goes where the cursor is', () => {
    const { state } = press(['text:ad', 'left']);
    expect(paste(state, 'b\nc').editor).toEqual({ text: 'ab\ncd', cursor: 4 });
  });
});

describe('answering and changing', () => {
  test('Ctrl-R answers the newest message of another; Esc gives that up and keeps the text', () => {
    const { state } = press(['reply', 'text:iyiyim'], { messages });
    expect(state.composing).toMatchObject({ kind: 'reply', message: { position: 0 } });
    expect(press(['submit'], { messages }, state).actions).toMatchObject([
      { type: 'submit', text: 'iyiyim', composing: { kind: 'reply', message: { position: 0 } } },
    ]);
    expect(press(['escape'], { messages }, state).state).toMatchObject({
      composing: null,
      editor: { text: 'iyiyim' },
    });
    expect(press(['reply']).state.composing).toBeNull();
  });

  test('↑ in an empty line edits the last own message, again the one before it', () => {
    const { state } = press(['up'], { messages });
    expect(state).toMatchObject({
      composing: { kind: 'edit', message: { position: 2 } },
      editor: { text: 'nasılsın' },
    });
    const again = press(['up'], { messages }, state).state;
    expect(again).toMatchObject({ composing: { message: { position: 1 } }, editor: { text: 'merhaba' } });
    // Changed already: nothing is lost.
    const changed = press(['text:!', 'up'], { messages }, state).state;
    expect(changed.editor.text).toBe('nasılsın!');
    expect(press(['escape'], { messages }, changed).state).toMatchObject({
      composing: null,
      editor: { text: '' },
    });
  });

  test('what is older than a day, failed or of others is not edited; then ↑ is the history', () => {
    const late = { messages, nowMs: NOON + 90_000_000 };
    const { state } = press(['text:eski', 'submit'], late);
    expect(press(['up'], late, state).state).toMatchObject({ composing: null, editor: { text: 'eski' } });
    const failed = [makeMessage(0, 'x', { ...own, delivery: 'failed' })];
    expect(press(['up'], { messages: failed }).state.composing).toBeNull();
  });

  test('Ctrl-↑ is the history also where ↑ would edit', () => {
    const { state } = press(['text:önce', 'submit'], { messages });
    expect(press(['history-back'], { messages }, state).state.editor.text).toBe('önce');
    expect(press(['history-back', 'history-forward'], { messages }, state).state.editor.text).toBe('');
  });
});

describe('a picked message', () => {
  test('Alt-↑ picks the newest, the arrows go on, below the newest nothing is picked', () => {
    const { state } = press(['message-up'], { messages });
    expect(state.selected).toBe(3);
    expect(press(['up', 'up'], { messages }, state).state.selected).toBe(1);
    expect(press(['page-up'], { messages }, state).state.selected).toBe(0);
    expect(press(['message-down'], { messages }, state).state.selected).toBeNull();
    expect(press(['escape'], { messages }, state).state.selected).toBeNull();
    expect(press(['message-up']).state.selected).toBeNull();
    expect(press(['message-up'], { messages, hasPanel: true }).state.selected).toBeNull();
  });

  const first = press(['message-up', 'page-up'], { messages }).state;
  const third = { ...first, selected: 2 };

  test('Enter and R answer it', () => {
    for (const key of ['submit', 'text:r'] as const) {
      expect(press([key], { messages }, first)).toMatchObject({
        actions: [],
        state: { composing: { kind: 'reply', message: { position: 0 } }, selected: null },
      });
    }
  });

  test('a digit reacts, I asks where it comes from, D deletes and E edits only own ones', () => {
    expect(press(['text:2'], { messages }, first).actions).toMatchObject([{ type: 'react', emoji: '❤️' }]);
    expect(press(['text:i'], { messages }, first).actions).toMatchObject([{ type: 'info' }]);
    expect(press(['text:ı'], { messages }, first).actions).toMatchObject([{ type: 'info' }]);
    expect(press(['text:d', 'text:e'], { messages }, first)).toMatchObject({
      actions: [],
      state: { selected: 0 },
    });
    expect(press(['text:d'], { messages }, third).actions).toMatchObject([{ type: 'delete' }]);
    expect(press(['text:e'], { messages }, third).state).toMatchObject({
      composing: { kind: 'edit' },
      editor: { text: 'nasılsın' },
    });
  });

  test('a line about what happened can be picked, but neither answered nor reacted to', () => {
    const event = { ...first, selected: 3 };
    expect(press(['text:r', 'text:1', 'text:d'], { messages }, event)).toMatchObject({
      actions: [],
      state: { composing: null },
    });
  });

  test('other letters do nothing, a slash begins a command about it', () => {
    expect(press(['text:x'], { messages }, first).state.editor.text).toBe('');
    const { actions } = press(['text:/', 'text:react 👍', 'submit'], { messages }, first);
    expect(actions).toMatchObject([{ type: 'submit', text: '/react 👍', picked: { position: 0 } }]);
  });
});

test('a question takes the letter for yes; everything else, Enter too, is no', () => {
  for (const [key, isYes] of [
    ['text:y', true],
    ['text:E', true],
    ['submit', false],
    ['escape', false],
    ['text:n', false],
  ] as const) {
    expect(press([key], { hasQuestion: true }).actions).toEqual([{ type: 'answer', isYes }]);
  }
  expect(press(['interrupt'], { hasQuestion: true }).actions).toEqual([{ type: 'quit' }]);
});

describe('drafts', () => {
  test('what was being written waits in its conversation', () => {
    const begun = switchConversation(press(['reply', 'text:yarım'], { messages }).state, AYSE_ID);
    // What was written before a conversation was open is for the first one.
    expect(begun.editor.text).toBe('yarım');
    const elsewhere = switchConversation(begun, CAN_ID);
    expect(elsewhere).toMatchObject({ editor: { text: '' }, composing: null, conversation: CAN_ID });
    expect([...elsewhere.drafts.keys()]).toEqual([AYSE_ID]);
    const back = switchConversation(elsewhere, AYSE_ID);
    expect(back).toMatchObject({ editor: { text: 'yarım' }, composing: { kind: 'reply' } });
    expect(back.drafts.size).toBe(0);
  });

  test('nothing changes while the same conversation is open', () => {
    const state = switchConversation(FIRST_SCREEN, AYSE_ID);
    expect(switchConversation(state, AYSE_ID)).toBe(state);
  });
});

describe('choosing', () => {
  test('Tab on an empty line goes to the list, the arrows move, Enter opens', () => {
    const { state, actions } = press(['tab', 'down', 'submit']);
    expect(actions).toEqual([{ type: 'open', conversation: CAN_ID }]);
    expect(state.choosing).toBeNull();
  });

  test('typing goes back to writing and loses no letter', () => {
    const { state } = press(['tab', 'text:s']);
    expect(state).toMatchObject({ choosing: null, editor: { text: 's' } });
  });

  test('Alt with a digit, Ctrl-N and Alt-A open at once', () => {
    const jump = pressKey(FIRST_SCREEN, { type: 'jump', number: 2 }, situation);
    expect(jump.action).toEqual({ type: 'open', conversation: CAN_ID });
    expect(pressKey(FIRST_SCREEN, { type: 'jump', number: 9 }, situation).action).toBeNull();
    expect(press(['next'], { open: AYSE_ID }).actions).toEqual([{ type: 'open', conversation: CAN_ID }]);
    const unread = entries.map((entry) => ({ ...entry, unread: entry.with === CAN ? 2 : 0 }));
    expect(press(['next-unread'], { entries: unread }).actions).toEqual([
      { type: 'open', conversation: CAN_ID },
    ]);
    expect(press(['next-unread']).actions).toEqual([]);
  });

  test('in an empty list nothing is chosen', () => {
    expect(press(['tab', 'down', 'submit'], { entries: [] })).toMatchObject({
      actions: [],
      state: { choosing: null },
    });
  });
});

describe('scrolling', () => {
  test('moves by a page less one row, remembers what was newest, and comes back', () => {
    const up = press(['page-up']);
    expect(up.state.scroll).toEqual({ offset: 9, newest: 9 });
    expect(press(['page-down'], { scroll: { offset: 9, newest: 12 } }, up.state).state.scroll).toEqual({
      offset: 0,
      newest: 12,
    });
    expect(press(['end'], { scroll: { offset: 300, newest: 12 } }, up.state).state.scroll.offset).toBe(0);
  });

  test('End moves in the text while at the newest', () => {
    expect(press(['text:ab', 'home', 'end']).state.editor.cursor).toBe(2);
  });

  test('sending goes to the newest', () => {
    const { state } = press(['text:x', 'submit'], {}, { ...FIRST_SCREEN, scroll: { offset: 50, newest: 1 } });
    expect(state.scroll.offset).toBe(0);
  });

  test('a panel scrolls instead of the messages, and Esc closes it', () => {
    const { state } = press(['page-down', 'row-down', 'row-up'], { hasPanel: true });
    expect(state).toMatchObject({ panelOffset: 9, scroll: { offset: 0 } });
    expect(press(['escape'], { hasPanel: true }, state)).toMatchObject({
      actions: [{ type: 'close-panel' }],
      state: { panelOffset: 0 },
    });
  });
});

test('the list is shown and hidden, the screen redrawn, the program left from anywhere', () => {
  expect(press(['sidebar']).state.isSidebarToggled).toBe(true);
  expect(press(['sidebar', 'sidebar']).state.isSidebarToggled).toBe(false);
  expect(press(['tab', 'redraw', 'interrupt']).actions).toEqual([{ type: 'redraw' }, { type: 'quit' }]);
});
