// Says whether a leaf is the device that it claims to be: whether the verified chain of its account has that device with
// that key. A leaf is never refused because its account is not known here yet; the directory is asked first. The crypto
// package calls it for every leaf that comes up (RFC 9420 §5.3.1). SPEC §11.3, §11.5.
import type { LeafIdentity, LeafUse, LeafVerifier, VerifiedAccount } from '@sirdas/crypto';
import type { Nickname } from '@sirdas/protocol';
import type { Session } from '../session.ts';
import { wasEverListed, wasListedAt } from './account-devices.ts';
import type { LeafVerifiers } from './group-trust.ts';
import type { KnownAccounts } from './known-accounts.ts';

export class AccountLeafVerifiers implements LeafVerifiers {
  readonly #accounts: KnownAccounts;
  readonly #onStale: (nickname: Nickname) => void;

  /** `onStale`: a device of this account speaks of a record that the directory keeps back. */
  constructor(accounts: KnownAccounts, onStale: (nickname: Nickname) => void) {
    this.#accounts = accounts;
    this.#onStale = onStale;
  }

  over(session: Session | null): LeafVerifier {
    return { verify: (leaf, use) => this.#verify(leaf, use, session) };
  }

  async #verify(leaf: LeafIdentity, use: LeafUse, session: Session | null): Promise<boolean> {
    // CLI-058
    if (this.#isListed(leaf, use)) return true;
    await this.#accounts.refresh(leaf.nickname, session);
    const isListed = this.#isListed(leaf, use);
    // CLI-059
    if (!isListed && this.#isAhead(leaf)) this.#onStale(leaf.nickname);
    return isListed;
  }

  /** A device that is certain has signed that there is a record which nobody here has seen. */
  #isAhead(leaf: LeafIdentity): boolean {
    const accounts = this.#accounts.list(leaf.nickname);
    return (
      accounts.some((account) => wasEverListed(account, leaf)) &&
      accounts.every(({ record }) => record.index < leaf.recordIndex)
    );
  }

  #isListed(leaf: LeafIdentity, use: LeafUse): boolean {
    const accounts = this.#accounts.list(leaf.nickname);
    return accounts.some((account) => isListedFor(account, leaf, use));
  }
}

function isListedFor(account: VerifiedAccount, leaf: LeafIdentity, use: LeafUse): boolean {
  // Who joins a group finds devices in it that were revoked meanwhile: the next reconciliation removes them.
  if (use === 'standing') return wasEverListed(account, leaf);
  return wasListedAt(account, leaf, leaf.recordIndex) === true;
}
