// What covers the messages for a moment: help, who is online, a safety number, an invite. Plain lines and pictures,
// wrapped and painted by panel-pane.tsx.
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
  readonly safetyNumber?: string;
}
