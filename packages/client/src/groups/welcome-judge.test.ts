// Who may bring this account back into a conversation that it was in before.
import type { GroupDescription, Leaf } from '@sirdas/crypto';
import {
  type GroupRole,
  type GroupState,
  prepareNickname,
  toConversationId,
  toDeviceId,
  toLogId,
  XWING_SUITE,
} from '@sirdas/protocol';
import { describe, expect, it } from 'vitest';
import { newConversation } from '../vault/conversation-state.ts';
import type { ConversationState } from '../vault/vault.ts';
import { judgeWelcome } from './welcome-judge.ts';

const conversationBytes = new Uint8Array(16).fill(7);
const id = toConversationId(conversationBytes);
const log = toLogId(new Uint8Array(16).fill(8));
const keyOf = (name: string) => new Uint8Array(32).fill(name.charCodeAt(0));

function stateOf(members: readonly (readonly [string, GroupRole])[]): GroupState {
  return {
    conversation: conversationBytes,
    ...{ generation: 0, direct: false, name: 'friends' },
    members: members.map(([name, role]) => ({
      nickname: prepareNickname(name),
      identityKey: keyOf(name),
      role,
    })),
  };
}

function leafOf(name: string, index: number): Leaf {
  const device = toDeviceId(new Uint8Array(16).fill(index + 1));
  return { nickname: prepareNickname(name), device, recordIndex: 0, signatureKey: keyOf(name), index };
}

/** Alice's device judges a Welcome by `adder`; she was in the group with bob, and is not any more. */
function judge(adder: string, known: Partial<ConversationState>) {
  const before: ConversationState = {
    ...newConversation(id),
    ...{ kind: 'group', state: 'removed', ...known },
  };
  const group: GroupDescription = {
    ...{ log, suite: XWING_SUITE, epoch: 9, ownLeafIndex: 0, ownGeneration: 0 },
    leaves: [leafOf('alice', 0), leafOf(adder, 1)],
    state: stateOf([
      ['alice', 'member'],
      [adder, 'owner'],
    ]),
    authenticatorHash: new Uint8Array(32),
  };
  return judgeWelcome(
    { group, addedBy: leafOf(adder, 1), suite: XWING_SUITE },
    {
      relayFingerprint: new Uint8Array(32),
      own: { nickname: prepareNickname('alice'), identityKey: keyOf('alice') },
      keysOf: () => null,
      conversation: before,
      groups: [],
    },
  );
}

describe('CLI-046 a conversation that this account was in before', () => {
  const members = [
    { nickname: prepareNickname('bob'), role: 'owner', devices: [] },
  ] satisfies ConversationState['members'];

  it.each(['left', 'removed'] as const)('is opened again by somebody who was in it (%s)', (state) => {
    expect(judge('bob', { members, state })).toEqual({ outcome: 'accepted', kind: 'new' });
  });

  it.each(['left', 'removed', 'broken', 'active'] as const)(
    'is not opened again by a stranger who calls himself its owner (%s)',
    (state) => {
      expect(judge('mallory', { members, state })).toEqual({ outcome: 'refused' });
    },
  );
});
