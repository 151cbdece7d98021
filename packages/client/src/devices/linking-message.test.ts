// What two devices say to each other: every message comes back as it was, and whatever is not one of them is refused.

import { generateSignatureSeed, importSignatureKey, systemRandom } from '@sirdas/crypto';
import { LIMITS, toBase64Url, toDeviceId } from '@sirdas/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeLinkingMessage,
  encodeLinkingMessage,
  type LinkingMessage,
  MAX_PARTS,
  PART_BYTES,
} from './linking-message.ts';

const id = toDeviceId(new Uint8Array(16).fill(7));
const { publicKey: signatureKey } = await importSignatureKey(generateSignatureSeed(systemRandom));

const MESSAGES: readonly LinkingMessage[] = [
  { kind: 'introduction', device: { id, signatureKey, name: 'telefon' } },
  { kind: 'part', number: 0, count: 1, bytes: Uint8Array.of(1) },
  { kind: 'part', number: MAX_PARTS - 1, count: MAX_PARTS, bytes: new Uint8Array(PART_BYTES) },
  { kind: 'saved' },
  { kind: 'failed' },
  { kind: 'refused' },
];

const tampered = expect.objectContaining({ code: 'LINKING_TAMPERED' });
const decodeText = (text: string) => decodeLinkingMessage(new TextEncoder().encode(text));

describe('a message between two devices', () => {
  it.each(MESSAGES)('$kind comes back as it was, and fits into one payload', (message) => {
    const bytes = encodeLinkingMessage(message);
    expect(decodeLinkingMessage(bytes)).toEqual(message);
    expect(bytes.length + 16).toBeLessThanOrEqual(LIMITS.MAX_LINKING_MESSAGE_BYTES);
  });

  it('CLI-086 is refused when it was cut off anywhere', () => {
    const [introduction = MESSAGES[3]] = MESSAGES;
    if (!introduction) throw new Error('unreachable');
    const bytes = encodeLinkingMessage(introduction);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeLinkingMessage(bytes.subarray(0, length)), `${length} bytes`).toThrow(tampered);
    }
  });

  const device = { device: id, signatureKey: toBase64Url(signatureKey), name: 'x' };
  const part = { number: 0, count: 1, bytes: 'AA' };
  it.each<[string, object | string | null]>([
    ['no object', 'saved'],
    ['nothing', null],
    ['an unknown kind', { kind: 'password' }],
    ['no kind', {}],
    ['a name with a control character', { kind: 'introduction', ...device, name: 'a\u001b' }],
    ['a name that is too long', { kind: 'introduction', ...device, name: 'x'.repeat(65) }],
    ['a device id of another length', { kind: 'introduction', ...device, device: 'aa' }],
    ['a key of another length', { kind: 'introduction', ...device, signatureKey: 'AAAA' }],
    [
      'a key of small order',
      { kind: 'introduction', ...device, signatureKey: toBase64Url(new Uint8Array(32)) },
    ],
    ['a part behind the last', { kind: 'part', ...part, number: 1 }],
    ['a part before the first', { kind: 'part', ...part, number: -1 }],
    ['a fraction', { kind: 'part', ...part, number: 0.5, count: 2 }],
    ['too many parts', { kind: 'part', ...part, count: MAX_PARTS + 1 }],
    ['an empty part', { kind: 'part', ...part, bytes: '' }],
    [
      'a part that is too large',
      { kind: 'part', ...part, bytes: toBase64Url(new Uint8Array(PART_BYTES + 1)) },
    ],
  ])('CLI-086 is refused with %s', (_what, message) => {
    expect(() => decodeText(JSON.stringify(message))).toThrow(tampered);
  });

  it('CLI-086 that is anything at all is a message or refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          decodeText(text);
        } catch (cause) {
          expect(cause).toEqual(tampered);
        }
      }),
    );
  });
});
