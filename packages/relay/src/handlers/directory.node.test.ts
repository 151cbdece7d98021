import { createHash } from 'node:crypto';
import { type Frame, type FrameBody, fromId, recordHashInput } from '@sirdas/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RelayConfig } from '../config/options.ts';
import { openStore } from '../data-folder.ts';
import {
  enterAsOwner,
  enterInvited,
  errorName,
  makeEnvelope,
  makeTestDevice,
  startTestRelay,
  TestAccount,
  TestClient,
  type TestRelay,
} from '../relay.testkit.ts';

let relay: TestRelay;
let owner: TestClient;
let account: TestAccount;
beforeEach(async () => {
  relay = await startTestRelay();
  ({ client: owner, account } = await enterAsOwner(relay));
});
afterEach(() => relay.remove());

const connect = () => TestClient.overTcp(relay.ports.tcp);
const lookUp = (nickname: string, fromIndex = 0): FrameBody => ({ kind: 'lookUp', nickname, fromIndex });
const publish = (record: FrameBody<'publishRecord'>['record']): FrameBody => {
  if (!record) throw new Error('no record');
  return { kind: 'publishRecord', record };
};

/** Claims with a fresh invite; the name of the error, or `done`. */
async function claimWith(claimant: TestAccount, record = claimant.makeRecord()): Promise<string | null> {
  const { token } = await owner.expect('inviteCreated', {
    ...{ kind: 'createInvite', uses: 1, ttlMs: 60_000, grantsInvites: false },
  });
  const client = await connect();
  const answer = await client.ask({
    kind: 'claim',
    record,
    admission: { case: 'inviteToken', value: token },
  });
  await client.close();
  return answer.kind === 'done' ? 'done' : errorName(answer);
}

describe('look_up', () => {
  test('gives the whole chain, inbox and newest index', async () => {
    account.colour = 0x00ff00;
    await owner.expect('done', publish(account.makeRecord()));
    const answer = await owner.expect('account', lookUp('owner'));
    expect(answer.headIndex).toBe(1);
    expect(answer.entries.map(({ directoryIndex }) => directoryIndex)).toEqual([0, 1]);
    expect((await owner.expect('account', lookUp('owner', 1))).entries).toHaveLength(1);
    expect((await owner.expect('account', lookUp('owner', 9))).entries).toHaveLength(0);
  });

  test('pages through a chain that is longer than one answer', async () => {
    for (let i = 0; i < 120; i++) await owner.expect('done', publish(account.makeRecord()));
    const first = await owner.expect('account', lookUp('owner'));
    const rest = await owner.expect('account', lookUp('owner', 100));
    expect([first.entries.length, rest.entries.length, first.headIndex]).toEqual([100, 21, 120]);
  });

  test('numbers the records of all accounts without holes', async () => {
    const { client: ayşe } = await enterInvited(relay, owner, 'ayşe');
    await owner.expect('done', publish(account.makeRecord()));
    const mine = await ayşe.expect('account', lookUp('owner'));
    const theirs = await owner.expect('account', lookUp('ayşe'));
    const indexes = [...mine.entries, ...theirs.entries].map(({ directoryIndex }) => directoryIndex);
    expect(indexes.sort()).toEqual([0, 1, 2]);
  });

  test('says who is unknown and what is no nickname', async () => {
    expect(await owner.askForError(lookUp('nobody'))).toBe('UNKNOWN_ACCOUNT');
    expect(await owner.askForError(lookUp('Owner'))).toBe('NICKNAME_FORBIDDEN');
  });

  test('RLY-050 THREATS 37 ten thousand probes are limited, for names that exist and names that do not', async () => {
    const probes = Array.from({ length: 10_000 }, (_, i) =>
      owner.ask(lookUp(i % 2 === 0 ? 'owner' : `guest${i}`)),
    );
    const answers = await Promise.all(probes);
    const limited = answers.filter((answer) => errorName(answer) === 'RATE_LIMITED');
    expect(limited.length).toBeGreaterThan(9600);
    const retries = limited.map((answer) => (answer.kind === 'error' ? answer.retryAfterMs : 0));
    expect(Math.min(...retries)).toBeGreaterThan(0);
    expect(Math.max(...retries)).toBeLessThanOrEqual(1000);
  });
});

test('for a client that asks and does not read nothing is read from the store any more', async () => {
  await relay.remove();
  let reads = 0;
  const openCountingStore = async (config: RelayConfig) => {
    const store = await openStore(config);
    const { findAccount } = store;
    const countAndRead: typeof findAccount = (...args) => {
      if (args[0] === 'owner' && args[1] !== null) reads++;
      return findAccount.apply(store, args);
    };
    return Object.assign(store, { findAccount: countAndRead });
  };
  const lookUpRate = { burst: 1000, perSecond: 1 };
  relay = await startTestRelay({ lookUpRate }, { openStore: openCountingStore });
  ({ client: owner, account } = await enterAsOwner(relay));
  const large = { rsaPublicKey: Buffer.alloc(1200, 1), suites: ['classic-1'] };
  for (let i = 0; i < 100; i++) await owner.expect('done', publish(account.makeRecord(large)));
  const { client: other } = await enterInvited(relay, owner, 'other');
  reads = 0;
  owner.fallAsleep();
  for (let request = 1; request <= 290; request++) owner.send({ request, ...lookUp('owner') } as Frame);
  // The store answers in turn: everything that is read for the sleeper has been read by then.
  for (let i = 0; i < 300; i++) await other.expect('account', lookUp('other'));
  // 290 answers are 38 MiB; a few MiB fit into the buffers of the operating system.
  expect(reads).toBeGreaterThan(0);
  expect(reads).toBeLessThan(200);
  await owner.close();
});

describe('a claimed record', () => {
  const claimant = (nickname = 'ayşe') => new TestAccount(nickname, relay.fingerprint);

  test('belongs to the first who claims, whoever races', async () => {
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => claimWith(claimant())));
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'NICKNAME_TAKEN')).toHaveLength(9);
  });

  test('RLY-020 of another relay is refused', async () => {
    expect(await claimWith(new TestAccount('ayşe', new Uint8Array(32)))).toBe('RECORD_INVALID');
  });

  test('RLY-020 with more devices than this relay allows is refused', async () => {
    await relay.remove();
    relay = await startTestRelay({ maxDevices: 1 });
    ({ client: owner } = await enterAsOwner(relay));
    const many = claimant();
    many.devices.push(makeTestDevice());
    expect(await claimWith(many)).toBe('RECORD_INVALID');
  });

  test('RLY-028 with a key of small order for a device is refused: every client would refuse the account', async () => {
    const weak = claimant();
    weak.devices = [{ ...makeTestDevice(), publicKey: new Uint8Array(32) }];
    expect(await claimWith(weak)).toBe('RECORD_INVALID');
  });

  test('RLY-021 that another key has signed is refused', async () => {
    const [ayşe, thief] = [claimant(), claimant()];
    const record = { record: ayşe.makeRecord().record, signature: thief.makeRecord().signature };
    expect(await claimWith(ayşe, record)).toBe('RECORD_INVALID');
  });

  test('RLY-021 with a changed byte is refused', async () => {
    const ayşe = claimant();
    const { record, signature } = ayşe.makeRecord();
    const changed = Buffer.from(record);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    expect(await claimWith(ayşe, { record: changed, signature })).toBe('RECORD_INVALID');
  });

  test('RLY-024 that is not the first is refused', async () => {
    const ayşe = claimant();
    expect(await claimWith(ayşe, ayşe.makeRecord({ index: 1, previousHash: new Uint8Array(32) }))).toBe(
      'RECORD_INVALID',
    );
  });

  test('THREATS 57 with bytes at its end is refused', async () => {
    const ayşe = claimant();
    const { record, signature } = ayşe.makeRecord();
    expect(await claimWith(ayşe, { record: Buffer.concat([record, Buffer.alloc(1)]), signature })).toBe(
      'RECORD_INVALID',
    );
  });
});

describe('publish_record', () => {
  test('RLY-051 is limited per account', async () => {
    await relay.remove();
    relay = await startTestRelay({ recordRate: { burst: 2, perSecond: 0.01 } });
    ({ client: owner, account } = await enterAsOwner(relay));
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push(await owner.askForError(publish(account.makeRecord())));
    expect(answers).toEqual([null, null, 'RATE_LIMITED']);
  });

  test('a device that is added can log in at once, one that is removed is sent away and stays out', async () => {
    const [first, second] = [account.device, makeTestDevice()];
    account.devices.push(second);
    await owner.expect('done', publish(account.makeRecord()));
    const other = await connect();
    const inbox = await other.enter(account, { device: second });
    account.devices = [first];
    await owner.expect('done', publish(account.makeRecord()));
    expect(await other.nextError()).toBe('LOGIN_FAILED');
    await other.closed;
    const again = await connect();
    expect(errorName(await again.login(account, { device: second }))).toBe('LOGIN_FAILED');
    await owner.expect('accepted', {
      kind: 'append',
      log: fromId(inbox),
      envelope: makeEnvelope('x'),
      epoch: 0,
    });
  });

  test('RLY-027 a device that is removed while it logs in stays out', async () => {
    await relay.remove();
    const held: PromiseWithResolvers<void>[] = [];
    let isHolding = false;
    const openHeldStore = async (config: RelayConfig) => {
      const store = await openStore(config);
      const { findAccount } = store;
      const readThenWait: typeof findAccount = async (...args) => {
        const found = await findAccount.apply(store, args);
        if (!isHolding) return found;
        isHolding = false;
        const hold = Promise.withResolvers<void>();
        held.push(hold);
        await hold.promise;
        return found;
      };
      return Object.assign(store, { findAccount: readThenWait });
    };
    relay = await startTestRelay({}, { openStore: openHeldStore });
    ({ client: owner, account } = await enterAsOwner(relay));
    const [first, second] = [account.device, makeTestDevice()];
    account.devices = [first, second];
    await owner.expect('done', publish(account.makeRecord()));
    const other = await connect();
    const hello = await other.next('hello');
    isHolding = true;
    const answer = other.ask(other.makeLogin(hello, account, { device: second }));
    await expect.poll(() => held.length).toBe(1);
    account.devices = [first];
    await owner.expect('done', publish(account.makeRecord()));
    held[0]?.resolve();
    expect(errorName(await answer)).toBe('LOGIN_FAILED');
    await other.closed;
  });

  test('a device may remove itself', async () => {
    account.devices = [makeTestDevice()];
    await owner.expect('done', publish(account.makeRecord()));
    expect(await owner.nextError()).toBe('LOGIN_FAILED');
    await (await connect()).enter(account);
  });

  test('sent again is answered again', async () => {
    const record = account.makeRecord();
    await owner.expect('done', publish(record));
    await owner.expect('done', publish(record));
    expect((await owner.expect('account', lookUp('owner'))).headIndex).toBe(1);
  });

  test('RLY-022 a record that is not the next one is refused', async () => {
    const fork = account.makeRecord({ previousHash: new Uint8Array(32) });
    expect(await owner.askForError(publish(fork))).toBe('RECORD_STALE');
    expect(await owner.askForError(publish(account.makeRecord()))).toBe('RECORD_STALE');
  });

  test('RLY-022 of two at once one wins', async () => {
    const head = createHash('sha256');
    const { entries } = await owner.expect('account', lookUp('owner'));
    const previousHash = head
      .update(recordHashInput(entries[0]?.record?.record ?? new Uint8Array()))
      .digest();
    const rivals = [1, 2, 3, 4].map((colour) => {
      const profile = { colour, displayName: '' };
      return account.makeRecord({ index: 1, previousHash, profile });
    });
    const answers = await Promise.all(rivals.map((record) => owner.askForError(publish(record))));
    expect(answers.filter((error) => error === null)).toHaveLength(1);
    expect(answers.filter((error) => error === 'RECORD_STALE')).toHaveLength(3);
  });

  test('RLY-023 another identity key is refused', async () => {
    const { entries } = await owner.expect('account', lookUp('owner'));
    const first = entries[0]?.record?.record ?? new Uint8Array();
    const thief = new TestAccount('owner', relay.fingerprint);
    const previousHash = createHash('sha256').update(recordHashInput(first)).digest();
    expect(await owner.askForError(publish(thief.makeRecord({ index: 1, previousHash })))).toBe(
      'RECORD_INVALID',
    );
  });

  test('RLY-026 a record of another account is refused', async () => {
    const { account: other } = await enterInvited(relay, owner, 'ayşe');
    expect(await owner.askForError(publish(other.makeRecord()))).toBe('NOT_ALLOWED');
  });

  test('RLY-005 without a record ends the connection', async () => {
    owner.sendBytes(Uint8Array.of(0x08, 9, 0xd2, 0x02, 0x00));
    expect(await owner.nextError()).toBe('BAD_FRAME');
  });
});

describe('presence over the wire', () => {
  test('people see each other come, change and go', async () => {
    const { online } = await owner.expect('presenceList', { kind: 'watchPresence' });
    expect(online.map(({ nickname }) => nickname)).toContain('owner');
    const ayşe = await enterInvited(relay, owner, 'ayşe');
    expect(await owner.next('presenceChange')).toMatchObject({
      online: true,
      presence: { nickname: 'ayşe', recordIndex: 0 },
    });
    ayşe.account.colour = 0xabcdef;
    await ayşe.client.expect('done', publish(ayşe.account.makeRecord()));
    const changed = await owner.next('presenceChange');
    expect(changed).toMatchObject({ online: true, presence: { colour: 0xabcdef, recordIndex: 1 } });
    await ayşe.client.expect('done', { kind: 'setVisibility', visible: false });
    expect(await owner.next('presenceChange')).toMatchObject({
      online: false,
      presence: { nickname: 'ayşe' },
    });
    await ayşe.client.expect('done', { kind: 'setVisibility', visible: true });
    expect(await owner.next('presenceChange')).toMatchObject({ online: true });
    await ayşe.client.close();
    expect(await owner.next('presenceChange')).toMatchObject({
      online: false,
      presence: { nickname: 'ayşe' },
    });
  });

  test('who logs in invisible is not shown', async () => {
    const { account: ayşe, client } = await enterInvited(relay, owner, 'ayşe');
    await client.close();
    const hidden = await connect();
    await hidden.enter(ayşe, { visible: false });
    await enterInvited(relay, owner, 'burak');
    const { online } = await hidden.expect('presenceList', { kind: 'watchPresence' });
    expect(online.map(({ nickname }) => nickname)).not.toContain('ayşe');
  });
});
