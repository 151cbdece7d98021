// The full-screen program as React sees it: the model's view and the state of the screen in, rows out; keys in, actions
// on the model out. What can be computed without React is in the files beside it.
import { colourOf, type Nickname } from '@sirdas/client';
import { Box, Text, useCursor, useInput, usePaste, useWindowSize } from 'ink';
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { ChatModel, ChosenColours } from './chat-model.ts';
import { composeScreen, type Screen } from './compose-screen.ts';
import { cleanPaste, type KeyPress, readKeys } from './key-press.ts';
import type { RowContext } from './message-rows.ts';
import { FIRST_SCREEN, paste, pressKey, type ScreenAction } from './screen-state.ts';
import { completeSlash, runSlashCommand, type SlashContext } from './slash-commands.ts';

export interface ChatScreenProps {
  readonly model: ChatModel;
  readonly slash: SlashContext;
  /** What rows depend on, besides the width and the colours that people chose. */
  readonly rowContext: Omit<RowContext, 'columns' | 'colourOfName'>;
  /** 0xRRGGBB. */
  readonly background: number;
  readonly now: () => number;
  /** Draws everything again, where another program has written over it. */
  readonly redraw: () => void;
}

const COUNTDOWN_MS = 1000;

export function ChatScreen(props: ChatScreenProps) {
  const { model } = props;
  const view = useSyncExternalStore(
    (listener) => model.subscribe(listener),
    () => model.view,
  );
  const { columns, rows } = useWindowSize();
  const [state, setState] = useState(FIRST_SCREEN);
  const stateNow = useRef(state);
  const rowContext = useRowContexts(props.rowContext, view.chosenColours, props.background);
  useCountdown(view.link.state === 'offline' && view.link.retryAtMs !== null);
  const screen = composeScreen({ view, state, columns, rows, rowContext, nowMs: props.now() });

  const press = (key: KeyPress) => {
    const { people, open, panel } = model.view;
    // Keys may come faster than frames: what an earlier key scrolled to counts, not what is still on the screen.
    const scroll = stateNow.current.scroll === state.scroll ? screen.scroll : stateNow.current.scroll;
    const outcome = pressKey(stateNow.current, key, {
      people,
      open: open?.with ?? null,
      hasPanel: panel !== null,
      scroll,
      pageRows: screen.pageRows,
      complete: (line) =>
        completeSlash(
          line,
          people.map(({ nickname }) => nickname),
        ),
    });
    stateNow.current = outcome.state;
    setState(outcome.state);
    if (outcome.action !== null) carryOut(outcome.action, props);
  };
  useInput((input, key) => {
    for (const pressed of readKeys(input, key)) press(pressed);
  });
  usePaste((text) => {
    stateNow.current = paste(stateNow.current, cleanPaste(text));
    setState(stateNow.current);
  });
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

function carryOut(action: ScreenAction, { model, slash, redraw }: ChatScreenProps): void {
  switch (action.type) {
    case 'submit':
      model.forgetNotice();
      void submit(action.text, slash);
      return;
    case 'select':
      void model.select(action.nickname);
      return;
    case 'close-panel':
      model.showPanel(null);
      return;
    case 'dismiss':
      model.forgetNotice();
      return;
    case 'redraw':
      redraw();
      return;
    case 'quit':
      slash.quit();
      return;
  }
}

/** A command, a message, or while nobody is chosen a name. */
async function submit(text: string, slash: SlashContext): Promise<void> {
  const { model } = slash;
  if (text.startsWith('/')) await runSlashCommand(text, slash);
  else if (model.view.open === null) await model.talkTo(text);
  else {
    model.showPanel(null);
    await model.send(text.trimEnd());
  }
}

/** One context per width, kept as long as nothing that it depends on changes: rows are cached by it. */
function useRowContexts(
  shared: ChatScreenProps['rowContext'],
  chosenColours: ChosenColours,
  background: number,
): (columns: number) => RowContext {
  return useMemo(() => {
    const colours = new Map<Nickname, number>();
    const colourOfName = (nickname: Nickname) => {
      const colour =
        colours.get(nickname) ??
        colourOf({ nickname, chosenColour: chosenColours.get(nickname) ?? null }, background);
      colours.set(nickname, colour);
      return colour;
    };
    const contexts = new Map<number, RowContext>();
    return (columns) => {
      const context = contexts.get(columns) ?? { ...shared, columns, colourOfName };
      contexts.set(columns, context);
      return context;
    };
  }, [shared, chosenColours, background]);
}

/** Draws once a second while a countdown is on the screen. */
function useCountdown(isActive: boolean): void {
  const [, setTick] = useState(0);
  useEffect(() => {
    if (!isActive) return;
    const timer = setInterval(() => setTick((tick) => tick + 1), COUNTDOWN_MS);
    return () => clearInterval(timer);
  }, [isActive]);
}
