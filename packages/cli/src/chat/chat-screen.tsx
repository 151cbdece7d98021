// The full-screen program as React sees it: the model's view and the state of the screen in, rows out; keys in, actions
// on the model out. What can be computed without React is in the files beside it.
import { colourOf, type Nickname } from '@sirdas/client';
import { Box, Text, useCursor, useInput, usePaste, useWindowSize } from 'ink';
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { completeSlash } from '../slash/slash-completion.ts';
import type { SlashContext } from '../slash/slash-context.ts';
import type { ChatModel } from './chat-model.ts';
import type { ChatView } from './chat-view.ts';
import { composeScreen, type Screen } from './compose-screen.ts';
import { distinguishColours } from './conversation-colours.ts';
import { editText } from './editor.ts';
import type { ScreenState, Situation } from './key-outcome.ts';
import { cleanPaste, type KeyPress, readKeys } from './key-press.ts';
import type { RowContext } from './row-context.ts';
import { type ActionContext, carryOut } from './screen-actions.ts';
import { FIRST_SCREEN, paste, pressKey, switchConversation } from './screen-state.ts';
import { beginEdit, beginReply } from './selection-keys.ts';

export interface ChatScreenProps {
  readonly model: ChatModel;
  /** Without what the screen itself gives to a command. */
  readonly slash: Omit<SlashContext, 'picked' | 'beginReply' | 'beginEdit'>;
  /** What rows depend on, besides the width, the conversation and the colours that people chose. */
  readonly rowContext: Pick<RowContext, 'words' | 'language' | 'paint' | 'times'>;
  /** 0xRRGGBB. */
  readonly background: number;
  readonly now: () => number;
  /** Draws everything again, where another program has written over it. */
  readonly redraw: () => void;
}

const TICK_MS = 1000;
const NOBODY: readonly Nickname[] = [];

export function ChatScreen(props: ChatScreenProps) {
  const { model, now } = props;
  const view = useSyncExternalStore(
    (listener) => model.subscribe(listener),
    () => model.view,
  );
  const { columns, rows } = useWindowSize();
  const [state, setState] = useState(FIRST_SCREEN);
  const stateNow = useRef(state);
  const update = (change: (state: ScreenState) => ScreenState) => {
    stateNow.current = change(stateNow.current);
    setState(stateNow.current);
  };
  const follow = () => update((before) => switchConversation(before, model.view.open?.id ?? null));
  const rowContext = useRowContexts(props.rowContext, view, props.background);
  useTicks(changesWithTime(view, now()));
  const screen = composeScreen({ view, state, columns, rows, rowContext, nowMs: now() });
  const actions = makeActionContext(props, update);

  const press = (key: KeyPress) => {
    // Keys may come faster than frames: what an earlier key scrolled to counts, not what is still on the screen.
    const scroll = stateNow.current.scroll === state.scroll ? screen.scroll : stateNow.current.scroll;
    const { pageRows } = screen;
    const { text } = stateNow.current.editor;
    const outcome = pressKey(stateNow.current, key, { ...describeSituation(props), scroll, pageRows });
    update(() => outcome.state);
    // A message ends the hint by itself.
    if (outcome.action?.type !== 'submit') tellTyping(props, text, outcome.state);
    if (outcome.action !== null) carryOut(outcome.action, actions);
    follow();
  };
  useInput((input, key) => {
    for (const pressed of readKeys(input, key)) press(pressed);
  });
  usePaste((text) => update((before) => paste(before, cleanPaste(text))));
  // Opened by a command: where a key did it nothing is left to do.
  useEffect(follow);
  useEffect(() => {
    if (screen.wantsOlder) void model.loadOlder();
  });
  return <ScreenRows screen={screen} columns={columns} />;
}

function ScreenRows({ screen, columns }: { readonly screen: Screen; readonly columns: number }) {
  const { setCursorPosition } = useCursor();
  setCursorPosition(screen.cursor === null ? undefined : { ...screen.cursor });
  return (
    <Box flexDirection="column" width={columns}>
      <Box flexDirection="row">
        <Rows rows={screen.sidebar} columns={screen.sidebarColumns} />
        <Rows rows={screen.main} columns={screen.mainColumns} />
      </Box>
      <Rows rows={[screen.status]} columns={columns} />
    </Box>
  );
}

function Rows({ rows, columns }: { readonly rows: readonly string[]; readonly columns: number }) {
  return (
    <Box flexDirection="column" width={columns} flexShrink={0}>
      {rows.map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row of the screen is its position
        <Text key={index} wrap="truncate-end">
          {row === '' ? ' ' : row}
        </Text>
      ))}
    </Box>
  );
}

/** What keys are pressed into, as the model has it now. */
function describeSituation({ model, slash, now }: ChatScreenProps): Omit<Situation, 'scroll' | 'pageRows'> {
  const { entries, open, panel, question, account, devices } = model.view;
  const people = entries.map((entry) => entry.with).filter((nickname) => nickname !== null);
  return {
    entries,
    open: open?.id ?? null,
    messages: open?.loaded.messages ?? [],
    nowMs: now(),
    hasPanel: panel !== null,
    hasQuestion: question !== null,
    yesKey: slash.words.chat.yesKey,
    complete: (line) =>
      completeSlash(line, {
        people,
        members: (open?.members ?? NOBODY).filter((nickname) => nickname !== account.nickname),
        devices: devices.filter(({ isThis }) => !isThis).map(({ name }) => name),
      }),
  };
}

function makeActionContext(
  { slash, redraw, now }: ChatScreenProps,
  update: (change: (state: ScreenState) => ScreenState) => void,
): ActionContext {
  return {
    slash: {
      ...slash,
      beginReply: (message) => update((state) => beginReply(state, message)),
      beginEdit: (message) => update((state) => beginEdit(state, message, now())),
    },
    restore: (text, composing) =>
      update((state) => (state.editor.text === '' ? { ...state, composing, editor: editText(text) } : state)),
    redraw,
  };
}

/** A message that is shown again to be changed is not typed yet. */
function tellTyping({ model }: ChatScreenProps, before: string, { editor, composing }: ScreenState): void {
  const { text } = editor;
  const { body } = composing?.message ?? { body: null };
  const isShownAgain = composing?.kind === 'edit' && body?.kind === 'text' && body.text === text;
  if (before !== text) model.setTyping(text !== '' && !text.startsWith('/') && !isShownAgain);
}

/** One context per width, kept as long as nothing that it depends on changes: rows are cached by it. */
function useRowContexts(
  shared: ChatScreenProps['rowContext'],
  { open, chosenColours, account }: ChatView,
  background: number,
): (columns: number) => RowContext {
  const members = open?.members ?? NOBODY;
  const isGroup = open?.kind === 'group';
  const self = account.nickname;
  return useMemo(() => {
    const colours = new Map(distinguishColours(members, chosenColours, background));
    const colourOfName = (nickname: Nickname) => {
      const colour =
        colours.get(nickname) ??
        colourOf({ nickname, chosenColour: chosenColours.get(nickname) ?? null }, background);
      colours.set(nickname, colour);
      return colour;
    };
    const recipients = members.filter((nickname) => nickname !== self).length;
    const contexts = new Map<number, RowContext>();
    return (columns) => {
      const context = contexts.get(columns) ?? {
        ...shared,
        self,
        isGroup,
        recipients,
        columns,
        colourOfName,
      };
      contexts.set(columns, context);
      return context;
    };
  }, [shared, members, isGroup, self, chosenColours, background]);
}

/** A countdown, somebody who is typing, or a message that disappears is on the screen. */
function changesWithTime({ link, activities, open }: ChatView, nowMs: number): boolean {
  return (
    (link.state === 'offline' && link.retryAtMs !== null) ||
    activities.some(({ untilMs }) => untilMs > nowMs) ||
    (open?.loaded.messages.some(({ expiresMs }) => expiresMs !== null) ?? false)
  );
}

/** Draws once a second while that is of use. */
function useTicks(isActive: boolean): void {
  const [, setTick] = useState(0);
  useEffect(() => {
    if (!isActive) return;
    const timer = setInterval(() => setTick((tick) => tick + 1), TICK_MS);
    return () => clearInterval(timer);
  }, [isActive]);
}
