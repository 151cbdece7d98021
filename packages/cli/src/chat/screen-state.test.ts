import { parseNickname } from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import type { KeyPress } from './key-press.ts';
import { AYSE } from './message.testkit.ts';
import { listPeople } from './people.ts';
import {
  FIRST_SCREEN,
  paste,
  pressKey,
  type ScreenAction,
  type ScreenState,
  type Situation,
} from './screen-state.ts';
import { completeSlash } from './slash-commands.ts';

const CAN = parseNickname('can');
const people = listPeople([AYSE, CAN], new Map(), [], parseNickname('mehmet'));
const situation: Situation = {
  people,
  open: null,
  hasPanel: false,
  scroll: { offset: 0, newest: 9 },
  pageRows: 10,
  complete: (line) => completeSlash(line, ['ayşe', 'can']),
};

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
    expect(actions).toEqual([{ type: 'submit', text: 'selam' }]);
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

describe('choosing', () => {
  test('Tab on an empty line goes to the list, the arrows move, Enter opens', () => {
    const { state, actions } = press(['tab', 'down', 'submit']);
    expect(actions).toEqual([{ type: 'select', nickname: CAN }]);
    expect(state.choosing).toBeNull();
  });

  test('typing goes back to writing and loses no letter', () => {
    const { state } = press(['tab', 'text:s']);
    expect(state).toMatchObject({ choosing: null, editor: { text: 's' } });
  });

  test('Alt with a digit, Ctrl-N and Alt-A open at once', () => {
    const jump = pressKey(FIRST_SCREEN, { type: 'jump', number: 2 }, situation);
    expect(jump.action).toEqual({ type: 'select', nickname: CAN });
    expect(pressKey(FIRST_SCREEN, { type: 'jump', number: 9 }, situation).action).toBeNull();
    expect(press(['next'], { open: AYSE }).actions).toEqual([{ type: 'select', nickname: CAN }]);
    const unread = people.map((entry) => ({ ...entry, unread: entry.nickname === CAN ? 2 : 0 }));
    expect(press(['next-unread'], { people: unread }).actions).toEqual([{ type: 'select', nickname: CAN }]);
    expect(press(['next-unread']).actions).toEqual([]);
  });

  test('in an empty list nothing is chosen', () => {
    expect(press(['tab', 'down', 'submit'], { people: [] })).toMatchObject({
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
