// `sirdas listen`: every unread message, then what arrives and what happens in conversations, until it is stopped. A message
// is marked as read only after its line has been written, so that a crash shows it again rather than never. --json prints one
// object per line.
import {
  type Conversation,
  describeError,
  type LinkState,
  type Message,
  type Sirdas,
  type SirdasEvent,
} from '@sirdas/client';
import { needAccount, withAccount } from '../account.ts';
import { type Console, warn } from '../console.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { formatJsonLine } from '../json-line.ts';
import { formatMessage } from '../message-lines.ts';
import { type Options, readNumber, readSwitch, takeArguments } from './command.ts';
import { describeChanged, describeEvent, describeMessage } from './listen-json.ts';

const MAX_COUNT = 999_999_999;

interface Listening {
  readonly sirdas: Sirdas;
  readonly console: Console;
  readonly isJson: boolean;
  readonly hasEvents: boolean;
  readonly maxCount: number;
  readonly signal: AbortSignal;
}

export async function runListen(console: Console, options: Options): Promise<number> {
  takeArguments(options, []);
  const count = readNumber(options, 'count', { standard: MAX_COUNT, min: 1, max: MAX_COUNT });
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  await withAccount(console, options, async (sirdas) => {
    const isJson = readSwitch(options, 'json');
    if (console.isInteractive && !isJson) warn(console, console.words.listen.waiting);
    await listen({
      sirdas,
      console,
      isJson,
      hasEvents: readSwitch(options, 'events'),
      maxCount: readSwitch(options, 'once') ? 1 : count,
      signal: stop.signal,
    });
  });
  return EXIT_STATUS.done;
}

async function listen(listening: Listening): Promise<void> {
  const { sirdas, maxCount, signal } = listening;
  let count = 0;
  for (const message of await readUnread(sirdas)) {
    if (signal.aborted) return;
    await show(message, listening);
    if (++count === maxCount) return;
  }
  const events = sirdas.events({ signal });
  const connected = sirdas.connect({ signal });
  // Where connecting can never succeed the loop ends, and the error is thrown after it.
  connected.catch(() => events.return?.());
  const isEnough = await follow(events, maxCount - count, listening);
  if (!isEnough && !signal.aborted) await connected;
}

/** Resolves to true when `maxCount` messages have come, to false when there are no more events. */
async function follow(
  events: AsyncIterable<SirdasEvent>,
  maxCount: number,
  listening: Listening,
): Promise<boolean> {
  let count = 0;
  for await (const event of events) {
    const isShown = event.type === 'message' && (event.message.direction === 'in' || isLine(event.message));
    if (isShown) await show(event.message, listening);
    else await showEvent(event, listening);
    if (isShown && !isLine(event.message) && ++count === maxCount) return true;
  }
  return false;
}

/** Something that happened: printed, but no message. */
function isLine({ body }: Message): boolean {
  return body.kind === 'event';
}

async function showEvent(event: SirdasEvent, listening: Listening): Promise<void> {
  if (event.type === 'link') tellOffline(event.link, listening);
  if (!listening.hasEvents || !listening.isJson) return;
  const described =
    event.type === 'changed' || event.type === 'delivery'
      ? describeChanged(event.message, placeOf(event.message, listening))
      : describeEvent(event);
  if (described !== null) await write(listening.console, formatJsonLine(described));
}

/** Of all conversations, in the order in which they were saved. */
async function readUnread(sirdas: Sirdas): Promise<readonly Message[]> {
  const unread = await Promise.all(
    sirdas
      .conversations()
      .filter((conversation) => conversation.unread > 0)
      .map((conversation) => readUnreadOf(sirdas, conversation)),
  );
  return unread.flat().sort((one, other) => one.savedMs - other.savedMs);
}

/** Own messages and what happened may stand between the unread ones: pages are read until enough are found. */
async function readUnreadOf(sirdas: Sirdas, { id, unread }: Conversation): Promise<readonly Message[]> {
  const found: Message[] = [];
  let before: number | undefined;
  for (;;) {
    const page = await sirdas.messages(id, before === undefined ? {} : { before });
    for (const message of page) {
      const isUnread = message.direction === 'in' && !isLine(message) && found.length < unread;
      if (isUnread) found.push(message);
    }
    const oldest = page.at(-1);
    if (oldest === undefined || found.length >= unread) return found.reverse();
    before = oldest.position;
  }
}

async function show(message: Message, listening: Listening): Promise<void> {
  const { sirdas, console, isJson } = listening;
  const place = placeOf(message, listening);
  const group = place?.kind === 'group' ? place.name : null;
  const lines = isJson
    ? [formatJsonLine(describeMessage(message, place))]
    : formatMessage(message, console, { self: needAccount(sirdas).nickname, group });
  for (const line of lines) await write(console, line);
  await sirdas.markRead(message.conversation, message.position);
}

function placeOf({ conversation }: Message, { sirdas }: Listening): Conversation | null {
  return sirdas.conversations().find(({ id }) => id === conversation) ?? null;
}

/** Waits for a slow reader rather than keeping everything in memory. */
async function write(console: Console, line: string): Promise<void> {
  await new Promise<void>((resolve) => {
    console.output.write(`${line}\n`, () => resolve());
  });
}

function tellOffline(link: LinkState, { console, isJson }: Listening): void {
  if (link.state !== 'offline' || link.error === null || link.retryAtMs === null || isJson) return;
  warn(console, describeError(link.error, console.language).what);
}
