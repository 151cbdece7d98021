import type { ConversationEvent } from '@sirdas/client';
import { parseNickname, toDeviceId } from '@sirdas/protocol';
import { describe, expect, test } from 'vitest';
import { wordsIn } from '../words/catalogue.ts';
import { describeEventLine, listNames } from './event-line.ts';
import { AYSE, MEHMET } from './message.testkit.ts';

const CAN = parseNickname('can');
const device = toDeviceId(new Uint8Array(16));
const readers = {
  en: { words: wordsIn('en'), language: 'en', self: MEHMET },
  tr: { words: wordsIn('tr'), language: 'tr', self: MEHMET },
} as const;

/** Event, as ayşe's in English, as the own one in English, as ayşe's in Turkish. */
const EVENTS: readonly (readonly [ConversationEvent, string, string, string])[] = [
  [
    { what: 'created', name: 'Aile', members: [AYSE, CAN, MEHMET] },
    'ayşe made the group “Aile” with can and you',
    'You made the group “Aile” with ayşe and can',
    'ayşe “Aile” grubunu kurdu; gruptakiler: can ve siz',
  ],
  [
    { what: 'created', name: '', members: [AYSE, MEHMET] },
    'ayşe began this conversation',
    'You began this conversation',
    'ayşe bu sohbeti başlattı',
  ],
  [{ what: 'joined' }, 'This device is in', 'This device is in', 'Bu cihaz sohbete buradan katıldı'],
  [{ what: 'added', members: [CAN] }, 'ayşe added can', 'You added can', 'ayşe gruba ekledi: can'],
  [
    { what: 'removed', members: [MEHMET] },
    'ayşe removed you',
    'You removed you',
    'ayşe gruptan çıkardı: siz',
  ],
  [{ what: 'left' }, 'ayşe left', 'You left', 'ayşe ayrıldı'],
  [
    { what: 'renamed', name: 'Yeni\u001b[2J' },
    'ayşe named the group “Yeni␛[2J”',
    'You named the group “Yeni␛[2J”',
    'ayşe gruba “Yeni␛[2J” adını verdi',
  ],
  [
    { what: 'role', member: CAN, role: 'admin' },
    'ayşe made can an admin',
    'You made can an admin',
    'ayşe yönetici yaptı: can',
  ],
  [
    { what: 'timer', expiresAfterMs: 3_600_000 },
    'ayşe let messages disappear 1 hour after',
    'You let messages disappear 1 hour after',
    'ayşe, mesajların okunduktan 1 saat sonra kaybolmasını sağladı',
  ],
  [
    { what: 'timer', expiresAfterMs: 0 },
    'ayşe let messages stay',
    'You let messages stay',
    'ayşe, mesajların',
  ],
  [
    { what: 'device-added', device },
    'A device of ayşe was added',
    'A device of yours was added',
    'ayşe kişisinin bir cihazı eklendi',
  ],
  [
    { what: 'device-removed', device },
    'A device of ayşe was removed',
    'A device of yours was removed',
    'ayşe kişisinin bir cihazı çıkarıldı',
  ],
  [
    { what: 'reset', reason: 'lost' },
    'ayşe began this conversation anew: a device had lost its keys',
    'You began this conversation anew',
    'ayşe bu sohbeti yeniden başlattı',
  ],
  [
    { what: 'undecryptable', cause: 'out-of-step' },
    'A message of ayşe cannot be read here: a change of the conversation was missed',
    'A message cannot be read here',
    'ayşe kişisinin bir mesajı burada okunamıyor',
  ],
  [
    { what: 'change-refused', error: 'CHANGE_NOT_ALLOWED' },
    'A change of the conversation by ayşe was refused: ',
    'A change of the conversation was refused: ',
    'ayşe kişisinin sohbette yaptığı bir değişiklik reddedildi: ',
  ],
  [
    { what: 'key-changed' },
    'The identity key of ayşe has changed.',
    'The identity key of mehmet has changed.',
    'ayşe kişisinin kimlik anahtarı değişti.',
  ],
];

describe('a line about what happened', () => {
  test.each(EVENTS)('%j', (event, english, own, turkish) => {
    expect(describeEventLine(AYSE, event, readers.en).text).toContain(english);
    expect(describeEventLine(MEHMET, event, readers.en).text).toContain(own);
    expect(describeEventLine(AYSE, event, readers.tr).text).toContain(turkish);
  });

  test('is calm, unless something did not work or somebody may be attacking', () => {
    const toneOf = (event: ConversationEvent) => describeEventLine(AYSE, event, readers.en).tone;
    expect(toneOf({ what: 'left' })).toBe('calm');
    expect(toneOf({ what: 'undecryptable', cause: 'lost' })).toBe('notice');
    expect(toneOf({ what: 'reset', reason: 'out-of-step' })).toBe('notice');
    expect(toneOf({ what: 'key-changed' })).toBe('alarm');
    expect(toneOf({ what: 'undecryptable', cause: 'fork' })).toBe('alarm');
    expect(toneOf({ what: 'reset', reason: 'fork' })).toBe('alarm');
  });

  test('names many people by some and a number', () => {
    const many = Array.from({ length: 40 }, (_, index) => parseNickname(`kişi${index}`));
    expect(listNames(many, readers.en)).toMatch(/^kişi0, .* and 29 others$/);
  });
});
