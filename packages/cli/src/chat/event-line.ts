// What happened in a conversation, as one sentence of ours: who was added, who left, what could not be read and why. Used
// between the messages of the full-screen program and by `sirdas listen`. Names of groups pass the gate here; pure.
import {
  type ConversationEvent,
  describeError,
  type Language,
  type Message,
  type Nickname,
} from '@sirdas/client';
import { toSafeName } from '../terminal/safe-text.ts';
import type { Words } from '../words/words.ts';
import { formatDuration } from './duration.ts';

export interface EventReader {
  readonly words: Words;
  readonly language: Language;
  /** Whose screen it is: "You added can". */
  readonly self: Nickname;
}

export interface EventLine {
  readonly text: string;
  /** `calm`: as it should be; `notice`: something did not work; `alarm`: somebody may be attacking. */
  readonly tone: 'calm' | 'notice' | 'alarm';
}

/** Of a message with the body kind `event`. */
export function describeEventLine(
  sender: Message['sender'],
  event: ConversationEvent,
  reader: EventReader,
): EventLine {
  return { text: writeSentence(sender, event, reader), tone: toneOf(event) };
}

/** "ayşe, can and you", at most four of them. */
export function listNames(
  nicknames: readonly Nickname[],
  { words, self }: Omit<EventReader, 'language'>,
): string {
  const { events } = words.chat;
  const others = nicknames.filter((nickname) => nickname !== self);
  const names: string[] = [...others, ...(others.length < nicknames.length ? [events.self] : [])];
  const shown = names.length > MAX_NAMES ? names.slice(0, MAX_NAMES - 1) : names;
  const all = shown.length < names.length ? [...shown, events.others(names.length - shown.length)] : shown;
  const last = all.at(-1) ?? '';
  return all.length < 2 ? last : `${all.slice(0, -1).join(', ')} ${events.and} ${last}`;
}

const MAX_NAMES = 12;

function writeSentence(sender: Nickname, event: ConversationEvent, reader: EventReader): string {
  const { words, self } = reader;
  const { events } = words.chat;
  const who = sender === self ? null : sender;
  switch (event.what) {
    case 'created':
      return writeCreated(who, event, reader);
    case 'joined':
      return events.joined;
    case 'added':
      return events.added(who, listNames(event.members, reader));
    case 'removed':
      return events.removed(who, listNames(event.members, reader));
    case 'left':
      return events.left(who);
    case 'renamed':
      return events.renamed(who, toSafeName(event.name, words.chat.unnamedGroup));
    case 'role':
      return events.roles[event.role](who, listNames([event.member], reader));
    case 'timer':
      return event.expiresAfterMs === 0
        ? events.timerOff(who)
        : events.timerOn(who, formatDuration(event.expiresAfterMs, words));
    case 'device-added':
      return events.deviceAdded(who);
    case 'device-removed':
      return events.deviceRemoved(who);
    default:
      return writeTrouble(who, event, reader);
  }
}

type Trouble = Extract<
  ConversationEvent,
  { what: 'reset' | 'undecryptable' | 'change-refused' | 'key-changed' }
>;

function writeTrouble(who: Nickname | null, event: Trouble, { words, language, self }: EventReader): string {
  const { events } = words.chat;
  switch (event.what) {
    case 'reset':
      return events.reset(who, events.resetReasons[event.reason]);
    case 'undecryptable':
      return events.unreadable(who, events.unreadableCauses[event.cause]);
    case 'change-refused':
      return events.changeRefused(who, describeError(event.error, language).what);
    case 'key-changed':
      return events.keyChanged(who ?? self);
  }
}

function writeCreated(
  who: Nickname | null,
  { name, members }: Extract<ConversationEvent, { what: 'created' }>,
  reader: EventReader,
): string {
  const { events, unnamedGroup } = reader.words.chat;
  if (name === '') return events.began(who);
  const safeName = toSafeName(name, unnamedGroup);
  const others = members.filter((nickname) => nickname !== (who ?? reader.self));
  return others.length === 0
    ? events.created(who, safeName)
    : events.createdWith(who, safeName, listNames(others, reader));
}

function toneOf(event: ConversationEvent): EventLine['tone'] {
  switch (event.what) {
    case 'key-changed':
      return 'alarm';
    case 'reset':
      return event.reason === 'fork' ? 'alarm' : 'notice';
    case 'undecryptable':
      return event.cause === 'fork' ? 'alarm' : 'notice';
    case 'change-refused':
      return 'notice';
    default:
      return 'calm';
  }
}
