// What a signal holds before it is sealed: what somebody does at this moment (SPEC §6.7). Sealed and opened by the crypto
// package, never stored anywhere.
import type { MessageShape } from '@bufbuild/protobuf';
import { SignalContentSchema } from './gen/sirdas_pb.ts';
import { decodeCanonical, encodePlain, type Plain } from './plain-message.ts';

/** What somebody does in a conversation (SPEC §6.7). */
export const SIGNAL_ACTIVITIES = ['typing', 'recording', 'stopped'] as const;
export type SignalActivity = (typeof SIGNAL_ACTIVITIES)[number];

/** Fields as in sirdas.proto, `SignalContent`. */
export type SignalContent = Omit<Plain<MessageShape<typeof SignalContentSchema>>, 'activity'> & {
  readonly activity: SignalActivity;
};

export function encodeSignalContent(content: SignalContent): Uint8Array<ArrayBuffer> {
  return encodePlain(SignalContentSchema, content);
}

/** Null for an activity of a later version; throws MALFORMED or NOT_CANONICAL. */
export function decodeSignalContent(bytes: Uint8Array): SignalContent | null {
  const content = decodeCanonical(SignalContentSchema, bytes);
  const activity = SIGNAL_ACTIVITIES.find((known) => known === content.activity);
  return activity ? { ...content, activity } : null;
}
