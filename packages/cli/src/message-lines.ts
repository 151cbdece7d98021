// One message as lines for programs of lines: `sirdas listen` and `sirdas chat --classic`. Peer text passes the gate here.
import { colourOf, type Message, type Nickname } from '@sirdas/client';
import { describeEventLine } from './chat/event-line.ts';
import type { Console } from './console.ts';
import { isolateDirection, toSafeLines, toSafeName } from './terminal/safe-text.ts';

const ACTION = '/me ';

/** Where a message is shown. */
export interface MessagePlace {
  readonly self: Nickname;
  /** The name of the group, as it came; null in a direct conversation. */
  readonly group: string | null;
}

type LineConsole = Pick<Console, 'words' | 'language' | 'paint' | 'background'>;

/** `09:41 ayşe: text`, in a group `09:41 #Aile ayşe: text`; further lines are indented. */
export function formatMessage(message: Message, console: LineConsole, place: MessagePlace): string[] {
  const { sender, sentMs } = message;
  const name = console.paint(sender, {
    bold: true,
    colour: colourOf({ nickname: sender, chosenColour: null }, console.background),
  });
  // CLI-106
  const group =
    place.group === null
      ? ''
      : `#${isolateDirection(toSafeName(place.group, console.words.chat.unnamedGroup))} `;
  const head = `${console.paint(formatTime(sentMs), { dim: true })} ${group}`;
  if (message.body.kind === 'event') {
    const { text } = describeEventLine(sender, message.body.event, { ...console, ...place });
    return [`${head}· ${isolateDirection(text)}`];
  }
  const text = textOf(message, console);
  const isAction = text.startsWith(ACTION);
  const [first = '', ...rest] = toSafeLines(isAction ? text.slice(ACTION.length) : text).map(
    isolateDirection,
  );
  const line = isAction ? `${head}* ${name} ${first}` : `${head}${name}: ${first}`;
  return [line, ...rest.map((further) => `      ${further}`)];
}

function textOf({ body }: Message, { words }: LineConsole): string {
  if (body.kind === 'text') return body.text;
  return body.kind === 'deleted' ? words.chat.deleted : words.chat.unsupported;
}

function formatTime(ms: number): string {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
}
