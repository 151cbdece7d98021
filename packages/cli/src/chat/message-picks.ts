// Which message is meant when a person says "reply", "edit" or "react" without pointing at one, and what may be done with the
// one they point at. Pure; used by the keys and by the slash commands.
import type { Message } from '@sirdas/client';

/** For so long a message can be changed by its author; the other clients refuse it later. */
const EDITABLE_MS = 86_400_000;

/** The newest of another that says something, else the newest own one: what one replies or reacts to. */
export function pickAnswerable(messages: readonly Message[]): Message | null {
  return (
    messages.findLast((message) => isText(message) && message.direction === 'in') ??
    messages.findLast(isText) ??
    null
  );
}

/** The newest own one that can be changed, from before a position on. */
export function pickEditable(messages: readonly Message[], nowMs: number, before = Infinity): Message | null {
  return messages.findLast((message) => message.position < before && canEdit(message, nowMs)) ?? null;
}

/** The newest own one that is not deleted yet. */
export function pickDeletable(messages: readonly Message[]): Message | null {
  return messages.findLast(canDelete) ?? null;
}

export function canEdit(message: Message, nowMs: number): boolean {
  return isText(message) && canDelete(message) && nowMs - message.sentMs < EDITABLE_MS;
}

export function canDelete({ direction, body, delivery }: Message): boolean {
  const isMessage = body.kind === 'text' || body.kind === 'unsupported';
  return direction === 'out' && isMessage && delivery !== 'failed';
}

/** Reactions and replies. */
export function isText({ body }: Message): boolean {
  return body.kind === 'text';
}
