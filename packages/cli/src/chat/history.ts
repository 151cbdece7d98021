// What the person wrote before, for the arrow keys: newest first, without repetitions, and the text being written kept
// aside while they look. A value; lives as long as the program.

const MAX_ENTRIES = 200;

export interface InputHistory {
  readonly entries: readonly string[];
  /** Which entry is shown; -1: what is being written now. */
  readonly position: number;
  readonly draft: string;
}

export const EMPTY_HISTORY: InputHistory = { entries: [], position: -1, draft: '' };

export function remember(history: InputHistory, text: string): InputHistory {
  const entries = [text, ...history.entries.filter((entry) => entry !== text)].slice(0, MAX_ENTRIES);
  return { entries, position: -1, draft: '' };
}

/** One step to older (1) or newer (-1) entries; null where there are none. */
export function recall(
  history: InputHistory,
  step: 1 | -1,
  writing: string,
): { history: InputHistory; text: string } | null {
  const position = history.position + step;
  if (position < -1 || position >= history.entries.length) return null;
  const draft = history.position === -1 ? writing : history.draft;
  const text = position === -1 ? draft : (history.entries[position] ?? '');
  return { history: { ...history, position, draft }, text };
}
