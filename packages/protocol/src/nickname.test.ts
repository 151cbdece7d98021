import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseNickname, prepareNickname } from './nickname.ts';

const badNickname = expect.objectContaining({ code: 'BAD_NICKNAME' });

describe('prepareNickname', () => {
  test.each([
    ['Ayşe', 'ayşe'],
    ['  mehmet  ', 'mehmet'],
    ['IŞIK', 'işik'],
    ['ışık', 'ışık'],
    ['İpek', 'ipek'],
    ['I\u0307pek', 'ipek'],
    ['ÇAĞRI', 'çağri'],
    ['o\u0308mer', 'ömer'],
    ['ＡＬＩ', 'ali'],
    ['a.b-c_1', 'a.b-c_1'],
    ['Ωμέγα', 'ωμέγα'],
    ['ΣΊΣΥΦΟΣ', 'σίσυφος'],
    ['日本語', '日本語'],
    ['דוד', 'דוד'],
    ['सीता', 'सीता'],
  ])('%s becomes %s', (typed, canonical) => {
    expect(prepareNickname(typed)).toBe(canonical);
  });

  test.each([
    ['too short', 'ab'],
    ['too long', 'a'.repeat(33)],
    ['a space', 'a b c'],
    ['an at sign', 'ali@home'],
    ['a slash', 'a/b'],
    ['punctuation at the start', '.ali'],
    ['punctuation at the end', 'ali-'],
    ['emoji', 'ali😀'],
    ['a bidi override', 'a\u202eli'],
    ['a zero-width joiner', 'a\u200dli'],
    ['a zero-width space', 'a\u200bli'],
    ['a combining grapheme joiner', 'a\u034fli'],
    ['a variation selector', 'a\ufe0fli'],
    ['a control character', 'a\u0007li'],
    ['an escape sequence', '\u001b[31mali'],
    ['a compatibility character', 'ﬁnn'],
    ['a circled letter', 'ⓐli'],
    ['a roman numeral', 'ali\u2163'],
    ['mixed writing directions', 'davidדוד'],
    ['a right-to-left name that ends in a Latin letter', 'דודa'],
    ['a lone combining mark at the start', '\u0301ali'],
    ['a tatweel', 'محـمد'],
  ])('PRO-007 refuses %s', (_, typed) => {
    expect(() => prepareNickname(typed)).toThrow(badNickname);
  });

  test('what it gives is canonical: preparing it again changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (typed) => {
        let nickname: string;
        try {
          nickname = prepareNickname(typed);
        } catch (error) {
          expect(error).toEqual(badNickname);
          return;
        }
        expect(prepareNickname(nickname)).toBe(nickname);
        expect(parseNickname(nickname)).toBe(nickname);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('parseNickname', () => {
  test.each(['Ali', 'ＡＬＩ', 'o\u0308mer', 'İpek', ' ali', 'i\u0307pek'])(
    'PRO-007 refuses %s, which is not canonical',
    (text) => {
      expect(() => parseNickname(text)).toThrow(badNickname);
    },
  );
});
