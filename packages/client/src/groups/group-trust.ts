// What the engine of groups asks of those who decide whom to believe: the parts that client-parts.ts hands to groups.ts.
import type { LeafVerifier } from '@sirdas/crypto';
import type { DeviceReport, LogId, Nickname } from '@sirdas/protocol';
import type { GroupTrouble } from '../model.ts';
import type { Session } from '../session.ts';
import type { Cursor, GroupRecord, KeyPackageSecret } from '../vault/vault.ts';
import type { CommitChange } from './commit-change.ts';
import type { CommitJudgement } from './commit-policy.ts';

/** Implemented by leaf-verifier.ts: asks the directory where it does not know yet. */
export interface LeafVerifiers {
  /** Null: there is no connection; `verify` throws UNREACHABLE where the directory is needed. */
  over(session: Session | null): LeafVerifier;
}

/** Implemented by commit-judge.ts: the policy, with what the directory knows. Throws UNREACHABLE when it cannot know. */
export interface CommitJudge {
  /** Of somebody else, and applied if it is allowed. */
  judge(
    commit: CommitChange,
    leaving: ReadonlySet<Nickname>,
    session: Session | null,
  ): Promise<CommitJudgement>;
  /** What the others will say to a commit that is only planned. */
  foresee(
    commit: CommitChange,
    leaving: ReadonlySet<Nickname>,
    session: Session | null,
  ): Promise<CommitJudgement>;
}

/** Implemented by key-packages.ts. */
export interface KeyPackageSecrets {
  /** Null: not (any more) one of this device. */
  take(reference: string): Promise<KeyPackageSecret | null>;
  /** The vault has removed it, together with the join that used it. */
  noteUsed(reference: string): void;
}

/** Implemented by reports.ts, with statistics.ts and rollback.ts behind it. All of it happens after the vault has saved. */
export interface GroupTroubles {
  /** Something of a group could not be read; `isOwnFault`: this device has no state that it could go on with, and asks for help. */
  noteTrouble(record: GroupRecord, cause: GroupTrouble, isOwnFault: boolean): void;
  noteRefusedCommit(record: GroupRecord): void;
  /** This device was taken out of a group: with its account, or a Welcome follows, or help is needed. */
  noteTakenOut(record: GroupRecord): void;
  /** This device has a state again: it joined a group that was broken here. */
  noteRepaired(record: GroupRecord): void;
  /** The vault is an older copy of what this device has been: it must never seal again. Ends the session. */
  noteRollback(log: LogId, session: Session): Promise<void>;
  /** A report from an inbox. `cursor` is saved by it, in whatever transaction it needs. */
  settleReport(report: DeviceReport, session: Session, cursor: Cursor): Promise<void>;
}
