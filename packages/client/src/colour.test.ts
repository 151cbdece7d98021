import { parseNickname } from '@sirdas/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { colourOf, contrastOf, hueOfName, MIN_CONTRAST } from './colour.ts';

const colour = fc.integer({ min: 0, max: 0xffffff });
const ayse = { nickname: parseNickname('ayşe'), chosenColour: null };

describe('XEP-0392 §13.1 test vectors', () => {
  test.each([
    ['Romeo', 327.255249, 327.255249, 147.255249],
    ['juliet@capulet.lit', 209.4104, 29.4104, 29.4104],
    ['😺', 331.199341, 331.199341, 151.199341],
    ['council', 359.994507, 359.994507, 179.994507],
    ['Board', 171.430664, 351.430664, 171.430664],
  ])('the hue of %s is %d, %d corrected for red-green and %d for blue', (name, plain, redGreen, blue) => {
    expect(hueOfName(name)).toBeCloseTo(plain, 5);
    expect(hueOfName(name, 'red-green')).toBeCloseTo(redGreen, 5);
    expect(hueOfName(name, 'blue')).toBeCloseTo(blue, 5);
  });
});

describe('colourOf', () => {
  test('a derived colour can be read on every background, after rounding to 8 bits', () => {
    fc.assert(
      fc.property(colour, fc.constantFrom('none', 'red-green', 'blue'), (background, correction) => {
        expect(contrastOf(colourOf(ayse, background, correction), background)).toBeGreaterThanOrEqual(
          MIN_CONTRAST,
        );
      }),
    );
  });

  test('a chosen colour can be read on every background', () => {
    fc.assert(
      fc.property(colour, colour, (chosenColour, background) => {
        const shown = colourOf({ ...ayse, chosenColour }, background);
        expect(contrastOf(shown, background)).toBeGreaterThanOrEqual(MIN_CONTRAST);
      }),
    );
  });

  test('a chosen colour that can be read already is shown as it was chosen', () => {
    expect(colourOf({ ...ayse, chosenColour: 0xffcc00 }, 0x000000)).toBe(0xffcc00);
    expect(colourOf({ ...ayse, chosenColour: 0x224488 }, 0xffffff)).toBe(0x224488);
  });

  test('black on black is moved only as far as it must', () => {
    const shown = colourOf({ ...ayse, chosenColour: 0x000000 }, 0x000000);
    expect(contrastOf(shown, 0x000000)).toBeLessThan(MIN_CONTRAST + 0.5);
  });

  test('the same name has the same colour, different names have different ones', () => {
    expect(colourOf(ayse, 0x1e1e1e)).toBe(colourOf({ ...ayse }, 0x1e1e1e));
    const mehmet = { nickname: parseNickname('mehmet'), chosenColour: null };
    expect(colourOf(ayse, 0x1e1e1e)).not.toBe(colourOf(mehmet, 0x1e1e1e));
  });
});
