// What everybody sees of a group in the end: the same, as far as they were there. Histories are compared with that of one device
// which was there all the time; a device that came, went and came again has several stays, and inside of each nothing may be missing.
import type { ConversationId, DeviceId, Message, Sirdas } from '@sirdas/client';

/** One line as a person reads it. */
interface Line {
  readonly key: string;
  readonly shown: string;
}

/** What one device shows. */
export interface History {
  readonly nickname: string;
  readonly device: DeviceId;
  readonly messages: readonly Message[];
}

/** Differences in words; empty when all is as it should be. */
export interface HistoryVerdict {
  readonly differences: readonly string[];
  readonly lines: number;
  readonly undecryptable: number;
}

export async function readLines(sirdas: Sirdas, conversation: ConversationId): Promise<Message[]> {
  const newestFirst: Message[] = [];
  for (;;) {
    const before = newestFirst.at(-1)?.position;
    const page = await sirdas.messages(conversation, {
      limit: 1000,
      ...(before === undefined ? {} : { before }),
    });
    if (page.length === 0) return newestFirst.reverse();
    newestFirst.push(...page);
  }
}

/**
 * `reference` was a member from the beginning to the end. Lines of others must be the same ones in the same order. Of the two devices' own
 * ones, which stand where they were written and not where the relay put them, the same text must be shown on both.
 */
export function compareHistories(label: string, reference: History, history: History): HistoryVerdict {
  const differences = findDoubles(history.messages.map(keyOf)).map((key) => `${label} sees ${key} twice`);
  const stays = splitStays(history.messages);
  // Of what was said before the last stay nobody has told this device how it changed while it was away.
  const current = new Set(stays.at(-1)?.map(keyOf));
  const isSame = (line: Line, other: Line | undefined) =>
    line.key === other?.key && (line.shown === other.shown || !current.has(line.key));
  for (const [i, stay] of stays.entries()) {
    // What was handed over at linking stands in the order of the device that did it.
    const isHandedOver = i < stays.length - 1;
    const isOfOthers = ({ device, sender }: Message) =>
      device !== reference.device && (isHandedOver ? sender !== history.nickname : device !== history.device);
    const expected = reference.messages
      .filter((message) => isSaid(message) && isOfOthers(message))
      .map(toLine);
    const places = new Map(expected.map(({ key }, place) => [key, place]));
    const lines = stay.filter((message) => isSaid(message) && isOfOthers(message)).map(toLine);
    const start = lines[0] && places.get(lines[0].key);
    if (lines[0] && start === undefined) differences.push(`${label} alone sees ${lines[0].key}`);
    if (start === undefined) continue;
    const wrong = lines.findIndex((line, at) => !isSame(line, expected[start + at]));
    if (wrong < 0) continue;
    const wanted = expected[start + wrong]?.shown ?? 'nothing';
    differences.push(`${label} sees "${lines[wrong]?.shown}" where the reference sees "${wanted}"`);
  }
  differences.push(...compareOwn(label, reference, { ...history, messages: stays.at(-1) ?? [] }));
  const undecryptable = history.messages.filter(({ body }) => isUndecryptable(body)).length;
  return { differences, lines: history.messages.length, undecryptable };
}

/** What either device wrote itself, where both have it; and what this one got accepted the reference must have. */
function compareOwn(label: string, reference: History, history: History): string[] {
  const known = new Map(
    reference.messages.filter(isSaid).map((message) => [keyOf(message), toLine(message)]),
  );
  return history.messages.filter(isSaid).flatMap((message) => {
    const line = toLine(message);
    const other = known.get(line.key);
    const isOwn = message.device === history.device;
    if (isOwn && message.delivery === 'accepted' && !other) {
      return [`the reference misses "${line.shown}" of ${label}`];
    }
    return other && !isSameLine(line, other) ? [`${label} sees "${line.shown}", not "${other.shown}"`] : [];
  });
}

function isSameLine(one: Line, other: Line | undefined): boolean {
  return one.key === other?.key && one.shown === other.shown;
}

/** From each time that the device came to the group until it was removed. */
function splitStays(history: readonly Message[]): Message[][] {
  const stays: Message[][] = [[]];
  for (const message of history) {
    const { body } = message;
    if (body.kind === 'event' && body.event.what === 'joined') stays.push([]);
    stays.at(-1)?.push(message);
  }
  return stays;
}

function isSaid({ body }: Message): boolean {
  return body.kind === 'text' || body.kind === 'deleted';
}

function toLine(message: Message): Line {
  return { key: keyOf(message), shown: show(message) };
}

function keyOf({ sender, id }: Message): string {
  return `${sender}/${id}`;
}

function show({ sender, body, editedMs, reactions }: Message): string {
  const text = body.kind === 'text' ? body.text : `(${body.kind})`;
  const reacted = reactions.map(({ from, emoji }) => `${from}:${emoji}`).toSorted();
  return `${sender}: ${text}${editedMs === null ? '' : ' (edited)'} ${reacted.join(' ')}`;
}

function isUndecryptable(body: Message['body']): boolean {
  return body.kind === 'event' && body.event.what === 'undecryptable';
}

function findDoubles(keys: readonly string[]): string[] {
  return keys.filter((key, i) => keys.indexOf(key) !== i);
}
