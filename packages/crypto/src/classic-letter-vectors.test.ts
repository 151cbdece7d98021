import { decodeEnvelope, fromHex, toHex } from '@sirdas/protocol';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type LetterAccounts,
  openClassicLetter,
  receiveClassicLetter,
  verifyClassicLetter,
} from './open-classic-letter.ts';
import { type Person, people, scriptedRandom, withOtherSuite } from './people.testkit.ts';
import { sealClassicLetter } from './seal-classic-letter.ts';
import { loadOwnVectors, outcomeOf, type Vector } from './vectors.testkit.ts';

interface OpenInput {
  readonly reader: string;
  readonly sender: string;
  readonly nowMs: number;
  readonly envelope: string;
  readonly bothPublishedOtherSuite?: boolean;
}

interface ContentInHex {
  readonly direction: string;
  readonly messageId: string;
  readonly timeMs: number;
  readonly conversation: string;
  readonly device: string;
  readonly counter: number;
  readonly text: string | null;
}

interface SealInput {
  readonly sender: string;
  readonly recipient: string;
  readonly content: ContentInHex;
  readonly key: string;
  readonly iv: string;
  readonly recipientWrap: string;
  readonly senderWrap: string;
}

interface LetterVectors {
  readonly seal: readonly Vector<SealInput, Record<'token' | 'header' | 'signature' | 'envelope', string>>[];
  readonly open: readonly Vector<OpenInput, ContentInHex>[];
  readonly refuse: Readonly<Record<'receive' | 'verify' | 'open', readonly Vector<OpenInput, never>[]>>;
}

const vectors = await loadOwnVectors<LetterVectors>('classic-letter.json');

afterEach(() => vi.restoreAllMocks());

describe('letters written by another implementation', () => {
  for (const vector of vectors.open) {
    test(`${vector.name} (${vector.spec})`, async () => {
      const { content, direction } = await open(vector.input);
      expect(toContentInHex(content, direction)).toEqual(vector.output);
    });
  }
});

describe('letters that must be refused', () => {
  for (const vector of vectors.refuse.receive) {
    test(`${vector.name} (${vector.spec}) on receipt`, async () => {
      expect(await outcomeOf(() => receive(vector.input))).toBe(vector.expect);
    });
  }

  for (const vector of vectors.refuse.verify) {
    test(`${vector.name} (${vector.spec}) before any private key is used`, async () => {
      const received = receive(vector.input);
      expect(await outcomeOf(() => verify(vector.input, received))).toBe(vector.expect);
    });
  }

  for (const vector of vectors.refuse.open) {
    test(`CRY-030 ${vector.name} (${vector.spec}) with the one outcome`, async () => {
      const verified = await verify(vector.input, receive(vector.input));
      const { unwrapKey } = personOf(vector.input.reader);
      expect(await outcomeOf(() => openClassicLetter(verified, unwrapKey))).toBe(vector.expect);
    });
  }
});

describe('sealing', () => {
  for (const vector of vectors.seal) {
    test(`${vector.name} (${vector.spec}) gives the bytes of another implementation`, async () => {
      const { input, output } = vector;
      answerWraps(fromHex(input.recipientWrap), fromHex(input.senderWrap));
      const sender = personOf(input.sender);
      const envelope = await sealClassicLetter({
        sender,
        recipient: personOf(input.recipient).account,
        content: fromContentInHex(input.content),
        random: scriptedRandom(fromHex(input.key), fromHex(input.iv)),
      });
      const { kind } = decodeEnvelope(envelope);
      if (kind.case !== 'classic') throw new Error('not a classic letter');
      expect(new TextDecoder().decode(kind.value.token)).toBe(output?.token);
      expect(toHex(kind.value.header)).toBe(output?.header);
      expect(toHex(kind.value.signature)).toBe(output?.signature);
      expect(toHex(envelope)).toBe(output?.envelope);
    });
  }
});

/** RSA-OAEP takes its randomness from the platform: for exact bytes its results are given. */
function answerWraps(...wraps: Uint8Array<ArrayBuffer>[]): void {
  const { subtle } = crypto;
  const encrypt = subtle.encrypt.bind(subtle);
  vi.spyOn(subtle, 'encrypt').mockImplementation(async (algorithm, key, data) => {
    if (key.algorithm.name !== 'RSA-OAEP') return encrypt(algorithm, key, data);
    const wrap = wraps.shift();
    if (!wrap) throw new Error('more wraps than expected');
    return wrap.buffer;
  });
}

function receive(input: OpenInput) {
  return receiveClassicLetter(fromHex(input.envelope), personOf(input.reader).account.record);
}

function verify(input: OpenInput, received: ReturnType<typeof receive>) {
  return verifyClassicLetter(received, accountsOf(input), input.nowMs);
}

async function open(input: OpenInput) {
  return openClassicLetter(await verify(input, receive(input)), personOf(input.reader).unwrapKey);
}

function accountsOf(input: OpenInput): LetterAccounts {
  const [sender, own] = [personOf(input.sender), personOf(input.reader)];
  if (input.bothPublishedOtherSuite) return { sender: withOtherSuite(sender), own: withOtherSuite(own) };
  return { sender: sender.account, own: own.account };
}

function personOf(nickname: string): Person {
  const person = people[nickname];
  if (!person) throw new Error('nobody of that name');
  return person;
}

type Content = Awaited<ReturnType<typeof open>>['content'];

function toContentInHex(content: Content, direction: string): ContentInHex {
  return {
    direction,
    messageId: toHex(content.messageId),
    timeMs: content.timeMs,
    conversation: toHex(content.conversation),
    device: toHex(content.device),
    counter: content.counter,
    text: content.body.case === 'text' ? content.body.value.text : null,
  };
}

function fromContentInHex(content: ContentInHex): Content {
  return {
    messageId: fromHex(content.messageId),
    timeMs: content.timeMs,
    conversation: fromHex(content.conversation),
    device: fromHex(content.device),
    counter: content.counter,
    body: { case: 'text', value: { text: content.text ?? '', expiresAfterMs: 0 } },
  };
}
