// Groups in whose place there is another one: kept as long as something may come, gone with their keys then.
import { type ConversationId, type LogId, X25519_SUITE } from '@sirdas/protocol';
import { beforeEach, expect, it } from 'vitest';
import { ManualClock } from '../manual-clock.testkit.ts';
import { MemoryVault, VaultMemory } from '../vault/memory-vault.testkit.ts';
import type { GroupRecord } from '../vault/vault.ts';
import { FormerGroups } from './former-groups.ts';
import { GroupStore } from './group-store.ts';

const DAY_MS = 86_400_000;
const OLD = '11'.repeat(16) as LogId;
const NEW = '22'.repeat(16) as LogId;

let clock: ManualClock;
let vault: MemoryVault;
let store: GroupStore;
let removed: LogId[];

function recordOf(log: LogId, generation: number): GroupRecord {
  return {
    ...{ log, generation, suite: X25519_SUITE, conversation: '33'.repeat(16) as ConversationId },
    ...{ logEpoch: 1, epoch: 1, leaving: [], epochPart: null, pending: null },
    ...{ updatedMs: 0, sealedSinceUpdate: 0 },
  };
}

/** As after a login. */
async function logIn(): Promise<void> {
  const contents = await vault.load();
  store = new GroupStore({
    vault,
    ownLeaf: {} as never,
    random: (lengthBytes) => new Uint8Array(lengthBytes),
  });
  store.load(contents.groups);
  const former = new FormerGroups({ vault, clock, store, reader: { remove: (log) => removed.push(log) } });
  former.load(contents);
  await former.tidy();
}

const logs = async () => (await vault.load()).groups.map(({ log }) => log);

beforeEach(async () => {
  clock = new ManualClock();
  vault = new MemoryVault(new VaultMemory());
  removed = [];
  await vault.save({
    groups: [recordOf(OLD, 0), recordOf(NEW, 1)].map((record) => ({
      ...{ log: record.log, record },
      pages: [{ page: 0, bytes: new Uint8Array(1) }],
    })),
  });
  await logIn();
});

it('a former group is kept for as long as the relay may have something of it, and then forgotten with its keys', async () => {
  clock.advance(29 * DAY_MS);
  await logIn();
  expect(await logs()).toEqual([OLD, NEW]);
  clock.advance(2 * DAY_MS);
  await logIn();
  expect(await logs()).toEqual([NEW]);
  expect(removed).toEqual([OLD]);
  expect(await vault.readGroupPages(OLD)).toEqual([]);
  expect(store.get(OLD)).toBeNull();
  expect((await vault.load()).settings).toEqual({});
});

it('the present group stays, however old it is', async () => {
  clock.advance(3650 * DAY_MS);
  await logIn();
  await logIn();
  expect(await logs()).toEqual([NEW]);
});
