// Messages as lines of a backup: what was said, what happened, and what became of it. Lines of version 1 hold a text and nothing
// that came later. Used by backup-format.ts.
import { toConversationId, toDeviceId, toMessageId } from '@sirdas/protocol';
import type { BackupLine } from './backup-line.ts';
import type { ClientErrorCode } from './errors.ts';
import type { ConversationEvent, Message, MessageBody, MessageReference } from './model.ts';
import { isErrorCode } from './sentences/describe-error.ts';
import { completeMessage } from './vault/earlier-records.ts';

export type BackupMessage = Omit<Message, 'position'>;

const ENVELOPES = ['classic', 'mls'] as const;
const TROUBLES = ['lost', 'out-of-step', 'damaged', 'fork'] as const;
export const GROUP_ROLES = ['member', 'admin', 'owner'] as const;

/** Why a message failed is of no use on another device. */
export function formatMessage({ failure, ...message }: BackupMessage): object {
  return { kind: 'message', ...message };
}

/** `version` of the backup. */
export function parseMessage(line: BackupLine, version: number): BackupMessage {
  const said = {
    id: toMessageId(line.id('id')),
    conversation: toConversationId(line.id('conversation')),
    sender: line.nickname('sender'),
    device: toDeviceId(line.id('device')),
    direction: line.choice('direction', ['in', 'out']),
    sentMs: line.number('sentMs'),
    savedMs: line.number('savedMs'),
    ...(line.value('delivery') !== undefined
      ? { delivery: line.choice('delivery', ['accepted', 'failed']) }
      : {}),
    missingBefore: line.number('missingBefore'),
    envelope: line.choice('envelope', ENVELOPES),
  };
  if (version === 1) {
    const text = line.value('text') === null ? null : line.text('text');
    return completeMessage({
      ...said,
      body: text === null ? { kind: 'unsupported' } : { kind: 'text', text },
    });
  }
  return {
    ...said,
    body: parseBody(line.line('body')),
    editedMs: line.numberOrNull('editedMs'),
    reactions: line.lines('reactions').map(parseReaction),
    deliveredTo: line.nicknames('deliveredTo'),
    readBy: line.nicknames('readBy'),
    expiresAfterMs: line.number('expiresAfterMs'),
    expiresMs: line.numberOrNull('expiresMs'),
  };
}

function parseBody(body: BackupLine): MessageBody {
  const kind = body.choice('kind', ['text', 'deleted', 'event', 'unsupported']);
  if (kind === 'event') return { kind, event: parseEvent(body.line('event')) };
  if (kind !== 'text') return { kind };
  const replyTo = body.value('replyTo') === null ? null : parseReference(body.line('replyTo'));
  return { kind, text: body.text('text'), replyTo };
}

function parseReference(line: BackupLine): MessageReference {
  return { sender: line.nickname('sender'), id: toMessageId(line.id('id')) };
}

function parseReaction(line: BackupLine): Message['reactions'][number] {
  return { from: line.nickname('from'), emoji: line.text('emoji') };
}

function parseEvent(event: BackupLine): ConversationEvent {
  const what = event.choice('what', EVENT_NAMES);
  switch (what) {
    case 'created':
      return { what, name: event.text('name'), members: event.nicknames('members') };
    case 'added':
    case 'removed':
      return { what, members: event.nicknames('members') };
    case 'renamed':
      return { what, name: event.text('name') };
    case 'role':
      return { what, member: event.nickname('member'), role: event.choice('role', GROUP_ROLES) };
    case 'timer':
      return { what, expiresAfterMs: event.number('expiresAfterMs') };
    case 'device-added':
    case 'device-removed':
      return { what, device: toDeviceId(event.id('device')) };
    case 'reset':
      return { what, reason: event.choice('reason', TROUBLES) };
    case 'undecryptable':
      return { what, cause: event.choice('cause', TROUBLES) };
    case 'change-refused':
      return { what, error: readErrorCode(event.text('error')) };
    case 'joined':
    case 'left':
    case 'key-changed':
      return { what };
  }
}

/** One that another version of this program knew says at least that much. */
function readErrorCode(code: string): ClientErrorCode {
  return isErrorCode(code) ? code : 'COMMIT_REFUSED';
}

const EVENT_NAMES = [
  ...(['created', 'joined', 'added', 'removed', 'left', 'renamed', 'role', 'timer'] as const),
  ...(['device-added', 'device-removed', 'reset', 'undecryptable', 'change-refused', 'key-changed'] as const),
] as const satisfies readonly ConversationEvent['what'][];
