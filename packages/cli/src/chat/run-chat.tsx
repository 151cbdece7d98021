// Runs the full-screen program on the terminal until the person leaves it: asks the terminal for its background, takes
// over the alternate screen, and gives everything back at the end, whatever the end is. Called by commands/chat.ts only.
import type { ReadStream, WriteStream } from 'node:tty';
import { colourOf, contrastOf, type Nickname } from '@sirdas/client';
import { render } from 'ink';
import type { Console } from '../console.ts';
import { readSettings, saveSettings } from '../settings.ts';
import { createSoundPlayer } from '../sound/sound-player.ts';
import { readBackground } from '../terminal/background.ts';
import { createPainter } from '../terminal/paint.ts';
import type { ChatClient } from './chat-client.ts';
import { ChatModel } from './chat-model.ts';
import { ChatScreen } from './chat-screen.tsx';
import { createPanelWriter } from './panel-writer.ts';
import { createTimeWriter } from './time-writer.ts';

export interface ChatTerminal {
  readonly input: ReadStream;
  readonly output: WriteStream;
}

export interface ChatOptions {
  readonly home: string;
  /** Off for this time only. */
  readonly isSilent: boolean;
}

/** How long a terminal may take to say which background it has; SSH around the world answers in time. */
const BACKGROUND_TIMEOUT_MS = 300;
const TITLE = '\u001b]2;sırdaş\u0007';
/** No wrapping at the edge: a terminal that shows an emoji wider than we think must not push rows down. */
const WRAP_OFF = '\u001b[?7l';
const WRAP_ON = '\u001b[?7h';
const SIGNALS = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

/** Resolves when the person has left. */
export async function runChatScreen(
  console: Console,
  { input, output }: ChatTerminal,
  client: ChatClient,
  { home, isSilent }: ChatOptions,
): Promise<void> {
  const background = await readBackground(input, output, console.environment, BACKGROUND_TIMEOUT_MS);
  const sounds = createSoundPlayer({
    environment: console.environment,
    ring: (bell) => output.write(bell),
    now: console.now,
  });
  const model = ChatModel.start({
    client,
    words: console.words,
    language: console.language,
    isSoundOn: !isSilent && readSettings(home).sound,
    playSound: sounds.play,
    saveSound: (sound) => saveSettings(home, { sound }),
    now: console.now,
  });
  const colourOfName = (nickname: Nickname) =>
    colourOf({ nickname, chosenColour: model.view.chosenColours.get(nickname) ?? null }, background);
  const surface = {
    depth: console.depth,
    isDark: contrastOf(background, 0xffffff) > contrastOf(background, 0),
  };
  const times = createTimeWriter(console.language, console.words, console.now);
  const quit = () => app.unmount();
  const screen = (
    <ChatScreen
      model={model}
      slash={{
        model,
        words: console.words,
        quit,
        copy: (text) => output.write(copyToClipboard(text)),
        now: console.now,
        panels: createPanelWriter({ words: console.words, times, surface, colourOfName }),
      }}
      rowContext={{
        words: console.words,
        language: console.language,
        paint: createPainter(console.depth, background),
        times,
      }}
      background={background}
      now={console.now}
      redraw={() => app.clear()}
    />
  );
  output.write(TITLE + WRAP_OFF);
  const app = render(screen, {
    stdin: input,
    stdout: output,
    alternateScreen: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    interactive: true,
  });
  const stopOnSignals = onSignals(quit);
  try {
    await app.waitUntilExit();
  } finally {
    stopOnSignals();
    output.write(WRAP_ON);
    model.close();
    sounds.close();
  }
}

/** OSC 52. Only for texts of our own: what peers write never gets here. */
function copyToClipboard(text: string): string {
  return `\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`;
}

/** A signal ends the program as /quit does, so that the terminal is given back. */
function onSignals(quit: () => void): () => void {
  for (const signal of SIGNALS) process.on(signal, quit);
  return () => {
    for (const signal of SIGNALS) process.off(signal, quit);
  };
}
