import { describe, expect, test } from 'vitest';
import { concatBytes } from './bytes.ts';
import {
  type ClassicHeader,
  decodeClassicHeader,
  decodeEnvelope,
  type Envelope,
  encodeClassicHeader,
  encodeEnvelope,
} from './envelope.ts';
import { LIMITS } from './limits.ts';
import { prepareNickname } from './nickname.ts';

const header: ClassicHeader = {
  suite: 'classic-1',
  relayFingerprint: new Uint8Array(32).fill(1),
  sender: prepareNickname('ayşe'),
  recipient: prepareNickname('mehmet'),
  senderRecordIndex: 0,
  messageId: new Uint8Array(16).fill(2),
  timeMs: 1_790_000_000_000,
  tokenHash: new Uint8Array(32).fill(3),
  wrapsHash: new Uint8Array(32).fill(4),
  keyCommitment: new Uint8Array(32).fill(5),
};
const envelope: Envelope = {
  kind: {
    case: 'classic',
    value: {
      header: encodeClassicHeader(header),
      signature: new Uint8Array(64).fill(6),
      token: new Uint8Array(100).fill(65),
      recipientWrap: new Uint8Array(384).fill(7),
      senderWrap: new Uint8Array(512).fill(8),
    },
  },
};

const LATER_KINDS: [string, Envelope][] = [
  ['an MLS message', { kind: { case: 'mlsMessage', value: Uint8Array.of(0, 1, 0, 2) } }],
  [
    'a welcome',
    {
      kind: {
        case: 'mlsWelcome',
        value: { suite: 'mls-xwing-1', log: new Uint8Array(16).fill(1), welcome: Uint8Array.of(0, 1) },
      },
    },
  ],
  [
    'a device report',
    {
      kind: {
        case: 'deviceReport',
        value: { statement: Uint8Array.of(1, 2), signature: new Uint8Array(64).fill(3) },
      },
    },
  ],
];

describe.each(LATER_KINDS)('%s', (_, whole) => {
  const bytes = encodeEnvelope(whole);

  test('survives encoding and decoding', () => {
    expect(decodeEnvelope(bytes)).toEqual(whole);
  });

  test('PRO-002 PRO-003 every truncation is refused', () => {
    for (let length = 1; length < bytes.length; length++) {
      expect(() => decodeEnvelope(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'MALFORMED' }),
      );
    }
  });

  test('PRO-006 an unknown field behind it is refused (THREATS 57)', () => {
    expect(() => decodeEnvelope(concatBytes([bytes, Uint8Array.of(0xf8, 0x3f, 0x01)]))).toThrow(
      expect.objectContaining({ code: 'NOT_CANONICAL' }),
    );
  });

  test('PRO-006 a second kind in the same envelope is refused', () => {
    const twice = concatBytes([encodeEnvelope(envelope), bytes]);
    expect(() => decodeEnvelope(twice)).toThrow(expect.objectContaining({ code: 'NOT_CANONICAL' }));
  });
});

test('PRO-003 MLS messages, welcomes and reports of no or another length than allowed are refused', () => {
  const wrong: Envelope['kind'][] = [
    { case: 'mlsMessage', value: new Uint8Array(0) },
    { case: 'mlsMessage', value: new Uint8Array(LIMITS.MAX_COMMIT_BYTES + 1) },
    { case: 'mlsWelcome', value: { suite: 's', log: new Uint8Array(15), welcome: Uint8Array.of(1) } },
    { case: 'mlsWelcome', value: { suite: 's', log: new Uint8Array(16), welcome: new Uint8Array(0) } },
    { case: 'deviceReport', value: { statement: new Uint8Array(0), signature: new Uint8Array(64) } },
    { case: 'deviceReport', value: { statement: new Uint8Array(1025), signature: new Uint8Array(64) } },
    { case: 'deviceReport', value: { statement: new Uint8Array(1), signature: new Uint8Array(63) } },
  ];
  for (const kind of wrong) {
    expect(() => decodeEnvelope(encodeEnvelope({ kind }))).toThrow(
      expect.objectContaining({ code: 'MALFORMED' }),
    );
  }
});

describe('envelopes', () => {
  test('survive encoding and decoding', () => {
    expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual(envelope);
    expect(decodeClassicHeader(encodeClassicHeader(header))).toEqual(header);
  });

  test('PRO-002 PRO-003 every truncation is refused', () => {
    const bytes = encodeEnvelope(envelope);
    for (let length = 1; length < bytes.length; length++) {
      expect(() => decodeEnvelope(bytes.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'MALFORMED' }),
      );
    }
  });

  test('PRO-006 an appended byte or field is refused (THREATS 57)', () => {
    const unknownField = Uint8Array.of(0xf8, 0x3f, 0x01);
    expect(() => decodeEnvelope(concatBytes([encodeEnvelope(envelope), Uint8Array.of(0)]))).toThrow(
      expect.objectContaining({ code: 'MALFORMED' }),
    );
    expect(() => decodeEnvelope(concatBytes([encodeEnvelope(envelope), unknownField]))).toThrow(
      expect.objectContaining({ code: 'NOT_CANONICAL' }),
    );
    expect(() => decodeClassicHeader(concatBytes([encodeClassicHeader(header), unknownField]))).toThrow(
      expect.objectContaining({ code: 'NOT_CANONICAL' }),
    );
  });

  test('an envelope of a later version is told apart from a broken one', () => {
    expect(decodeEnvelope(Uint8Array.of(0xfa, 0x3f, 0x00)).kind.case).toBeUndefined();
  });

  test('PRO-007 a header with a nickname that is not canonical is refused', () => {
    const wrong = { ...header, sender: 'Ayşe' as ClassicHeader['sender'] };
    expect(() => decodeClassicHeader(encodeClassicHeader(wrong))).toThrow(
      expect.objectContaining({ code: 'BAD_NICKNAME' }),
    );
  });
});
