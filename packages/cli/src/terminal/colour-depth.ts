// How many colours the terminal shows, from the environment: NO_COLOR (no-color.org), FORCE_COLOR, COLORTERM, TERM.
// Called once by the composition in main; everything that prints asks the painter made from the answer.

/** Colours per cell: none, the 16 of ANSI, the 256 of xterm, or 24 bits. */
export type ColourDepth = 'none' | 'ansi' | 'indexed' | 'true';

const FORCED: Readonly<Record<string, ColourDepth>> = {
  '0': 'none',
  '1': 'ansi',
  '2': 'indexed',
  '3': 'true',
};

export function detectColourDepth(
  environment: Readonly<Record<string, string | undefined>>,
  isTty: boolean,
): ColourDepth {
  const { NO_COLOR, FORCE_COLOR, COLORTERM = '', TERM = '' } = environment;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return 'none';
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCED[FORCE_COLOR] ?? 'ansi';
  if (!isTty || TERM === 'dumb') return 'none';
  if (/^(?:truecolor|24bit)$/i.test(COLORTERM) || /-direct$|^xterm-(?:kitty|ghostty)$/.test(TERM))
    return 'true';
  if (/-256(?:color)?$/.test(TERM)) return 'indexed';
  return TERM === '' ? 'none' : 'ansi';
}
