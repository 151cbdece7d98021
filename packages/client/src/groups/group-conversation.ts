// What a conversation is according to its group, for the vault and for the screen. Used wherever a group changes or is joined.
import type { GroupDescription } from '@sirdas/crypto';
import { type Nickname, toConversationId, XWING_SUITE } from '@sirdas/protocol';
import type { Member } from '../model.ts';
import type { ConversationChange } from '../vault/vault.ts';

/** Only for the present group of the conversation. */
export function describeConversation(group: GroupDescription, own: Nickname): ConversationChange {
  const { state, log, suite } = group;
  return {
    id: toConversationId(state.conversation),
    kind: state.direct ? 'direct' : 'group',
    with: state.direct ? findPeer(group, own) : null,
    name: state.name,
    members: listMembers(group),
    group: log,
    postQuantum: suite === XWING_SUITE,
  };
}

/** The other member of a direct conversation; the own nickname in that with oneself. */
function findPeer({ state }: GroupDescription, own: Nickname): Nickname {
  return state.members.find(({ nickname }) => nickname !== own)?.nickname ?? own;
}

function listMembers({ state, leaves }: GroupDescription): Member[] {
  return state.members.map(({ nickname, role }) => {
    const devices = leaves.filter((leaf) => leaf.nickname === nickname).map(({ device }) => device);
    return { nickname, role, devices };
  });
}
