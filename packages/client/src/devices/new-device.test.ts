// A device that takes the place of another one: in one record, also when the answer to that is lost, also where no further device would
// fit; and what a backup of a device that is out of the account by now is good for.
import { generateSignatureSeed, importSignatureKey, restoreAccount, systemRandom } from '@sirdas/crypto';
import { LIMITS } from '@sirdas/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeRelay } from '../fake-relay.testkit.ts';
import { ManualClock } from '../manual-clock.testkit.ts';
import { meet, openPerson, type Person, signNext, until } from '../people.testkit.ts';
import { VaultMemory } from '../vault/memory-vault.testkit.ts';

const passphrase = 'correct horse battery staple';

let clock: ManualClock;
let relay: FakeRelay;
let alice: Person;
let file: Uint8Array;

beforeEach(async () => {
  clock = new ManualClock();
  relay = await FakeRelay.start(clock);
  alice = await meet(relay, clock, 'alice');
  file = await alice.sirdas.exportBackup(passphrase, { scryptLogN: 1 });
  await alice.sirdas.close();
});

async function restore(replaces: boolean): Promise<Person> {
  const person = await openPerson(relay, clock, new VaultMemory());
  await person.sirdas.importBackup(file, passphrase, { deviceName: 'new', replaces });
  return person;
}

function listDevices(): string[] {
  const head = relay.needAccount('alice').records.at(-1);
  if (!head) throw new Error('alice has no record');
  const { record } = restoreAccount({ record: head.record, publishedOtherSuite: false });
  return record.devices.map(({ name }) => name);
}

describe('a device in the place of another one', () => {
  it('comes and takes it out with one record', async () => {
    const before = relay.needAccount('alice').records.length;
    const restored = await restore(true);
    await restored.sirdas.connect();
    expect(listDevices()).toEqual(['new']);
    expect(relay.needAccount('alice').records).toHaveLength(before + 1);
    expect(restored.sirdas.devices.list()).toMatchObject([{ name: 'new', isThis: true }]);
  });

  it('comes in also when the answer to its record was lost, although the former one cannot log in any more', async () => {
    const restored = await restore(true);
    relay.mischief.rewrite = (frame, connection) => {
      const isAnswer = frame.kind === 'done' && connection.received.at(-1)?.kind === 'publishRecord';
      if (isAnswer) connection.drop();
      return isAnswer ? null : frame;
    };
    await expect(restored.sirdas.connect({ firstFailure: true })).rejects.toMatchObject({
      code: 'UNREACHABLE',
    });
    expect(listDevices()).toEqual(['new']);
    relay.mischief = {};
    restored.sirdas.retryNow();
    await until(
      () => restored.sirdas.link.state,
      (state) => state === 'online',
    );
    expect(listDevices()).toEqual(['new']);
    expect(restored.memory.account?.restoredFrom).toBeNull();
  });

  it('fits where no further device would', async () => {
    const { account } = alice.memory;
    if (!account?.published) throw new Error('alice has not joined');
    const own = restoreAccount(account.published).record.devices;
    const others = await Promise.all(
      Array.from({ length: LIMITS.MAX_DEVICES - 1 }, async (_, i) => {
        const { publicKey } = await importSignatureKey(generateSignatureSeed(systemRandom));
        return { id: new Uint8Array(16).fill(i + 1), signatureKey: publicKey, name: `${i}`, addedMs: 1 };
      }),
    );
    relay.needAccount('alice').records.push(await signNext(relay, alice, { devices: [...own, ...others] }));
    const beside = await restore(false);
    await expect(beside.sirdas.connect({ firstFailure: true })).rejects.toMatchObject({
      code: 'TOO_MANY_DEVICES',
    });
    const instead = await restore(true);
    await instead.sirdas.connect();
    expect(listDevices()).toHaveLength(LIMITS.MAX_DEVICES);
    expect(listDevices().at(-1)).toBe('new');
  });

  it('CLI-091 does not come when the device of the backup is out of the account already', async () => {
    await (await restore(true)).sirdas.connect();
    const late = await restore(false);
    await expect(late.sirdas.connect()).rejects.toMatchObject({ code: 'DEVICE_REVOKED' });
    expect(late.sirdas.link).toMatchObject({ state: 'offline', error: 'DEVICE_REVOKED', retryAtMs: null });
    expect(late.sirdas.account).toMatchObject({ nickname: 'alice' });
  });
});
