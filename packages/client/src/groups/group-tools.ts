// What the files of the engine share: made once by groups.ts.
import type { RandomSource } from '@sirdas/crypto';
import type { LogId } from '@sirdas/protocol';
import type { Clock } from '../clock.ts';
import type { Contacts } from '../contacts.ts';
import type { Conversations } from '../conversations.ts';
import type { Counters } from '../counters.ts';
import type { Events } from '../events.ts';
import type { MessageTeller } from '../messages/message-teller.ts';
import type { OwnAccount } from '../own-account.ts';
import type { OutboxItem, Vault } from '../vault/vault.ts';
import type { GroupStore } from './group-store.ts';
import type { CommitJudge, GroupTroubles, KeyPackageSecrets, LeafVerifiers } from './group-trust.ts';
import type { KnownAccounts } from './known-accounts.ts';
import type { OwnLeafSource } from './own-leaf.ts';

export interface GroupTools {
  readonly own: OwnAccount;
  readonly ownLeaf: OwnLeafSource;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly events: Events;
  readonly contacts: Contacts;
  readonly conversations: Conversations;
  readonly counters: Counters;
  readonly teller: MessageTeller;
  readonly store: GroupStore;
  readonly accounts: Pick<KnownAccounts, 'list' | 'refresh'>;
  readonly verifiers: LeafVerifiers;
  readonly judge: CommitJudge;
  readonly keyPackages: KeyPackageSecrets;
  readonly troubles: GroupTroubles;
  readonly outbox: SealedItems;
}

/** What the outbox has sealed and the log has not shown yet. Implemented by outbox.ts. */
export interface SealedItems {
  findSealed(log: LogId, envelope: Uint8Array): OutboxItem | null;
  /** The log has shown them, and the vault has removed them. */
  noteSeen(items: readonly OutboxItem[]): void;
}
