// When the own leaf of a group has to be refreshed: then whoever had its keys once reads nothing more. SPEC §11.5.
import { describeGroup } from '@sirdas/crypto';
import type { GroupInUse } from './group-store.ts';

const UPDATE_AFTER_MESSAGES = 500;
const UPDATE_AFTER_MS = 7 * 86_400_000;

export function isUpdateDue({ record, group }: GroupInUse, nowMs: number): boolean {
  if (!group) return false;
  const sealed = record.sealedSinceUpdate + describeGroup(group).ownGeneration;
  return sealed >= UPDATE_AFTER_MESSAGES || nowMs - record.updatedMs >= UPDATE_AFTER_MS;
}
