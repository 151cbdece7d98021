// Colours and weights as SGR escape sequences (ECMA-48 §8.3.117), the only escape sequences that lines of ours contain.
// A 24-bit colour is brought down to what the terminal shows: the nearest of the 256 that can still be read on the
// background, or of the 16 the one of the nearest hue. The text must be safe (safe-text.ts) before it is painted.
import { contrastOf, MIN_CONTRAST } from '@sirdas/client';
import type { ColourDepth } from './colour-depth.ts';

export interface Style {
  /** 0xRRGGBB. */
  readonly colour?: number;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly inverse?: boolean;
  readonly underline?: boolean;
}

export type Painter = (text: string, style: Style) => string;

const RESET = '\u001b[0m';
/** Hues, in degrees of HSV, of the six ANSI colours that have one. */
const ANSI_HUES: readonly (readonly [hue: number, code: number])[] = [
  [0, 31],
  [60, 33],
  [120, 32],
  [180, 36],
  [240, 34],
  [300, 35],
  [360, 31],
];
const BRIGHT = 60;
const CUBE_START = 16;
const CUBE_LEVELS = [0, 95, 135, 175, 215, 255];
const GREY_START = 232;
const PALETTE = listPalette();

/** A painter for one terminal; `background` 0xRRGGBB. */
export function createPainter(depth: ColourDepth, background: number): Painter {
  const codes = new Map<number, string>();
  const findCode = (colour: number) => {
    const known = codes.get(colour);
    if (known !== undefined) return known;
    const code = codeOf(colour, depth, background);
    codes.set(colour, code);
    return code;
  };
  return (text, style) => {
    if (text === '') return '';
    const parameters = listParameters(style);
    if (style.colour !== undefined && depth !== 'none') parameters.push(findCode(style.colour));
    return parameters.length === 0 ? text : `\u001b[${parameters.join(';')}m${text}${RESET}`;
  };
}

function listParameters({ bold, dim, underline, inverse }: Style): string[] {
  const parameters: string[] = [];
  if (bold) parameters.push('1');
  if (dim) parameters.push('2');
  if (underline) parameters.push('4');
  if (inverse) parameters.push('7');
  return parameters;
}

function codeOf(colour: number, depth: ColourDepth, background: number): string {
  if (depth === 'true') return `38;2;${channelsOf(colour).join(';')}`;
  if (depth === 'indexed') return `38;5;${nearestIndex(colour, background)}`;
  return String(nearestAnsi(colour, background));
}

function nearestIndex(colour: number, background: number): number {
  let best = { index: GREY_START, distance: Number.POSITIVE_INFINITY };
  for (const { index, colour: candidate } of PALETTE) {
    const distance = distanceOf(candidate, colour);
    if (distance < best.distance && contrastOf(candidate, background) >= MIN_CONTRAST)
      best = { index, distance };
  }
  return best.index;
}

/** The bright ones on dark backgrounds, the normal ones on light backgrounds: what the 16 look like is the terminal's. */
function nearestAnsi(colour: number, background: number): number {
  const isDark = contrastOf(background, 0xffffff) > contrastOf(background, 0x000000);
  const hue = hueOf(colour);
  const [, code] = ANSI_HUES.reduce((best, next) =>
    Math.abs(next[0] - hue) < Math.abs(best[0] - hue) ? next : best,
  );
  return isDark ? code + BRIGHT : code;
}

function listPalette(): { index: number; colour: number }[] {
  const cube = CUBE_LEVELS.flatMap((red) =>
    CUBE_LEVELS.flatMap((green) => CUBE_LEVELS.map((blue) => (red << 16) | (green << 8) | blue)),
  );
  const greys = Array.from({ length: 24 }, (_, step) => (8 + 10 * step) * 0x010101);
  return [...cube, ...greys].map((colour, position) => ({ index: CUBE_START + position, colour }));
}

/** "Redmean": close to how different two colours look, and cheap. */
export function distanceOf(one: number, other: number): number {
  const [red1, green1, blue1] = channelsOf(one);
  const [red2, green2, blue2] = channelsOf(other);
  const meanRed = (red1 + red2) / 2;
  return (
    (2 + meanRed / 256) * (red1 - red2) ** 2 +
    4 * (green1 - green2) ** 2 +
    (2 + (255 - meanRed) / 256) * (blue1 - blue2) ** 2
  );
}

/** Degrees of HSV; 0 for greys. */
function hueOf(colour: number): number {
  const [red, green, blue] = channelsOf(colour);
  const max = Math.max(red, green, blue);
  const range = max - Math.min(red, green, blue);
  if (range === 0) return 0;
  if (max === red) return (((green - blue) / range) * 60 + 360) % 360;
  return max === green ? ((blue - red) / range) * 60 + 120 : ((red - green) / range) * 60 + 240;
}

function channelsOf(colour: number): [red: number, green: number, blue: number] {
  return [(colour >> 16) & 0xff, (colour >> 8) & 0xff, colour & 0xff];
}
