// Following a pinned chain: one that an earlier version pinned learns of its former devices, and nothing else passes for it.
import { restoreAccount, type VerifiedAccount } from '@sirdas/crypto';
import { fromId, type LogId } from '@sirdas/protocol';
import { describe, expect, it } from 'vitest';
import { followChain } from './directory-chain.ts';
import { TestAccount } from './groups/group-people.testkit.ts';
import type { Session } from './session.ts';

const INBOX = '44'.repeat(16) as LogId;
const [noah, again] = await Promise.all([
  TestAccount.make('noah', [['laptop', 'old'], ['laptop'], ['laptop', 'phone']]),
  TestAccount.make('noah', [['laptop'], ['laptop'], ['laptop']]),
]);

/** A directory that shows these records. */
function showing({ records }: TestAccount, count = records.length) {
  const asked: number[] = [];
  const session = {
    request: async ({ fromIndex }: { fromIndex: number }) => {
      asked.push(fromIndex);
      const entries = records
        .slice(fromIndex, count)
        .map((record, i) => ({ directoryIndex: fromIndex + i, record }));
      const nickname = noah.nickname;
      return { kind: 'account', request: 1, nickname, inbox: fromId(INBOX), entries, headIndex: count - 1 };
    },
  } as unknown as Session;
  return { session, asked };
}

/** As the first version of this program kept it. */
function pinnedEarlier({ pin }: VerifiedAccount): VerifiedAccount {
  const { record, publishedOtherSuite } = pin;
  return restoreAccount({ record, publishedOtherSuite });
}

describe('following a pinned chain', () => {
  it('asks for what comes after the pinned record', async () => {
    const { session, asked } = showing(noah);
    const { check, inbox } = await followChain(session, noah.nickname, noah.at(1));
    expect(check).toMatchObject({ outcome: 'verified', account: { hash: noah.now.hash } });
    expect(inbox).toBe(INBOX);
    expect(asked).toEqual([1]);
  });

  it('verifies the whole of it where the pin knows no former devices', async () => {
    const { session, asked } = showing(noah);
    const { check } = await followChain(session, noah.nickname, pinnedEarlier(noah.at(1)));
    expect(asked).toEqual([0]);
    if (check.outcome !== 'verified') throw new Error('not verified');
    const former = check.account.deviceHistory.filter(({ removedIndex }) => removedIndex !== null);
    expect(former).toEqual([
      {
        id: noah.device('old'),
        signatureKey: noah.deviceKey('old').publicKey,
        addedIndex: 0,
        removedIndex: 1,
      },
    ]);
    expect(check.account.record.index).toBe(2);
  });

  it('CLI-021 takes no other chain for it then, nor a shorter one', async () => {
    const earlier = pinnedEarlier(noah.at(1));
    const other = await followChain(showing(again).session, noah.nickname, earlier);
    expect(other.check).toEqual({ outcome: 'forked' });
    const shorter = await followChain(showing(noah, 1).session, noah.nickname, earlier);
    expect(shorter.check).toEqual({ outcome: 'rolled-back' });
  });
});
