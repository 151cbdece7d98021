// What the members of a group see of a change in it: one visible line for each thing that happened, said by whoever did it.
// Made by commit-policy.ts for every commit that it allows. SPEC §6.5.
import type { Leaf } from '@sirdas/crypto';
import type { Nickname } from '@sirdas/protocol';
import type { ConversationEvent } from '../model.ts';
import { type ChangeInMembers, type CommitEvent, type GroupMember, isReplaced } from './commit-change.ts';

/** In the order in which one would tell it: who goes, who comes, what the group is called, who may what, devices. */
export function describeChange(change: ChangeInMembers, leaving: ReadonlySet<Nickname>): CommitEvent[] {
  const { before, after, newRoles } = change;
  const sender = change.committer.nickname;
  const events: CommitEvent[] = [];
  for (const { nickname } of change.dropped) {
    if (leaving.has(nickname)) events.push({ sender: nickname, event: { what: 'left' } });
  }
  const removed = change.dropped.map(({ nickname }) => nickname).filter((nickname) => !leaving.has(nickname));
  if (removed.length > 0) events.push({ sender, event: { what: 'removed', members: removed } });
  const joined = change.joined.map(({ nickname }) => nickname);
  if (joined.length > 0) events.push({ sender, event: { what: 'added', members: joined } });
  if (before.name !== after.name) events.push({ sender, event: { what: 'renamed', name: after.name } });
  for (const { nickname: member, role } of newRoles)
    events.push({ sender, event: { what: 'role', member, role } });
  return [...events, ...describeDevices(change)];
}

/** Of a group that took the place of another one: in what its list differs from the one that this device knew. */
export function describeNewList(
  before: readonly Pick<GroupMember, 'nickname' | 'role'>[],
  after: readonly Pick<GroupMember, 'nickname' | 'role'>[],
): ConversationEvent[] {
  const roles = new Map(before.map(({ nickname, role }) => [nickname, role]));
  const names = new Set(after.map(({ nickname }) => nickname));
  const removed = before.map(({ nickname }) => nickname).filter((nickname) => !names.has(nickname));
  const added = after.map(({ nickname }) => nickname).filter((nickname) => !roles.has(nickname));
  const newRoles = after.filter(({ nickname, role }) => (roles.get(nickname) ?? role) !== role);
  return [
    ...(removed.length > 0 ? [{ what: 'removed', members: removed } as const] : []),
    ...(added.length > 0 ? [{ what: 'added', members: added } as const] : []),
    ...newRoles.map(({ nickname: member, role }) => ({ what: 'role', member, role }) as const),
  ];
}

/** Devices of those who were there and stay; of members who had none in a new group, it is no news that theirs arrive. */
function describeDevices(change: ChangeInMembers): CommitEvent[] {
  const had = new Set(change.leaves.map(({ nickname }) => nickname));
  const arriving = change.added.filter(({ nickname }) => !had.has(nickname));
  const others = new Set([...change.dropped, ...change.joined, ...arriving].map(({ nickname }) => nickname));
  const stays = ({ nickname }: Leaf) => !others.has(nickname);
  const cameBack = (leaf: Leaf) => isReplaced({ added: change.removed }, leaf);
  const removed = change.removed.filter((leaf) => stays(leaf) && !isReplaced(change, leaf));
  const added = change.added.filter((leaf) => stays(leaf) && !cameBack(leaf));
  return [
    ...removed.map(({ nickname, device }) => ({
      sender: nickname,
      event: { what: 'device-removed', device } as const,
    })),
    ...added.map(({ nickname, device }) => ({
      sender: nickname,
      event: { what: 'device-added', device } as const,
    })),
  ];
}
