// When the upkeep of groups is done: own devices at once, everything else after a random moment, and again when asked.
import { type GroupDescription, systemRandom, type VerifiedAccount } from '@sirdas/crypto';
import { type ConversationId, type LogId, type Nickname, X25519_SUITE } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ClientErrorCode, SirdasError } from '../errors.ts';
import { ManualClock } from '../manual-clock.testkit.ts';
import type { GroupRecord } from '../vault/vault.ts';
import type { CommitGoal } from './commit-intent.ts';
import { admin, LEAVES, member, other, owner, STATE } from './commit-policy.testkit.ts';
import { SOME_SESSION } from './known-accounts.testkit.ts';
import { RecentEpochs } from './recent-epochs.ts';
import { MAX_DELAY_MS, Reconciler } from './reconcile.ts';

const LOG = '11'.repeat(16) as LogId;
const OLD_LOG = '22'.repeat(16) as LogId;
const RECORD: GroupRecord = {
  log: LOG,
  conversation: '33'.repeat(16) as ConversationId,
  generation: 1,
  suite: X25519_SUITE,
  logEpoch: 4,
  epoch: 3,
  leaving: [],
  epochPart: new Uint8Array(1),
  pending: null,
  updatedMs: 0,
  sealedSinceUpdate: 0,
};

let clock: ManualClock;
let records: GroupRecord[];
let group: GroupDescription;
let known: Map<Nickname, VerifiedAccount>;
/** What was asked for, and what each answers with; nothing: it is accepted. */
let asked: { readonly log: LogId; readonly goal: CommitGoal | null }[];
let failures: ClientErrorCode[];
let reconciler: Reconciler;

function open(as = admin): void {
  const ownLeafIndex = LEAVES.find(({ nickname }) => nickname === as.nickname)?.index ?? 0;
  group = {
    ...{ log: LOG, suite: X25519_SUITE, epoch: 3, ownLeafIndex, leaves: LEAVES, state: STATE },
    ...{ authenticatorHash: new Uint8Array(32), ownGeneration: 0 },
  };
  reconciler = new Reconciler({
    own: { need: () => ({ nickname: as.nickname }) as never },
    accounts: { list: (nickname) => [known.get(nickname)].filter((account) => account !== undefined) },
    store: {
      list: () => records,
      get: (log) => records.find((record) => record.log === log) ?? null,
      presentOf: () => records[0] ?? null,
    },
    commits: {
      commit: async (log, intent) => {
        const goal = intent(group);
        asked.push({ log, goal });
        const failure = goal && failures.shift();
        if (failure) throw new SirdasError(failure, 'the test wants it so');
        return goal !== null;
      },
    },
    clock,
    random: systemRandom,
    epochs: new RecentEpochs(),
  });
}

const carriedOut = () => asked.flatMap(({ goal }) => (goal ? [goal] : []));

beforeEach(() => {
  clock = new ManualClock();
  records = [RECORD, { ...RECORD, log: OLD_LOG, generation: 0 }];
  known = new Map([owner, admin, member, other].map((person) => [person.nickname, person.at(0)]));
  asked = [];
  failures = [];
  open();
});

describe('reconciliation', () => {
  it('looks at every present group after a login, and at no former one', async () => {
    reconciler.start(SOME_SESSION);
    await reconciler.settle();
    expect(asked).toEqual([{ log: LOG, goal: null }]);
    expect(clock.timerCount).toBe(0);
  });

  it('waits a random moment before it does what any member could do, and no longer than the bound', async () => {
    known.set(member.nickname, member.now);
    reconciler.start(SOME_SESSION);
    await reconciler.settle();
    expect(carriedOut()).toEqual([]);
    expect(clock.timerCount).toBe(1);
    clock.advance(MAX_DELAY_MS);
    await reconciler.settle();
    expect(carriedOut()).toEqual([{ add: [], remove: [3], state: null, isPartial: false }]);
  });

  it('finds nothing left to do when somebody else was faster', async () => {
    known.set(member.nickname, member.now);
    reconciler.start(SOME_SESSION);
    await reconciler.settle();
    group = { ...group, leaves: LEAVES.filter(({ index }) => index !== 3) };
    clock.advance(MAX_DELAY_MS);
    await reconciler.settle();
    expect(carriedOut()).toEqual([]);
    expect(asked).toHaveLength(2);
  });

  it('sees to own devices at once', async () => {
    open(member);
    known.set(member.nickname, member.now);
    reconciler.start(SOME_SESSION);
    await reconciler.settle();
    const add = [{ nickname: member.nickname, devices: [member.device('phone')] }];
    expect(carriedOut()).toEqual([{ add, remove: [3], state: null, isPartial: false }]);
    expect(clock.timerCount).toBe(0);
  });

  it('removes a revoked device also when the new one has left no key package', async () => {
    open(member);
    known.set(member.nickname, member.now);
    failures = ['NO_KEY_PACKAGE'];
    reconciler.start(SOME_SESSION);
    await reconciler.settle();
    expect(carriedOut().at(-1)).toEqual({ add: [], remove: [3], state: null, isPartial: false });
  });

  it('keeps nobody out because somebody else has left no key package', async () => {
    group = { ...group, leaves: LEAVES.filter(({ index }) => index === 1) };
    failures = ['NO_KEY_PACKAGE', 'NO_KEY_PACKAGE'];
    reconciler.start(SOME_SESSION);
    await reconciler.settle();
    clock.advance(MAX_DELAY_MS);
    await reconciler.settle();
    const names = carriedOut().map(({ add }) => add.map(({ nickname }) => nickname));
    expect(names).toEqual([
      [member.nickname, other.nickname, owner.nickname],
      [member.nickname],
      [other.nickname],
      [owner.nickname],
    ]);
  });

  it('leaves what does not work now for the next time', async () => {
    open(member);
    known.set(member.nickname, member.now);
    failures = ['UNREACHABLE'];
    reconciler.start(SOME_SESSION);
    await reconciler.settle();
    reconciler.noteGroup(LOG);
    await reconciler.settle();
    expect(carriedOut()).toHaveLength(2);
  });

  it('takes no key package after the other for a device that has none, at every step of the group', async () => {
    open(member);
    known.set(member.nickname, member.now);
    failures = ['NO_KEY_PACKAGE'];
    reconciler.start(SOME_SESSION);
    await reconciler.settle();
    group = { ...group, leaves: LEAVES.filter(({ index }) => index !== 3) };
    const before = carriedOut().length;
    reconciler.noteGroup(LOG);
    await reconciler.settle();
    expect(carriedOut()).toHaveLength(before);
    clock.advance(5 * 60_000);
    reconciler.noteGroup(LOG);
    await reconciler.settle();
    expect(carriedOut()).toHaveLength(before + 1);
  });

  it('looks again when a record of a member is news, and only then', async () => {
    reconciler.start(SOME_SESSION);
    await reconciler.settle();
    reconciler.noteAccount('nobody-here' as Nickname);
    await reconciler.settle();
    expect(asked).toHaveLength(1);
    reconciler.noteAccount(member.nickname);
    await reconciler.settle();
    expect(asked).toHaveLength(2);
  });

  it('looks once at a group for which many things happen at the same time', async () => {
    reconciler.start(SOME_SESSION);
    for (let i = 0; i < 10; i++) reconciler.noteGroup(LOG);
    await reconciler.settle();
    expect(asked).toHaveLength(1);
  });

  it('does nothing without a connection, also not what it had put off', async () => {
    known.set(member.nickname, member.now);
    reconciler.noteGroup(LOG);
    reconciler.start(SOME_SESSION);
    await reconciler.settle();
    reconciler.stop();
    clock.advance(MAX_DELAY_MS);
    reconciler.noteGroup(LOG);
    await reconciler.settle();
    expect(carriedOut()).toEqual([]);
  });

  it('does not touch a group of which this device has no state', async () => {
    records = [{ ...RECORD, epochPart: null }];
    known.set(member.nickname, member.now);
    reconciler.start(SOME_SESSION);
    await reconciler.settle();
    expect(asked).toEqual([]);
  });
});
