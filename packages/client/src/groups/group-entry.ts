// The outermost part of an entry of a group's log: is it an MLS message of this group, and of the kind that the relay took it for?
// Nothing in here is authentic yet. Used by message-opener.ts and commit-follower.ts. SPEC §6.1, §11.5.
import { type PeekedMessage, peekMessage } from '@sirdas/crypto';
import { decodeEnvelope, type Envelope, type LogId } from '@sirdas/protocol';
import { toSirdasError } from '../convert-error.ts';
import type { ClientErrorCode } from '../errors.ts';
import type { LogEntry } from '../log-run.ts';

export type ReadEntry =
  | { readonly message: Uint8Array; readonly epoch: number; readonly error: null }
  | { readonly message: null; readonly error: ClientErrorCode };

export function readEntry({ envelope, commit }: LogEntry, log: LogId): ReadEntry {
  let kind: Envelope['kind'];
  try {
    kind = decodeEnvelope(envelope).kind;
  } catch (cause) {
    return refuse(toSirdasError(cause).code === 'PROTOCOL_VIOLATION' ? 'UNREADABLE' : 'UNSUPPORTED_ENVELOPE');
  }
  if (kind.case === undefined) return refuse('UNSUPPORTED_ENVELOPE');
  // CLI-042
  if (kind.case !== 'mlsMessage') return refuse('LETTER_MISDIRECTED');
  let peeked: PeekedMessage;
  try {
    peeked = peekMessage(kind.value);
  } catch {
    return refuse('UNREADABLE');
  }
  // CLI-042
  if (peeked.log !== log) return refuse('LETTER_MISDIRECTED');
  // CLI-044
  if ((peeked.type === 'commit') !== commit) return refuse('COMMIT_REFUSED');
  return { message: kind.value, epoch: peeked.epoch, error: null };
}

function refuse(error: ClientErrorCode): ReadEntry {
  return { message: null, error };
}
