// Our envelopes as a subject of `npm run bench:envelopes`, with what a client does besides: pad, split off what the vault has to write.
import { describeGroup, type MlsGroup, openMessage, sealMessage, splitGroup } from '@sirdas/crypto';
import type { MlsSuite } from '@sirdas/protocol';
import { addMembers, foundGroup, joinAs, makeMember } from './mls-members.ts';
import type { EnvelopeSubject } from './subject.ts';

export function mlsSubject(suite: MlsSuite): EnvelopeSubject {
  return { name: suite, open: (members) => openGroup(members, suite) };
}

async function openGroup(memberCount: number, suite: MlsSuite) {
  const members = await Promise.all(Array.from({ length: memberCount }, (_, i) => makeMember(i, suite)));
  const { next, welcomes } = await addMembers(await foundGroup(members, suite), members);
  const { log } = describeGroup(next);
  const [, second] = members;
  const welcome = welcomes.find(({ nickname }) => nickname === second?.own.nickname);
  if (!second || !welcome) throw new Error('nobody was added');
  let sender: MlsGroup = next;
  let receiver = await joinAs(second, welcome.welcome, { log, suite });
  return async (plaintext: Uint8Array<ArrayBuffer>) => {
    const sealed = await sealMessage(sender, plaintext);
    splitGroup(sealed.group, sender);
    const opened = await openMessage(receiver, sealed.message);
    splitGroup(opened.group, receiver);
    if (opened.content.length !== plaintext.length) throw new Error('opened something else');
    sender = sealed.group;
    receiver = opened.group;
  };
}
