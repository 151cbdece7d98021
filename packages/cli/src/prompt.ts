// Questions on the terminal: a line, or a secret that is not shown while it is typed. Only asked where there is a
// terminal on both ends; questions go to standard error, so that the output of a command stays its output.

import { createInterface } from 'node:readline/promises';
import { StringDecoder } from 'node:string_decoder';
import { SirdasError } from '@sirdas/client';
import type { Console } from './console.ts';

const ENTER = /[\r\n]/;
const BACKSPACE = new Set(['\u007f', '\b']);
/** Ctrl-C and Ctrl-D. */
const CANCEL = new Set(['\u0003', '\u0004']);
const CTRL_U = '\u0015';

/** One line, without spaces around it. Throws ABORTED on Ctrl-C, at the end of the input and with the signal. */
export async function askLine(console: Console, question: string, signal?: AbortSignal): Promise<string> {
  const reader = createInterface({ input: console.input, output: console.errors, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      const cancel = () => reject(new SirdasError('ABORTED', 'the question was not answered'));
      reader.once('SIGINT', cancel);
      reader.once('close', cancel);
      const asked = signal === undefined ? reader.question(question) : reader.question(question, { signal });
      asked.then((answer) => resolve(answer.trim()), cancel);
    });
  } finally {
    reader.close();
  }
}

/** A line that is not shown. Throws ABORTED on Ctrl-C and at the end of the input. */
export async function askSecret(console: Console, question: string): Promise<string> {
  const { input, errors } = console;
  errors.write(question);
  input.setRawMode(true);
  input.resume();
  try {
    return await readSecret(input);
  } finally {
    input.setRawMode(false);
    input.pause();
    errors.write('\n');
  }
}

function readSecret(input: NodeJS.ReadStream): Promise<string> {
  const decoder = new StringDecoder('utf8');
  let typed: TypedSecret = { secret: '', isDone: false, isCancelled: false };
  return new Promise((resolve, reject) => {
    const onData = (data: Buffer | string) => {
      typed = typeSecret(typed, typeof data === 'string' ? data : decoder.write(data));
      if (!typed.isDone && !typed.isCancelled) return;
      input.off('data', onData);
      if (typed.isDone) resolve(typed.secret);
      else reject(new SirdasError('ABORTED', 'the passphrase was not given'));
    };
    input.on('data', onData);
  });
}

interface TypedSecret {
  readonly secret: string;
  readonly isDone: boolean;
  readonly isCancelled: boolean;
}

function typeSecret(before: TypedSecret, characters: string): TypedSecret {
  let { secret } = before;
  for (const character of characters) {
    if (ENTER.test(character)) return { secret, isDone: true, isCancelled: false };
    if (CANCEL.has(character)) return { secret, isDone: false, isCancelled: true };
    if (BACKSPACE.has(character)) secret = [...secret].slice(0, -1).join('');
    else if (character === CTRL_U) secret = '';
    else if (character >= ' ') secret += character;
  }
  return { secret, isDone: false, isCancelled: false };
}
