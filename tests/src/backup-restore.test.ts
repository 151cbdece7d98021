// An export becomes a device again: with its history, as a new device that its conversations let in, whether or not the old one is still
// there. What the size of an export tells. THREATS 36.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { makeAccount } from './chat-terminal.testkit.ts';
import { demandSirdas, runSirdas } from './command.testkit.ts';
import { sendAndWait } from './hostile-relay.testkit.ts';
import { outcomeOf, waitUntilBack } from './linking.testkit.ts';
import {
  joinPerson,
  openVaultOf,
  type Person,
  readConversation,
  textOf,
  waitUntil,
} from './person.testkit.ts';
import { startRelay } from './relay-process.testkit.ts';
import { makeTemporaryFolder } from './temporary-folder.testkit.ts';

vi.setConfig({ testTimeout: 240_000 });

/** However busy the machine is. */
const TIMEOUT_MS = 120_000;
/** These tests are not about the cost of guessing. */
const cheap = { scryptLogN: 4 };
const passphrase = 'doğru parola';

const textsOf = async (person: Person, other: string) =>
  (await readConversation(person.sirdas, other)).map(textOf).filter((text) => !text.startsWith('('));

function eventually(check: () => Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: TIMEOUT_MS, interval: 20 });
}

async function restore(file: Uint8Array, replaces: boolean): Promise<Person> {
  const folder = join(await makeTemporaryFolder(), 'restored');
  const opened = await openVaultOf(folder);
  const { nickname } = await opened.sirdas.importBackup(file, passphrase, { deviceName: 'yeni', replaces });
  return { nickname, folder, ...opened };
}

describe('a restored device', () => {
  test('shows what was said, is let into its conversations and a group again, and talks', async () => {
    const relay = await startRelay();
    const link = await relay.inviteLink();
    const [ayse, burak, can] = [
      await joinPerson(link, 'ayşe'),
      await joinPerson(link, 'burak'),
      await joinPerson(link, 'can'),
    ];
    await sendAndWait(ayse, 'burak', 'eski');
    // Their clients publish key packages once they are online.
    const group = await vi.waitFor(
      () => ayse.sirdas.groups.create({ name: 'aile', members: ['burak', 'can'] }),
      { timeout: TIMEOUT_MS, interval: 100 },
    );
    await waitUntil(
      () => can.sirdas.conversations().some(({ id }) => id === group.id),
      'can is in the group',
      TIMEOUT_MS,
    );
    const file = await ayse.sirdas.exportBackup(passphrase, cheap);
    await ayse.sirdas.close();

    const back = await restore(file, true);
    expect(await textsOf(back, 'burak')).toEqual(['eski']);
    expect(back.sirdas.conversations().map(({ state }) => state)).toEqual(['broken', 'broken']);
    await back.sirdas.connect();
    await waitUntilBack(back);
    expect((await relay.lookUp('ayşe')).record.devices.map(({ name }) => name)).toEqual(['yeni']);
    await sendAndWait(burak, 'ayşe', 'hoş geldin');
    await sendAndWait(back, 'burak', 'hoş bulduk');
    await waitUntil(() => back.sirdas.conversations().length === 2, 'both are there', TIMEOUT_MS);
    await eventually(async () => {
      expect((await textsOf(back, 'burak')).sort()).toEqual(['eski', 'hoş bulduk', 'hoş geldin']);
      expect((await textsOf(burak, 'ayşe')).sort()).toEqual(['eski', 'hoş bulduk', 'hoş geldin']);
    });
    const { id } = await back.sirdas.sendTo(group.id, 'aileye');
    await back.sirdas.waitUntilAccepted(id);
    await eventually(async () => {
      expect((await can.sirdas.messages(group.id)).map(textOf)).toContain('aileye');
    });
    const former = await openVaultOf(ayse.folder);
    expect(await outcomeOf(former.sirdas.connect({ firstFailure: true }))).toBe('DEVICE_REVOKED');
  });

  test('beside the old one both go on, and the same export restores a third', async () => {
    const relay = await startRelay();
    const link = await relay.inviteLink();
    const [ayse, burak] = [await joinPerson(link, 'ayşe'), await joinPerson(link, 'burak')];
    await sendAndWait(burak, 'ayşe', 'eski');
    await eventually(async () => expect(await textsOf(ayse, 'burak')).toEqual(['eski']));
    const file = await ayse.sirdas.exportBackup(passphrase, cheap);
    await ayse.sirdas.close();
    const restored = [await restore(file, false), await restore(file, false)];
    for (const device of restored) {
      await device.sirdas.connect();
      await waitUntilBack(device);
    }
    const again = await openVaultOf(ayse.folder);
    await again.sirdas.connect();
    await sendAndWait(burak, 'ayşe', 'hepinize');
    for (const device of [...restored, { ...ayse, ...again }]) {
      await eventually(async () => expect(await textsOf(device, 'burak')).toEqual(['eski', 'hepinize']));
    }
    expect((await relay.lookUp('ayşe')).record.devices).toHaveLength(3);
  });
});

describe('the commands', () => {
  test('say how far a restored account got: all of it, or no relay', async () => {
    const relay = await startRelay();
    const ayse = await makeAccount(await relay.inviteLink(), 'ayşe');
    const folder = await makeTemporaryFolder();
    const file = join(folder, 'a.age');
    const env = { SIRDAS_EXPORT_PASSPHRASE: passphrase };
    await demandSirdas(['--home', ayse, 'export', file], { env });
    const restore = (name: string) =>
      runSirdas(
        ['--home', join(folder, name), 'import', file, '--no-passphrase', '--device-name', name, '--replace'],
        { env },
      );
    expect(await restore('yeni')).toMatchObject({ status: 0, stderr: '' });
    const listed = await demandSirdas(['--home', join(folder, 'yeni'), 'devices', '--json']);
    expect(JSON.parse(listed)).toMatchObject({ name: 'yeni', isThis: true });
    // The device of the export is out by now: nobody can log in with it any more.
    expect((await restore('ikinci')).status).toBe(3);
    await relay.stop();
    const offline = await restore('üçüncü');
    expect(offline.status).toBe(4);
    expect(offline.stdout).toContain('ayşe');
    await writeFile(file, 'x');
    expect((await restore('dördüncü')).status).toBe(3);
  });
});

test('an export has the same size whatever was written to somebody, within a bucket (THREATS 36)', async () => {
  const relay = await startRelay();
  const link = await relay.inviteLink();
  const [ayse, burak] = [await joinPerson(link, 'ayşe'), await joinPerson(link, 'burak')];
  await sendAndWait(burak, 'ayşe', 'x');
  await eventually(async () => expect(await textsOf(ayse, 'burak')).toHaveLength(1));
  const sizes = [(await ayse.sirdas.exportBackup(passphrase, cheap)).length];
  for (const text of ['a'.repeat(4000), 'çok tekrar '.repeat(400), '0123456789'.repeat(300)]) {
    await sendAndWait(burak, 'ayşe', text);
    await eventually(async () => expect(await textsOf(ayse, 'burak')).toHaveLength(sizes.length + 1));
    sizes.push((await ayse.sirdas.exportBackup(passphrase, cheap)).length);
  }
  expect(new Set(sizes).size).toBe(1);
});
