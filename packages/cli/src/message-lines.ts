// One message as lines for programs of lines: `sirdas listen` and `sirdas chat --classic`. Peer text passes the gate here.
import { colourOf, type Message } from '@sirdas/client';
import type { Console } from './console.ts';
import { isolateDirection, toSafeLines } from './terminal/safe-text.ts';

const ACTION = '/me ';

/** `09:41 ayşe: text`; further lines are indented. */
export function formatMessage(message: Message, console: Console): string[] {
  const { sender, body, sentMs } = message;
  const name = console.paint(sender, {
    bold: true,
    colour: colourOf({ nickname: sender, chosenColour: null }, console.background),
  });
  const time = console.paint(formatTime(sentMs), { dim: true });
  const text = body.kind === 'text' ? body.text : console.words.chat.unsupported;
  const isAction = text.startsWith(ACTION);
  const [first = '', ...rest] = toSafeLines(isAction ? text.slice(ACTION.length) : text).map(
    isolateDirection,
  );
  const head = isAction ? `${time} * ${name} ${first}` : `${time} ${name}: ${first}`;
  return [head, ...rest.map((line) => `      ${line}`)];
}

function formatTime(ms: number): string {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
}
