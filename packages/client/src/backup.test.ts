// Backups: what comes back, on what kind of device, and what can be wrong with a file.
import { Decrypter, Encrypter } from 'age-encryption';
import { beforeEach, describe, expect, it } from 'vitest';
import { decryptBackup } from './backup.ts';
import { decodeBackup, encodeBackup } from './backup-format.ts';
import { FakeRelay } from './fake-relay.testkit.ts';
import { ManualClock } from './manual-clock.testkit.ts';
import { meet, openPerson, type Person, readTexts, seen, until, untilSeen } from './people.testkit.ts';
import { VaultMemory } from './vault/memory-vault.testkit.ts';

/** As cheap as possible: these tests are not about the cost. */
const cheap = { scryptLogN: 1 };
const passphrase = 'correct horse battery staple';

let clock: ManualClock;
let relay: FakeRelay;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  clock = new ManualClock();
  relay = await FakeRelay.start(clock);
  [alice, bob] = await Promise.all([meet(relay, clock, 'alice'), meet(relay, clock, 'bob')]);
  await bob.sirdas.send('alice', 'merhaba');
  await untilSeen(alice, 'message');
  await alice.sirdas.markRead(alice.sirdas.conversationWith('bob'));
  const { id } = await alice.sirdas.send('bob', 'selam');
  await alice.sirdas.waitUntilAccepted(id);
  await alice.sirdas.markVerified('bob', alice.sirdas.safetyNumber('bob'));
});

const openEmpty = () => openPerson(relay, clock, new VaultMemory());

describe('a backup', () => {
  it('brings back messages, contacts and what was read, on a new device', async () => {
    const oldDevice = alice.sirdas.account?.device;
    const file = await alice.sirdas.exportBackup(passphrase, cheap);
    await alice.sirdas.close();
    const restored = await openEmpty();
    const account = await restored.sirdas.importBackup(file, passphrase, { deviceName: 'new phone' });
    expect(account).toMatchObject({ nickname: 'alice' });
    expect(await readTexts(restored, 'bob')).toEqual(['merhaba', 'selam']);
    expect(restored.sirdas.conversations()).toMatchObject([{ with: 'bob', unread: 0 }]);
    expect(restored.sirdas.contacts()).toMatchObject([{ nickname: 'bob', verifiedMs: clock.nowMs() }]);
    expect(restored.memory.outbox).toEqual([]);
    await restored.sirdas.connect();
    expect(restored.sirdas.account).toMatchObject({ deviceName: 'new phone' });
    expect(restored.sirdas.account?.device).not.toBe(oldDevice);
    expect(relay.connectionOf('alice').device).toBe(restored.sirdas.account?.device);
    expect(relay.needAccount('alice').records).toHaveLength(2);
    expect(restored.memory.account?.restoredFrom).toBeNull();
  });

  it('goes on without holes and without showing anything twice', async () => {
    const file = await alice.sirdas.exportBackup(passphrase, cheap);
    await alice.sirdas.close();
    const restored = await openEmpty();
    await restored.sirdas.importBackup(file, passphrase, { deviceName: 'new phone' });
    await restored.sirdas.connect();
    // The inbox is read from the beginning: "merhaba" comes again.
    await untilSeen(restored, 'caught-up');
    expect(seen(restored, 'message')).toEqual([]);
    await bob.sirdas.send('alice', 'are you back?');
    await untilSeen(restored, 'message');
    const { id } = await restored.sirdas.send('bob', 'yes');
    await restored.sirdas.waitUntilAccepted(id);
    await untilSeen(bob, 'message', 4);
    const all = [...seen(restored, 'message'), ...seen(bob, 'message')];
    expect(all.map(({ message }) => message.missingBefore)).toEqual(all.map(() => 0));
    expect(seen(restored, 'gap')).toEqual([]);
    expect(await readTexts(restored, 'bob')).toEqual(['merhaba', 'selam', 'are you back?', 'yes']);
  });

  it('can be restored again when the program ended in the middle', async () => {
    const file = await alice.sirdas.exportBackup(passphrase, cheap);
    const half = await openEmpty();
    half.vault.save = async () => {
      throw new Error('the power went out');
    };
    await expect(half.sirdas.importBackup(file, passphrase, { deviceName: 'phone' })).rejects.toThrow(
      'power',
    );
    const again = await openPerson(relay, clock, half.memory);
    await again.sirdas.importBackup(file, passphrase, { deviceName: 'phone' });
    expect(await readTexts(again, 'bob')).toEqual(['merhaba', 'selam']);
  });

  it('adds its device once, also when the answer to that was lost', async () => {
    const file = await alice.sirdas.exportBackup(passphrase, cheap);
    await alice.sirdas.close();
    const restored = await openEmpty();
    await restored.sirdas.importBackup(file, passphrase, { deviceName: 'phone' });
    relay.mischief.rewrite = (frame, connection) => {
      const isAnswer = frame.kind === 'done' && connection.received.at(-1)?.kind === 'publishRecord';
      if (isAnswer) connection.drop();
      return isAnswer ? null : frame;
    };
    await expect(restored.sirdas.connect({ firstFailure: true })).rejects.toMatchObject({
      code: 'UNREACHABLE',
    });
    relay.mischief = {};
    restored.sirdas.retryNow();
    await until(
      () => restored.sirdas.link.state,
      (state) => state === 'online',
    );
    expect(relay.needAccount('alice').records).toHaveLength(2);
  });

  it('is refused where there is an account, without a passphrase, or for a device without a proper name', async () => {
    const file = await alice.sirdas.exportBackup(passphrase, cheap);
    await expect(bob.sirdas.importBackup(file, passphrase, { deviceName: 'x' })).rejects.toMatchObject({
      code: 'ACCOUNT_EXISTS',
    });
    await expect(alice.sirdas.exportBackup('', cheap)).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
    const empty = await openEmpty();
    await expect(empty.sirdas.importBackup(file, passphrase, { deviceName: '\u0000' })).rejects.toMatchObject(
      {
        code: 'BAD_NAME',
      },
    );
    await expect(empty.sirdas.exportBackup(passphrase, cheap)).rejects.toMatchObject({ code: 'NO_ACCOUNT' });
    expect(empty.vault.changes).toEqual([]);
  });
});

describe('a backup file', () => {
  it('is an age file of JSON lines', async () => {
    const file = await alice.sirdas.exportBackup(passphrase, cheap);
    const decrypter = new Decrypter();
    decrypter.addPassphrase(passphrase);
    const lines = (await decrypter.decrypt(file, 'text'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const kinds = ['backup', 'contact', 'conversation', 'message', 'message', 'counter', 'counter', 'end'];
    expect(lines.map(({ kind }) => kind)).toEqual(kinds);
    expect(lines[3]).toMatchObject({ body: { kind: 'text', text: 'merhaba' }, sender: 'bob' });
  });

  it('has the same size whatever was written, within a bucket', async () => {
    const before = await alice.sirdas.exportBackup(passphrase, cheap);
    for (const text of ['a', 'b'.repeat(5000)]) {
      const { id } = await alice.sirdas.send('bob', text);
      await alice.sirdas.waitUntilAccepted(id);
    }
    const after = await alice.sirdas.exportBackup(passphrase, cheap);
    expect(after.length).toBe(before.length);
  });

  it('says WRONG_PASSPHRASE, and BAD_EXPORT for anything else that is wrong', async () => {
    const file = await alice.sirdas.exportBackup(passphrase, cheap);
    const codeOf = (bytes: Uint8Array, word = passphrase) =>
      decryptBackup(bytes, word).then(
        () => 'opens',
        (cause: { code: string }) => cause.code,
      );
    expect(await codeOf(file)).toBe('opens');
    expect(await codeOf(file, 'another')).toBe('WRONG_PASSPHRASE');
    expect(await codeOf(new Uint8Array(100))).toBe('BAD_EXPORT');
    expect(await codeOf(file.subarray(0, 60))).toBe('BAD_EXPORT');
    expect(await codeOf(file.subarray(0, -1))).toBe('BAD_EXPORT');
    const changed = Uint8Array.from(file);
    changed[changed.length - 1000] = (changed.at(-1000) ?? 0) ^ 1;
    expect(await codeOf(changed)).toBe('BAD_EXPORT');
    const other = new Encrypter();
    other.setPassphrase(passphrase);
    other.setScryptWorkFactor(1);
    expect(await codeOf(await other.encrypt('a recipe for baklava'))).toBe('BAD_EXPORT');
  });

  it('round-trips every kind of line, and refuses lines with wrong fields', async () => {
    const file = await alice.sirdas.exportBackup(passphrase, cheap);
    const content = await decryptBackup(file, passphrase);
    expect(decodeBackup(encodeBackup(content))).toEqual(content);
    const lines = new TextDecoder().decode(encodeBackup(content)).trimEnd().split('\n');
    for (const [i, line] of lines.entries()) {
      const fields = JSON.parse(line);
      for (const name of Object.keys(fields)) {
        if (name === 'padding') continue;
        const wrong = lines.with(i, JSON.stringify({ ...fields, [name]: { not: ['this'] } })).join('\n');
        expect(() => decodeBackup(new TextEncoder().encode(wrong)), `${fields.kind}.${name}`).toThrow();
      }
    }
  });
});
