import { expect, test } from 'vitest';
import { AYSE, MEHMET, makeEvent, makeMessage } from './chat/message.testkit.ts';
import type { Console } from './console.ts';
import { formatMessage } from './message-lines.ts';
import { BLACK } from './terminal/background.ts';
import { wordsIn } from './words/catalogue.ts';

const console: Pick<Console, 'words' | 'language' | 'paint' | 'background'> = {
  words: wordsIn('en'),
  language: 'en',
  paint: (text) => text,
  background: BLACK,
};
const direct = { self: MEHMET, group: null };

test('a message is one line, further lines are indented', () => {
  expect(formatMessage(makeMessage(0, 'bir\niki'), console, direct)).toEqual([
    '12:00 ayşe: bir',
    '      iki',
  ]);
  expect(formatMessage(makeMessage(0, '/me güler'), console, direct)).toEqual(['12:00 * ayşe güler']);
});

test('CLI-106 a group stands before the name, made safe', () => {
  const place = { self: MEHMET, group: 'Aile\u001b[2J\r\nx' };
  expect(formatMessage(makeMessage(0, 'a'), console, place)).toEqual(['12:00 #Aile␛[2J x ayşe: a']);
  expect(formatMessage(makeMessage(0, 'a'), console, { self: MEHMET, group: '' })).toEqual([
    '12:00 #group without a name ayşe: a',
  ]);
});

test('what happened, what was deleted and what is too new are said', () => {
  const place = { self: MEHMET, group: 'Aile' };
  expect(formatMessage(makeEvent(0, { what: 'removed', members: [MEHMET] }), console, place)).toEqual([
    '12:00 #Aile · ayşe removed you',
  ]);
  const deleted = makeMessage(0, '', { body: { kind: 'deleted' } });
  expect(formatMessage(deleted, console, direct)).toEqual(['12:00 ayşe: deleted by its author']);
  const tooNew = makeMessage(0, '', { sender: AYSE, body: { kind: 'unsupported' } });
  expect(formatMessage(tooNew, console, direct)[0]).toContain('newer version');
});
