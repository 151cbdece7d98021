// What the SDK tells that a person should know, as sentences: a link that needs them, letters that were refused, entries that
// are gone, a device that is new in their account. Pure; called by the model.
import {
  type ClientErrorCode,
  type Conversation,
  type Device,
  describeError,
  type Language,
  type LinkState,
  type Nickname,
  type SirdasEvent,
} from '@sirdas/client';
import { toSafeName } from '../terminal/safe-text.ts';
import type { Words } from '../words/words.ts';
import type { Notice } from './chat-view.ts';
import { titleOf } from './conversation-list.ts';

interface Speech {
  readonly words: Words;
  readonly language: Language;
}

/** Null: the link mends itself; how long that takes stands in the status line. */
export function noticeOfLink(link: LinkState, speech: Speech): Notice | null {
  if (link.state !== 'offline' || link.error === null || link.retryAtMs !== null) return null;
  return noticeOfError(link.error, speech);
}

export function noticeOfError(error: ClientErrorCode, { language }: Speech): Notice {
  const { what, advice } = describeError(error, language);
  return { kind: 'error', text: `${what} ${advice}` };
}

export function noticeOfRefusal(error: ClientErrorCode, from: Nickname | null, speech: Speech): Notice {
  const { chat } = speech.words;
  if (error === 'KEY_CHANGED' && from !== null) return { kind: 'info', text: chat.heldNow(from) };
  const { text } = noticeOfError(error, speech);
  return { kind: 'error', text: from === null ? text : chat.refused(from, text) };
}

export function noticeOfGap(
  { reason, count }: Extract<SirdasEvent, { type: 'gap' }>,
  { words }: Speech,
): Notice {
  const { gapExpired, gapRolledBack } = words.chat;
  return { kind: 'error', text: reason === 'expired' ? gapExpired(count) : gapRolledBack };
}

/** A group that was not there before: in a window without the list nothing else tells it. CLI-106. */
export function noticeOfGroup(conversation: Conversation, { words }: Speech): Notice | null {
  if (conversation.kind !== 'group') return null;
  const { chat } = words;
  return { kind: 'info', text: chat.addedTo(titleOf(conversation, chat.unnamedGroup)) };
}

/** A device that was not there before; null when there is none. CLI-106. */
export function noticeOfDevices(
  devices: readonly Device[],
  known: readonly Device[],
  { words }: Speech,
): Notice | null {
  const added = devices.find(({ id, isThis }) => !isThis && !known.some((device) => device.id === id));
  if (added === undefined) return null;
  return { kind: 'error', text: words.chat.newDevice(toSafeName(added.name, added.id)) };
}
