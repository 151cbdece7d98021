// What the rows of a conversation depend on besides its messages, and what they are indented by. Made by chat-screen.tsx for
// each width; used by message-rows.ts and message-body.ts.
import type { Language, Message, Nickname } from '@sirdas/client';
import type { Painter } from '../terminal/paint.ts';
import type { Words } from '../words/words.ts';
import type { TimeWriter } from './time-writer.ts';

/** A new object means: lay everything out again. */
export interface RowContext {
  readonly columns: number;
  readonly words: Words;
  readonly language: Language;
  readonly paint: Painter;
  readonly times: TimeWriter;
  readonly self: Nickname;
  readonly isGroup: boolean;
  /** Others in the conversation: so many can get a message. */
  readonly recipients: number;
  /** 0xRRGGBB for a nickname; different for everybody in the conversation. */
  readonly colourOfName: (nickname: Nickname) => number;
}

/** What stands around a message. */
export interface Neighbours {
  readonly previous: Message | null;
  /** The first message that was unread when the conversation was opened. */
  readonly isFirstUnread: boolean;
  /** What it answers, where that is loaded. */
  readonly quoted: Message | null;
}

/** Left of every text: time and a space on both sides. */
export const GUTTER = 7;
export const ERROR_COLOUR = 0xff6b6b;
export const WARNING_COLOUR = 0xe5b567;
const ACTION = '/me ';

export function indent(row: string): string {
  return ' '.repeat(GUTTER) + row;
}

export function isAction({ body }: Message): boolean {
  return body.kind === 'text' && body.text.startsWith(ACTION);
}

/** What is shown of a text: without the `/me` of an action. */
export function textOf(message: Message): string {
  const { body } = message;
  if (body.kind !== 'text') return '';
  return isAction(message) ? body.text.slice(ACTION.length) : body.text;
}
