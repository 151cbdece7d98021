import { colourOf, contrastOf, MIN_CONTRAST } from '@sirdas/client';
import { parseNickname } from '@sirdas/protocol';
import { expect, test } from 'vitest';
import { distanceOf } from '../terminal/paint.ts';
import { distinguishColours } from './conversation-colours.ts';
import { AYSE, MEHMET } from './message.testkit.ts';

const BLACK = 0x000000;
const TEN = Array.from({ length: 10 }, (_, index) => parseNickname(`üye${index}`));

test('everybody keeps their own colour where nobody else has it', () => {
  const colours = distinguishColours([AYSE], new Map(), BLACK);
  expect(colours.get(AYSE)).toBe(colourOf({ nickname: AYSE, chosenColour: null }, BLACK));
});

test('a colour that somebody chose is theirs; who looks like it without having chosen gets another one', () => {
  const derived = colourOf({ nickname: AYSE, chosenColour: null }, BLACK);
  const colours = distinguishColours([AYSE, MEHMET], new Map([[MEHMET, derived]]), BLACK);
  expect(colours.get(MEHMET)).toBe(derived);
  expect(distanceOf(colours.get(AYSE) ?? derived, derived)).toBeGreaterThan(90);
});

test.each([BLACK, 0xffffff])('ten people can be told apart and read on %d', (background) => {
  const colours = [...distinguishColours(TEN, new Map(), background).values()];
  expect(new Set(colours).size).toBe(10);
  for (const colour of colours) {
    expect(contrastOf(colour, background)).toBeGreaterThanOrEqual(MIN_CONTRAST);
    const others = colours.filter((other) => other !== colour);
    expect(Math.min(...others.map((other) => distanceOf(colour, other)))).toBeGreaterThan(40);
  }
});

test('the order in which people are listed does not matter', () => {
  const forwards = distinguishColours(TEN, new Map(), BLACK);
  const backwards = distinguishColours(TEN.toReversed(), new Map(), BLACK);
  for (const nickname of TEN) expect(backwards.get(nickname)).toBe(forwards.get(nickname));
});
