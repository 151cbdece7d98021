// What somebody wants to change in a group, said in a way that survives a lost race: an intent is asked again for every state
// of the group until one of its commits is accepted, or there is nothing left to do. Made by group-actions.ts, reconcile.ts and
// reports.ts; carried out by group-commits.ts. SPEC §11.5.
import type { GroupDescription } from '@sirdas/crypto';
import type { DeviceId, GroupState, LogId, Nickname } from '@sirdas/protocol';
import type { Session } from '../session.ts';

export interface DevicesToAdd {
  readonly nickname: Nickname;
  readonly devices: readonly DeviceId[];
}

export interface CommitGoal {
  /** Devices without a usable key package are left out; NO_KEY_PACKAGE when nothing is left to do then. */
  readonly add: readonly DevicesToAdd[];
  /** Leaf indexes. */
  readonly remove: readonly number[];
  /** Null: stays as it is. */
  readonly state: GroupState | null;
  /** True: it takes more than one commit, so the intent is asked again afterwards. */
  readonly isPartial?: boolean;
}

/** Null: there is nothing (left) to do. An empty goal refreshes the own leaf. Throws what speaks against it: NOT_ALLOWED, … */
export type CommitIntent = (group: GroupDescription) => CommitGoal | null;

/** Implemented by group-commits.ts. */
export interface CommitMaker {
  /**
   * Resolves when the change is in the log and this device has it: true, or, with nothing to do, false. Throws GROUP_BROKEN,
   * NO_KEY_PACKAGE, GROUP_TOO_LARGE, GROUP_BUSY (lost too many races), UNREACHABLE and what the intent throws.
   */
  commit(log: LogId, intent: CommitIntent, session: Session): Promise<boolean>;
}
