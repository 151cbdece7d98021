import { encode } from 'uqr';
import { expect, test } from 'vitest';
import { drawQrCode } from './qr-code.ts';

const TEXT = 'https://relay.example:6443/i#ayşe';

/** The modules that the rows show: true is dark. */
function readModules(rows: readonly string[], drawnIsDark: boolean): boolean[][] {
  return rows.flatMap((row) => {
    const blocks = [...row];
    const upper = blocks.map((block) => (block === '█' || block === '▀') === drawnIsDark);
    const lower = blocks.map((block) => (block === '█' || block === '▄') === drawnIsDark);
    return [upper, lower];
  });
}

const { data } = encode(TEXT, { ecc: 'L', border: 2 });

test('on a dark background without colours the blocks are the light modules', () => {
  const modules = readModules(drawQrCode(TEXT, { depth: 'none', isDark: true }), false);
  expect(modules.slice(0, data.length)).toEqual(data);
});

test('on a light background without colours the blocks are the dark modules', () => {
  const modules = readModules(drawQrCode(TEXT, { depth: 'none', isDark: false }), true);
  expect(modules.slice(0, data.length)).toEqual(data);
});

test('with colours it is black on white on any background', () => {
  for (const isDark of [true, false]) {
    const rows = drawQrCode(TEXT, { depth: 'true', isDark });
    expect(rows[0]).toMatch(/^.\[38;2;0;0;0;48;2;255;255;255m[ ▀▄█]+.\[0m$/);
  }
});
