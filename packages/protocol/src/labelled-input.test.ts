import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from './bytes.ts';
import { toDeviceId } from './ids.ts';
import {
  LABELS,
  type LoginTranscript,
  labelledInput,
  loginInput,
  relayProofInput,
} from './labelled-input.ts';
import { prepareNickname } from './nickname.ts';

const transcript: LoginTranscript = {
  relayKey: Uint8Array.of(1, 2, 3),
  relayNonce: new Uint8Array(32).fill(4),
  version: 1,
  nickname: prepareNickname('ayşe'),
  device: toDeviceId(new Uint8Array(16).fill(5)),
  clientNonce: new Uint8Array(32).fill(6),
  channelBinding: new Uint8Array(0),
  visible: true,
};

describe('labelled inputs', () => {
  test('are length-prefixed label and fields (SPEC §1.1)', () => {
    const input = labelledInput(LABELS.login, ['é', Uint8Array.of(9), '']);
    expect(toHex(input)).toBe(
      `0000000f${toHex(new TextEncoder().encode('sirdas/v1/login'))}00000002c3a9000000010900000000`,
    );
  });

  test('two different lists of fields never give the same bytes', () => {
    const fields = fc.array(fc.uint8Array({ maxLength: 6 }), { maxLength: 5 });
    fc.assert(
      fc.property(fields, fields, (a, b) => {
        const same = toHex(labelledInput(LABELS.login, a)) === toHex(labelledInput(LABELS.login, b));
        expect(same).toBe(JSON.stringify(a.map(toHex)) === JSON.stringify(b.map(toHex)));
      }),
    );
  });

  test('the login transcript is the one in SPEC §4.2', () => {
    const fields = [
      '00000003010203',
      `00000020${'04'.repeat(32)}`,
      '0000000400000001',
      `00000005${toHex(new TextEncoder().encode('ayşe'))}`,
      `00000010${'05'.repeat(16)}`,
      `00000020${'06'.repeat(32)}`,
      '00000000',
      '0000000101',
    ];
    const label = `0000000f${toHex(new TextEncoder().encode('sirdas/v1/login'))}`;
    expect(loginInput(transcript)).toEqual(fromHex(label + fields.join('')));
  });

  test('every field changes what is signed, and login and relay proof differ', () => {
    const variants: LoginTranscript[] = [
      transcript,
      { ...transcript, relayKey: Uint8Array.of(1, 2) },
      { ...transcript, relayNonce: new Uint8Array(32) },
      { ...transcript, version: 2 },
      { ...transcript, nickname: prepareNickname('mehmet') },
      { ...transcript, device: toDeviceId(new Uint8Array(16)) },
      { ...transcript, clientNonce: new Uint8Array(32) },
      { ...transcript, channelBinding: new Uint8Array(32) },
      { ...transcript, visible: false },
    ];
    const inputs = variants.flatMap((variant) => [
      toHex(loginInput(variant)),
      toHex(relayProofInput(variant)),
    ]);
    expect(new Set(inputs).size).toBe(2 * variants.length);
  });

  test('no label is the beginning of another', () => {
    const labels = Object.values(LABELS);
    for (const a of labels) for (const b of labels) expect(a !== b && a.startsWith(b)).toBe(false);
  });
});
