// Keys by what they mean in the full-screen program. Ink gives a piece of input and flags; a fast typist, a script or a
// terminal without bracketed paste gives several keys in one piece, which are told apart here. Used by chat-screen.tsx.
import type { Key } from 'ink';

export type KeyPress =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'jump'; readonly number: number }
  | { readonly type: NamedKey };

type NamedKey =
  | 'submit'
  | 'newline'
  | 'tab'
  | 'back-tab'
  | 'escape'
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'word-left'
  | 'word-right'
  | 'line-start'
  | 'line-end'
  | 'home'
  | 'end'
  | 'page-up'
  | 'page-down'
  | 'row-up'
  | 'row-down'
  | 'backspace'
  | 'delete'
  | 'delete-word'
  | 'delete-to-start'
  | 'delete-to-end'
  | 'next'
  | 'previous'
  | 'next-unread'
  | 'reply'
  | 'message-up'
  | 'message-down'
  | 'history-back'
  | 'history-forward'
  | 'sidebar'
  | 'redraw'
  | 'interrupt'
  | 'end-of-input';

const WITH_CTRL: Readonly<Record<string, NamedKey>> = {
  a: 'line-start',
  b: 'sidebar',
  c: 'interrupt',
  d: 'end-of-input',
  e: 'line-end',
  h: 'backspace',
  j: 'newline',
  k: 'delete-to-end',
  l: 'redraw',
  n: 'next',
  p: 'previous',
  r: 'reply',
  u: 'delete-to-start',
  w: 'delete-word',
};

const WITH_ALT: Readonly<Record<string, NamedKey>> = {
  a: 'next-unread',
  b: 'word-left',
  f: 'word-right',
};

/** The keys in one piece of input, in order. Pieces that mean nothing here give none. */
export function readKeys(input: string, key: Key): KeyPress[] {
  if (key.eventType === 'release') return [];
  const named = nameSpecialKey(key);
  if (named !== null) return [{ type: named }];
  if (key.ctrl) return nameLetter(WITH_CTRL, input);
  if (key.meta) return nameWithAlt(input);
  return splitTyped(input);
}

/** Pasted text as it goes into the editor: line breaks of all kinds are \n, other control characters are dropped. */
export function cleanPaste(text: string): string {
  return text
    .replaceAll(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replaceAll('\t', '    ')
    .replaceAll(/(?!\n)\p{Cc}/gu, '')
    .toWellFormed();
}

function nameSpecialKey(key: Key): NamedKey | null {
  if (key.return) return key.meta || key.shift ? 'newline' : 'submit';
  if (key.tab) return key.shift ? 'back-tab' : 'tab';
  if (key.backspace) return key.meta || key.ctrl ? 'delete-word' : 'backspace';
  return namePlainKey(key) ?? nameArrow(key);
}

function namePlainKey(key: Key): NamedKey | null {
  if (key.escape) return 'escape';
  if (key.pageUp) return 'page-up';
  if (key.pageDown) return 'page-down';
  if (key.home) return 'home';
  if (key.end) return 'end';
  return key.delete ? 'delete' : null;
}

function nameArrow(key: Key): NamedKey | null {
  if (key.upArrow) return nameVertical(key, ['up', 'row-up', 'message-up', 'history-back']);
  if (key.downArrow) return nameVertical(key, ['down', 'row-down', 'message-down', 'history-forward']);
  const byWord = key.ctrl || key.meta;
  if (key.leftArrow) return byWord ? 'word-left' : 'left';
  if (key.rightArrow) return byWord ? 'word-right' : 'right';
  return null;
}

/** Alone, with Shift, with Alt, with Ctrl. */
function nameVertical(
  key: Key,
  [alone, withShift, withAlt, withCtrl]: readonly [NamedKey, NamedKey, NamedKey, NamedKey],
): NamedKey {
  if (key.shift) return withShift;
  if (key.meta) return withAlt;
  return key.ctrl ? withCtrl : alone;
}

function nameLetter(names: Readonly<Record<string, NamedKey>>, letter: string): KeyPress[] {
  const type = Object.hasOwn(names, letter) ? names[letter] : undefined;
  return type === undefined ? [] : [{ type }];
}

/** Esc and the slash of a command, typed fast, look like Alt with a slash: the command must not become a message. */
function nameWithAlt(input: string): KeyPress[] {
  if (input === '/') return [{ type: 'escape' }, { type: 'text', text: '/' }];
  return /^[1-9]$/.test(input) ? [{ type: 'jump', number: Number(input) }] : nameLetter(WITH_ALT, input);
}

function splitTyped(input: string): KeyPress[] {
  const keys: KeyPress[] = [];
  for (const part of input.match(/[\r\n\t]|[^\r\n\t]+/g) ?? []) {
    if (part === '\r') keys.push({ type: 'submit' });
    else if (part === '\n') keys.push({ type: 'newline' });
    else if (part === '\t') keys.push({ type: 'tab' });
    else {
      const text = part.replaceAll(/\p{Cc}/gu, '').toWellFormed();
      if (text !== '') keys.push({ type: 'text', text });
    }
  }
  return keys;
}
