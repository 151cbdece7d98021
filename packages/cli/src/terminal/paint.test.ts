import { contrastOf } from '@sirdas/client';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detectColourDepth } from './colour-depth.ts';
import { createPainter } from './paint.ts';

const ESC = '\u001b';
const BLACK = 0x000000;
const WHITE = 0xffffff;

describe('detectColourDepth', () => {
  test.each([
    ['a modern terminal', { TERM: 'xterm-256color', COLORTERM: 'truecolor' }, true, 'true'],
    ['tmux or screen', { TERM: 'screen-256color' }, true, 'indexed'],
    ['a Linux console', { TERM: 'linux' }, true, 'ansi'],
    ['a dumb terminal', { TERM: 'dumb' }, true, 'none'],
    ['a pipe', { TERM: 'xterm-256color', COLORTERM: 'truecolor' }, false, 'none'],
    ['NO_COLOR', { TERM: 'xterm-256color', NO_COLOR: '1' }, true, 'none'],
    ['FORCE_COLOR in a pipe', { FORCE_COLOR: '3' }, false, 'true'],
  ] as const)('%s', (_what, environment, isTty, depth) => {
    expect(detectColourDepth(environment, isTty)).toBe(depth);
  });
});

describe('createPainter', () => {
  test('writes 24 bits where the terminal shows them', () => {
    expect(createPainter('true', BLACK)('x', { colour: 0xff8000 })).toBe(`${ESC}[38;2;255;128;0mx${ESC}[0m`);
  });

  test('takes the nearest of 256', () => {
    expect(createPainter('indexed', BLACK)('x', { colour: 0xff8700 })).toBe(`${ESC}[38;5;208mx${ESC}[0m`);
  });

  test.each([
    ['red', 0xe05050, 91, 31],
    ['green', 0x40c040, 92, 32],
    ['blue', 0x6060ff, 94, 34],
    ['magenta', 0xff40ff, 95, 35],
    ['a red on the other side of the circle', 0xff4060, 91, 31],
  ])(
    'takes the nearest hue of 16 for %s: bright on dark, normal on light',
    (_what, colour, onDark, onLight) => {
      expect(createPainter('ansi', BLACK)('x', { colour })).toBe(`${ESC}[${onDark}mx${ESC}[0m`);
      expect(createPainter('ansi', WHITE)('x', { colour })).toBe(`${ESC}[${onLight}mx${ESC}[0m`);
    },
  );

  test('of 256 it takes only what can be read on the background', () => {
    const colour = fc.integer({ min: 0, max: WHITE });
    fc.assert(
      fc.property(colour, fc.constantFrom(BLACK, WHITE, 0x1e1e2e, 0xfdf6e3), (wanted, background) => {
        const [, index = ''] =
          /38;5;(\d+)m/.exec(createPainter('indexed', background)('x', { colour: wanted })) ?? [];
        expect(contrastOf(colourOfIndex(Number(index)), background)).toBeGreaterThanOrEqual(4.5);
      }),
      { numRuns: 200 },
    );
  });

  test('without colours the weights stay', () => {
    const paint = createPainter('none', BLACK);
    expect(paint('x', { colour: 0xff0000 })).toBe('x');
    expect(paint('x', { colour: 0xff0000, bold: true, inverse: true })).toBe(`${ESC}[1;7mx${ESC}[0m`);
  });
});

/** The standard palette of xterm: a cube of six levels, then 24 greys. */
function colourOfIndex(index: number): number {
  if (index >= 232) return (8 + 10 * (index - 232)) * 0x010101;
  const level = (digit: number) => (digit === 0 ? 0 : 55 + 40 * digit);
  const cube = index - 16;
  return (level(Math.floor(cube / 36)) << 16) | (level(Math.floor(cube / 6) % 6) << 8) | level(cube % 6);
}
