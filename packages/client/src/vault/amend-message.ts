// What an amendment makes of a message: one rule for every vault. Who said it is certain here; whether it may be said of this
// message is decided here, where the message is known: edits, deletions and reactions belong to texts, receipts to own
// messages, and a deleted message stays deleted. SPEC §6.5, §6.6.
import type { Message, Reaction } from '../model.ts';
import type { Amendment, DeliveryChange, MessageAmendment } from './vault.ts';

/** An author changes a text for so long. */
export const EDIT_WINDOW_MS = 86_400_000;

/** The same object when nothing changes. */
export function amendMessage(message: Message, { conversation, amendment }: MessageAmendment): Message {
  // CLI-070
  if (message.conversation !== conversation) return message;
  switch (amendment.what) {
    case 'edit':
      return editText(message, amendment);
    case 'delete':
      return deleteBody(message);
    case 'reaction':
      return react(message, amendment);
    case 'delivered':
    case 'read':
      return noteReceipt(message, amendment);
    case 'expires':
      return startExpiry(message, amendment.expiresMs);
  }
}

/** How far an own message got. */
export function deliverMessage(message: Message, change: DeliveryChange): Message {
  if (change.delivery === 'failed') return { ...message, delivery: 'failed', failure: change.failure };
  const { failure: _, ...rest } = message;
  const { acceptedMs, envelope = message.envelope } = change;
  return startExpiry({ ...rest, delivery: 'accepted', envelope }, acceptedMs + message.expiresAfterMs);
}

type AmendmentOf<What> = Extract<Amendment, { readonly what: What }>;

function editText(message: Message, { text, editedMs }: AmendmentOf<'edit'>): Message {
  // CLI-071
  const isTooLate = editedMs > message.sentMs + EDIT_WINDOW_MS;
  if (message.body.kind !== 'text' || isTooLate) return message;
  // An own edit comes back in its place in the log.
  if (message.body.text === text && message.editedMs === editedMs) return message;
  return { ...message, body: { ...message.body, text }, editedMs };
}

function deleteBody(message: Message): Message {
  if (!isSaid(message)) return message;
  return { ...message, body: { kind: 'deleted' }, editedMs: null, reactions: [] };
}

function react(message: Message, { from, emoji }: AmendmentOf<'reaction'>): Message {
  if (!isSaid(message)) return message;
  const isKnown = message.reactions.some((reaction) => reaction.from === from && reaction.emoji === emoji);
  const others = message.reactions.filter((reaction) => reaction.from !== from);
  const isNothing = emoji === '' && others.length === message.reactions.length;
  if (isKnown || isNothing) return message;
  const reactions: readonly Reaction[] = emoji === '' ? others : [...others, { from, emoji }];
  return { ...message, reactions };
}

/** CLI-073 */
function noteReceipt(message: Message, { what, by }: AmendmentOf<'delivered' | 'read'>): Message {
  if (message.direction !== 'out' || by === message.sender || message.body.kind === 'event') return message;
  const deliveredTo = withName(message.deliveredTo, by);
  const readBy = what === 'read' ? withName(message.readBy, by) : message.readBy;
  const isKnown = deliveredTo === message.deliveredTo && readBy === message.readBy;
  return isKnown ? message : { ...message, deliveredTo, readBy };
}

/** Begins once. */
function startExpiry(message: Message, expiresMs: number): Message {
  return message.expiresAfterMs === 0 || message.expiresMs !== null ? message : { ...message, expiresMs };
}

/** Something that its sender has said, and not taken back. */
function isSaid({ body }: Message): boolean {
  return body.kind === 'text' || body.kind === 'unsupported';
}

function withName<Name>(names: readonly Name[], name: Name): readonly Name[] {
  return names.includes(name) ? names : [...names, name];
}
