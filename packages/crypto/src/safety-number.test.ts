import { fromHex, parseNickname } from '@sirdas/protocol';
import { expect, test } from 'vitest';
import { computeSafetyNumber } from './safety-number.ts';
import { loadOwnVectors, type Vector } from './vectors.testkit.ts';

interface IdentityInHex {
  readonly relayFingerprint: string;
  readonly nickname: string;
  readonly identityKey: string;
}

const vectors = await loadOwnVectors<Vector<[IdentityInHex, IdentityInHex], string>[]>('safety-number.json');

test.each(vectors)('$spec $name', ({ input: [one, other], output }) => {
  expect(computeSafetyNumber(toIdentity(one), toIdentity(other))).toBe(output);
});

test('has 12 groups of 5 digits and does not depend on the order', () => {
  const [first] = vectors;
  if (!first) throw new Error('no vectors');
  const [one, other] = first.input.map(toIdentity);
  if (!one || !other) throw new Error('not two accounts');
  const number = computeSafetyNumber(one, other);
  expect(number).toMatch(/^\d{5}( \d{5}){11}$/);
  expect(computeSafetyNumber(other, one)).toBe(number);
});

function toIdentity({ relayFingerprint, nickname, identityKey }: IdentityInHex) {
  return {
    relayFingerprint: fromHex(relayFingerprint),
    nickname: parseNickname(nickname),
    identityKey: fromHex(identityKey),
  };
}
