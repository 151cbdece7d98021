// When messages go: what a vault keeps beside each message that will, so that nobody has to read all of them to know.
import type { Message, MessageReference } from '../model.ts';

export type ExpiringMessage = MessageReference & { readonly expiresMs: number };

/** Null: it stays. */
export function describeExpiry({ sender, id, expiresMs }: Omit<Message, 'position'>): ExpiringMessage | null {
  return expiresMs === null ? null : { sender, id, expiresMs };
}

export function compareExpiry(one: ExpiringMessage, other: ExpiringMessage): number {
  return one.expiresMs - other.expiresMs;
}
