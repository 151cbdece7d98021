// Who is typing where. A hint of the other side is good for a few seconds and is then forgotten, whether its end was told or
// not; a message of the same person ends it too. Pure; the model keeps it and the screen asks it with each frame.
import type { Activity, ConversationId, Nickname } from '@sirdas/client';

export interface ActivityNote {
  readonly conversation: ConversationId;
  readonly from: Nickname;
  readonly activity: Exclude<Activity, 'stopped'>;
  readonly untilMs: number;
}

export type ActivityBoard = readonly ActivityNote[];

/** A client that goes on says so more often than this. */
export const ACTIVITY_MS = 8000;

export function noteActivity(
  board: ActivityBoard,
  hint: { readonly conversation: ConversationId; readonly from: Nickname; readonly activity: Activity },
  nowMs: number,
): ActivityBoard {
  const { conversation, from, activity } = hint;
  const others = forgetActivity(board, conversation, from).filter(({ untilMs }) => untilMs > nowMs);
  return activity === 'stopped'
    ? others
    : [...others, { conversation, from, activity, untilMs: nowMs + ACTIVITY_MS }];
}

/** The same object when there was nothing. */
export function forgetActivity(
  board: ActivityBoard,
  conversation: ConversationId,
  from: Nickname,
): ActivityBoard {
  const isIt = (note: ActivityNote) => note.conversation === conversation && note.from === from;
  return board.some(isIt) ? board.filter((note) => !isIt(note)) : board;
}

export function activitiesIn(
  board: ActivityBoard,
  conversation: ConversationId,
  nowMs: number,
): ActivityBoard {
  return board.filter((note) => note.conversation === conversation && note.untilMs > nowMs);
}
