// What a signal holds before it is sealed: what somebody does at this moment (SPEC §6.7). Never stored anywhere. The client
// seals and opens it; only the bytes are made here.
import type { MessageShape } from '@bufbuild/protobuf';
import { concatBytes, encodeUint32 } from './bytes.ts';
import { SignalContentSchema } from './gen/sirdas_pb.ts';
import { fromId, type LogId } from './ids.ts';
import { LABELS, labelledInput } from './labelled-input.ts';
import { pad, unpad } from './padding.ts';
import { decodeCanonical, encodePlain, type Plain } from './plain-message.ts';

/** What somebody does in a conversation (SPEC §6.7). */
export const SIGNAL_ACTIVITIES = ['typing', 'recording', 'stopped'] as const;
export type SignalActivity = (typeof SIGNAL_ACTIVITIES)[number];

/** Fields as in sirdas.proto, `SignalContent`. */
export type SignalContent = Omit<Plain<MessageShape<typeof SignalContentSchema>>, 'activity'> & {
  readonly activity: SignalActivity;
};

const UINT32_RANGE = 2 ** 32;

/** Encodes and pads; the result has 256 bytes, whatever the activity. */
export function encodeSignalContent(content: SignalContent): Uint8Array<ArrayBuffer> {
  return pad(encodePlain(SignalContentSchema, content));
}

/** Null for an activity of a later version; throws BAD_PADDING, MALFORMED or NOT_CANONICAL. */
export function decodeSignalContent(padded: Uint8Array): SignalContent | null {
  const content = decodeCanonical(SignalContentSchema, unpad(padded));
  const activity = SIGNAL_ACTIVITIES.find((known) => known === content.activity);
  return activity ? { ...content, activity } : null;
}

/** What the device key signs (SPEC §6.7): the group's log, its MLS epoch, and the padded content. */
export function signalInput(log: LogId, epoch: number, padded: Uint8Array): Uint8Array<ArrayBuffer> {
  const epochBytes = concatBytes([
    encodeUint32(Math.floor(epoch / UINT32_RANGE)),
    encodeUint32(epoch % UINT32_RANGE),
  ]);
  return labelledInput(LABELS.signal, [fromId(log), epochBytes, padded]);
}
