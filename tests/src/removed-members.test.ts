// Whoever was shut out of a group reads nothing of what is said afterwards: a removed member, a revoked device, and a thief with a copy of
// a vault once its device has refreshed its keys. Each of them has the whole log, as a relay that helps them would give it.
// THREATS §1: malicious member, stolen device, past key compromise.
import { expect, test, vi } from 'vitest';
import { type Circle, gatherCircle, say, untilShown } from './hostile-groups.testkit.ts';
import { linkDevice } from './linking.testkit.ts';
import { type Person, waitUntil } from './person.testkit.ts';
import { readWith, VaultCopy } from './vault-copy.testkit.ts';

vi.setConfig({ testTimeout: 300_000 });

const MESSAGES_AFTER = 10;

test('a removed member reads nothing that comes after the removal, with all that it had and all that the relay has', async () => {
  const circle = await gatherCircle();
  const { alice, bob, carol, id } = circle;
  const copy = await VaultCopy.of(carol.person);
  await say(alice.person, id, 'before', [bob.person, carol.person]);
  await alice.person.sirdas.groups.remove(id, 'carol');
  await untilShown(bob.person, id, 'alice (removed)');
  await talkOn(circle, [alice.person, bob.person]);
  expect(await readWhatFollows(circle, copy)).toEqual(['before']);
  // Nor with what her client has kept: nothing.
  await waitUntil(() => stateOf(carol.person, circle) === 'removed', 'carol knows');
  const afterwards = await VaultCopy.of(carol.person);
  expect(() => afterwards.groupOf(id)).toThrow();
});

test('a revoked device reads nothing that comes after its revocation', async () => {
  const circle = await gatherCircle();
  const { relay, alice, bob, carol, id } = circle;
  const phone = await linkDevice(bob.person, await relay.inviteLink(bob.proxy.port));
  await say(alice.person, id, 'to both devices', [bob.person, carol.person, phone]);
  const copy = await VaultCopy.of(phone);
  await say(alice.person, id, 'before', [phone]);
  await phone.sirdas.close();
  await bob.person.sirdas.devices.revoke(copy.account.device);
  const devices = () =>
    bob.person.sirdas
      .conversations()
      .find((one) => one.id === id)
      ?.members.find(({ nickname }) => nickname === 'bob')?.devices.length;
  await waitUntil(() => devices() === 1, 'the group has shut the phone out', 60_000);
  await talkOn(circle, [alice.person, bob.person, carol.person]);
  expect(await readWhatFollows(circle, copy)).toEqual(['before']);
});

test('a thief with a copy of a vault reads nothing any more once its device has made a change of its own', async () => {
  const circle = await gatherCircle();
  const { alice, bob, carol, id } = circle;
  const copy = await VaultCopy.of(alice.person);
  await say(bob.person, id, 'before', [alice.person, carol.person]);
  // Every change that a device makes is an update of its own keys as well.
  await alice.person.sirdas.groups.rename(id, 'healed');
  await talkOn(circle, [alice.person, bob.person, carol.person]);
  expect(await readWhatFollows(circle, copy)).toEqual(['before']);
});

/** Everybody says something, the group changes, everybody says something. */
async function talkOn({ alice, id }: Circle, people: readonly Person[]): Promise<void> {
  for (let i = 0; i < MESSAGES_AFTER; i++) {
    const writer = people[i % people.length] ?? alice.person;
    await say(
      writer,
      id,
      `after ${i}`,
      people.filter((person) => person !== writer),
    );
    if (i === MESSAGES_AFTER / 2) await alice.person.sirdas.groups.rename(id, 'something else');
  }
}

/** With what was copied, from the log of the relay, beginning where the copy was made. */
async function readWhatFollows({ tap, log, id }: Circle, copy: VaultCopy): Promise<string[]> {
  const envelopes = tap.entriesOf(log).map(({ envelope }) => envelope);
  expect(envelopes.length).toBeGreaterThan(MESSAGES_AFTER);
  return readWith(copy.groupOf(id).group, envelopes);
}

function stateOf({ sirdas }: Person, { id }: Circle) {
  return sirdas.conversations().find((one) => one.id === id)?.state;
}
