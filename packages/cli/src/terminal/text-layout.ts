// How wide text is on a terminal, and how it is cut and wrapped. Widths are counted twice: as a modern terminal shows
// it, and `cautious`, as one shows it that knows no joined emoji (a family of four is 2 or 8 columns): lines are wrapped
// by the larger of the two, so that a line never runs over the edge. The input is safe text (safe-text.ts).
import stringWidth from 'string-width';

const graphemeSegmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** Letters that are one grapheme of one column each: ASCII and the Latin of Europe, Turkish included. */
const SIMPLE = /^[ -~\u00a1-\u00ac\u00ae-\u024f]*$/;
const MAX_KNOWN_WIDTHS = 4096;
const knownWidths = new Map<string, number>();
const JOINED = /[\u200d\ufe0f\u{1f3fb}-\u{1f3ff}\p{Regional_Indicator}]/u;

export function splitGraphemes(text: string): string[] {
  if (SIMPLE.test(text)) return [...text];
  return Array.from(graphemeSegmenter.segment(text), ({ segment }) => segment);
}

/** Columns on a terminal that shows every grapheme as one. Escape sequences count as nothing. */
export function widthOf(text: string): number {
  return SIMPLE.test(text) ? text.length : stringWidth(text);
}

/** Columns of one grapheme on the terminal that needs most. Remembered: measuring is slow and texts repeat themselves. */
export function cautiousWidthOf(grapheme: string): number {
  if (SIMPLE.test(grapheme)) return grapheme.length;
  const known = knownWidths.get(grapheme);
  if (known !== undefined) return known;
  if (knownWidths.size === MAX_KNOWN_WIDTHS) knownWidths.clear();
  const width = measureCautiously(grapheme);
  knownWidths.set(grapheme, width);
  return width;
}

function measureCautiously(grapheme: string): number {
  const width = stringWidth(grapheme);
  if (!JOINED.test(grapheme)) return width;
  let sum = 0;
  for (const character of grapheme) sum += stringWidth(character);
  return Math.max(sum, width);
}

/** Cuts what does not fit and ends it with `…`. */
export function truncate(text: string, columns: number): string {
  if (columns <= 0) return '';
  let width = 0;
  let kept = '';
  for (const grapheme of splitGraphemes(text)) {
    const next = cautiousWidthOf(grapheme);
    if (width + next > columns) return `${cutToWidth(kept, columns - 1)}…`;
    width += next;
    kept += grapheme;
  }
  return kept;
}

/** Fills up with spaces to exactly `columns`, cutting where needed. */
export function padToWidth(text: string, columns: number): string {
  const cut = truncate(text, columns);
  return cut + ' '.repeat(Math.max(0, columns - widthOf(cut)));
}

/** One line as rows of at most `columns`, broken at spaces where possible. An empty line is one empty row. */
export function wrapLine(line: string, columns: number): string[] {
  const rows: string[] = [];
  let row = '';
  let rowWidth = 0;
  for (const word of line.match(/ +|[^ ]+/g) ?? []) {
    const wordWidth = sumCautiousWidths(word);
    if (rowWidth + wordWidth <= columns) {
      row += word;
      rowWidth += wordWidth;
      continue;
    }
    const isSpace = word.startsWith(' ');
    if (rowWidth > 0) rows.push(row.trimEnd());
    const pieces = isSpace ? [''] : cutIntoPieces(word, columns);
    rows.push(...pieces.slice(0, -1));
    row = pieces.at(-1) ?? '';
    rowWidth = sumCautiousWidths(row);
  }
  rows.push(row);
  return rows;
}

/** One pass, since a peer may send one word of 60 KiB. A grapheme wider than a whole row stands alone. */
function cutIntoPieces(word: string, columns: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  let width = 0;
  for (const grapheme of splitGraphemes(word)) {
    const next = cautiousWidthOf(grapheme);
    if (piece !== '' && width + next > columns) {
      pieces.push(piece);
      piece = '';
      width = 0;
    }
    piece += grapheme;
    width += next;
  }
  return [...pieces, piece];
}

function cutToWidth(text: string, columns: number): string {
  let width = 0;
  let kept = '';
  for (const grapheme of splitGraphemes(text)) {
    width += cautiousWidthOf(grapheme);
    if (width > columns) break;
    kept += grapheme;
  }
  return kept;
}

function sumCautiousWidths(text: string): number {
  if (SIMPLE.test(text)) return text.length;
  let sum = 0;
  for (const grapheme of splitGraphemes(text)) sum += cautiousWidthOf(grapheme);
  return sum;
}
