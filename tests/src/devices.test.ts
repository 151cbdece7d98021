// Taking a device out of the account: it gets nothing more, sends nothing more and is told why; what it holds stays readable; the groups
// shut it out, and the keys it had open nothing that is said afterwards. THREATS 2.
import { expect, test, vi } from 'vitest';
import { type FrameProxy, startFrameProxy } from './frame-proxy.testkit.ts';
import { sendAndWait } from './hostile-relay.testkit.ts';
import { linkDevice, outcomeOf } from './linking.testkit.ts';
import {
  joinPerson,
  openVaultOf,
  type Person,
  readConversation,
  textOf,
  waitUntil,
} from './person.testkit.ts';
import { startRelay } from './relay-process.testkit.ts';

vi.setConfig({ testTimeout: 240_000 });

/** However busy the machine is. */
const TIMEOUT_MS = 120_000;

const textsOf = async (person: Person, other: string) =>
  (await readConversation(person.sirdas, other)).map(textOf).filter((text) => !text.startsWith('('));

/** Ayşe with a laptop and a phone, which stands behind a proxy, and Burak, to whom both have talked. */
async function startWithPhone() {
  const relay = await startRelay({ plaintext: true });
  const proxy = await startFrameProxy(relay.address);
  const link = await relay.inviteLink();
  const [ayse, burak] = [await joinPerson(link, 'ayşe'), await joinPerson(link, 'burak')];
  await sendAndWait(burak, 'ayşe', 'ikinize');
  const phone = await linkDevice(ayse, await relay.inviteLink(proxy.port));
  await sendAndWait(phone, 'burak', 'telefondan');
  await waitUntil(() => burak.sirdas.conversations()[0]?.lastMessage !== null, 'burak has heard', TIMEOUT_MS);
  const phoneDevice = phone.sirdas.account?.device;
  if (!phoneDevice) throw new Error('the phone has no account');
  return { relay, proxy, ayse, burak, phone, phoneDevice };
}

/** Entries that the relay hands to the phone from now on. */
function countDelivered(proxy: FrameProxy): { readonly entries: number } {
  const counted = { entries: 0 };
  proxy.toClient = (frame) => {
    if (frame.kind === 'deliver') counted.entries += frame.entries.length;
    return [frame];
  };
  return counted;
}

const groupDevicesOf = (person: Person, nickname: string) =>
  person.sirdas
    .conversations()
    .flatMap(({ members }) =>
      members.filter((member) => member.nickname === nickname).flatMap(({ devices }) => devices),
    );

test('CLI-091 a device that was removed is told, gets 0 ciphertexts afterwards, keeps its history and can never send', async () => {
  const { relay, proxy, ayse, burak, phone, phoneDevice } = await startWithPhone();
  const before = await textsOf(phone, 'burak');
  expect(before).toEqual(expect.arrayContaining(['ikinize', 'telefondan']));
  await ayse.sirdas.devices.revoke(phoneDevice);
  await waitUntil(() => phone.sirdas.link.state === 'offline', 'the phone is told', TIMEOUT_MS);
  expect(phone.sirdas.link).toMatchObject({ state: 'offline', error: 'DEVICE_REVOKED', retryAtMs: null });
  expect(ayse.sirdas.devices.list()).toMatchObject([{ isThis: true }]);
  await waitUntil(
    () => !groupDevicesOf(burak, 'ayşe').includes(phoneDevice),
    'the group has shut it out',
    TIMEOUT_MS,
  );

  const delivered = countDelivered(proxy);
  await sendAndWait(burak, 'ayşe', 'sonra');
  await sendAndWait(ayse, 'burak', 'sonra da');
  phone.sirdas.retryNow();
  expect(await outcomeOf(phone.sirdas.connect({ firstFailure: true }))).toBe('DEVICE_REVOKED');
  const unsent = await phone.sirdas.send('burak', 'gitmez');
  expect(unsent.delivery).toBe('queued');
  await phone.sirdas.close();
  const again = await openVaultOf(phone.folder);
  expect(await outcomeOf(again.sirdas.connect({ firstFailure: true }))).toBe('DEVICE_REVOKED');
  expect(delivered.entries).toBe(0);
  const kept = await textsOf({ ...phone, ...again }, 'burak');
  expect(kept).toEqual([...before, 'gitmez']);
  expect(await textsOf(burak, 'ayşe')).not.toContain('gitmez');
  expect((await relay.lookUp('ayşe')).record.devices).toHaveLength(1);
});

test('CLI-092 a device does not remove itself, and two that remove each other leave one', async () => {
  const { relay, ayse, phone, phoneDevice } = await startWithPhone();
  expect(await outcomeOf(phone.sirdas.devices.revoke(phoneDevice))).toBe('THIS_DEVICE');
  const laptop = ayse.sirdas.account?.device ?? phoneDevice;
  const outcomes = await Promise.all(
    [ayse.sirdas.devices.revoke(phoneDevice), phone.sirdas.devices.revoke(laptop)].map(outcomeOf),
  );
  expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1);
  expect((await relay.lookUp('ayşe')).record.devices).toHaveLength(1);
});

test('every device hears of a change of the list, also one that was away', async () => {
  const { relay, ayse, phone } = await startWithPhone();
  const lengths: number[] = [];
  phone.sirdas.on('devices', ({ devices }) => lengths.push(devices.length));
  await phone.sirdas.disconnect();
  const tablet = await linkDevice(ayse, await relay.inviteLink());
  await phone.sirdas.connect();
  await waitUntil(() => lengths.at(-1) === 3, 'the phone knows of the tablet', TIMEOUT_MS);
  expect(phone.sirdas.devices.list().map(({ id }) => id)).toContain(tablet.sirdas.account?.device);
});
