import { fromHex, parseNickname } from '@sirdas/protocol';
import { expect, test } from 'vitest';
import { directConversationId } from './direct-conversation.ts';
import { loadOwnVectors, type Vector } from './vectors.testkit.ts';

interface ConversationInput {
  readonly relayFingerprint: string;
  readonly nicknames: [string, string];
}

const vectors = await loadOwnVectors<Vector<ConversationInput, string>[]>('direct-conversation.json');

test.each(vectors)('$spec $name', ({ input: { relayFingerprint, nicknames }, output }) => {
  const [first, second] = nicknames;
  const relay = fromHex(relayFingerprint);
  expect(directConversationId(relay, [parseNickname(first), parseNickname(second)])).toBe(output);
  expect(directConversationId(relay, [parseNickname(second), parseNickname(first)])).toBe(output);
});

test('the same two people have another conversation at another relay', () => {
  const names = [parseNickname('ayşe'), parseNickname('bora')] as const;
  const one = directConversationId(new Uint8Array(32).fill(1), names);
  expect(directConversationId(new Uint8Array(32).fill(2), names)).not.toBe(one);
});
