// What a command sees of the world: streams, environment, language, words and paint. Made once in main.ts; tests make
// their own. Commands print lines through `print`, problems through `warn`, and never touch process.* themselves.
import type { Language } from '@sirdas/client';
import type { ColourDepth } from './terminal/colour-depth.ts';
import type { Painter } from './terminal/paint.ts';
import type { Words } from './words/words.ts';

export interface Console {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly errors: NodeJS.WriteStream;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly language: Language;
  readonly words: Words;
  readonly depth: ColourDepth;
  /** 0xRRGGBB, as far as the environment tells. */
  readonly background: number;
  /** For lines on `output`; plain when that is no terminal. */
  readonly paint: Painter;
  /** Both ends are a terminal: questions can be asked and answered. */
  readonly isInteractive: boolean;
  readonly now: () => number;
}

/** Prints one line, safe text or text of our own. */
export function print(console: Console, line = ''): void {
  console.output.write(`${line}\n`);
}

/** Says something to the person that is not the output of the command. */
export function warn(console: Console, line: string): void {
  console.errors.write(`${line}\n`);
}
