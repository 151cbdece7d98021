// The vectors under packages/protocol/vectors: for clients in other languages, and the promise that frames of version 1
// stay readable. They are never regenerated; a change here is a change of the protocol.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from './bytes.ts';
import { decodeContent, encodeContent } from './content.ts';
import { decodeReportStatement, deviceReportInput, encodeReportStatement } from './device-report.ts';
import { decodeFrame, encodeFrame } from './frame.ts';
import {
  decodeGroupState,
  decodeMlsCredential,
  encodeGroupState,
  encodeMlsCredential,
} from './group-state.ts';
import { toLogId } from './ids.ts';
import { prepareNickname } from './nickname.ts';
import { decodeSignalContent, encodeSignalContent, signalInput } from './signal-content.ts';

interface Vector {
  readonly name: string;
  readonly input: string;
  readonly output?: unknown;
  readonly expect: string;
}

describe.each(['frames-v1.json', 'frames-v1-conversations.json'])('%s', (file) => {
  test.each(readVectors(file))('$name: $expect', ({ input, expect: expected }) => {
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

describe('contents-v1.json', () => {
  test.each(readVectors('contents-v1.json'))('$name: $expect', (vector) => {
    const content = decodeAsExpected(vector, decodeContent);
    // A body of a later version is shown as such and not written again.
    if (content?.body.case !== undefined) expect(toHex(encodeContent(content))).toBe(vector.input);
  });
});

describe('group-states-v1.json', () => {
  test.each(readVectors('group-states-v1.json'))('$name: $expect', (vector) => {
    const state = decodeAsExpected(vector, decodeGroupState);
    if (state) expect(toHex(encodeGroupState(state))).toBe(vector.input);
  });
});

describe('leaf-names-v1.json', () => {
  test.each(readVectors('leaf-names-v1.json'))('$name: $expect', (vector) => {
    const credential = decodeAsExpected(vector, decodeMlsCredential);
    if (credential) expect(toHex(encodeMlsCredential(credential))).toBe(vector.input);
  });
});

describe('reports-v1.json', () => {
  test.each(readVectors('reports-v1.json'))('$name: $expect', (vector) => {
    const statement = decodeAsExpected(vector, (bytes) => {
      const decoded = decodeReportStatement(bytes);
      return { statement: decoded, signed: deviceReportInput(bytes) };
    })?.statement;
    if (statement) expect(toHex(encodeReportStatement(statement))).toBe(vector.input);
  });
});

describe('signals-v1.json', () => {
  test.each(readVectors('signals-v1.json'))('$name: $expect', (vector) => {
    const given = vector.output as { log: string; epoch?: number } | undefined;
    const signal = decodeAsExpected(vector, (bytes) => {
      const content = decodeSignalContent(bytes);
      if (!content || !given) return content;
      const log = toLogId(fromHex(given.log));
      const epoch = given.epoch ?? 0;
      return {
        content,
        log: fromHex(given.log),
        epoch,
        signed: signalInput(log, epoch, bytes),
      };
    });
    if (vector.expect === 'ok' && !given) expect(signal).toBeNull();
    if (signal && 'content' in signal) expect(toHex(encodeSignalContent(signal.content))).toBe(vector.input);
  });
});

/** What it decodes to, compared with the vector's output where it has one; undefined when it is refused, as expected. */
function decodeAsExpected<Value>(vector: Vector, decode: (bytes: Uint8Array) => Value): Value | undefined {
  const bytes = fromHex(vector.input);
  if (vector.expect !== 'ok') {
    expect(() => decode(bytes)).toThrow(expect.objectContaining({ code: vector.expect }));
    return;
  }
  const value = decode(bytes);
  if (vector.output !== undefined) expect(toOutput(value)).toEqual(vector.output);
  return value;
}

/** As the vectors write it: bytes in hexadecimal, without what is 0, false or empty. */
function toOutput(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(toOutput);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => [name, toOutput(field)] as const);
  return Object.fromEntries(
    fields.filter(([, field]) => field !== undefined && field !== '' && field !== 0 && field !== false),
  );
}

function readVectors(file: string): Vector[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8')) as Vector[];
}
