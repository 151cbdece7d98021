// What an account says that its devices can do: all suites from the beginning, classic ones for ever when the person asked for
// that, and an account of the first version of this program catches up with its next login.
import { type AccountRecord, CLASSIC_SUITE, decodeAccountRecord, MLS_SUITES } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeRelay } from './fake-relay.testkit.ts';
import { ManualClock } from './manual-clock.testkit.ts';
import { openPerson, prepareMemory } from './people.testkit.ts';
import type { VaultMemory } from './vault/memory-vault.testkit.ts';

let clock: ManualClock;
let relay: FakeRelay;

beforeEach(async () => {
  clock = new ManualClock();
  relay = await FakeRelay.start(clock);
});

function recordsOf(nickname: string): AccountRecord[] {
  return relay.needAccount(nickname).records.map(({ record }) => decodeAccountRecord(record));
}

async function connect(memory: VaultMemory): Promise<void> {
  const { sirdas } = await openPerson(relay, clock, memory);
  await sirdas.connect();
  await sirdas.disconnect();
}

const suitesOf = (nickname: string) => recordsOf(nickname).map(({ suites }) => suites);

describe('the suites of an account', () => {
  it('are all of them from its first record on', async () => {
    await connect(await prepareMemory(relay, clock, 'alice', { classicOnly: false }));
    expect(suitesOf('alice')).toEqual([[...MLS_SUITES, CLASSIC_SUITE]]);
  });

  it('are classic letters alone, for ever, when the person asked for that', async () => {
    const memory = await prepareMemory(relay, clock, 'alice', { classicOnly: true });
    await connect(memory);
    await connect(memory);
    expect(suitesOf('alice')).toEqual([[CLASSIC_SUITE]]);
  });

  it('of an account made by the first version are completed once, with the next login', async () => {
    const memory = await prepareMemory(relay, clock, 'alice', { classicOnly: true });
    await connect(memory);
    memory.settings.delete('classic-only');
    await connect(memory);
    await connect(memory);
    expect(suitesOf('alice')).toEqual([[CLASSIC_SUITE], [...MLS_SUITES, CLASSIC_SUITE]]);
    const [before, after] = recordsOf('alice');
    // Nothing else changes: who has verified this account need not do it again, and its devices keep their keys.
    expect(after?.identityKey).toEqual(before?.identityKey);
    expect(after?.devices).toEqual(before?.devices);
    expect(after?.rsaPublicKey).toEqual(before?.rsaPublicKey);
  });
});
