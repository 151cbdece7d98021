import { describe, expect, test } from 'vitest';
import { concatBytes, fromHex, toHex } from './bytes.ts';
import { SignalContentSchema } from './gen/sirdas_pb.ts';
import { toLogId } from './ids.ts';
import { LABELS, labelledInput } from './labelled-input.ts';
import { pad, unpad } from './padding.ts';
import { encodePlain } from './plain-message.ts';
import {
  decodeSignalContent,
  encodeSignalContent,
  SIGNAL_ACTIVITIES,
  type SignalContent,
  signalInput,
} from './signal-content.ts';

const content: SignalContent = {
  device: new Uint8Array(16).fill(1),
  timeMs: 1_790_000_000_000,
  activity: 'typing',
};

describe('signals', () => {
  test.each(SIGNAL_ACTIVITIES)('%s survives, in as many bytes as every other (THREATS 54)', (activity) => {
    const padded = encodeSignalContent({ ...content, activity });
    expect(padded).toHaveLength(256);
    expect(decodeSignalContent(padded)).toEqual({ ...content, activity });
  });

  test('an activity of a later version is told apart from a broken signal', () => {
    const later = encodePlain(SignalContentSchema, { ...content, activity: 'drawing' });
    expect(decodeSignalContent(pad(later))).toBeNull();
    expect(
      decodeSignalContent(pad(encodePlain(SignalContentSchema, { ...content, activity: '' }))),
    ).toBeNull();
  });

  test('PRO-003 PRO-006 PRO-008 refuse a wrong length, an unknown field, wrong padding', () => {
    const padded = encodeSignalContent(content);
    const short = pad(encodePlain(SignalContentSchema, { ...content, device: new Uint8Array(15) }));
    expect(() => decodeSignalContent(short)).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
    const extended = pad(concatBytes([unpad(padded), Uint8Array.of(0xf8, 0x3f, 0x01)]));
    expect(() => decodeSignalContent(extended)).toThrow(expect.objectContaining({ code: 'NOT_CANONICAL' }));
    for (let length = 0; length < padded.length; length++) {
      expect(() => decodeSignalContent(padded.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'BAD_PADDING' }),
      );
    }
  });

  test('what is signed names log, epoch and content', () => {
    const log = toLogId(new Uint8Array(16).fill(5));
    const padded = encodeSignalContent(content);
    const expected = labelledInput(LABELS.signal, [
      fromHex('05'.repeat(16)),
      fromHex('0000000300000007'),
      padded,
    ]);
    expect(toHex(signalInput(log, 3 * 2 ** 32 + 7, padded))).toBe(toHex(expected));
  });
});
