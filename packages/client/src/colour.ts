// The colour of a person: chosen, or derived from the nickname (XEP-0392 §5.1, the hue as an OKLCH hue), corrected so that
// text in it can be read on the background where it stands: WCAG 2.2 contrast of at least 4.5:1, checked after rounding
// to 8 bits per channel. Called by the terminal and the web app; colour is never the only cue there.
import { sha1 } from '@noble/hashes/legacy.js';
import type { Nickname } from '@sirdas/protocol';
import { encodeUtf8 } from '@sirdas/protocol';
import {
  clampChroma,
  converter,
  modeLrgb,
  modeOklab,
  modeOklch,
  modeRgb,
  type Oklch,
  type Rgb,
  useMode,
  wcagContrast,
} from 'culori/fn';

/** Which hues to keep apart from for people who cannot tell all of them apart (XEP-0392 §5.2). Never told to others. */
export type VisionCorrection = 'none' | 'red-green' | 'blue';

/** What the colour of a person depends on; contacts and people online both have it. */
export interface ColouredPerson {
  readonly nickname: Nickname;
  /** 0xRRGGBB; null: derived. */
  readonly chosenColour: number | null;
}

/** WCAG 2.2 §1.4.3, text of normal size. */
export const MIN_CONTRAST = 4.5;

const LIGHTNESS_STEP = 0.01;
const DERIVED_CHROMA = 0.14;
/** Where the search for a readable lightness starts: the middle, so that as little as possible is changed. */
const DERIVED_LIGHTNESS = 0.7;
const DERIVED_LIGHTNESS_ON_LIGHT = 0.55;

useMode(modeRgb);
useMode(modeLrgb);
useMode(modeOklab);
useMode(modeOklch);
const toOklch = converter('oklch');
const toRgb = converter('rgb');

/** The colour to write this person's name in on `background`, both 0xRRGGBB. */
export function colourOf(
  person: ColouredPerson,
  background: number,
  correction: VisionCorrection = 'none',
): number {
  const wanted =
    person.chosenColour === null
      ? deriveColour(person.nickname, background, correction)
      : toOklch(unpackColour(person.chosenColour));
  return makeReadable(wanted, background);
}

/** Degrees, 0 ≤ hue < 360. XEP-0392 §5.1 and §5.2. */
export function hueOfName(name: string, correction: VisionCorrection = 'none'): number {
  const [low = 0, high = 0] = sha1(encodeUtf8(name));
  const hue = ((low + 256 * high) / 65_536) * 360;
  if (correction === 'red-green') return (((hue + 90) % 180) + 270) % 360;
  return correction === 'blue' ? hue % 180 : hue;
}

/** WCAG 2.2 contrast ratio of two colours, 1 to 21. */
export function contrastOf(one: number, other: number): number {
  return wcagContrast(unpackColour(one), unpackColour(other));
}

function deriveColour(nickname: Nickname, background: number, correction: VisionCorrection): Oklch {
  const isLight = contrastOf(background, 0x000000) > contrastOf(background, 0xffffff);
  return {
    mode: 'oklch',
    l: isLight ? DERIVED_LIGHTNESS_ON_LIGHT : DERIVED_LIGHTNESS,
    c: DERIVED_CHROMA,
    h: hueOfName(nickname, correction),
  };
}

/** The nearest lightness, same hue, with enough contrast. Black or white always has: 4.58 on the worst background. */
function makeReadable(wanted: Oklch, background: number): number {
  for (let distance = 0; distance <= 1; distance += LIGHTNESS_STEP) {
    for (const lightness of [wanted.l + distance, wanted.l - distance]) {
      const candidate = packColour(
        toRgb(clampChroma({ ...wanted, l: clampToUnit(lightness) }, 'oklch', 'rgb')),
      );
      if (contrastOf(candidate, background) >= MIN_CONTRAST) return candidate;
    }
  }
  return contrastOf(0x000000, background) >= MIN_CONTRAST ? 0x000000 : 0xffffff;
}

function unpackColour(colour: number): Rgb {
  return {
    mode: 'rgb',
    r: ((colour >> 16) & 0xff) / 255,
    g: ((colour >> 8) & 0xff) / 255,
    b: (colour & 0xff) / 255,
  };
}

function packColour({ r, g, b }: Rgb): number {
  const [red, green, blue] = [r, g, b].map((channel) => Math.round(clampToUnit(channel) * 255));
  return ((red ?? 0) << 16) | ((green ?? 0) << 8) | (blue ?? 0);
}

function clampToUnit(value: number): number {
  return Math.min(1, Math.max(0, value));
}
