// The colours of the people in one conversation. Everybody has their own (chosen, or made from the nickname); where two of
// one conversation look alike, the one whose colour nobody chose gets another one, the same in every frame. Colour is never
// the only sign: the name stands beside it. Pure.
import { colourOf, type Nickname } from '@sirdas/client';
import { distanceOf } from '../terminal/paint.ts';

/** Colours to choose from where one is taken, far from each other. */
const SPARE_COLOURS = [
  0xff6b6b, 0xffa94d, 0xffe066, 0xa9e34b, 0x51cf66, 0x38d9a9, 0x22b8cf, 0x4dabf7, 0x748ffc, 0xb197fc,
  0xf783ac, 0xe599f7,
];
/** "Redmean" distance below which two colours look alike beside each other. */
const ALIKE = 90;

/** 0xRRGGBB of everybody of `nicknames`; `background` 0xRRGGBB. */
export function distinguishColours(
  nicknames: readonly Nickname[],
  chosenColours: ReadonlyMap<Nickname, number>,
  background: number,
): ReadonlyMap<Nickname, number> {
  const inOrder = [...nicknames].sort((one, other) => (one < other ? -1 : 1));
  const chose = inOrder.filter((nickname) => chosenColours.has(nickname));
  const derived = inOrder.filter((nickname) => !chosenColours.has(nickname));
  const colours = new Map<Nickname, number>();
  for (const nickname of chose) {
    colours.set(
      nickname,
      colourOf({ nickname, chosenColour: chosenColours.get(nickname) ?? null }, background),
    );
  }
  for (const nickname of derived) {
    colours.set(nickname, pickColour(nickname, [...colours.values()], background));
  }
  return colours;
}

/** The own one where nobody has it, else of the spare ones the one farthest from all that are taken. */
function pickColour(nickname: Nickname, taken: readonly number[], background: number): number {
  const own = colourOf({ nickname, chosenColour: null }, background);
  if (distanceToNearest(own, taken) >= ALIKE) return own;
  let best = { colour: own, distance: distanceToNearest(own, taken) };
  for (const spare of SPARE_COLOURS) {
    const colour = colourOf({ nickname, chosenColour: spare }, background);
    const distance = distanceToNearest(colour, taken);
    if (distance > best.distance) best = { colour, distance };
  }
  return best.colour;
}

function distanceToNearest(colour: number, taken: readonly number[]): number {
  return Math.min(Number.POSITIVE_INFINITY, ...taken.map((other) => distanceOf(colour, other)));
}
