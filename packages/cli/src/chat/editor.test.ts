import { describe, expect, test } from 'vitest';
import {
  deleteBackward,
  deleteForward,
  deleteToLineEnd,
  deleteToLineStart,
  deleteWordBackward,
  type EditorState,
  editText,
  insert,
  layOutEditor,
  moveLeft,
  moveToLineEnd,
  moveToLineStart,
  moveVertically,
  moveWordLeft,
  moveWordRight,
} from './editor.ts';

const family = '👨‍👩‍👧‍👦';

/** `a|b` is a cursor between a and b. */
function at(marked: string): EditorState {
  return { text: marked.replace('|', ''), cursor: marked.indexOf('|') };
}
function show({ text, cursor }: EditorState): string {
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
}

describe('editing', () => {
  test.each([
    ['inserts at the cursor', insert(at('a|c'), 'b'), 'ab|c'],
    ['inserts Turkish letters', insert(at('|'), 'İıŞş'), 'İıŞş|'],
    ['deletes an emoji of many characters as one', deleteBackward(at(`a${family}|`)), 'a|'],
    ['deletes a letter with its accent as one', deleteBackward(at('e\u0301|x')), '|x'],
    ['deletes forward', deleteForward(at('a|bc')), 'a|c'],
    ['deletes nothing at the start', deleteBackward(at('|a')), '|a'],
    ['deletes nothing at the end', deleteForward(at('a|')), 'a|'],
    ['deletes the word before', deleteWordBackward(at('one two  |three')), 'one |three'],
    ['deletes to the start of the line', deleteToLineStart(at('one\ntwo th|ree')), 'one\n|ree'],
    ['deletes to the end of the line', deleteToLineEnd(at('on|e\ntwo')), 'on|\ntwo'],
    ['moves over an emoji in one step', moveLeft(at(`${family}|`)), `|${family}`],
    ['moves by words to the left', moveWordLeft(at('one two|')), 'one |two'],
    ['moves by words to the right', moveWordRight(at('|one two')), 'one| two'],
    ['moves to the start of the line', moveToLineStart(at('one\ntw|o')), 'one\n|two'],
    ['moves to the end of the line', moveToLineEnd(at('o|ne\ntwo')), 'one|\ntwo'],
  ])('%s', (_what, state, expected) => {
    expect(show(state)).toBe(expected);
  });

  test('moves up and down at the same column, and not beyond the first and last line', () => {
    const up = moveVertically(at('abc\nd|ef'), -1);
    expect(up && show(up)).toBe('a|bc\ndef');
    const down = moveVertically(at('abc|\nd'), 1);
    expect(down && show(down)).toBe('abc\nd|');
    expect(moveVertically(at('abc|'), -1)).toBeNull();
    expect(moveVertically(at('abc|'), 1)).toBeNull();
  });
});

describe('layOutEditor', () => {
  test('an empty text is one row', () => {
    expect(layOutEditor(editText(''), 10)).toEqual({ rows: [''], cursorRow: 0, cursorColumn: 0 });
  });

  test('rows break where they are full, with room for the cursor behind the last letter', () => {
    expect(layOutEditor(editText('abcdef'), 4)).toEqual({
      rows: ['abc', 'def'],
      cursorRow: 1,
      cursorColumn: 3,
    });
  });

  test('the cursor is counted in columns, not in characters', () => {
    expect(layOutEditor(editText('漢字'), 10)).toMatchObject({ cursorColumn: 4 });
    expect(layOutEditor(at('ş|ş'), 10)).toMatchObject({ cursorColumn: 1 });
  });

  test('the cursor follows line breaks', () => {
    expect(layOutEditor(at('ab\n|cd'), 10)).toEqual({ rows: ['ab', 'cd'], cursorRow: 1, cursorColumn: 0 });
    expect(layOutEditor(at('ab|\ncd'), 10)).toMatchObject({ cursorRow: 0, cursorColumn: 2 });
    expect(layOutEditor(editText('ab\n'), 10)).toMatchObject({
      rows: ['ab', ''],
      cursorRow: 1,
      cursorColumn: 0,
    });
  });
});
