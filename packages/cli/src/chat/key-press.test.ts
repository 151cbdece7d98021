import type { Key } from 'ink';
import { describe, expect, test } from 'vitest';
import { cleanPaste, readKeys } from './key-press.ts';

const none: Key = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
  super: false,
  hyper: false,
  capsLock: false,
  numLock: false,
};

describe('readKeys', () => {
  test('tells keys that came in one piece apart', () => {
    expect(readKeys('selam\rnasılsın\r', none)).toEqual([
      { type: 'text', text: 'selam' },
      { type: 'submit' },
      { type: 'text', text: 'nasılsın' },
      { type: 'submit' },
    ]);
  });

  test.each([
    ['Enter', '', { return: true }, 'submit'],
    ['Alt-Enter', '', { return: true, meta: true }, 'newline'],
    ['Ctrl-J', 'j', { ctrl: true }, 'newline'],
    ['Ctrl-W', 'w', { ctrl: true }, 'delete-word'],
    ['Alt-Backspace', '', { backspace: true, meta: true }, 'delete-word'],
    ['Ctrl-Left', '', { leftArrow: true, ctrl: true }, 'word-left'],
    ['Shift-Up', '', { upArrow: true, shift: true }, 'row-up'],
    ['Alt-Up', '', { upArrow: true, meta: true }, 'message-up'],
    ['Alt-Down', '', { downArrow: true, meta: true }, 'message-down'],
    ['Ctrl-Up', '', { upArrow: true, ctrl: true }, 'history-back'],
    ['Ctrl-Down', '', { downArrow: true, ctrl: true }, 'history-forward'],
    ['Ctrl-R', 'r', { ctrl: true }, 'reply'],
    ['Shift-Tab', '', { tab: true, shift: true }, 'back-tab'],
    ['Alt-A', 'a', { meta: true }, 'next-unread'],
    ['Ctrl-C', 'c', { ctrl: true }, 'interrupt'],
  ] as const)('%s', (_name, input, flags, type) => {
    expect(readKeys(input, { ...none, ...flags })).toEqual([{ type }]);
  });

  test('Alt with a digit jumps', () => {
    expect(readKeys('3', { ...none, meta: true })).toEqual([{ type: 'jump', number: 3 }]);
  });

  test('Esc and a slash in one piece begin a command', () => {
    expect(readKeys('/', { ...none, meta: true })).toEqual([{ type: 'escape' }, { type: 'text', text: '/' }]);
  });

  test('unknown combinations and control characters are no text', () => {
    expect(readKeys('z', { ...none, ctrl: true })).toEqual([]);
    expect(readKeys('constructor', { ...none, ctrl: true })).toEqual([]);
    expect(readKeys('a\u0007b', none)).toEqual([{ type: 'text', text: 'ab' }]);
  });

  test('letting a key go is no key', () => {
    expect(readKeys('a', { ...none, eventType: 'release' })).toEqual([]);
  });
});

test('pasted text keeps its lines and loses its control characters', () => {
  expect(cleanPaste('bir\r\niki\rüç\n\u001b[31m\tdört')).toBe('bir\niki\nüç\n[31m    dört');
});
