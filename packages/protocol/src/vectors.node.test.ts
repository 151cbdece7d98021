// The vectors under packages/protocol/vectors: for clients in other languages, and the promise that frames of version 1
// stay readable. They are never regenerated; a change here is a change of the protocol.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from './bytes.ts';
import { decodeFrame, encodeFrame } from './frame.ts';
import { prepareNickname } from './nickname.ts';

interface Vector {
  readonly name: string;
  readonly input: string;
  readonly output?: string;
  readonly expect: string;
}

describe('frames-v1.json', () => {
  test.each(readVectors('frames-v1.json'))('$name: $expect', ({ input, expect: expected }) => {
    const bytes = fromHex(input);
    if (expected === 'ok') expect(toHex(encodeFrame(decodeFrame(bytes)))).toBe(input);
    else expect(() => decodeFrame(bytes)).toThrow(expect.objectContaining({ code: expected }));
  });
});

describe('nicknames.json', () => {
  test.each(readVectors('nicknames.json'))('$name: $expect', ({ input, output, expect: expected }) => {
    if (expected === 'ok') expect(prepareNickname(input)).toBe(output);
    else expect(() => prepareNickname(input)).toThrow(expect.objectContaining({ code: expected }));
  });
});

function readVectors(file: string): Vector[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8')) as Vector[];
}
