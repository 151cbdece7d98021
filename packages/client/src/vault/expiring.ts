// When messages go: what a vault keeps beside each message that will, so that nobody has to read all of them to know.
import type { Message, MessageReference } from '../model.ts';

export type ExpiringMessage = MessageReference &
  Pick<Message, 'conversation'> & { readonly expiresMs: number };

/** Null: it stays. */
export function describeExpiry(message: Omit<Message, 'position'>): ExpiringMessage | null {
  const { sender, id, conversation, expiresMs } = message;
  return expiresMs === null ? null : { sender, id, conversation, expiresMs };
}

export function compareExpiry(one: ExpiringMessage, other: ExpiringMessage): number {
  return one.expiresMs - other.expiresMs;
}
