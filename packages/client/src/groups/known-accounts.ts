// Every account whose chain this device has verified, the own one as well, for those who judge what happens in groups. Somebody
// who is in a group with us and not known yet is looked up and pinned on the way, as the writer of a first letter is.
// Used by leaf-verifier.ts, commit-judge.ts, reports.ts and reconcile.ts. SPEC §5.4, §11.5.
import type { VerifiedAccount } from '@sirdas/crypto';
import type { Nickname } from '@sirdas/protocol';
import type { Contacts } from '../contacts.ts';
import { SirdasError } from '../errors.ts';
import type { OwnAccount } from '../own-account.ts';
import type { OwnRecords } from '../own-records.ts';
import type { Session } from '../session.ts';

export interface KnownAccountsOptions {
  readonly own: Pick<OwnAccount, 'need' | 'needVerified'>;
  readonly records: Pick<OwnRecords, 'refresh'>;
  readonly contacts: Pick<Contacts, 'get' | 'refresh'>;
}

export class KnownAccounts {
  readonly #options: KnownAccountsOptions;

  constructor(options: KnownAccountsOptions) {
    this.#options = options;
  }

  /** The pinned chain first; behind it the one of a changed identity key that the person has not accepted yet. */
  list(nickname: Nickname): readonly VerifiedAccount[] {
    if (this.isOwn(nickname)) return [this.#options.own.needVerified()];
    const contact = this.#options.contacts.get(nickname);
    if (!contact) return [];
    return contact.changed ? [contact.account, contact.changed.account] : [contact.account];
  }

  isOwn(nickname: Nickname): boolean {
    return nickname === this.#options.own.need().nickname;
  }

  /**
   * Asks the directory what is new about an account. That there is none of that name, or none that verifies, is an answer too:
   * `list` stays as it is then. Throws UNREACHABLE without a session, and what the relay answers otherwise.
   */
  async refresh(nickname: Nickname, session: Session | null): Promise<void> {
    if (!session) throw new SirdasError('UNREACHABLE', 'the directory cannot be asked now');
    if (this.isOwn(nickname)) return this.#options.records.refresh(session);
    try {
      await this.#options.contacts.refresh(session, nickname);
    } catch (cause) {
      const isAnswer =
        cause instanceof SirdasError &&
        (cause.code === 'UNKNOWN_ACCOUNT' || cause.code === 'DIRECTORY_FORGED');
      if (!isAnswer) throw cause;
    }
  }
}
