// A QR code for the terminal, two modules per character. With colours it is drawn black on white whatever the theme,
// so that every scanner reads it; without, the half blocks themselves are the light modules on a dark background and
// the dark ones on a light background.
import { encode } from 'uqr';
import type { ColourDepth } from './colour-depth.ts';

export interface QrSurface {
  readonly depth: ColourDepth;
  readonly isDark: boolean;
}

const QUIET_ZONE = 2;
const RESET = '\u001b[0m';
/** Black on white in each depth: the fixed ends of the palette where there are 256 colours, else the brightest. */
const BLACK_ON_WHITE: Readonly<Record<ColourDepth, string>> = {
  none: '',
  ansi: '\u001b[30;107m',
  indexed: '\u001b[38;5;16;48;5;231m',
  true: '\u001b[38;2;0;0;0;48;2;255;255;255m',
};

/** Rows of the same width. */
export function drawQrCode(text: string, { depth, isDark }: QrSurface): string[] {
  const { data } = encode(text, { ecc: 'L', border: QUIET_ZONE });
  const drawsLight = depth === 'none' && isDark;
  const isDrawn = (row: number, column: number) => (data[row]?.[column] ?? false) !== drawsLight;
  const paint = BLACK_ON_WHITE[depth];
  const rows: string[] = [];
  for (let row = 0; row < data.length; row += 2) {
    const blocks = (data[row] ?? []).map((_, column) =>
      pickBlock(isDrawn(row, column), isDrawn(row + 1, column)),
    );
    rows.push(paint === '' ? blocks.join('') : paint + blocks.join('') + RESET);
  }
  return rows;
}

function pickBlock(upper: boolean, lower: boolean): string {
  if (upper) return lower ? '█' : '▀';
  return lower ? '▄' : ' ';
}
