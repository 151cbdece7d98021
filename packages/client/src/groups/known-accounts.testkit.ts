// What one device knows of others, with a directory that tells more when it is asked; counts who was looked up.
import type { VerifiedAccount } from '@sirdas/crypto';
import { SirdasError } from '../errors.ts';
import type { Session } from '../session.ts';
import type { TestAccount } from './group-people.testkit.ts';
import { KnownAccounts } from './known-accounts.ts';

/** Stands for a connection where nothing is sent over it. */
export const SOME_SESSION = {} as Session;

interface Knowledge {
  readonly own: TestAccount;
  /** What is pinned at the beginning. */
  readonly pinned?: ReadonlyMap<TestAccount, VerifiedAccount>;
  /** A key that changed, and was not accepted. */
  readonly changed?: ReadonlyMap<TestAccount, VerifiedAccount>;
  /** What the directory knows: everybody's newest record. */
  readonly directory?: readonly TestAccount[];
  /** The relay does not answer. */
  readonly isDown?: boolean;
}

export function knowing({ own, pinned = new Map(), changed, directory = [], isDown }: Knowledge) {
  const lookedUp: string[] = [];
  let ownAccount = pinned.get(own) ?? own.now;
  const contacts = new Map([...pinned].map(([person, account]) => [person.nickname, account]));
  const noteLookUp = (nickname: string) => {
    lookedUp.push(nickname);
    if (isDown) throw new SirdasError('UNREACHABLE', 'the test has cut the line');
  };
  const find = (nickname: string) => {
    const account = contacts.get(nickname as TestAccount['nickname']);
    if (!account) return null;
    const other = [...(changed ?? [])].find(([person]) => person.nickname === nickname)?.[1];
    const inbox = '00'.repeat(16) as never;
    return {
      nickname: account.record.nickname,
      inbox,
      account,
      verifiedMs: null,
      changed: other ? { account: other, inbox } : null,
      heldLetters: 0,
    };
  };
  const accounts = new KnownAccounts({
    own: { need: () => ({ nickname: own.nickname }) as never, needVerified: () => ownAccount },
    records: {
      refresh: async () => {
        noteLookUp(own.nickname);
        ownAccount = own.now;
      },
    },
    contacts: {
      get: find,
      refresh: async (_session, nickname) => {
        noteLookUp(nickname);
        const person = directory.find((one) => one.nickname === nickname);
        if (person) contacts.set(nickname, person.now);
        const found = find(nickname);
        if (!found) throw new SirdasError('UNKNOWN_ACCOUNT', 'nobody is called that');
        return found;
      },
    },
  });
  return { accounts, lookedUp };
}
