// How wide text is on a terminal, and how it is cut and wrapped. Widths are counted twice: as a modern terminal shows
// it, and `cautious`, as one shows it that knows no joined emoji (a family of four is 2 or 8 columns): lines are wrapped
// by the larger of the two, so that a line never runs over the edge. The input is safe text (safe-text.ts).
import stringWidth from 'string-width';

const graphemeSegmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
const PRINTABLE_ASCII = /^[ -~]*$/;
const JOINED = /[\u200d\ufe0f\u{1f3fb}-\u{1f3ff}\p{Regional_Indicator}]/u;

export function splitGraphemes(text: string): string[] {
  if (PRINTABLE_ASCII.test(text)) return [...text];
  return Array.from(graphemeSegmenter.segment(text), ({ segment }) => segment);
}

/** Columns on a terminal that shows every grapheme as one. Escape sequences count as nothing. */
export function widthOf(text: string): number {
  return PRINTABLE_ASCII.test(text) ? text.length : stringWidth(text);
}

/** Columns of one grapheme on the terminal that needs most. */
export function cautiousWidthOf(grapheme: string): number {
  if (!JOINED.test(grapheme)) return widthOf(grapheme);
  let sum = 0;
  for (const character of grapheme) sum += stringWidth(character);
  return Math.max(sum, stringWidth(grapheme));
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

function cutIntoPieces(word: string, columns: number): string[] {
  const pieces: string[] = [];
  let rest = word;
  while (sumCautiousWidths(rest) > columns) {
    // A grapheme wider than the whole row stands alone rather than looping for ever.
    const piece = cutToWidth(rest, columns) || (splitGraphemes(rest)[0] ?? '');
    pieces.push(piece);
    rest = rest.slice(piece.length);
  }
  return rest === '' ? pieces : [...pieces, rest];
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
  if (PRINTABLE_ASCII.test(text)) return text.length;
  let sum = 0;
  for (const grapheme of splitGraphemes(text)) sum += cautiousWidthOf(grapheme);
  return sum;
}
