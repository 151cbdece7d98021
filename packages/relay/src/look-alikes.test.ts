import { type Nickname, prepareNickname } from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import { hasUnfamiliarLetters, skeletonOf } from './look-alikes.ts';

const skeleton = (typed: string) => skeletonOf(prepareNickname(typed));

describe('THREATS 46 names that look alike have the same skeleton', () => {
  test.each([
    ['Latin and Cyrillic', 'coco', 'сосо'],
    ['small l and palochka', 'paypai', 'раураӏ'],
    ['dotless and dotted i', 'ışık', 'işik'],
    ['one and small L', 'al1', 'all'],
    ['zero and o', 'b0b', 'bob'],
    ['m and rn', 'mine', 'rnine'],
    ['Greek and Latin', 'νο0', 'voo'],
    ['a Latin alpha', 'ɑyşe', 'ayşe'],
    ['two ways to write ü', 'gu\u0308l', 'gül'],
    ['fullwidth forms', 'ｂｏｂ', 'bob'],
    ['comma and cedilla', 'ayșe', 'ayşe'],
    ['Armenian', 'օհո', 'ohn'],
  ])('%s', (_, one, other) => {
    expect(skeleton(one)).toBe(skeleton(other));
  });
});

describe('Turkish names stay apart from each other', () => {
  const names = [
    ...['ışık', 'isik', 'gül', 'gul', 'çağrı', 'cagri', 'şule', 'sule', 'öykü', 'oyku', 'ayşe', 'ayse'],
    ...['ömer', 'omer', 'ümit', 'umit', 'doğan', 'dogan', 'ibrahim', 'İpek'],
  ];

  test('each has its own skeleton', () => {
    expect(new Set(names.map(skeleton)).size).toBe(names.length);
  });

  test.each(names)('%s is fine', (name) => {
    expect(hasUnfamiliarLetters(prepareNickname(name))).toBe(false);
  });
});

describe('RLY-025 letters of scripts that do not belong together', () => {
  test.each([
    ['Cyrillic а in Latin', 'аyşe'],
    ['Greek ο in Latin', 'bοb'],
    ['Latin in Cyrillic', 'коt'],
    ['Cherokee in Latin', 'ꭺbc'],
    ['small capitals', 'ᴀli'],
    ['phonetic notation', 'alᵻ'],
    ['Hebrew and Arabic', 'שלוםس'],
    ['a script nobody uses today', '𐌰𐌱𐌲'],
    ['Devanagari digits in Latin', 'abc१२'],
  ])('%s is refused', (_, name) => {
    expect(hasUnfamiliarLetters(name as Nickname)).toBe(true);
  });

  test.each([
    'ayşe',
    'кот',
    'γάτα',
    '山田taro',
    'ひらカナ山',
    '김철수2',
    'מירי',
    'محمد',
    'ไทยคำ',
    'अमित',
    'a.b-c_9',
  ])('%s is fine', (name) => {
    expect(hasUnfamiliarLetters(name as Nickname)).toBe(false);
  });
});
