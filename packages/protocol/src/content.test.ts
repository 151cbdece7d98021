import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concatBytes } from './bytes.ts';
import {
  type Content,
  decodeContent,
  encodeContent,
  isReactionEmoji,
  isSendableText,
  type MessageReference,
} from './content.ts';
import { ContentSchema } from './gen/sirdas_pb.ts';
import type { Nickname } from './ids.ts';
import { LIMITS } from './limits.ts';
import { prepareNickname } from './nickname.ts';
import { pad } from './padding.ts';
import { encodePlain } from './plain-message.ts';

const content = (text: string): Content => ({
  messageId: new Uint8Array(16).fill(1),
  timeMs: 1_790_000_000_000,
  conversation: new Uint8Array(16).fill(2),
  device: new Uint8Array(16).fill(3),
  counter: 7,
  body: { case: 'text', value: { text, expiresAfterMs: 0 } },
});
const badPadding = expect.objectContaining({ code: 'BAD_PADDING' });

describe('content', () => {
  test('survives padding; its length is one of nine buckets (THREATS 54)', () => {
    const buckets = [256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: LIMITS.MAX_TEXT_BYTES }), fc.nat(), (length, seed) => {
        const text = String.fromCharCode(97 + (seed % 26)).repeat(length);
        const padded = encodeContent(content(text));
        expect(buckets).toContain(padded.length);
        expect(decodeContent(padded)).toEqual(content(text));
      }),
    );
  });

  test('the longest text fits the largest bucket', () => {
    expect(encodeContent(content('x'.repeat(LIMITS.MAX_TEXT_BYTES)))).toHaveLength(LIMITS.MAX_CONTENT_BYTES);
  });

  test('PRO-008 refuses padding that is missing, longer than needed, or of another length', () => {
    const padded = encodeContent(content('merhaba'));
    const wrong = [
      new Uint8Array(0),
      new Uint8Array(256),
      padded.subarray(0, 255),
      concatBytes([padded, new Uint8Array(1)]),
      concatBytes([padded, new Uint8Array(256)]),
      padded.map((byte) => (byte === 0x80 ? 0x81 : byte)),
      new Uint8Array(131_072).fill(1).fill(0x80, 131_071),
    ];
    for (const bytes of wrong) expect(() => decodeContent(bytes)).toThrow(badPadding);
  });

  test('PRO-006 refuses a second encoding inside the same bucket', () => {
    const padded = encodeContent(content('merhaba'));
    const mark = padded.lastIndexOf(0x80);
    const extended = padded.slice();
    extended.set([0xf8, 0x3f, 0x01, 0x80], mark);
    expect(() => decodeContent(extended)).toThrow(expect.objectContaining({ code: 'NOT_CANONICAL' }));
  });

  test('PRO-011 refuses text that is empty, too long or not well-formed', () => {
    for (const text of [
      '',
      'x'.repeat(LIMITS.MAX_TEXT_BYTES + 1),
      'ğ'.repeat(LIMITS.MAX_TEXT_BYTES / 2 + 1),
    ]) {
      expect(isSendableText(text)).toBe(false);
      expect(() => encodeContent(content(text))).toThrow(expect.objectContaining({ code: 'BAD_TEXT' }));
    }
    expect(isSendableText('\ud800')).toBe(false);
    expect(isSendableText('👩‍👩‍👧 ğüşıöç\n')).toBe(true);
  });

  test('a content with the body of a later version is still decoded, so that it can be shown as such', () => {
    const padded = encodeContent({ ...content('x'), body: { case: undefined } });
    expect(decodeContent(padded).body.case).toBeUndefined();
    padded.set([0xf8, 0x3f, 0x01, 0x80], padded.lastIndexOf(0x80));
    expect(decodeContent(padded)).toMatchObject({ counter: 7, body: { case: undefined } });
  });

  test('PRO-008 every truncation is refused', () => {
    const padded = encodeContent(content('merhaba'));
    for (let length = 0; length < padded.length; length++) {
      expect(() => decodeContent(padded.subarray(0, length))).toThrow(badPadding);
    }
  });
});

const reference: MessageReference = {
  sender: prepareNickname('ayşe'),
  messageId: new Uint8Array(16).fill(9),
};
const otherReference: MessageReference = { ...reference, sender: prepareNickname('mehmet') };
const withBody = (body: Content['body']): Content => ({ ...content(''), body });
const text = (change: object): Content['body'] => ({
  case: 'text',
  value: { text: 'x', expiresAfterMs: 0, ...change },
});
const { MAX_EXPIRY_MS, MAX_RECEIPT_MESSAGES, MAX_REACTION_BYTES } = LIMITS;
const editOf = (newText: string): Content['body'] => ({
  case: 'edit',
  value: { messageId: reference.messageId, text: newText },
});
const reaction = (emoji: string, message = reference): Content['body'] => ({
  case: 'reaction',
  value: { message, emoji },
});
const receipt = (messages: readonly MessageReference[]): Content['body'] => ({
  case: 'receipt',
  value: { messages, read: true },
});
const timer = (expiresAfterMs: number): Content['body'] => ({ case: 'timer', value: { expiresAfterMs } });
const stranger: MessageReference = { ...reference, sender: 'Ayşe' as Nickname };

const BODIES: [string, Content['body']][] = [
  ['a reply that disappears', text({ replyTo: reference, expiresAfterMs: MAX_EXPIRY_MS })],
  ['an edit', editOf('y')],
  ['a deletion', { case: 'delete', value: { messageId: reference.messageId } }],
  ['a reaction', reaction('👩\u200d👩\u200d👧')],
  ['a reaction taken back', reaction('')],
  ['a receipt', receipt([reference, otherReference])],
  ['the longest receipt', receipt(Array<MessageReference>(MAX_RECEIPT_MESSAGES).fill(reference))],
  ['a timer', timer(60_000)],
  ['the end of a timer', timer(0)],
  ['leaving', { case: 'leave', value: {} }],
];

describe('bodies (SPEC §6.4)', () => {
  test.each(BODIES)('%s survives encoding and decoding', (_, body) => {
    expect(decodeContent(encodeContent(withBody(body)))).toEqual(withBody(body));
  });

  test.each(BODIES)(
    'PRO-006 %s: whatever is accepted encodes to exactly the bytes it came from',
    (_, body) => {
      const padded = encodeContent(withBody(body));
      const change = fc.record({ at: fc.nat(padded.lastIndexOf(0x80)), value: fc.nat(255) });
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
          const mutated = padded.slice();
          for (const { at, value } of changes) mutated[at] = value;
          let decoded: Content;
          try {
            decoded = decodeContent(mutated);
          } catch (error) {
            expect(error).toHaveProperty('name', 'ProtocolError');
            return;
          }
          // A body of a later version does not survive: it is only shown as such.
          if (decoded.body.case !== undefined) expect(encodeContent(decoded)).toEqual(mutated);
        }),
        { numRuns: 500 },
      );
    },
  );

  test.each<[string, string, Content['body'], string]>([
    ['PRO-011', 'an edit without a text', editOf(''), 'BAD_TEXT'],
    ['PRO-011', 'an edit that is too long', editOf('x'.repeat(LIMITS.MAX_TEXT_BYTES + 1)), 'BAD_TEXT'],
    ['PRO-015', 'a reaction to nothing', { case: 'reaction', value: { emoji: '👍' } }, 'BAD_CONTENT'],
    ['PRO-015', 'two graphemes', reaction('👍👍'), 'BAD_CONTENT'],
    ['PRO-015', 'a word', reaction('ok'), 'BAD_CONTENT'],
    ['PRO-015', 'a reaction that is too long', reaction(`a${'\u0301'.repeat(32)}`), 'BAD_CONTENT'],
    ['PRO-015', 'a control character', reaction('\u001b'), 'BAD_CONTENT'],
    ['PRO-015', 'a bidirectional control', reaction('\u202e'), 'BAD_CONTENT'],
    ['PRO-015', 'a line separator', reaction('\u2028'), 'BAD_CONTENT'],
    ['PRO-015', 'white space', reaction(' '), 'BAD_CONTENT'],
    ['PRO-015', 'a character that nobody sees', reaction('\u200b'), 'BAD_CONTENT'],
    ['PRO-015', 'a mark without a letter', reaction('\u0301'), 'BAD_CONTENT'],
    ['PRO-016', 'a receipt of nothing', receipt([]), 'BAD_CONTENT'],
    [
      'PRO-016',
      'a receipt of too many',
      receipt(Array(MAX_RECEIPT_MESSAGES + 1).fill(reference)),
      'BAD_CONTENT',
    ],
    ['PRO-017', 'a timer beyond the limit', timer(MAX_EXPIRY_MS + 1), 'BAD_CONTENT'],
    ['PRO-017', 'a text that stays too long', text({ expiresAfterMs: MAX_EXPIRY_MS + 1 }), 'BAD_CONTENT'],
    ['PRO-018', 'a reply to nobody', text({ replyTo: stranger }), 'BAD_NICKNAME'],
    ['PRO-018', 'a reaction to nobody', reaction('👍', stranger), 'BAD_NICKNAME'],
    ['PRO-018', 'a receipt of nobody', receipt([reference, stranger]), 'BAD_NICKNAME'],
  ])('%s refuses %s, on both sides', (_id, _name, body, code) => {
    const refused = expect.objectContaining({ code });
    expect(() => encodeContent(withBody(body))).toThrow(refused);
    expect(() => decodeContent(encodeUnchecked(withBody(body)))).toThrow(refused);
  });

  test('PRO-003 a reference with an id of another length is refused', () => {
    for (const messageId of [new Uint8Array(0), new Uint8Array(15), new Uint8Array(17)]) {
      for (const body of [
        text({ replyTo: { ...reference, messageId } }),
        reaction('👍', { ...reference, messageId }),
        receipt([{ ...reference, messageId }]),
        { case: 'edit', value: { messageId, text: 'y' } } as const,
        { case: 'delete', value: { messageId } } as const,
      ]) {
        const malformed = expect.objectContaining({ code: 'MALFORMED' });
        expect(() => decodeContent(encodeContent(withBody(body)))).toThrow(malformed);
      }
    }
  });

  test('a reaction is anything that people see as one: a letter, a flag, a family, a keycap', () => {
    for (const emoji of ['👍', 'a', 'ğ', '🇹🇷', '👩\u200d👩\u200d👧', '1\ufe0f\u20e3', '❤\ufe0f', '!']) {
      expect(isReactionEmoji(emoji), emoji).toBe(true);
    }
    expect(isReactionEmoji(`a${'\u0301'.repeat((MAX_REACTION_BYTES - 2) / 2)}`)).toBe(true);
    expect(isReactionEmoji('')).toBe(false);
  });
});

/** As somebody would who does not keep to the rules of bodies. */
function encodeUnchecked(value: Content): Uint8Array {
  return pad(encodePlain(ContentSchema, value));
}
