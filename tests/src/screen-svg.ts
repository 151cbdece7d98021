// A terminal's screen as an SVG picture, from the cells of the screen model: runs of one style become one text element whose
// length is set to that of its cells, so that the columns stay columns in any monospaced font. Used by
// programs/screenshots.ts for the pictures in docs/images.
import type { IBufferCell, Terminal as Screen } from '@xterm/headless';

const CELL_WIDTH = 8.4;
const CELL_HEIGHT = 19;
const FONT_SIZE = 14;
const BASELINE = 14;
const PADDING = 16;
const TITLE_HEIGHT = 34;
const BACKGROUND = '#101216';
const FOREGROUND = '#d5d9e0';
const FRAME = '#2a2e37';
const DIM_OPACITY = 0.55;
const FONTS = "ui-monospace,'DejaVu Sans Mono','Cascadia Mono',Menlo,Consolas,monospace";

interface Run {
  readonly column: number;
  readonly columns: number;
  readonly text: string;
  readonly colour: string;
  readonly background: string | null;
  readonly isBold: boolean;
  readonly isDim: boolean;
}

export function drawScreen(screen: Screen, title: string): string {
  const width = screen.cols * CELL_WIDTH + 2 * PADDING;
  const height = screen.rows * CELL_HEIGHT + TITLE_HEIGHT + PADDING;
  const rows = Array.from({ length: screen.rows }, (_, row) => drawRow(screen, row));
  const lights = ['#ff5f57', '#febc2e', '#28c840'].map(
    (colour, index) => `<circle cx="${22 + 20 * index}" cy="17" r="6" fill="${colour}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${height}" width="${round(width)}" role="img" aria-label="${escapeText(title)}">`,
    `<rect width="100%" height="100%" rx="10" fill="${BACKGROUND}" stroke="${FRAME}"/>`,
    ...lights,
    `<text x="${round(width / 2)}" y="22" fill="#8a91a0" font-family="system-ui,sans-serif" font-size="13" text-anchor="middle">${escapeText(title)}</text>`,
    `<g font-family="${FONTS}" font-size="${FONT_SIZE}">`,
    ...rows.filter((row) => row !== ''),
    drawCursor(screen),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function drawRow(screen: Screen, row: number): string {
  const y = TITLE_HEIGHT + row * CELL_HEIGHT;
  return readRuns(screen, row)
    .map((run) => drawRun(run, y))
    .filter((drawn) => drawn !== '')
    .join('\n');
}

function drawRun({ column, columns, text, colour, background, isBold, isDim }: Run, y: number): string {
  const x = round(PADDING + column * CELL_WIDTH);
  const length = round(columns * CELL_WIDTH);
  const box =
    background === null
      ? ''
      : `<rect x="${x}" y="${y}" width="${length}" height="${CELL_HEIGHT}" fill="${background}"/>`;
  if (text.trim() === '') return box;
  const weight = isBold ? ' font-weight="600"' : '';
  const opacity = isDim ? ` opacity="${DIM_OPACITY}"` : '';
  const attributes = `x="${x}" y="${y + BASELINE}" textLength="${length}" lengthAdjust="spacingAndGlyphs" fill="${colour}"`;
  return `${box}<text ${attributes}${weight}${opacity}>${escapeText(text)}</text>`;
}

/** Cells of one style that follow each other; blanks of the default style are left out. */
function readRuns(screen: Screen, row: number): Run[] {
  const line = screen.buffer.active.getLine(screen.buffer.active.baseY + row);
  const runs: Run[] = [];
  for (let column = 0; column < screen.cols; column++) {
    const cell = line?.getCell(column);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const style = styleOf(cell);
    const last = runs.at(-1);
    const text = cell.getChars() || ' ';
    // Wide characters stand alone: fonts disagree about their width.
    const continues =
      last !== undefined &&
      isSameStyle(last, style) &&
      cell.getWidth() === 1 &&
      text.length === 1 &&
      last.columns === last.text.length;
    if (continues) runs[runs.length - 1] = { ...last, text: last.text + text, columns: last.columns + 1 };
    else runs.push({ column, columns: cell.getWidth(), text, ...style });
  }
  return runs.flatMap(splitAtGaps);
}

/** Without the blanks that XML would fold: words with single spaces between them, each where it belongs. */
function splitAtGaps(run: Run): Run[] {
  const { text, columns, column, background } = run;
  if (text.length !== columns) return [run];
  const words = [...text.matchAll(/\S+(?: \S+)*/g)].map((match) => ({
    ...run,
    background: null,
    text: match[0],
    column: column + match.index,
    columns: match[0].length,
  }));
  return background === null ? words : [{ ...run, text: ' '.repeat(columns) }, ...words];
}

type Style = Pick<Run, 'colour' | 'background' | 'isBold' | 'isDim'>;

function styleOf(cell: IBufferCell): Style {
  const foreground = cell.isFgRGB() ? toHex(cell.getFgColor()) : FOREGROUND;
  const background = cell.isBgRGB() ? toHex(cell.getBgColor()) : null;
  const isInverse = cell.isInverse() !== 0;
  return {
    colour: isInverse ? (background ?? BACKGROUND) : foreground,
    background: isInverse ? foreground : background,
    isBold: cell.isBold() !== 0,
    isDim: cell.isDim() !== 0,
  };
}

function isSameStyle(one: Style, other: Style): boolean {
  return (
    one.colour === other.colour &&
    one.background === other.background &&
    one.isBold === other.isBold &&
    one.isDim === other.isDim
  );
}

function drawCursor({ buffer }: Screen): string {
  const { cursorX, cursorY } = buffer.active;
  const x = round(PADDING + cursorX * CELL_WIDTH);
  const y = TITLE_HEIGHT + cursorY * CELL_HEIGHT;
  return `<rect x="${x}" y="${y}" width="${CELL_WIDTH}" height="${CELL_HEIGHT}" fill="${FOREGROUND}" opacity="0.7"/>`;
}

function toHex(colour: number): string {
  return `#${colour.toString(16).padStart(6, '0')}`;
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
