// What colour the terminal's background has, so that names can be read on it. Asks the terminal (OSC 11, answered by all
// but the simplest), together with a question that every terminal answers (device attributes), so that a terminal that
// does not know OSC 11 costs one round trip and no waiting. Falls back to COLORFGBG, then to black.
// Called by chat before Ink takes the terminal over.
import type { ReadStream, WriteStream } from 'node:tty';

export const BLACK = 0x000000;
const WHITE = 0xffffff;

const QUESTION = '\u001b]11;?\u001b\\\u001b[c';
// biome-ignore lint/suspicious/noControlCharactersInRegex: the answers are escape sequences
const COLOUR_ANSWER = /\u001b\]11;rgba?:([0-9a-f]{1,4})\/([0-9a-f]{1,4})\/([0-9a-f]{1,4})/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the answers are escape sequences
const ATTRIBUTES_ANSWER = /\u001b\[\?[\d;]*c/;
const MAX_ANSWER_LENGTH = 1024;

/** The background as 0xRRGGBB. Waits for the terminal's answer for `timeoutMs` at most. */
export async function readBackground(
  input: ReadStream,
  output: WriteStream,
  environment: Readonly<Record<string, string | undefined>>,
  timeoutMs: number,
): Promise<number> {
  const answer = await ask(input, output, timeoutMs);
  return parseBackground(answer) ?? guessBackground(environment['COLORFGBG']);
}

/** 0xRRGGBB from `ESC ] 11 ; rgb:RRRR/GGGG/BBBB`; null when that is not in the answer. */
export function parseBackground(answer: string): number | null {
  const [, red, green, blue] = COLOUR_ANSWER.exec(answer) ?? [];
  if (red === undefined || green === undefined || blue === undefined) return null;
  const [r = 0, g = 0, b = 0] = [red, green, blue].map(toByte);
  return (r << 16) | (g << 8) | b;
}

/** COLORFGBG is `15;0` or `0;default;15`: the last number is the background, 7 and 9 to 15 are light. */
export function guessBackground(colorFgBg: string | undefined): number {
  const index = Number(/(\d+)$/.exec(colorFgBg ?? '')?.[1] ?? 0);
  return index === 7 || index > 8 ? WHITE : BLACK;
}

function toByte(hex: string): number {
  return Math.round((Number.parseInt(hex, 16) / (16 ** hex.length - 1)) * 255);
}

function ask(input: ReadStream, output: WriteStream, timeoutMs: number): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const finish = () => {
      clearTimeout(timer);
      input.off('data', onData);
      input.setRawMode(false);
      input.pause();
      resolve(answer);
    };
    const onData = (data: Buffer | string) => {
      answer += String(data);
      if (ATTRIBUTES_ANSWER.test(answer) || answer.length > MAX_ANSWER_LENGTH) finish();
    };
    const timer = setTimeout(finish, timeoutMs);
    input.setRawMode(true);
    input.on('data', onData);
    output.write(QUESTION);
  });
}
