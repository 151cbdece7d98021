import { describe, expect, test } from 'vitest';
import { CommandError } from '../errors.ts';
import { parseCommandLine } from './command-line.ts';

function codeOf(args: string[]): string {
  try {
    parseCommandLine(args);
  } catch (error) {
    if (error instanceof CommandError) return `${error.code} ${error.detail}`;
    throw error;
  }
  return 'no error';
}

describe('parseCommandLine', () => {
  test('reads options on both sides of the command', () => {
    expect(parseCommandLine(['--home', '/x', 'send', 'ayşe', '--json', 'hello', 'you'])).toEqual({
      kind: 'command',
      command: 'send',
      options: { values: { home: '/x', json: true }, positionals: ['ayşe', 'hello', 'you'] },
    });
  });

  test('a command name as the value of --home is no command', () => {
    expect(parseCommandLine(['--home', 'send', 'names'])).toMatchObject({ command: 'names' });
  });

  test('text that starts with a dash stands behind --', () => {
    expect(parseCommandLine(['send', 'ayşe', '--', '-rf'])).toMatchObject({
      options: { positionals: ['ayşe', '-rf'] },
    });
  });

  test('a single dash is an argument: the standard input', () => {
    expect(parseCommandLine(['send', 'ayşe', '-'])).toMatchObject({
      options: { positionals: ['ayşe', '-'] },
    });
  });

  test('the relay reads its own options', () => {
    expect(parseCommandLine(['--lang', 'tr', 'relay', '--tcp-port', '0', '--no-color', '--open'])).toEqual({
      kind: 'raw',
      command: 'relay',
      options: { values: { lang: 'tr', 'no-color': true }, positionals: [] },
      args: ['--tcp-port', '0', '--open'],
    });
  });

  test.each([
    [[], { kind: 'help', command: null }],
    [['--help'], { kind: 'help', command: null }],
    [['send', '-h'], { kind: 'help', command: 'send' }],
    [['help', 'send'], { kind: 'help', command: 'send' }],
    [['relay', '--help'], { kind: 'help', command: 'relay' }],
    [['--version'], { kind: 'version' }],
    [['-V'], { kind: 'version' }],
  ])('%j', (args, expected) => {
    expect(parseCommandLine(args)).toEqual(expected);
  });

  test.each([
    [['chatt'], 'UNKNOWN_COMMAND chatt'],
    [['constructor'], 'UNKNOWN_COMMAND constructor'],
    [['send', '--jsonn'], 'BAD_OPTION --jsonn'],
    [['names', '--classic'], 'BAD_OPTION --classic'],
    [['send', '--timeout'], 'BAD_OPTION --timeout'],
    [['names', '--json=yes'], 'BAD_OPTION --json'],
  ])('%j is refused as %s', (args, expected) => {
    expect(codeOf(args)).toBe(expected);
  });
});
