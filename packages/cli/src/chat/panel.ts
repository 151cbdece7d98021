// What covers the messages for a moment: help, who is online, a safety number, an invite. Plain lines and pictures,
// wrapped and painted by panes.ts.
import type { Nickname } from '@sirdas/client';
import type { Style } from '../terminal/paint.ts';

export interface PanelLine {
  /** Safe text. */
  readonly text: string;
  readonly style?: Style;
  /** Stands before the text, which is wrapped beside it. */
  readonly label?: string;
  /** To be copied with the mouse: from the edge of the window, which the panel then has for itself. */
  readonly isLink?: boolean;
  /** A row of a picture: painted already, neither wrapped nor cut. */
  readonly isPicture?: boolean;
}

export interface Panel {
  readonly title: string;
  readonly lines: readonly PanelLine[];
  /** The number that it shows, for `/verify confirm`: what is confirmed is what was seen. */
  readonly safetyNumber?: { readonly nickname: Nickname; readonly digits: string };
}

export const EMPTY_LINE: PanelLine = { text: '' };

const GROUPS_PER_LINE = 4;

/** Digits, with or without spaces, in groups of 5, four to a line. */
export function groupDigits(digits: string): string[] {
  const groups = digits.replaceAll(' ', '').match(/\d{5}/g) ?? [];
  const lines: string[] = [];
  for (let i = 0; i < groups.length; i += GROUPS_PER_LINE) {
    lines.push(groups.slice(i, i + GROUPS_PER_LINE).join('  '));
  }
  return lines;
}
