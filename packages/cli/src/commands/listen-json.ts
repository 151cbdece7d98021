// The objects that `sirdas listen --json` prints, as documented in docs/scripting.md. `v` is the version of the format:
// fields may be added, their meaning never changes without another number.
import {
  type Conversation,
  type ConversationEvent,
  type Device,
  type Message,
  type SirdasEvent,
  toHex,
} from '@sirdas/client';

/** What a message is part of, as far as a script needs it. */
type Place = Pick<Conversation, 'kind' | 'name' | 'postQuantum'> | null;

/** A message, or what happened in the conversation. */
export function describeMessage(message: Message, place: Place): object {
  const { body } = message;
  if (body.kind === 'event')
    return { v: 1, type: 'event', ...describeOrigin(message, place), ...flatten(body.event) };
  return { v: 1, type: 'message', ...describeOrigin(message, place), ...describeContent(message, place) };
}

/** With `--events`: a message as it is now, after others have changed or received it. */
export function describeChanged(message: Message, place: Place): object {
  const { reactions, deliveredTo, readBy, delivery = null } = message;
  return {
    v: 1,
    type: 'changed',
    ...describeOrigin(message, place),
    ...describeContent(message, place),
    reactions,
    delivery,
    deliveredTo,
    readBy,
  };
}

/** Null for what `--events` does not tell. Messages, and those that change, have functions of their own. */
export function describeEvent(event: SirdasEvent): object | null {
  switch (event.type) {
    case 'link':
      return {
        v: 1,
        type: 'link',
        state: event.link.state,
        error: event.link.state === 'offline' ? event.link.error : null,
      };
    case 'presence':
      return {
        v: 1,
        type: 'presence',
        online: event.online.map(({ nickname }) => nickname),
        change: event.change,
      };
    case 'refused':
      return { v: 1, type: 'refused', error: event.error, from: event.from };
    case 'gap':
      return { v: 1, type: 'gap', reason: event.reason, count: event.count };
    case 'caught-up':
      return { v: 1, type: 'caught-up' };
    default:
      return describeNews(event);
  }
}

function describeNews(event: SirdasEvent): object | null {
  switch (event.type) {
    case 'expired': {
      const { conversation, message } = event;
      return { v: 1, type: 'expired', conversation, id: message.id, from: message.sender };
    }
    case 'activity':
      return {
        v: 1,
        type: 'activity',
        conversation: event.conversation,
        from: event.from,
        activity: event.activity,
      };
    case 'fork':
      return { v: 1, type: 'fork', conversation: event.conversation, from: event.from };
    case 'devices':
      return { v: 1, type: 'devices', devices: event.devices.map(describeDevice) };
    default:
      return null;
  }
}

function describeOrigin({ id, conversation, sender, device, direction, sentMs }: Message, place: Place) {
  return {
    id,
    conversation,
    group: place?.kind === 'group' ? place.name : null,
    from: sender,
    device,
    direction,
    sentMs,
    sent: new Date(sentMs).toISOString(),
  };
}

function describeContent(message: Message, place: Place) {
  const { body, envelope, missingBefore, editedMs, expiresAfterMs, expiresMs } = message;
  const replyTo = body.kind === 'text' ? body.replyTo : null;
  return {
    kind: body.kind,
    text: body.kind === 'text' ? body.text : null,
    replyTo: replyTo === null ? null : { from: replyTo.sender, id: replyTo.id },
    editedMs,
    expiresAfterMs,
    expiresMs,
    envelope,
    forwardSecret: envelope === 'mls',
    postQuantum: envelope === 'mls' && (place?.postQuantum ?? false),
    missingBefore,
  };
}

/** `name` is that of the group; what happened has names of its own. */
function flatten(event: ConversationEvent): object {
  return { ...event };
}

function describeDevice({ id, name, signatureKey, addedMs, isThis }: Device): object {
  return { id, name, signatureKey: toHex(signatureKey), addedMs, isThis };
}
