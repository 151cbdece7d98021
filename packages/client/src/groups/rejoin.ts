// A leaf of this device that was taken out and put in again while it could still read: what came before is read with the former
// state, what comes behind with the new one, which welcomes.ts has kept. Only a commit that this device has judged leads over, or the
// relay, where it does not show that commit: a Welcome alone takes nobody out of the group that all others follow. Called by
// commit-follower.ts and group-log.ts. SPEC §11.8.
import { describeGroup, restoreGroup } from '@sirdas/crypto';
import type { GroupDraft } from './group-draft.ts';
import type { GroupTools } from './group-tools.ts';

/** False: there is none. */
export async function goOverToNewLeaf(
  draft: GroupDraft,
  { ownLeaf, random }: Pick<GroupTools, 'ownLeaf' | 'random'>,
  timeMs: number,
): Promise<boolean> {
  const { rejoin } = draft.record;
  if (!rejoin) return false;
  const next = restoreGroup({
    epochPart: rejoin.epochPart,
    ratchetPages: rejoin.pages.map(({ bytes }) => bytes),
    signatureKey: await ownLeaf.signatureKey(),
    random,
  });
  const isNextEpoch = draft.group !== null && describeGroup(draft.group).epoch + 1 === rejoin.epoch;
  // In between this device was no reader: where it reads on, the relay says.
  if (!isNextEpoch) draft.news.isMoved = true;
  draft.enterEpoch(next, true, timeMs);
  return true;
}
